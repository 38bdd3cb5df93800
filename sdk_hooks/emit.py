"""Turns a finished call into a span, by the shortest way that gives the same span.

A call's span is whole when it is made. Where nobody listens to spans that start, it goes straight to the provider's
processors: most of what an OpenTelemetry span costs is being changeable. Anywhere else it is started and ended.
"""

from __future__ import annotations

import os
from typing import Any

from opentelemetry.context import Context
from opentelemetry.trace import SpanContext, SpanKind, StatusCode, TraceFlags, get_current_span
from opentelemetry.util.types import AttributeValue

from sdk_hooks.attributes import SCOPE_NAME
from sdk_hooks.guard import shield
from sdk_hooks.runtime import tracer
from sdk_hooks.version import VERSION

MOST_ATTRIBUTES = 64
"""No call has more; a provider that allows fewer cuts them itself."""
RANDOM_TRACE_ID = 0x02


def emit(
    name: str,
    context: Context,
    attributes: dict[str, AttributeValue],
    start_ns: int,
    end_ns: int,
    failed: bool,
) -> None:
    """Make the span of a call that took from `start_ns` to `end_ns` (since the epoch), a child in `context`."""
    route = _route_of(tracer())
    if route is not None and route.emit(name, context, attributes, start_ns, end_ns, failed):
        return
    span = tracer().start_span(
        name, context=context, kind=SpanKind.CLIENT, attributes=attributes, start_time=start_ns
    )
    if failed:
        span.set_status(StatusCode.ERROR)
    span.end(end_ns)


class Route:
    """The straight way to the processors of one tracer, as long as they are those it was made for."""

    def __init__(self, sdk_tracer: Any, processors: tuple[Any, ...]) -> None:
        from opentelemetry.sdk.trace import ReadableSpan
        from opentelemetry.sdk.trace.sampling import Decision
        from opentelemetry.sdk.util.instrumentation import InstrumentationScope
        from opentelemetry.trace import Status

        self.tracer = sdk_tracer
        self.processors = processors
        self._span = ReadableSpan
        self._sampled = Decision.RECORD_AND_SAMPLE
        self._scope = InstrumentationScope(SCOPE_NAME, VERSION)
        self._unset, self._error = Status(StatusCode.UNSET), Status(StatusCode.ERROR)
        random = getattr(sdk_tracer.id_generator, "is_trace_id_random", None)
        flags = TraceFlags.SAMPLED | (RANDOM_TRACE_ID if random is not None and random() else 0)
        self._root_flags = TraceFlags(flags)

    def emit(
        self,
        name: str,
        context: Context,
        attributes: dict[str, AttributeValue],
        start_ns: int,
        end_ns: int,
        failed: bool,
    ) -> bool:
        """Whether the span was made; one that is not sampled goes the usual way."""
        tracer = self.tracer
        parent: SpanContext | None = get_current_span(context).get_span_context()
        if parent is not None and parent.is_valid:
            trace_id = parent.trace_id
        else:
            parent, trace_id = None, tracer.id_generator.generate_trace_id()
        decision = tracer.sampler.should_sample(context, trace_id, name, SpanKind.CLIENT, attributes, ())
        if decision.decision is not self._sampled:
            return False
        flags = parent.trace_flags if parent is not None and parent.trace_flags.sampled else self._root_flags
        identity = SpanContext(
            trace_id, tracer.id_generator.generate_span_id(), False, flags, decision.trace_state
        )
        tracer.span_processor.on_end(
            self._span(
                name=name,
                context=identity,
                parent=parent,
                resource=tracer.resource,
                attributes=decision.attributes,
                kind=SpanKind.CLIENT,
                status=self._error if failed else self._unset,
                start_time=start_ns,
                end_time=end_ns,
                instrumentation_scope=self._scope,
            )
        )
        return True


_route: Route | None = None
_refused: tuple[Any, Any] = (None, None)
"""The tracer and processors for which there is no straight way."""


def _route_of(sdk_tracer: Any) -> Route | None:
    global _route, _refused
    processors = getattr(getattr(sdk_tracer, "span_processor", None), "_span_processors", None)
    route = _route
    if route is not None and route.tracer is sdk_tracer and route.processors is processors:
        return route
    if _refused[0] is sdk_tracer and _refused[1] is processors:
        return None
    if processors and shield(_same_either_way, sdk_tracer, processors):
        _route = shield(Route, sdk_tracer, processors)
        return _route
    _refused = (sdk_tracer, processors)
    return None


def _same_either_way(sdk_tracer: Any, processors: tuple[Any, ...]) -> bool:
    """Whether a span that is made whole differs in nothing: nobody sees it start, and no limit cuts it."""
    from opentelemetry.sdk.trace import SpanProcessor, SynchronousMultiSpanProcessor, Tracer
    from opentelemetry.sdk.trace.export import BatchSpanProcessor, SimpleSpanProcessor

    from sdk_hooks.processor import StampProcessor

    if os.environ.get("OTEL_PYTHON_SDK_INTERNAL_METRICS_ENABLED", "").strip().lower() == "true":
        return False
    limits = sdk_tracer._span_limits
    deaf = (SpanProcessor, BatchSpanProcessor, SimpleSpanProcessor, StampProcessor)
    return (
        type(sdk_tracer) is Tracer
        and type(sdk_tracer.span_processor) is SynchronousMultiSpanProcessor
        and getattr(sdk_tracer, "_is_enabled", lambda: True)()
        and limits.max_span_attribute_length is None
        and (limits.max_span_attributes is None or limits.max_span_attributes >= MOST_ATTRIBUTES)
        and all(
            any(type(processor).on_start is kind.on_start for kind in deaf)
            and any(
                getattr(type(processor), "_on_ending", None) is getattr(kind, "_on_ending", None)
                for kind in deaf
            )
            for processor in processors
        )
    )
