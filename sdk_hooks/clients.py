"""Wraps the official clients at the one place through which each of their calls goes.

The anthropic and openai clients share a base class with a `request` method; every resource, helper, raw
response, sync or async, of OpenAI, Azure, Bedrock or Vertex, ends there. Calls that are no model calls
pass untouched.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Awaitable, Callable
from types import ModuleType
from typing import Any

from opentelemetry.context import _SUPPRESS_INSTRUMENTATION_KEY

from sdk_hooks.adopt import adopt_surrounding
from sdk_hooks.call import ACTIVE, Call, refusal_of
from sdk_hooks.guard import shield
from sdk_hooks.providers.anthropic_messages import AnthropicMessages
from sdk_hooks.providers.openai_api import TEXT_COMPLETIONS, ChatCompletions, Embeddings, Responses
from sdk_hooks.providers.report import Api
from sdk_hooks.runtime import RUNTIME
from sdk_hooks.servers import server_of
from sdk_hooks.streams import Kind, kind_of, watch

_CHAT = ChatCompletions()
_RESPONSES = Responses()

APIS: dict[str, dict[str, Api]] = {
    "anthropic": {"/v1/messages": AnthropicMessages()},
    "openai": {
        "/chat/completions": _CHAT,
        "/responses": _RESPONSES,
        "/responses/compact": _RESPONSES,
        "/completions": TEXT_COMPLETIONS,
        "/embeddings": Embeddings(),
    },
}
"""By package: the paths whose calls are model calls."""

MODULES = {"anthropic._base_client": "anthropic", "openai._base_client": "openai"}
"""The modules that hold the base classes, with their packages."""

_SUPPRESS_CALLS_KEY = "suppress_language_model_instrumentation"
"""Set in the context by instrumentations of frameworks that record the call themselves."""

Wrapped = Callable[..., Any]

_originals: list[tuple[type[Any], str, Wrapped]] = []


def wrap(module: ModuleType) -> None:
    """Wrap the base classes in `module`, one of `MODULES`; does nothing when they are wrapped already."""
    apis = APIS[MODULES[module.__name__]]
    _replace(module.SyncAPIClient, "request", lambda original: _sync_request(original, apis))
    _replace(module.AsyncAPIClient, "request", lambda original: _async_request(original, apis))
    _replace(module.SyncAPIClient, "_process_response", _sync_response)
    _replace(module.AsyncAPIClient, "_process_response", _async_response)


def unwrap() -> None:
    """Put back every method that `wrap` replaced and that nobody else has wrapped since."""
    while _originals:
        owner, name, original = _originals.pop()
        current = owner.__dict__.get(name)
        if getattr(current, "__wrapped__", None) is original and hasattr(current, "__spanledger__"):
            setattr(owner, name, original)


def _replace(owner: type[Any], name: str, make: Callable[[Wrapped], Wrapped]) -> None:
    original = owner.__dict__.get(name)
    if original is None or hasattr(original, "__spanledger__"):
        return
    wrapper = make(original)
    wrapper.__dict__["__spanledger__"] = True
    setattr(owner, name, wrapper)
    _originals.append((owner, name, original))


def _sync_request(original: Wrapped, apis: dict[str, Api]) -> Wrapped:
    @functools.wraps(original)
    def request(client: Any, *args: Any, **kwargs: Any) -> Any:
        call = shield(_begin, client, apis, args, kwargs)
        if call is None:
            return original(client, *args, **kwargs)
        if (refused := shield(refusal_of, call)) is not None:
            raise refused
        token = ACTIVE.set(call)
        try:
            result = original(client, *args, **kwargs)
        except BaseException as error:
            shield(_failed, call, error)
            raise
        finally:
            ACTIVE.reset(token)
        shield(_returned, call, result)
        return result

    return request


def _async_request(original: Callable[..., Awaitable[Any]], apis: dict[str, Api]) -> Wrapped:
    @functools.wraps(original)
    async def request(client: Any, *args: Any, **kwargs: Any) -> Any:
        call = shield(_begin, client, apis, args, kwargs)
        if call is None:
            return await original(client, *args, **kwargs)
        if (refused := shield(refusal_of, call)) is not None:
            raise refused
        token = ACTIVE.set(call)
        try:
            result = await original(client, *args, **kwargs)
        except BaseException as error:
            shield(_failed, call, error)
            raise
        finally:
            ACTIVE.reset(token)
        shield(_returned, call, result)
        return result

    return request


def _sync_response(original: Wrapped) -> Wrapped:
    @functools.wraps(original)
    def process(client: Any, *args: Any, **kwargs: Any) -> Any:
        result = original(client, *args, **kwargs)
        shield(_answered, result, kwargs)
        return result

    return process


def _async_response(original: Callable[..., Awaitable[Any]]) -> Wrapped:
    @functools.wraps(original)
    async def process(client: Any, *args: Any, **kwargs: Any) -> Any:
        result = await original(client, *args, **kwargs)
        shield(_answered, result, kwargs)
        return result

    return process


def _begin(client: Any, apis: dict[str, Api], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Call | None:
    """The record of the call that `request` is asked for; None when it is no model call or suppressed."""
    options = kwargs["options"] if "options" in kwargs else args[1]
    api = apis.get(options.url.partition("?")[0])
    body = options.json_data
    if api is None or not RUNTIME.active or not isinstance(body, dict) or options.method.lower() != "post":
        return None
    call = Call(api, body, server_of(client, api))
    if call.context.get(_SUPPRESS_INSTRUMENTATION_KEY):
        return _only_counted(call)
    adopt_surrounding(call)
    if not call.adopted and call.context.get(_SUPPRESS_CALLS_KEY):
        return _only_counted(call)
    if RUNTIME.complete_stream_usage and api is _CHAT and call.streams:
        _ask_for_usage(options, call)
    return call


def _only_counted(call: Call) -> Call | None:
    """A call that others record, or nobody may: it gets no span of ours, but spends of a limit all the same."""
    if RUNTIME.limits is None:
        return None
    call.adopted = True
    return call


def _ask_for_usage(options: Any, call: Call) -> None:
    """Have a streamed chat report its usage; the chunk that brings it is kept from the agent."""
    asked = call.body.get("stream_options")
    asked = asked if isinstance(asked, dict) else {}
    if "include_usage" not in asked:
        call.body = {**call.body, "stream_options": {**asked, "include_usage": True}}
        options.json_data = call.body
        call.hide_usage_chunk = True


def _answered(result: Any, kwargs: dict[str, Any]) -> None:
    """Note the HTTP response, before an adopted span of the client itself ends."""
    call = ACTIVE.get()
    if call is None or call.over:
        return
    call.response = kwargs.get("response")
    retries = kwargs.get("retries_taken")
    call.retries = retries if isinstance(retries, int) else None
    if call.adopted:
        _take(call, result)


def _returned(call: Call, result: Any) -> None:
    if not call.adopted or call.response is None:
        _take(call, result)


def _take(call: Call, result: Any) -> None:
    """Read what the client returned, now or as the agent reads it."""
    kind = kind_of(result)
    if kind is Kind.WHOLE:
        call.read(result)
    elif watch(result, kind, call):
        return
    else:
        call.read(json.loads(result.http_response.content))
    call.finish()


def _failed(call: Call, error: BaseException) -> None:
    call.fail(error)
    call.finish()
