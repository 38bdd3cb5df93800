"""Wraps one method of a client, sync or async, so that each of its calls is recorded.

In: what makes a `Call` of the arguments, and what reads the result. Out: the client's own result, untouched.
Nothing here raises into the agent; only a limit that the agent set may refuse a call.
"""

from __future__ import annotations

import functools
import json
import sys
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from opentelemetry.context import _SUPPRESS_INSTRUMENTATION_KEY

from sdk_hooks.adopt import adopt_surrounding
from sdk_hooks.call import ACTIVE, Call, refusal_of
from sdk_hooks.guard import shield
from sdk_hooks.runtime import RUNTIME

_SUPPRESS_CALLS_KEY = "suppress_language_model_instrumentation"
"""Set in the context by instrumentations of frameworks that record the call themselves."""

Wrapped = Callable[..., Any]
Begin = Callable[[Any, tuple[Any, ...], dict[str, Any]], "Call | None"]
"""From the client and the arguments to the call; None where it is no model call."""
Returned = Callable[[Call, Any], Any]
"""Reads what the client returned; gives what the agent gets in its place, or None for the result itself."""

Seen = Callable[[Any, "tuple[Any, ...]", "dict[str, Any]", Any], None]
"""From a client, the arguments and the result of one of its methods."""

_originals: list[tuple[Any, str, Wrapped]] = []


def sync_call(original: Wrapped, begin: Begin, returned: Returned) -> Wrapped:
    """`original`, a method that sends one call, recorded."""

    @functools.wraps(original)
    def request(client: Any, *args: Any, **kwargs: Any) -> Any:
        call = shield(begin, client, args, kwargs)
        if call is None:
            return original(client, *args, **kwargs)
        if (refused := shield(refusal_of, call)) is not None:
            raise refused
        token = ACTIVE.set(call)
        try:
            result = original(client, *args, **kwargs)
        except BaseException as error:
            shield(failed, call, error)
            raise
        finally:
            ACTIVE.reset(token)
        watched = shield(returned, call, result)
        return result if watched is None else watched

    return request


def async_call(original: Callable[..., Awaitable[Any]], begin: Begin, returned: Returned) -> Wrapped:
    """`original`, a coroutine method that sends one call, recorded."""

    @functools.wraps(original)
    async def request(client: Any, *args: Any, **kwargs: Any) -> Any:
        call = shield(begin, client, args, kwargs)
        if call is None:
            return await original(client, *args, **kwargs)
        if (refused := shield(refusal_of, call)) is not None:
            raise refused
        token = ACTIVE.set(call)
        try:
            result = await original(client, *args, **kwargs)
        except BaseException as error:
            shield(failed, call, error)
            raise
        finally:
            ACTIVE.reset(token)
        watched = shield(returned, call, result)
        return result if watched is None else watched

    return request


def watching(original: Wrapped, seen: Seen) -> Wrapped:
    """`original`, a method of a client's resource, with `seen` told of what it was given and what it gave."""

    @functools.wraps(original)
    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        result = original(self, *args, **kwargs)
        shield(seen, self._client, args, kwargs, result)
        return result

    return method


def watching_async(original: Callable[..., Awaitable[Any]], seen: Seen) -> Wrapped:
    """The same of a coroutine method."""

    @functools.wraps(original)
    async def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        result = await original(self, *args, **kwargs)
        shield(seen, self._client, args, kwargs, result)
        return result

    return method


def plain(result: Any) -> Any:
    """What a client returned, the decoded body where it is a raw response that was read; None if it was not."""
    response = getattr(result, "http_response", None)
    if response is None:
        return result
    return json.loads(response.content) if response.is_closed else None


def admitted(call: Call) -> Call | None:
    """`call`, having adopted the span around it if that stands for it; None where nobody wants it recorded."""
    if call.context.get(_SUPPRESS_INSTRUMENTATION_KEY):
        return _only_counted(call)
    adopt_surrounding(call)
    if not call.adopted and call.context.get(_SUPPRESS_CALLS_KEY):
        return _only_counted(call)
    return call


def failed(call: Call, error: BaseException) -> None:
    """The client raised in place of answering."""
    call.fail(error)
    call.finish()


def replace(owner: Any, name: str, make: Callable[[Wrapped], Wrapped]) -> None:
    """Put `make(original)` in place of the attribute `name` of a class or module; once, and if it is there."""
    original = owner.__dict__.get(name)
    if original is None or "__spanledger__" in getattr(original, "__dict__", ()):
        return
    wrapper = make(original)
    wrapper.__dict__["__spanledger__"] = True
    setattr(owner, name, wrapper)
    _originals.append((owner, name, original))


def replace_everywhere(owner: Any, names: Iterable[str], make: Callable[[Wrapped], Wrapped]) -> None:
    """Wrap functions of the module `owner`, also where other modules have imported them already."""
    for name in names:
        original = owner.__dict__.get(name)
        if not callable(original) or "__spanledger__" in getattr(original, "__dict__", ()):
            continue
        replace(owner, name, make)
        wrapper = owner.__dict__[name]
        for module in list(sys.modules.values()):
            held = getattr(module, "__dict__", None)
            if held is not None and held.get(name) is original:
                held[name] = wrapper
                _originals.append((module, name, original))


def unwrap() -> None:
    """Put back everything that was replaced and that nobody else has wrapped since."""
    while _originals:
        owner, name, original = _originals.pop()
        current = owner.__dict__.get(name)
        if getattr(current, "__wrapped__", None) is original and hasattr(current, "__spanledger__"):
            setattr(owner, name, original)


def _only_counted(call: Call) -> Call | None:
    """A call that others record, or nobody may: no span of ours, but it spends of a limit all the same."""
    if RUNTIME.limits is None:
        return None
    call.adopted = True
    return call
