"""Reads answers of OpenAI's APIs: Chat Completions, Responses, embeddings, legacy completions.

Cached and cache-written tokens are inside the provider's input count, reasoning inside its output count,
as the report wants them. Field names are those of openai 3.51; services that speak the same formats are
read alike.
"""

from __future__ import annotations

from typing import Any

from sdk_hooks.attributes import OPERATION_CHAT, OPERATION_EMBEDDINGS, OPERATION_TEXT_COMPLETION
from sdk_hooks.providers.report import Report, count, field, text

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


class ChatCompletions:
    """`POST /chat/completions`, and legacy `POST /completions`, whose choices look alike to us."""

    def __init__(self, operation: str = OPERATION_CHAT) -> None:
        self.operation = operation
        self.provider = "openai"

    def read_response(self, response: Any, report: Report) -> None:
        """Read a `ChatCompletion` or a `Completion`."""
        _read_head(response, report)
        _read_choices(field(response, "choices"), report)
        _read_completion_usage(field(response, "usage"), report)
        report.complete = True

    def read_event(self, event: Any, report: Report) -> None:
        """Read one chunk; with `include_usage` the last one has usage and no choices."""
        if report.response_id is None:
            _read_head(event, report)
        choices = field(event, "choices")
        if choices:
            report.has_content = True
            _read_choices(choices, report)
            if report.finish_reasons:
                report.complete = True
                _read_head(event, report)
            if report.output_text is not None:
                for choice in choices:
                    piece = field(field(choice, "delta"), "content") or field(choice, "text")
                    if text(piece):
                        report.output_text.append(piece)
        usage = field(event, "usage")
        if usage is not None:
            _read_head(event, report)
            _read_completion_usage(usage, report)

    def absent_usage(self, body: dict[str, Any]) -> str:
        """A stream reports usage only when the request asks for it."""
        options = body.get("stream_options")
        asked = isinstance(options, dict) and options.get("include_usage")
        return "include_usage_not_set" if body.get("stream") and not asked else "not_reported"


class Responses:
    """`POST /responses` and `POST /responses/compact`."""

    operation = OPERATION_CHAT
    provider = "openai"

    def read_response(self, response: Any, report: Report) -> None:
        """Read a `Response`; one that runs in the background has no usage yet."""
        _read_head(response, report)
        status = text(field(response, "status"))
        if status in _UNFINISHED:
            report.missing_reason = "background"
        elif status is not None:
            reason = text(field(field(response, "incomplete_details"), "reason"))
            report.finish_reasons = [reason or status]
        if status == "failed":
            report.error_type = text(field(field(response, "error"), "code")) or "failed"
        usage = field(response, "usage")
        if usage is not None:
            report.input_tokens = count(field(usage, "input_tokens"))
            report.output_tokens = count(field(usage, "output_tokens"))
            _read_details(field(usage, "input_tokens_details"), field(usage, "output_tokens_details"), report)
        report.complete = True

    def read_event(self, event: Any, report: Report) -> None:
        """Read one event; the closing one (`completed`, `incomplete`, `failed`) has the whole response."""
        kind = text(field(event, "type")) or ""
        if kind.endswith(".delta"):
            report.has_content = True
            if report.output_text is not None and kind == "response.output_text.delta":
                report.output_text.append(text(field(event, "delta")) or "")
        elif kind == "response.created":
            _read_head(field(event, "response"), report)
        elif kind in ("response.completed", "response.incomplete", "response.failed"):
            self.read_response(field(event, "response"), report)
        elif kind == "error":
            report.error_type = text(field(event, "code")) or "error"

    def absent_usage(self, body: dict[str, Any]) -> str:
        """Usage of a response that runs in the background comes with a later fetch of it."""
        return "background" if body.get("background") else "not_reported"


class Embeddings:
    """`POST /embeddings`."""

    operation = OPERATION_EMBEDDINGS
    provider = "openai"

    def read_response(self, response: Any, report: Report) -> None:
        """Read a `CreateEmbeddingResponse`; embeddings have no output tokens, which is a measured zero."""
        report.response_model = text(field(response, "model"))
        usage = field(response, "usage")
        report.input_tokens = count(field(usage, "prompt_tokens"))
        if report.input_tokens is not None:
            report.output_tokens = 0
        report.complete = True

    def read_event(self, event: Any, report: Report) -> None:
        """Embeddings do not stream."""

    def absent_usage(self, body: dict[str, Any]) -> str:
        """Every answer has usage; one without it lacked it."""
        return "not_reported"


TEXT_COMPLETIONS = ChatCompletions(OPERATION_TEXT_COMPLETION)


def _read_head(response: Any, report: Report) -> None:
    report.response_id = text(field(response, "id")) or report.response_id
    report.response_model = text(field(response, "model")) or report.response_model
    tier = SERVICE_CLASSES.get(field(response, "service_tier") or "")
    if tier is not None:
        report.service_class = tier


def _read_choices(choices: Any, report: Report) -> None:
    for choice in choices or ():
        if reason := text(field(choice, "finish_reason")):
            report.finish_reasons.append(reason)


def _read_completion_usage(usage: Any, report: Report) -> None:
    if usage is None:
        return
    report.input_tokens = count(field(usage, "prompt_tokens"))
    report.output_tokens = count(field(usage, "completion_tokens"))
    inputs = field(usage, "prompt_tokens_details")
    _read_details(inputs, field(usage, "completion_tokens_details"), report)
    if inputs is None:
        # DeepSeek's own field, in the same format otherwise.
        report.cache_read_tokens = count(field(usage, "prompt_cache_hit_tokens"))


def _read_details(inputs: Any, outputs: Any, report: Report) -> None:
    report.cache_read_tokens = count(field(inputs, "cached_tokens"))
    report.cache_write_tokens = count(field(inputs, "cache_write_tokens"))
    lifetimes = field(inputs, "cache_write_tokens_details")
    report.cache_write_long_tokens = count(field(lifetimes, "ttl_12h_tokens"))
    report.reasoning_tokens = count(field(outputs, "reasoning_tokens"))
