"""OTLP/JSON requests as OTLP protobuf, item by item, so that one bad item does not cost the others.

In: a JSON body. Out: FromJson. Ids are hex, 64-bit integers text or numbers, enums numbers or names,
unknown fields ignored. Source: https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
"""

import base64
import binascii
import contextlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from google.protobuf.json_format import ParseDict, ParseError
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
from opentelemetry.proto.metrics.v1.metrics_pb2 import Metric
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from collector.errors import CollectorError
from collector.otlp.json_quick import quick_span

TRACE_ID_BYTES = 16
SPAN_ID_BYTES = 8
UNREADABLE = (ParseError, ValueError, TypeError, OverflowError, SystemError)
"""What protobuf raises for JSON that is no message; SystemError where a name holds half a character."""


class BadJson(CollectorError):
    """A body that is no OTLP/JSON request at all."""


@dataclass(frozen=True)
class FromJson:
    """A request in protobuf, and what was left out of it: how many items, and why the first of them."""

    body: bytes
    rejected: int
    reason: str


@dataclass(frozen=True)
class _Shape:
    """How the requests of one signal nest: field names as JSON has them, and what makes one item."""

    request: Callable[[], Any]
    resources: str
    scopes: str
    old_scopes: str
    """What `scopes` was called until 2022; instrumentationLibrary was the scope in it."""
    items: str
    item: Callable[[Mapping[str, Any]], Any]


class _BadItem(Exception):
    """One span, log record or metric that cannot be taken."""


def traces_from_json(body: bytes) -> FromJson:
    """`body` in protobuf. Raises BadJson if it is no JSON, or not shaped as a trace request."""
    return traces_from_document(read_json(body))


def traces_from_document(document: Mapping[str, Any]) -> FromJson:
    """A request already read from JSON, in protobuf. Raises BadJson if it is not shaped as a trace request."""
    return _from_json(document, _TRACES)


def logs_from_json(body: bytes) -> FromJson:
    """`body` in protobuf. Raises BadJson if it is no JSON, or not shaped as a log request."""
    return _from_json(read_json(body), _LOGS)


def metrics_from_json(body: bytes) -> FromJson:
    """`body` in protobuf; an item is a metric. Raises BadJson if it is no JSON or no metric request."""
    return _from_json(read_json(body), _METRICS)


def from_document(signal: str, found: Mapping[str, Any]) -> FromJson:
    """A request that was read already, of `signal` traces, logs or metrics. Raises BadJson."""
    return _from_json(found, _SHAPES[signal])


def signal_of_document(found: Mapping[str, Any]) -> str | None:
    """The signal that a JSON object is a request of; None when it is none."""
    for signal, shape in _SHAPES.items():
        if shape.resources in found or _snake(shape.resources) in found:
            return signal
    return None


def read_json(body: bytes) -> dict[str, Any]:
    """The JSON object in `body`. Raises BadJson."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BadJson(f"the body is not JSON: {_short(error)}") from None
    if not isinstance(found, dict):
        raise BadJson(f"the body is a JSON {type(found).__name__}, must be an object")
    return found


def _from_json(found: Mapping[str, Any], shape: _Shape) -> FromJson:
    request = shape.request()
    taken_resources = getattr(request, _snake(shape.resources))
    rejected, reason = 0, ""
    for given in _list(found, shape.resources):
        taken = taken_resources.add()
        scopes = _list(given, shape.scopes) + [_renamed(old) for old in _list(given, shape.old_scopes)]
        try:
            ParseDict(_without(given, shape.scopes), taken, ignore_unknown_fields=True)
        except UNREADABLE as error:
            del taken_resources[-1]
            rejected += sum(len(_list(scope, shape.items)) for scope in scopes)
            reason = reason or f"resource: {_short(error)}"
            continue
        for scope in scopes:
            lost, why = _add_scope(getattr(taken, _snake(shape.scopes)).add(), scope, shape)
            rejected += lost
            reason = reason or why
    return FromJson(request.SerializeToString(), rejected, reason)


def _renamed(old: Mapping[str, Any]) -> dict[str, Any]:
    """A scope of a sender from before 2022 as it is written now."""
    library = old.get("instrumentationLibrary", old.get("instrumentation_library"))
    return dict(old) if library is None else {"scope": library, **old}


def _add_scope(taken: Any, given: Mapping[str, Any], shape: _Shape) -> tuple[int, str]:
    """Fill `taken`; returns how many items were left out, and why the first of them."""
    items = _list(given, shape.items)
    try:
        ParseDict(_without(given, shape.items), taken, ignore_unknown_fields=True)
    except UNREADABLE as error:
        return len(items), f"scope: {_short(error)}"
    rejected, reason = 0, ""
    for item in items:
        try:
            getattr(taken, _snake(shape.items)).append(shape.item(item))
        except _BadItem as error:
            rejected += 1
            reason = reason or str(error)
    return rejected, reason


def _span(given: Mapping[str, Any]) -> Span:
    if (quick := quick_span(given)) is not None:
        return quick
    plain = dict(given)
    label = f"span {str(given.get('name', ''))[:80]!r}"
    try:
        _decode_ids(plain, label)
        if isinstance(plain.get("links"), list):
            plain["links"] = [dict(link) for link in plain["links"]]
            for link in plain["links"]:
                _decode_ids(link, f"a link of {label}")
        span = Span()
        ParseDict(plain, span, ignore_unknown_fields=True)
    except UNREADABLE as error:
        raise _BadItem(f"{label}: {_short(error)}") from None
    return span


def _log_record(given: Mapping[str, Any]) -> LogRecord:
    plain = dict(given)
    try:
        _decode_ids(plain, "a log record", is_required=False)
        record = LogRecord()
        ParseDict(plain, record, ignore_unknown_fields=True)
    except UNREADABLE as error:
        raise _BadItem(f"a log record: {_short(error)}") from None
    return record


def _metric(given: Mapping[str, Any]) -> Metric:
    metric = Metric()
    try:
        ParseDict(_without_exemplars(given), metric, ignore_unknown_fields=True)
    except UNREADABLE as error:
        raise _BadItem(f"metric {str(given.get('name', ''))[:80]!r}: {_short(error)}") from None
    return metric


def _without_exemplars(given: Mapping[str, Any]) -> dict[str, Any]:
    """`given` without the examples of its points: their ids are hex, and nothing reads them."""
    plain = dict(given)
    for kind, data in given.items():
        if isinstance(data, dict) and isinstance(data.get("dataPoints"), list):
            points = [_without(point, "exemplars") for point in data["dataPoints"] if isinstance(point, dict)]
            plain[kind] = {**data, "dataPoints": points}
    return plain


def _decode_ids(fields: dict[str, Any], label: str, is_required: bool = True) -> None:
    """Replace hex ids by base64, which is what protobuf's own JSON has for bytes."""
    for camel, snake, size, is_needed in (
        ("traceId", "trace_id", TRACE_ID_BYTES, is_required),
        ("spanId", "span_id", SPAN_ID_BYTES, is_required),
        ("parentSpanId", "parent_span_id", SPAN_ID_BYTES, False),
    ):
        text = fields.pop(camel, None) or fields.pop(snake, None) or ""
        fields.pop(snake, None)
        if text or is_needed:
            fields[camel] = _id(text, size, camel, label, is_needed)


def _id(text: object, size: int, name: str, label: str, is_needed: bool) -> str:
    if isinstance(text, str) and len(text) == len(base64.b64encode(bytes(size))):
        # Protobuf's own JSON writes bytes so, and some senders use it as it is.
        with contextlib.suppress(binascii.Error, ValueError):
            return base64.b64encode(
                _some(base64.b64decode(text, validate=True), name, label, is_needed)
            ).decode()
    if not isinstance(text, str) or len(text) != 2 * size:
        shown = f"{len(text)} characters" if isinstance(text, str) else f"a {type(text).__name__}"
        raise _BadItem(f"{label}: {name} is {shown}, must be {2 * size} hex digits")
    try:
        raw = binascii.unhexlify(text)
    except (binascii.Error, ValueError):
        raise _BadItem(f"{label}: {name} {text!r} is not hexadecimal") from None
    return base64.b64encode(_some(raw, name, label, is_needed)).decode()


def _some(raw: bytes, name: str, label: str, is_needed: bool) -> bytes:
    if is_needed and not any(raw):
        raise _BadItem(f"{label}: {name} is all zeros")
    return raw


def _list(fields: Mapping[str, Any], camel: str) -> list[Any]:
    """The list of objects under `camel` or its snake-case twin; [] if neither is there. Raises BadJson."""
    for name in (camel, _snake(camel)):
        found = fields.get(name)
        if found is None:
            continue
        if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
            raise BadJson(f"{name} must be a list of objects")
        return found
    return []


def _without(fields: Mapping[str, Any], camel: str) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if name not in (camel, _snake(camel))}


@cache
def _snake(camel: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in camel)


def _short(error: BaseException) -> str:
    return " ".join(str(error).split())[:300]


_TRACES = _Shape(
    ExportTraceServiceRequest, "resourceSpans", "scopeSpans", "instrumentationLibrarySpans", "spans", _span
)
_LOGS = _Shape(
    ExportLogsServiceRequest,
    "resourceLogs",
    "scopeLogs",
    "instrumentationLibraryLogs",
    "logRecords",
    _log_record,
)
_METRICS = _Shape(
    ExportMetricsServiceRequest,
    "resourceMetrics",
    "scopeMetrics",
    "instrumentationLibraryMetrics",
    "metrics",
    _metric,
)
_SHAPES = {"traces": _TRACES, "logs": _LOGS, "metrics": _METRICS}
