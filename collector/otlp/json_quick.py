"""The ordinary span of OTLP/JSON as protobuf, built field by field: a third of the time of the general reader.

In: a span as JSON. Out: a Span, or None for anything out of the ordinary, which the general reader then judges.
Must never read a span otherwise than the general reader does.
"""

from collections.abc import Mapping
from typing import Any

from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

_IDS = ("traceId", "spanId", "parentSpanId")
_KNOWN = frozenset((*_IDS, "name", "kind", "startTimeUnixNano", "endTimeUnixNano", "attributes", "status"))
_TRACE_ID, _SPAN_ID = 32, 16


def quick_span(given: Mapping[str, Any]) -> Span | None:
    """`given` as a Span if it has only the fields every exporter writes, in their usual types."""
    if not given.keys() <= _KNOWN:
        return None
    try:
        parent = given.get("parentSpanId", "")
        if (
            len(given["traceId"]) != _TRACE_ID
            or len(given["spanId"]) != _SPAN_ID
            or len(parent) not in (0, _SPAN_ID)
        ):
            return None
        ids = bytes.fromhex(given["traceId"]), bytes.fromhex(given["spanId"])
        if not any(ids[0]) or not any(ids[1]):
            return None
        return Span(
            trace_id=ids[0],
            span_id=ids[1],
            parent_span_id=bytes.fromhex(parent),
            name=given.get("name", ""),
            kind=Span.SpanKind.ValueType(_integer(given.get("kind", 0))),
            start_time_unix_nano=_integer(given.get("startTimeUnixNano", 0)),
            end_time_unix_nano=_integer(given.get("endTimeUnixNano", 0)),
            attributes=[_pair(pair) for pair in given.get("attributes", ())],
            status=_status(given["status"]) if "status" in given else None,
        )
    except (KeyError, TypeError, ValueError, AttributeError, _Unusual):
        return None


class _Unusual(Exception):
    """Something only the general reader may judge."""


def _pair(pair: Mapping[str, Any]) -> KeyValue:
    if len(pair) != 2:
        raise _Unusual
    return KeyValue(key=pair["key"], value=_value(pair["value"]))


def _value(given: Mapping[str, Any]) -> AnyValue:
    ((kind, value),) = given.items()
    if kind == "stringValue" and type(value) is str:
        return AnyValue(string_value=value)
    if kind == "intValue":
        return AnyValue(int_value=_integer(value))
    if kind == "boolValue" and type(value) is bool:
        return AnyValue(bool_value=value)
    if kind == "doubleValue" and type(value) is float:
        return AnyValue(double_value=value)
    raise _Unusual


def _status(given: Mapping[str, Any]) -> Status:
    if not given.keys() <= {"code", "message"}:
        raise _Unusual
    return Status(
        code=Status.StatusCode.ValueType(_integer(given.get("code", 0))), message=given.get("message", "")
    )


def _integer(value: object) -> int:
    if type(value) is int:
        return value
    if type(value) is str and value.isascii() and value.isdigit():
        return int(value)
    raise _Unusual
