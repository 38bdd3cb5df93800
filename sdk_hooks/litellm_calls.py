"""Wraps litellm's functions: one of its calls is one call, also where it goes through a client wrapped itself.

The client underneath (openai, botocore) knows more, so what it saw is recorded; where litellm speaks HTTP by
itself, its own answer is. Its retries and fallbacks are tries of the same call.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Awaitable, Callable
from types import ModuleType
from typing import Any

from sdk_hooks.call import OUTER, Call, refusal_of
from sdk_hooks.guard import shield
from sdk_hooks.litellm_streams import watch_object
from sdk_hooks.providers.litellm_api import APIS, server_of
from sdk_hooks.runtime import RUNTIME
from sdk_hooks.wrapping import Wrapped, admitted, failed, replace_everywhere

SYNC = ("completion", "text_completion", "embedding", "responses")
ASYNC = ("acompletion", "atext_completion", "aembedding", "aresponses")


def wrap(module: ModuleType) -> None:
    """Wrap the functions of `litellm`, also where they have been imported from it."""
    replace_everywhere(module, SYNC, _sync)
    replace_everywhere(module, ASYNC, _async)


def _sync(original: Wrapped) -> Wrapped:
    @functools.wraps(original)
    def function(*args: Any, **kwargs: Any) -> Any:
        call = shield(_begin, original, args, kwargs)
        if call is None:
            return original(*args, **kwargs)
        if (refused := shield(refusal_of, call)) is not None:
            raise refused
        token = OUTER.set(call)
        try:
            result = original(*args, **kwargs)
        except BaseException as error:
            shield(failed, call, error)
            raise
        finally:
            OUTER.reset(token)
        shield(_returned, call, result)
        return result

    return function


def _async(original: Callable[..., Awaitable[Any]]) -> Wrapped:
    @functools.wraps(original)
    async def function(*args: Any, **kwargs: Any) -> Any:
        call = shield(_begin, original, args, kwargs)
        if call is None:
            return await original(*args, **kwargs)
        if (refused := shield(refusal_of, call)) is not None:
            raise refused
        token = OUTER.set(call)
        try:
            result = await original(*args, **kwargs)
        except BaseException as error:
            shield(failed, call, error)
            raise
        finally:
            OUTER.reset(token)
        shield(_returned, call, result)
        return result

    return function


def _begin(original: Wrapped, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Call | None:
    name = original.__name__
    outer = OUTER.get()
    # Its own async functions run the sync one of the same name, to be given a coroutine.
    if not RUNTIME.active or kwargs.get(f"a{name}") is True or (outer is not None and not outer.over):
        return None
    api = APIS[name]
    body = dict(kwargs)
    if args:
        # By position come the model and, after it, what is asked: of `responses` the other way round.
        first = ("input", "model") if name.endswith("responses") else ("model", "messages")
        body.update(zip(first, args, strict=False))
    return admitted(Call(api, body, server_of(body)))


def _returned(call: Call, result: Any) -> None:
    if inspect.isawaitable(result):
        # Nobody can tell when it is over; what runs inside is recorded by itself.
        call.over = True
    elif hasattr(type(result), "__next__") or hasattr(type(result), "__anext__"):
        call.streams = True
        watch_object(result, call)
    else:
        call.response = result
        call.read(result)
        call.finish()
