"""Wraps the google-genai client where it sends requests of its newer APIs, for Gemini's Interactions API.

Each request that makes an interaction is one call; every other one passes untouched.
"""

from __future__ import annotations

import json
import re
from types import ModuleType
from typing import Any

from opentelemetry.util.types import AttributeValue

from sdk_hooks import attributes as names
from sdk_hooks.call import Call
from sdk_hooks.guard import shield
from sdk_hooks.providers.gemini_interactions import Interactions
from sdk_hooks.providers.report import field, text
from sdk_hooks.raw_bodies import watch_body
from sdk_hooks.runtime import RUNTIME
from sdk_hooks.servers import provider_of_host
from sdk_hooks.streams import watch_close
from sdk_hooks.wrapping import admitted, async_call, replace, sync_call

_API = Interactions()
_PATH = "/interactions"
_MODEL = re.compile(rb'"model"\s*:\s*"([^"\\]+)"')
LOOKED_AT_BYTES = 512
"""The model stands at one of the ends of a request; what lies between is the conversation."""


def wrap(module: ModuleType) -> None:
    """Wrap the resources' base classes in `google.genai._gaos.basesdk`."""
    replace(module.BaseSDK, "do_request", lambda original: sync_call(original, _begin, _returned))
    replace(module.AsyncBaseSDK, "do_request_async", lambda original: async_call(original, _begin, _returned))


def _begin(resource: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Call | None:
    request = kwargs["request"] if "request" in kwargs else args[1]
    if not RUNTIME.active or request.method != "POST" or not request.url.path.endswith(_PATH):
        return None
    body = {"model": _model(request.content), "stream": kwargs.get("stream") is True}
    url = request.url
    server: dict[str, AttributeValue] = {
        names.PROVIDER_NAME: provider_of_host(url.host) or _API.provider,
        names.SERVER_ADDRESS: url.host,
        names.SERVER_PORT: url.port or (80 if url.scheme == "http" else 443),
    }
    return admitted(Call(_API, body, server))


def _model(content: bytes) -> str | None:
    """In the conversation every quote has a backslash, so that no message is taken for a field."""
    found = _MODEL.search(content[:LOOKED_AT_BYTES]) or _MODEL.search(content[-LOOKED_AT_BYTES:])
    return found[1].decode(errors="replace") if found else None


def _returned(call: Call, response: Any) -> None:
    call.response = response
    if response.status_code >= 400:
        call.fail(_Refused(response.status_code, shield(_kind, response)))
        call.finish()
    elif call.streams:
        watch_close(response, call)
        watch_body(response, call)
    else:
        if response.is_closed:
            call.read(json.loads(response.content))
        call.finish()


class _Refused(Exception):
    """Stands for the error that the client raises once it has been handed such a response."""

    def __init__(self, status_code: int, kind: str | None) -> None:
        super().__init__(status_code)
        self.status_code = status_code
        self.type = kind


def _kind(response: Any) -> str | None:
    error = field(json.loads(response.content), "error") if response.is_closed else None
    return text(field(error, "status")) or text(field(error, "code"))
