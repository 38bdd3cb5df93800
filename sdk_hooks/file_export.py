"""Writes finished spans to a file: one OTLP JSON request a line, which `spanledger` and any OTLP tool can
read.

For agents that run without a collector (a test, a CI job). Appends; several processes may write to one file.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from typing import Any

from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

from sdk_hooks.guard import shield, warn_once


class FileExporter(SpanExporter):
    """Appends to `path`, which is made with its folder when the first span is written."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._lost = False

    def force_flush(self, timeout_millis: int = 30000) -> bool:
        """Whether everything so far stands in the file; nothing is held back."""
        return not self._lost

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Append one line for `spans`; a disk that refuses is logged once and the spans are lost."""
        line = shield(otlp_json, spans)
        written = False
        try:
            if line is not None:
                self._append(line)
                written = True
        except OSError as error:
            warn_once("file", "spans cannot be written to %s: %s", self._path, error)
        self._lost = self._lost or not written
        return SpanExportResult.SUCCESS if written else SpanExportResult.FAILURE

    def _append(self, line: str) -> None:
        folder = os.path.dirname(self._path)
        if folder:
            os.makedirs(folder, exist_ok=True)
        # One write in append mode, so that lines of several processes do not mix.
        descriptor = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(descriptor, line.encode() + b"\n")
        finally:
            os.close(descriptor)


def otlp_json(spans: Sequence[ReadableSpan]) -> str:
    """`spans` as one OTLP `ExportTraceServiceRequest` in JSON, on one line.

    Ids are lower-case hex, 64-bit integers are strings, as OTLP's JSON encoding has it.
    """
    resources: dict[Any, dict[str, Any]] = {}
    for span in spans:
        scope = span.instrumentation_scope
        resource = resources.setdefault(
            id(span.resource),
            {"resource": {"attributes": attributes_json(span.resource.attributes)}, "scopes": {}},
        )
        name, version = (scope.name, scope.version or "") if scope is not None else ("", "")
        within = resource["scopes"].setdefault(
            (name, version), {"scope": {"name": name, "version": version}, "spans": []}
        )
        within["spans"].append(_span(span))
    request = {
        "resourceSpans": [
            {"resource": one["resource"], "scopeSpans": list(one["scopes"].values())}
            for one in resources.values()
        ]
    }
    return json.dumps(request, separators=(",", ":"))


def _span(span: ReadableSpan) -> dict[str, Any]:
    context = span.get_span_context()
    encoded: dict[str, Any] = {
        "traceId": f"{context.trace_id:032x}" if context else "",
        "spanId": f"{context.span_id:016x}" if context else "",
        "name": span.name,
        # OpenTelemetry's API counts kinds from 0, OTLP from 1.
        "kind": span.kind.value + 1,
        "startTimeUnixNano": str(span.start_time or 0),
        "endTimeUnixNano": str(span.end_time or 0),
        "attributes": attributes_json(span.attributes or {}),
        "status": {"code": span.status.status_code.value},
    }
    if span.parent is not None:
        encoded["parentSpanId"] = f"{span.parent.span_id:016x}"
    if span.status.description:
        encoded["status"]["message"] = span.status.description
    if context and context.trace_state:
        encoded["traceState"] = context.trace_state.to_header()
    if span.events:
        encoded["events"] = [
            {
                "timeUnixNano": str(event.timestamp),
                "name": event.name,
                "attributes": attributes_json(event.attributes or {}),
            }
            for event in span.events
        ]
    if span.links:
        encoded["links"] = [
            {
                "traceId": f"{link.context.trace_id:032x}",
                "spanId": f"{link.context.span_id:016x}",
                "attributes": attributes_json(link.attributes or {}),
            }
            for link in span.links
        ]
    return encoded


def attributes_json(attributes: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Attributes as OTLP's JSON has them."""
    return [{"key": key, "value": _value(value)} for key, value in attributes.items()]


def _value(value: Any) -> dict[str, Any]:
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int):
        return {"intValue": str(value)}
    if isinstance(value, float):
        return {"doubleValue": value}
    if isinstance(value, Mapping):
        return {"kvlistValue": {"values": attributes_json(value)}}
    if isinstance(value, Sequence) and not isinstance(value, (str, bytes)):
        return {"arrayValue": {"values": [_value(item) for item in value]}}
    return {"stringValue": value if isinstance(value, str) else str(value)}
