"""Which requests are model calls, and what their answers report: Anthropic, OpenAI and all that speak alike, Gemini.

In: paths, bodies and streams as they pass. Out: Reports, filled by the readers of the hooks. Must never keep a text.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from sdk_hooks.providers.anthropic_messages import AnthropicMessages
from sdk_hooks.providers.gemini import EmbedContent, GenerateContent
from sdk_hooks.providers.openai_api import TEXT_COMPLETIONS, ChatCompletions, Embeddings, Responses
from sdk_hooks.providers.report import Api, Report

CHAT = ChatCompletions()
_RESPONSES = Responses()
_APIS: tuple[tuple[re.Pattern[str], Api], ...] = (
    (re.compile(r"/v1/messages$"), AnthropicMessages()),
    (re.compile(r"/chat/completions$"), CHAT),
    (re.compile(r"/responses(/compact)?$"), _RESPONSES),
    (re.compile(r"/completions$"), TEXT_COMPLETIONS),
    (re.compile(r"/embeddings$"), Embeddings()),
    (re.compile(r"models/[^/]+:(generateContent|streamGenerateContent)$"), GenerateContent()),
    (re.compile(r"models/[^/]+:(embedContent|batchEmbedContents)$"), EmbedContent()),
)
_MODEL_IN_PATH = re.compile(r"/(?:models|deployments)/([^/:]+)")
_LINE_ENDS = re.compile(rb"\r\n\r\n|\n\n|\r\r")
LONGEST_EVENT = 16 * 1024 * 1024


def api_of(method: str, path: str) -> Api | None:
    """How a request is read; None for what is no model call, such as a list of models."""
    if method != "POST":
        return None
    return next((api for pattern, api in _APIS if pattern.search(path.rstrip("/"))), None)


def json_object(body: bytes) -> dict[str, Any]:
    """The object in `body`; empty where it is none."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def asked_model(request: Mapping[str, Any], path: str) -> str:
    """The model that a request names, in its body or, as with Gemini and Azure, in its path."""
    named = request.get("model")
    if isinstance(named, str) and named:
        return named
    found = _MODEL_IN_PATH.search(path)
    return found[1] if found else ""


def asks_for_usage(api: Api, request: dict[str, Any]) -> dict[str, Any] | None:
    """The request of a streamed chat that also asks for usage; None where it asks already, or need not."""
    options = request.get("stream_options")
    if api is not CHAT or request.get("stream") is not True or (options and not isinstance(options, dict)):
        return None
    if (options or {}).get("include_usage") is not None:
        return None
    return {**request, "stream_options": {**(options or {}), "include_usage": True}}


def read_whole(api: Api, body: bytes, report: Report) -> None:
    """Reads an answer that came whole; Gemini's stream without events is a list of pieces."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        report.missing_reason = "body_not_parsed"
        return
    if isinstance(found, list):
        for piece in found:
            api.read_event(piece, report)
    elif isinstance(found, dict):
        api.read_response(found, report)


class Events:
    """Server-sent events out of chunks, each with the bytes it came in."""

    def __init__(self) -> None:
        self._held = b""

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """Whole events, as they stand."""
        self._held += chunk
        while found := _LINE_ENDS.search(self._held):
            whole, self._held = self._held[: found.end()], self._held[found.end() :]
            yield whole
        if len(self._held) > LONGEST_EVENT:
            whole, self._held = self._held, b""
            yield whole

    def rest(self) -> bytes:
        """What came after the last whole event."""
        rest, self._held = self._held, b""
        return rest


def data_of(event: bytes) -> dict[str, Any]:
    """The object that an event carries; empty for a comment, a ping or the closing `[DONE]`."""
    lines = [line[5:].lstrip() for line in event.splitlines() if line.startswith(b"data:")]
    return json_object(b"\n".join(lines)) if lines else {}


def only_usage(event: Mapping[str, Any]) -> bool:
    """Whether a chunk of a chat exists only because usage was asked for."""
    return event.get("usage") is not None and event.get("choices") == []


def error_of(body: bytes, status: int) -> str:
    """A short name of a refusal: the provider's own where it gives one, else the status."""
    error = json_object(body).get("error")
    for name in ("type", "status", "code"):
        value = error.get(name) if isinstance(error, dict) else None
        if isinstance(value, str) and value and len(value) <= 80:
            return value
    return str(status)
