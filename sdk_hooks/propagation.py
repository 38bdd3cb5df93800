"""Carries the context to another process and back: W3C trace context, and our attributes as W3C baggage.

Only these two functions put it into headers; nothing does so by itself, so it never reaches a provider's
host.
"""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from contextvars import Token
from types import TracebackType

from opentelemetry import baggage
from opentelemetry import context as otel_context
from opentelemetry.baggage.propagation import W3CBaggagePropagator
from opentelemetry.context import Context
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from opentelemetry.util.types import AttributeValue

from sdk_hooks import attributes as names
from sdk_hooks.guard import shield
from sdk_hooks.stamp import attach, current_stamp, detach

CARRIED = frozenset(
    {
        names.TASK_ID,
        names.WORKLOAD,
        names.TENANT,
        names.AGENT_NAME,
        names.AGENT_ROLE,
        names.ARCHITECTURE,
        names.CONVERSATION_ID,
        names.PROMPT_VERSION,
        names.CHANGE_COMMIT,
        names.CHANGE_PULL_REQUEST,
        names.LATENCY_CLASS,
        names.STEP,
        names.CASE_ID,
        names.RUN_ID,
    }
)
"""What crosses; the tier and attempt of a call stay with the process that makes it."""

_TRACE = TraceContextTextMapPropagator()
_BAGGAGE = W3CBaggagePropagator()


def inject(carrier: MutableMapping[str, str]) -> None:
    """Put the current context into `carrier` (headers, a message's attributes, an environment):
    `traceparent`,
    `tracestate` and `baggage`. Use it for your own workers and services, not for a provider."""
    shield(_inject, carrier)


class Extracted:
    """The context of another process; a context manager that makes it current."""

    def __init__(self, carrier: Mapping[str, str]) -> None:
        self._carrier = carrier
        self._outer: Token[Context] | None = None
        self._inner: Token[Context] | None = None

    def __enter__(self) -> Extracted:
        shield(self._open)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        shield(self._close)

    async def __aenter__(self) -> Extracted:
        return self.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.__exit__(kind, error, traceback)

    def _open(self) -> None:
        context = _TRACE.extract(self._carrier, otel_context.get_current())
        context = _BAGGAGE.extract(self._carrier, context)
        carried: dict[str, AttributeValue] = {}
        for name, value in baggage.get_all(context).items():
            if name in CARRIED:
                carried[name] = str(value)
                # Baggage goes into the headers of every instrumented HTTP client, also to providers.
                context = baggage.remove_baggage(name, context)
        self._outer = otel_context.attach(context)
        self._inner = attach(carried, {})

    def _close(self) -> None:
        for token in (self._inner, self._outer):
            if token is not None:
                detach(token)
        self._inner = self._outer = None


def extract(carrier: Mapping[str, str]) -> Extracted:
    """Go on inside the context that `inject` put into `carrier`: `with sdk_hooks.extract(headers): ...`.

    Spans made inside belong to the same trace and the same task. Header names are matched as written by
    `inject`, in lower case. A carrier without context changes nothing.
    """
    return Extracted(carrier)


def _inject(carrier: MutableMapping[str, str]) -> None:
    context = otel_context.get_current()
    for name, value in current_stamp(context).every.items():
        if name in CARRIED:
            context = baggage.set_baggage(name, str(value), context)
    _TRACE.inject(carrier, context)
    _BAGGAGE.inject(carrier, context)
