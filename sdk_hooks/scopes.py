"""The scopes an agent opens around its work: task, agent, tool, step, and what a call is told about itself.

Each is a context manager, sync and async, and a decorator; everything made inside carries its attributes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextvars import Token
from decimal import Decimal
from numbers import Integral, Real
from types import TracebackType
from typing import Any, TypeVar, cast

from opentelemetry.context import Context, get_current
from opentelemetry.context import attach as attach_context
from opentelemetry.trace import Span, SpanKind, StatusCode
from opentelemetry.util.types import AttributeValue

from sdk_hooks import attributes as names
from sdk_hooks.arguments import hash_of_arguments
from sdk_hooks.decorate import decorated
from sdk_hooks.guard import shield
from sdk_hooks.providers.report import LARGEST_COUNT
from sdk_hooks.runtime import tracer
from sdk_hooks.stamp import attach, current_stamp, detach, stamped

Told = Mapping[str, "AttributeValue | None"]
"""Attributes by name, None where nothing was said."""

F = TypeVar("F", bound=Callable[..., Any])
S = TypeVar("S", bound="Scope")


class Scope:
    """A stretch of work whose spans carry the same attributes. Makes a span of its own where it has a name
    for it.

    Usable with `with`, `async with` and as a decorator of functions, coroutine functions and (async)
    generator functions; a decorated function opens a fresh scope each time it is called. Nothing it does
    itself can raise.
    """

    def __init__(
        self,
        every: Told | None = None,
        *,
        call: Told | None = None,
        span_name: str | None = None,
        own: Told | None = None,
    ) -> None:
        """every, call: for all spans inside, and for call spans alone. own: for its own span."""
        self._every: Told = every or {}
        self._call: Told = call or {}
        self._own: Told = own or {}
        self._span_name = span_name
        self._span: Span | None = None
        self._token: Token[Context] | None = None
        self._context: Context | None = None

    @property
    def context(self) -> Context | None:
        """The context inside, also once it is left; None before it is opened."""
        return self._context

    def __enter__(self: S) -> S:
        shield(self._open)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        shield(self._close, error)

    async def __aenter__(self: S) -> S:
        return self.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.__exit__(kind, error, traceback)

    def __call__(self, function: F) -> F:
        """Decorate `function`: each call of it runs inside a fresh scope like this one."""
        return cast("F", shield(decorated, self, function) or function)

    def _fresh(self: S) -> S:
        """Another scope like this one, not opened yet."""
        return cast("S", Scope(self._every, call=self._call, span_name=self._span_name, own=self._own))

    def _open(self) -> None:
        every = known(self._every)
        if self._span_name is not None:
            attributes = stamped(current_stamp(), call=False)
            attributes.update(every)
            attributes.update(known(self._own))
            self._span = tracer().start_span(self._span_name, kind=SpanKind.INTERNAL, attributes=attributes)
        self._token = attach(every, known(self._call), self._span, self._task())
        self._context = get_current()

    def _attach(self) -> None:
        """Enter again after `_detach`."""
        if self._context is not None and self._token is None:
            self._token = attach_context(self._context)

    def _detach(self) -> None:
        """Leave, for a while or for good; the span goes on."""
        token, self._token = self._token, None
        if token is not None:
            detach(token)

    def _close(self, error: BaseException | None) -> None:
        self._detach()
        span, self._span = self._span, None
        if span is None:
            return
        try:
            # Leaving a generator early closes it with an exception that is no failure.
            if error is not None and not isinstance(error, GeneratorExit):
                span.set_attribute(names.ERROR_TYPE, type(error).__name__)
                span.set_status(StatusCode.ERROR)
            self._before_end(span)
        finally:
            span.end()

    def _task(self) -> object:
        """Itself, where the scope is a task."""
        return None

    def _before_end(self, span: Span) -> None:
        """What a kind of scope adds to its span at its end."""


def agent(name: str, *, role: str | None = None, architecture: str | None = None) -> Scope:
    """One agent at work, with a span "invoke_agent {name}".

    role: such as "orchestrator" or "worker". architecture: how the agents of the task work together.
    """
    every: Told = {names.AGENT_NAME: name, names.AGENT_ROLE: role, names.ARCHITECTURE: architecture}
    return Scope(every, span_name=f"invoke_agent {name}", own={names.OPERATION_NAME: names.OPERATION_AGENT})


def tool(name: str, *, call_id: str | None = None, arguments: object = None) -> Scope:
    """One execution of a tool, with a span "execute_tool {name}". call_id: the id that the model gave it.

    arguments: what it is asked. Only their hash is recorded, which tells when two agents do the same work.
    """
    own: Told = {
        names.OPERATION_NAME: names.OPERATION_TOOL,
        names.TOOL_NAME: name,
        names.TOOL_CALL_ID: call_id,
        names.TOOL_ARGUMENT_HASH: None if arguments is None else shield(hash_of_arguments, arguments),
    }
    return Scope(span_name=f"execute_tool {name}", own=own)


def step(name: str) -> Scope:
    """A named step of the task; no span of its own, its name stands on every span inside."""
    return Scope({names.STEP: name})


def known(values: Told) -> dict[str, AttributeValue]:
    """`values` without those that are None, each as an attribute can hold it."""
    return {name: _plain(value) for name, value in values.items() if value is not None}


def _plain(value: Any) -> AttributeValue:
    """`value` as it is, or as what it stands for: numpy's numbers and Decimal are numbers, a UUID is text.

    Text that is no Unicode and numbers of more than 64 bits would be lost on their way.
    """
    if isinstance(value, str):
        return value if value.isascii() else value.encode("utf-8", "replace").decode()
    if isinstance(value, (bool, float)):
        return value
    if isinstance(value, int):
        return value if abs(value) <= LARGEST_COUNT else float(value)
    if isinstance(value, (Real, Decimal)):
        return int(value) if isinstance(value, Integral) else float(value)
    # numpy's bool says what it is by no interface of Python's.
    return bool(value) if type(value).__name__ in ("bool", "bool_") else _plain(str(value))
