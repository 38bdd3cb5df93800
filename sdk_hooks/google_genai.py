"""Wraps the google-genai client where each of its requests is sent, for the Gemini API and Vertex AI.

`models`, `chats`, automatic function calling and streams all end in the four request methods of
`BaseApiClient`. Each request is one call, so a function that is called in between costs two.
"""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable, Iterator
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit

from opentelemetry.util.types import AttributeValue

from sdk_hooks.attributes import PROVIDER_NAME, SERVER_ADDRESS, SERVER_PORT
from sdk_hooks.call import ACTIVE, Call, refusal_of
from sdk_hooks.guard import shield
from sdk_hooks.providers.gemini import EmbedContent, GenerateContent, PredictEmbeddings, json_of
from sdk_hooks.providers.report import Api, field
from sdk_hooks.runtime import RUNTIME
from sdk_hooks.streams import Watched, WatchedAsync
from sdk_hooks.wrapping import Wrapped, admitted, async_call, replace, sync_call

_GENERATE, _EMBED = GenerateContent(), EmbedContent()

APIS: dict[str, Api] = {
    "generateContent": _GENERATE,
    "streamGenerateContent": _GENERATE,
    "embedContent": _EMBED,
    "batchEmbedContents": _EMBED,
    "predict": PredictEmbeddings(),
}
"""By the method at the end of a request's path."""

_KEPT = "_spanledger_server"
_END = object()


def wrap(module: ModuleType) -> None:
    """Wrap the client in `google.genai._api_client`."""
    client = module.BaseApiClient
    replace(client, "request", lambda original: sync_call(original, _begin, _returned))
    replace(client, "async_request", lambda original: async_call(original, _begin, _returned))
    replace(client, "request_streamed", _streamed)
    replace(client, "async_request_streamed", lambda original: async_call(original, _begin, _watched))
    replace(client, "_request_once", _counting)
    replace(client, "_async_request_once", _counting_async)


def _streamed(original: Wrapped) -> Wrapped:
    @functools.wraps(original)
    def request_streamed(client: Any, *args: Any, **kwargs: Any) -> Iterator[Any]:
        """A generator, as the original is: nothing is sent before it is asked for its first piece."""
        call = shield(_begin, client, args, kwargs)
        inner = original(client, *args, **kwargs)
        if call is None:
            yield from inner
            return
        if (refused := shield(refusal_of, call)) is not None:
            raise refused
        watched = Watched(inner, call)
        try:
            token = ACTIVE.set(call)
            try:
                piece = next(watched, _END)
            finally:
                ACTIVE.reset(token)
            call.response = call
            while piece is not _END:
                yield piece
                piece = next(watched, _END)
        finally:
            inner.close()
            shield(call.finish, "closed_early")

    return request_streamed


def _counting(original: Wrapped) -> Wrapped:
    """Counts how often a call is sent; the client tries again by itself where it is told to."""

    @functools.wraps(original)
    def once(client: Any, *args: Any, **kwargs: Any) -> Any:
        shield(_count_try)
        return original(client, *args, **kwargs)

    return once


def _counting_async(original: Callable[..., Awaitable[Any]]) -> Wrapped:
    @functools.wraps(original)
    async def once(client: Any, *args: Any, **kwargs: Any) -> Any:
        shield(_count_try)
        return await original(client, *args, **kwargs)

    return once


def _count_try() -> None:
    call = ACTIVE.get()
    if call is not None:
        call.retries = 0 if call.retries is None else call.retries + 1


def _begin(client: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Call | None:
    """The record of the call that a request is; None for listings, files, caches, token counts."""
    if not RUNTIME.active:
        return None
    told = {**dict(zip(("http_method", "path", "request_dict"), args, strict=False)), **kwargs}
    model, _, method = told["path"].partition("?")[0].rpartition(":")
    api, body = APIS.get(method), told["request_dict"]
    if api is None or not isinstance(body, dict) or (method == "predict" and not _embeds(body)):
        return None
    about = {**body, "model": _model_name(model), "stream": method.startswith("stream")}
    return admitted(Call(api, about, _server(client)))


def _embeds(body: dict[str, Any]) -> bool:
    """Whether what is predicted are embeddings of texts, and not pictures or speech, which no token is billed for."""
    instances = body.get("instances")
    return isinstance(instances, list) and any(field(one, "content") for one in instances)


def _model_name(path: str) -> str:
    """A model of Google's by its name; a tuned model or an endpoint by its whole path."""
    before, found, name = path.rpartition("models/")
    return name if found and not before.endswith("tuned") else path


def _server(client: Any) -> dict[str, AttributeValue]:
    options = client._http_options
    base_url = options.get("base_url") if isinstance(options, dict) else options.base_url
    kept = client.__dict__.get(_KEPT)
    if kept is not None and kept[0] is base_url:
        found: dict[str, AttributeValue] = kept[1]
        return found
    server: dict[str, AttributeValue] = {PROVIDER_NAME: "gcp.vertex_ai" if client.vertexai else "gcp.gemini"}
    parts = urlsplit(base_url or "")
    if parts.hostname:
        server[SERVER_ADDRESS] = parts.hostname
        server[SERVER_PORT] = parts.port or (80 if parts.scheme == "http" else 443)
    client.__dict__[_KEPT] = (base_url, server)
    return server


def _returned(call: Call, result: Any) -> None:
    call.response = result
    call.read(json_of(result))
    call.finish()


def _watched(call: Call, result: Any) -> Any:
    call.response = result
    return WatchedAsync(result, call)
