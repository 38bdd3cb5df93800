"""Reads answers of Anthropic's Messages API, whole or as a stream, plain or beta, on any platform.

The provider's `input_tokens` excludes cached tokens; the report's includes them. Field meanings: the docs
of the Messages API, field names those of anthropic 2.10.
"""

from __future__ import annotations

from typing import Any

from sdk_hooks.attributes import OPERATION_CHAT
from sdk_hooks.providers.report import Extra, Report, count, field, text

SERVICE_CLASSES = {"standard": "standard", "priority": "priority", "batch": "batch"}


class AnthropicMessages:
    """`POST /v1/messages`."""

    operation = OPERATION_CHAT
    provider = "anthropic"

    def read_response(self, response: Any, report: Report) -> None:
        """Read a `Message` or `BetaMessage`."""
        _read_message(response, report)
        if reason := text(field(response, "stop_reason")):
            report.finish_reasons = [reason]
        _read_usage(field(response, "usage"), report, output=True)
        report.complete = True

    def read_event(self, event: Any, report: Report) -> None:
        """Read one event: `message_start` holds a placeholder output count, `message_delta` the final one."""
        kind = field(event, "type")
        if kind == "content_block_delta":
            report.has_content = True
            if report.output_text is not None and (piece := text(field(field(event, "delta"), "text"))):
                report.output_text.append(piece)
        elif kind == "message_start":
            message = field(event, "message")
            _read_message(message, report)
            _read_usage(field(message, "usage"), report, output=False)
        elif kind == "message_delta":
            _read_usage(field(event, "usage"), report, output=True)
            if reason := text(field(field(event, "delta"), "stop_reason")):
                report.finish_reasons = [reason]
                report.complete = True
        elif kind == "message_stop":
            report.complete = True

    def absent_usage(self, body: dict[str, Any]) -> str:
        """The Messages API always reports usage, so only the answer itself can have lacked it."""
        return "not_reported"


def _read_message(message: Any, report: Report) -> None:
    report.response_id = text(field(message, "id"))
    report.response_model = text(field(message, "model"))


def _read_usage(usage: Any, report: Report, *, output: bool) -> None:
    """Counts are cumulative over a stream: a later event replaces what it names and leaves the rest."""
    if usage is None:
        return
    fresh = count(field(usage, "input_tokens"))
    read = count(field(usage, "cache_read_input_tokens"))
    written = count(field(usage, "cache_creation_input_tokens"))
    if fresh is not None:
        report.fresh_tokens = fresh
    if read is not None:
        report.cache_read_tokens = read
    if written is not None:
        report.cache_write_tokens = written
    long = count(field(field(usage, "cache_creation"), "ephemeral_1h_input_tokens"))
    if long is not None:
        report.cache_write_long_tokens = long
    if output:
        report.output_tokens = count(field(usage, "output_tokens"))
        thinking = count(field(field(usage, "output_tokens_details"), "thinking_tokens"))
        if thinking is not None:
            report.reasoning_tokens = thinking
    tier = SERVICE_CLASSES.get(field(usage, "service_tier") or "")
    if field(usage, "speed") == "fast":
        tier = "fast"
    if tier is not None:
        report.service_class = tier
    if output:
        report.extra = _compactions(field(usage, "iterations"))


def _compactions(iterations: Any) -> Extra | None:
    """Tokens spent on compacting the conversation: billed, but left out of the usage's own totals."""
    spent = [item for item in iterations or () if field(item, "type") == "compaction"]
    if not spent:
        return None
    return Extra(
        fresh=_sum(spent, "input_tokens"),
        read=_sum(spent, "cache_read_input_tokens"),
        write=_sum(spent, "cache_creation_input_tokens"),
        write_long=sum(
            count(field(field(item, "cache_creation"), "ephemeral_1h_input_tokens")) or 0 for item in spent
        ),
        output=_sum(spent, "output_tokens"),
    )


def _sum(usages: list[Any], name: str) -> int:
    return sum(count(field(usage, name)) or 0 for usage in usages)
