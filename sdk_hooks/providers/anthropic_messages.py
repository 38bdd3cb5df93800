"""Reads answers of Anthropic's Messages API, whole or as a stream, plain or beta, on any platform.

The provider's `input_tokens` excludes cached tokens; the report's includes them. Field meanings: the docs of
the Messages API, field names those of anthropic 2.10.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from opentelemetry.util.types import AttributeValue

from sdk_hooks import attributes as names
from sdk_hooks.providers.report import Report, count, field, fields, items, tell, text

SERVICE_CLASSES = {"standard": "standard", "priority": "priority", "batch": "batch"}

ANYWHERE = ("global", "not_available")
"""Places that cost what any place costs."""


class AnthropicMessages:
    """`POST /v1/messages`."""

    operation = names.OPERATION_CHAT
    provider = "anthropic"
    rate_limit_headers: Mapping[bytes, str] = {
        b"anthropic-ratelimit-tokens-remaining": names.RATE_LIMIT_REMAINING_TOKENS,
        b"anthropic-ratelimit-requests-remaining": names.RATE_LIMIT_REMAINING_CALLS,
        b"anthropic-ratelimit-tokens-limit": names.RATE_LIMIT_TOKENS,
        b"anthropic-ratelimit-requests-limit": names.RATE_LIMIT_CALLS,
    }

    def read_response(self, response: Any, report: Report) -> None:
        """Read a `Message` or `BetaMessage`."""
        message = fields(response)
        _read_message(message, report)
        if reason := text(message.get("stop_reason")):
            report.told[names.FINISH_REASONS] = (reason,)
        _read_usage(message.get("usage"), report, output=True)
        report.complete = True

    def read_event(self, event: Any, report: Report) -> None:
        """Read one event: `message_start` holds a placeholder output count, `message_delta` the final one."""
        kind = field(event, "type")
        if kind == "content_block_delta":
            report.has_content = True
            if report.output_text is not None and (piece := text(field(field(event, "delta"), "text"))):
                report.output_text.append(piece)
        elif kind == "message_start":
            message = fields(field(event, "message"))
            _read_message(message, report)
            _read_usage(message.get("usage"), report, output=False)
        elif kind == "message_delta":
            _read_usage(field(event, "usage"), report, output=True)
            if reason := text(field(field(event, "delta"), "stop_reason")):
                report.told[names.FINISH_REASONS] = (reason,)
                report.complete = True
        elif kind == "message_stop":
            report.complete = True
        elif kind == "error":
            report.error_type = text(field(field(event, "error"), "type")) or "error"

    def absent_usage(self, body: dict[str, Any]) -> str:
        """The Messages API always reports usage, so only the answer itself can have lacked it."""
        return "not_reported"


def _read_message(message: Mapping[str, Any], report: Report) -> None:
    if identifier := text(message.get("id")):
        report.told[names.RESPONSE_ID] = identifier
    if model := text(message.get("model")):
        report.told[names.RESPONSE_MODEL] = model


def _read_usage(usage: Any, report: Report, *, output: bool) -> None:
    """Counts are cumulative over a stream: a later event replaces what it names and leaves the rest."""
    read, told = fields(usage).get, report.told
    tell(told, names.CACHE_READ_TOKENS, read("cache_read_input_tokens"))
    tell(told, names.CACHE_WRITE_TOKENS, read("cache_creation_input_tokens"))
    if lifetimes := read("cache_creation"):
        tell(told, names.CACHE_WRITE_LONG_TOKENS, field(lifetimes, "ephemeral_1h_input_tokens"))
    if (fresh := count(read("input_tokens"))) is not None:
        report.fresh_tokens = fresh
    if output:
        tell(told, names.OUTPUT_TOKENS, read("output_tokens"))
        if details := read("output_tokens_details"):
            tell(told, names.REASONING_TOKENS, field(details, "thinking_tokens"))
    if service := SERVICE_CLASSES.get(text(read("service_tier")) or ""):
        told[names.SERVICE_CLASS] = service
    if read("speed") == "fast":
        told[names.SERVICE_CLASS] = "fast"
    place = text(read("inference_geo"))
    if place and place not in ANYWHERE:
        told[names.INFERENCE_GEO] = place
    if server_tools := read("server_tool_use"):
        tell(told, names.WEB_SEARCHES, field(server_tools, "web_search_requests"))
    if report.fresh_tokens is not None:
        cached: Any = told.get(names.CACHE_READ_TOKENS, 0)
        cached += told.get(names.CACHE_WRITE_TOKENS, 0)
        told[names.INPUT_TOKENS] = report.fresh_tokens + cached
    if output and (iterations := items(read("iterations"))):
        _add_compactions(iterations, report)


_COMPACTION = (
    (names.INPUT_TOKENS, ("input_tokens", "cache_read_input_tokens", "cache_creation_input_tokens")),
    (names.CACHE_READ_TOKENS, ("cache_read_input_tokens",)),
    (names.CACHE_WRITE_TOKENS, ("cache_creation_input_tokens",)),
    (names.OUTPUT_TOKENS, ("output_tokens",)),
)


def _add_compactions(iterations: Iterable[Any], report: Report) -> None:
    """Tokens spent on compacting the conversation: billed, but left out of the usage's own totals.

    The event that tells of them is the last, and names all that it adds to, so nothing is added twice.
    """
    for item in iterations:
        if field(item, "type") != "compaction":
            continue
        told = report.told
        if not report.exceeds_totals:
            report.exceeds_totals, before = True, told.get(names.INPUT_TOKENS)
            report.total_input_tokens = before if isinstance(before, int) else None
        for name, parts in _COMPACTION:
            _add(told, name, sum(count(field(item, part)) or 0 for part in parts))
        long = field(field(item, "cache_creation"), "ephemeral_1h_input_tokens")
        _add(told, names.CACHE_WRITE_LONG_TOKENS, count(long) or 0)


def _add(told: dict[str, AttributeValue], name: str, more: int) -> None:
    if more:
        known: Any = told.get(name, 0)
        told[name] = known + more
