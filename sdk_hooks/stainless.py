"""Wraps the anthropic and openai clients at the one place through which each of their calls goes.

The two share a base class with a `request` method; every resource, helper, raw response, sync or async, of
OpenAI, Azure, Bedrock or Vertex, ends there. Calls that are no model calls pass untouched.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Awaitable, Callable
from types import ModuleType
from typing import Any

from sdk_hooks.background import fetched, waits
from sdk_hooks.call import ACTIVE, Call
from sdk_hooks.guard import shield
from sdk_hooks.providers.anthropic_messages import AnthropicMessages
from sdk_hooks.providers.gemini_interactions import Interactions
from sdk_hooks.providers.openai_api import TEXT_COMPLETIONS, ChatCompletions, Embeddings, Responses
from sdk_hooks.providers.report import Api
from sdk_hooks.runtime import RUNTIME
from sdk_hooks.servers import server_of
from sdk_hooks.streams import Kind, kind_of, watch
from sdk_hooks.wrapping import Begin, Wrapped, admitted, async_call, replace, sync_call

_CHAT = ChatCompletions()
_RESPONSES = Responses()
_INTERACTIONS = Interactions()

APIS: dict[str, dict[str, Api]] = {
    "anthropic": {"/v1/messages": AnthropicMessages()},
    "openai": {
        "/chat/completions": _CHAT,
        "/responses": _RESPONSES,
        "/responses/compact": _RESPONSES,
        "/completions": TEXT_COMPLETIONS,
        "/embeddings": Embeddings(),
    },
    "google": {
        f"/{version}/interactions": _INTERACTIONS for version in ("v1", "v1beta", "v1alpha", "v1beta1")
    },
}
"""By package: the paths whose calls are model calls."""


def wrap(module: ModuleType) -> None:
    """Wrap the base classes in `module`: `_base_client` of anthropic, openai, or of google-genai for interactions."""
    begin = _begin_with(APIS[module.__name__.partition(".")[0]])
    replace(module.SyncAPIClient, "request", lambda original: sync_call(original, begin, _returned))
    replace(module.AsyncAPIClient, "request", lambda original: async_call(original, begin, _returned))
    replace(module.SyncAPIClient, "_process_response", _sync_response)
    replace(module.AsyncAPIClient, "_process_response", _async_response)


def _sync_response(original: Wrapped) -> Wrapped:
    @functools.wraps(original)
    def process(client: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            result = original(client, *args, **kwargs)
        except Exception:
            shield(_refused_by_agent, kwargs)
            raise
        shield(_answered, result, kwargs)
        return result

    return process


def _async_response(original: Callable[..., Awaitable[Any]]) -> Wrapped:
    @functools.wraps(original)
    async def process(client: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            result = await original(client, *args, **kwargs)
        except Exception:
            shield(_refused_by_agent, kwargs)
            raise
        shield(_answered, result, kwargs)
        return result

    return process


def _begin_with(apis: dict[str, Api]) -> Begin:
    def begin(client: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Call | None:
        """The record of the call that `request` is asked for; None when it is no model call or suppressed."""
        options = kwargs["options"] if "options" in kwargs else args[1]
        api = apis.get(options.url.partition("?")[0])
        body = options.json_data
        if (
            api is None
            or not RUNTIME.active
            or not isinstance(body, dict)
            or options.method.lower() != "post"
        ):
            return None
        call = admitted(Call(api, body, server_of(client, api)))
        if call is not None and RUNTIME.complete_stream_usage and api is _CHAT and call.streams:
            _ask_for_usage(options, call)
        return call

    return begin


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
    call = _noted(kwargs)
    if call is None:
        if waits():
            fetched(result, kwargs.get("response"))
    elif call.adopted:
        _take(call, result)


def _refused_by_agent(kwargs: dict[str, Any]) -> None:
    """The answer came and is billed, but is not what the agent's own schema asks for: read its usage all the same."""
    call = _noted(kwargs)
    if call is not None and call.response is not None and call.response.is_closed:
        call.read(json.loads(call.response.content))


def _noted(kwargs: dict[str, Any]) -> Call | None:
    """The call that is being answered, its HTTP response noted; None if this is none."""
    call = ACTIVE.get()
    if call is None or call.over:
        return None
    call.response = kwargs.get("response")
    retries = kwargs.get("retries_taken")
    call.retries = retries if isinstance(retries, int) else None
    return call


def _returned(call: Call, result: Any) -> None:
    if not call.adopted or call.response is None:
        _take(call, result)


def _take(call: Call, result: Any) -> None:
    """Read what the client returned, now or as the agent reads it."""
    kind = kind_of(result)
    if kind is Kind.WHOLE:
        call.read(result)
    elif kind is Kind.OTHER:
        shield(_read_body, call, call.response)
    elif watch(result, kind, call):
        return
    else:
        shield(_read_body, call, result.http_response)
    call.finish()


def _read_body(call: Call, response: Any) -> None:
    """Read the answer as it came; a proxy's page of HTML says nothing."""
    if response is not None and response.is_closed:
        call.read(json.loads(response.content))
