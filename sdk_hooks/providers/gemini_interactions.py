"""Reads answers of Gemini's Interactions API, whole or as a stream.

The provider's input count includes cached tokens; tokens that tools put into the prompt and thoughts are counted
apart there, and are input and output here. Field names are those of google-genai 3.4 and, for events, of 1.60 too.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sdk_hooks import attributes as names
from sdk_hooks.providers.report import Report, count, field, fields, items, read_head, tell, text

SERVICE_CLASSES = {"standard": "standard", "flex": "flex", "priority": "priority"}
_UNFINISHED = ("in_progress", "queued")
_OVER = ("interaction.completed", "interaction.complete")


class Interactions:
    """`POST /interactions`."""

    operation = names.OPERATION_GENERATE_CONTENT
    provider = "gcp.gemini"
    # No header says how much of the limit is left.
    rate_limit_headers: Mapping[bytes, str] = {}

    def read_response(self, response: Any, report: Report) -> None:
        """Read an `Interaction`; one that runs in the background has no usage yet."""
        read_head(response, report, SERVICE_CLASSES)
        status = text(field(response, "status"))
        if status in _UNFINISHED:
            report.missing_reason = "background"
        elif status is not None:
            report.told[names.FINISH_REASONS] = (status,)
        if status == "failed":
            report.error_type = "failed"
        _read_usage(fields(field(response, "usage")), report)
        report.complete = True

    def read_event(self, event: Any, report: Report) -> None:
        """Read one event; the closing one has the whole interaction but what was streamed."""
        kind = text(field(event, "event_type")) or ""
        if kind.endswith(".delta"):
            report.has_content = True
            piece = text(field(field(event, "delta"), "text"))
            if report.output_text is not None and piece:
                report.output_text.append(piece)
        elif kind in _OVER:
            self.read_response(field(event, "interaction"), report)
        elif kind == "error":
            report.error_type = text(field(field(event, "error"), "code")) or "error"
        else:
            read_head(field(event, "interaction"), report, SERVICE_CLASSES)

    def absent_usage(self, body: dict[str, Any]) -> str:
        """Usage of an interaction that runs in the background comes with a later fetch of it."""
        return "not_reported"


def _read_usage(usage: Mapping[str, Any], report: Report) -> None:
    prompt, output = count(usage.get("total_input_tokens")), count(usage.get("total_output_tokens"))
    if prompt is None:
        return
    told = report.told
    told[names.INPUT_TOKENS] = prompt + (count(usage.get("total_tool_use_tokens")) or 0)
    told[names.CACHE_READ_TOKENS] = count(usage.get("total_cached_tokens")) or 0
    thoughts = count(usage.get("total_thought_tokens")) or 0
    if output is not None:
        told[names.OUTPUT_TOKENS] = output + thoughts
        told[names.REASONING_TOKENS] = thoughts
    for tool in items(usage.get("grounding_tool_count")):
        if field(tool, "type") == "google_search":
            tell(told, names.WEB_SEARCHES, field(tool, "count"))
