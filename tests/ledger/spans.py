"""Spans for tests: short texts name traces and spans, times count seconds from one noon."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue, KeyValue, KeyValueList
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span, Status, TracesData

from sdk_hooks import attributes as names

NOON = datetime(2026, 10, 7, 12, 0, 0, tzinfo=UTC)
NOON_NS = int(NOON.timestamp()) * 1_000_000_000
SONNET, HAIKU, OPUS = "claude-sonnet-4-5", "claude-haiku-4-5", "claude-opus-4-5"


def trace_bytes(name: str) -> bytes:
    """The trace id that the tests call `name`."""
    return hashlib.sha256(f"trace {name}".encode()).digest()[:16]


def span_bytes(name: str) -> bytes:
    """The span id that the tests call `name`."""
    return hashlib.sha256(f"span {name}".encode()).digest()[:8]


def value(item: object) -> AnyValue:
    """A Python value as OTLP carries it."""
    match item:
        case bool():
            return AnyValue(bool_value=item)
        case int():
            return AnyValue(int_value=item)
        case float():
            return AnyValue(double_value=item)
        case str():
            return AnyValue(string_value=item)
        case bytes():
            return AnyValue(bytes_value=item)
        case Mapping():
            return AnyValue(kvlist_value=KeyValueList(values=pairs(item)))
        case Sequence():
            return AnyValue(array_value=ArrayValue(values=[value(each) for each in item]))
        case None:
            return AnyValue()
    raise TypeError(type(item))


def pairs(items: Mapping[str, object]) -> list[KeyValue]:
    """Attributes as OTLP carries them."""
    return [KeyValue(key=key, value=value(item)) for key, item in items.items()]


def span(
    name: str,
    attributes: Mapping[str, object] | None = None,
    *,
    trace: str = "t",
    parent: str = "",
    at: float = 0.0,
    took: float = 1.0,
    error: bool = False,
    title: str = "",
) -> Span:
    """A span called `name` in `trace`, starting `at` seconds after noon."""
    start_ns = NOON_NS + round(at * 1e9)
    return Span(
        trace_id=trace_bytes(trace),
        span_id=span_bytes(name),
        parent_span_id=span_bytes(parent) if parent else b"",
        name=title or name,
        kind=Span.SPAN_KIND_CLIENT,
        start_time_unix_nano=start_ns,
        end_time_unix_nano=start_ns + round(took * 1e9),
        attributes=pairs(attributes or {}),
        status=Status(code=Status.STATUS_CODE_ERROR if error else Status.STATUS_CODE_UNSET),
    )


def call(
    name: str,
    extra: Mapping[str, object] | None = None,
    *,
    model: str = SONNET,
    provider: str = "anthropic",
    tokens: Sequence[int | None] = (1000, 0, 0, 0, 100),
    **place: Any,
) -> Span:
    """A call as the hooks report it; `tokens` are fresh, read, write short, write long, output."""
    fresh, read, short, long, output = tokens
    written = None if short is None and long is None else (short or 0) + (long or 0)
    usage = {
        names.INPUT_TOKENS: None if fresh is None else fresh + (read or 0) + (written or 0),
        names.CACHE_READ_TOKENS: read,
        names.CACHE_WRITE_TOKENS: written,
        names.CACHE_WRITE_LONG_TOKENS: long,
        names.OUTPUT_TOKENS: output,
    }
    said = {
        names.OPERATION_NAME: names.OPERATION_CHAT,
        names.PROVIDER_NAME: provider,
        names.REQUEST_MODEL: model,
        names.RESPONSE_MODEL: model,
        **{key: count for key, count in usage.items() if count is not None},
        **(extra or {}),
    }
    return span(name, {key: item for key, item in said.items() if item is not None}, **place)


def task(
    name: str, task_id: str, workload: str, extra: Mapping[str, object] | None = None, **place: Any
) -> Span:
    """The root span of a task."""
    said = {
        names.OPERATION_NAME: names.OPERATION_TASK,
        names.WORKFLOW_NAME: workload,
        names.TASK_ID: task_id,
        names.WORKLOAD: workload,
    }
    return span(name, {**said, **(extra or {})}, **{"took": 60.0, "title": f"task {workload}", **place})


def agent(name: str, who: str, extra: Mapping[str, object] | None = None, **place: Any) -> Span:
    """The span of an agent at work."""
    said = {names.OPERATION_NAME: names.OPERATION_AGENT, names.AGENT_NAME: who}
    return span(name, {**said, **(extra or {})}, **{"took": 30.0, **place})


def tool(name: str, what: str, **place: Any) -> Span:
    """The span of a tool at work."""
    return span(name, {names.OPERATION_NAME: names.OPERATION_TOOL, names.TOOL_NAME: what}, **place)


def outcome(name: str, task_id: str, extra: Mapping[str, object], **place: Any) -> Span:
    """A verdict that comes after the task."""
    return span(name, {names.TASK_ID: task_id, **extra}, **{"trace": f"trace of {name}", **place})


def request(
    spans: Sequence[Span],
    *,
    service: str = "support-agent",
    scope: str = names.SCOPE_NAME,
    version: str = "0.1.0",
    resource: Mapping[str, object] | None = None,
) -> bytes:
    """The body of one export request."""
    group = ScopeSpans(spans=spans)
    group.scope.name, group.scope.version = scope, version
    whole = ResourceSpans(scope_spans=[group])
    whole.resource.attributes.extend(pairs({"service.name": service, **(resource or {})}))
    return TracesData(resource_spans=[whole]).SerializeToString()
