"""The straight way from a finished call to the processors gives the same span as the usual way."""

from __future__ import annotations

import time
from typing import Any

import pytest
from opentelemetry import context as otel_context
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanLimits, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, ParentBased, TraceIdRatioBased

import sdk_hooks
from sdk_hooks import emit
from sdk_hooks.file_export import otlp_json

ATTRIBUTES: dict[str, Any] = {"gen_ai.request.model": "m", "a": 1, "b": (True,), "c": 0.5}


class Listener(SpanProcessor):
    def __init__(self) -> None:
        self.started = 0

    def on_start(self, span: Span, parent_context: Any = None) -> None:
        self.started += 1


def spans_of(*processors: SpanProcessor, **settings: Any) -> tuple[list[ReadableSpan], bool]:
    """A root and a child call, and whether they went straight."""
    provider = TracerProvider(shutdown_on_exit=False, **settings)
    memory = InMemorySpanExporter()
    provider.add_span_processor(SimpleSpanProcessor(memory))
    for processor in processors:
        provider.add_span_processor(processor)
    sdk_hooks.instrument(tracer_provider=provider)
    now = time.time_ns()
    emit.emit("chat m", otel_context.Context(), dict(ATTRIBUTES), now, now + 5, False)
    with sdk_hooks.task("t"):
        emit.emit("chat m", otel_context.get_current(), dict(ATTRIBUTES), now, now + 5, True)
    straight = emit._route_of(provider.get_tracer("sdk_hooks", sdk_hooks.__version__)) is not None
    sdk_hooks.uninstrument()
    return list(memory.get_finished_spans()), straight


def comparable(span: ReadableSpan) -> tuple[Any, ...]:
    parent = trace.format_span_id(span.parent.span_id) if span.parent else None
    return (
        span.name,
        span.kind,
        span.status.status_code,
        span.status.description,
        dict(span.attributes or {}),
        parent is not None,
        span.resource.attributes,
        span.context.trace_flags,
        span.context.is_remote,
        span.end_time - span.start_time,  # type: ignore[operator]
        span.instrumentation_scope,
        (len(span.events), len(span.links), span.dropped_attributes),
    )


def test_both_ways_give_the_same() -> None:
    straight, went_straight = spans_of()
    usual, went_usual = spans_of(Listener())
    assert (went_straight, went_usual) == (True, False)
    calls = [[comparable(span) for span in spans if span.name == "chat m"] for spans in (straight, usual)]
    assert calls[0] == calls[1]
    child, task = straight[1], straight[2]
    assert child.parent == task.context
    assert child.context.trace_id == task.context.trace_id
    assert child.context.span_id != straight[0].context.span_id
    assert '"status":{"code":2}' in otlp_json([child])


def test_who_listens_hears_of_calls() -> None:
    listener = Listener()
    spans_of(listener)
    assert listener.started == 3


@pytest.mark.parametrize(
    "sampler", [ALWAYS_OFF, ParentBased(ALWAYS_OFF), TraceIdRatioBased(0.0)], ids=["off", "parent", "ratio"]
)
def test_what_is_not_sampled_is_not_exported(sampler: Any) -> None:
    spans, _ = spans_of(sampler=sampler)
    assert spans == []


def test_limits_hold() -> None:
    spans, straight = spans_of(span_limits=SpanLimits(max_attributes=2))
    assert not straight
    assert len(spans[0].attributes or {}) == 2


def test_a_processor_added_later_counts() -> None:
    provider = TracerProvider(shutdown_on_exit=False)
    sdk_hooks.instrument(tracer_provider=provider)
    now = time.time_ns()
    emit.emit("chat m", otel_context.Context(), {}, now, now, False)
    listener, memory = Listener(), InMemorySpanExporter()
    provider.add_span_processor(listener)
    provider.add_span_processor(SimpleSpanProcessor(memory))
    emit.emit("chat m", otel_context.Context(), {}, now, now, False)
    sdk_hooks.uninstrument()
    assert (listener.started, len(memory.get_finished_spans())) == (1, 1)
