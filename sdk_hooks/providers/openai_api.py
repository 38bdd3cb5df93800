"""Reads answers of OpenAI's APIs: Chat Completions, Responses, embeddings, legacy completions.

Cached and cache-written tokens are inside the provider's input count, reasoning inside its output count,
as the report wants them. Field names are those of openai 3.51; services that speak the same formats are
read alike.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sdk_hooks import attributes as names
from sdk_hooks.providers.report import Report, count, field, fields, items, read_head, tell, text

SERVICE_CLASSES = {
    "default": "standard",
    "flex": "flex",
    "priority": "priority",
    "scale": "priority",
    "fast": "fast",
    "batch": "batch",
}
"""`scale` is capacity paid for ahead; of our classes `priority` is the one with its latency."""

_UNFINISHED = ("queued", "in_progress")


class _OpenAI:
    provider = "openai"
    rate_limit_headers: Mapping[bytes, str] = {
        b"x-ratelimit-remaining-tokens": names.RATE_LIMIT_REMAINING_TOKENS,
        b"x-ratelimit-remaining-requests": names.RATE_LIMIT_REMAINING_CALLS,
        b"x-ratelimit-limit-tokens": names.RATE_LIMIT_TOKENS,
        b"x-ratelimit-limit-requests": names.RATE_LIMIT_CALLS,
    }


class ChatCompletions(_OpenAI):
    """`POST /chat/completions`, and legacy `POST /completions`, whose choices look alike to us."""

    def __init__(self, operation: str = names.OPERATION_CHAT) -> None:
        self.operation = operation

    def read_response(self, response: Any, report: Report) -> None:
        """Read a `ChatCompletion` or a `Completion`."""
        read = fields(response).get
        read_head(response, report, SERVICE_CLASSES)
        _read_choices(read("choices"), report)
        read_completion_usage(read("usage"), report)
        report.complete = True

    def read_event(self, event: Any, report: Report) -> None:
        """Read one chunk; with `include_usage` the last one has usage and no choices."""
        if names.RESPONSE_ID not in report.told:
            read_head(event, report, SERVICE_CLASSES)
        choices = field(event, "choices")
        if choices:
            report.has_content = True
            _read_choices(choices, report)
            if names.FINISH_REASONS in report.told:
                report.complete = True
            if report.output_text is not None:
                for choice in items(choices):
                    piece = field(field(choice, "delta"), "content") or field(choice, "text")
                    if text(piece):
                        report.output_text.append(piece)
        usage = field(event, "usage")
        if usage is not None:
            read_head(event, report, SERVICE_CLASSES)
            read_completion_usage(usage, report)

    def absent_usage(self, body: dict[str, Any]) -> str:
        """A stream reports usage only when the request asks for it."""
        options = body.get("stream_options")
        asked = isinstance(options, dict) and options.get("include_usage")
        return "include_usage_not_set" if body.get("stream") and not asked else "not_reported"


class Responses(_OpenAI):
    """`POST /responses` and `POST /responses/compact`."""

    operation = names.OPERATION_CHAT

    def read_response(self, response: Any, report: Report) -> None:
        """Read a `Response`; one that runs in the background has no usage yet."""
        read_head(response, report, SERVICE_CLASSES)
        status = text(field(response, "status"))
        if status in _UNFINISHED:
            report.missing_reason = "background"
        elif status is not None:
            reason = text(field(field(response, "incomplete_details"), "reason"))
            report.told[names.FINISH_REASONS] = (reason or status,)
        if status == "failed":
            report.error_type = text(field(field(response, "error"), "code")) or "failed"
        usage = fields(field(response, "usage"))
        tell(report.told, names.INPUT_TOKENS, usage.get("input_tokens"))
        tell(report.told, names.OUTPUT_TOKENS, usage.get("output_tokens"))
        _read_details(usage.get("input_tokens_details"), usage.get("output_tokens_details"), report)
        searches = field(field(response, "tool_usage"), "web_search")
        tell(report.told, names.WEB_SEARCHES, field(searches, "num_requests"))
        report.complete = True

    def read_event(self, event: Any, report: Report) -> None:
        """Read one event; the closing one (`completed`, `incomplete`, `failed`) has the whole response."""
        kind = text(field(event, "type")) or ""
        if kind.endswith(".delta"):
            report.has_content = True
            if report.output_text is not None and kind == "response.output_text.delta":
                report.output_text.append(text(field(event, "delta")) or "")
        elif kind == "response.created":
            read_head(field(event, "response"), report, SERVICE_CLASSES)
        elif kind in ("response.completed", "response.incomplete", "response.failed"):
            self.read_response(field(event, "response"), report)
        elif kind == "error":
            report.error_type = text(field(event, "code")) or "error"

    def absent_usage(self, body: dict[str, Any]) -> str:
        """Usage of a response that runs in the background comes with a later fetch of it."""
        return "background" if body.get("background") else "not_reported"


class Embeddings(_OpenAI):
    """`POST /embeddings`."""

    operation = names.OPERATION_EMBEDDINGS

    def read_response(self, response: Any, report: Report) -> None:
        """Read a `CreateEmbeddingResponse`; embeddings have no output tokens, which is a measured zero."""
        if model := text(field(response, "model")):
            report.told[names.RESPONSE_MODEL] = model
        given = count(field(field(response, "usage"), "prompt_tokens"))
        if given is not None:
            report.told[names.INPUT_TOKENS] = given
            report.told[names.OUTPUT_TOKENS] = 0
        report.complete = True

    def read_event(self, event: Any, report: Report) -> None:
        """Embeddings do not stream."""

    def absent_usage(self, body: dict[str, Any]) -> str:
        """Every answer has usage; one without it lacked it."""
        return "not_reported"


TEXT_COMPLETIONS = ChatCompletions(names.OPERATION_TEXT_COMPLETION)


def _read_choices(choices: Any, report: Report) -> None:
    reasons = [reason for choice in items(choices) if (reason := text(field(choice, "finish_reason")))]
    if reasons:
        # Each choice of a stream ends in a chunk of its own.
        before: Any = report.told.get(names.FINISH_REASONS, ())
        report.told[names.FINISH_REASONS] = (*before, *reasons)


def read_completion_usage(usage: Any, report: Report) -> None:
    """Read the usage of a chat completion, or of another answer in its shape, into `report`."""
    read, told = fields(usage).get, report.told
    tell(told, names.INPUT_TOKENS, read("prompt_tokens"))
    tell(told, names.OUTPUT_TOKENS, read("completion_tokens"))
    inputs = read("prompt_tokens_details")
    _read_details(inputs, read("completion_tokens_details"), report)
    if inputs is None:
        # DeepSeek's own field, in the same format otherwise.
        tell(told, names.CACHE_READ_TOKENS, read("prompt_cache_hit_tokens"))


def _read_details(inputs: Any, outputs: Any, report: Report) -> None:
    read, told = fields(inputs).get, report.told
    tell(told, names.CACHE_READ_TOKENS, read("cached_tokens"))
    tell(told, names.CACHE_WRITE_TOKENS, read("cache_write_tokens"))
    if lifetimes := read("cache_write_tokens_details"):
        tell(told, names.CACHE_WRITE_LONG_TOKENS, field(lifetimes, "ttl_12h_tokens"))
    tell(told, names.REASONING_TOKENS, field(outputs, "reasoning_tokens"))
