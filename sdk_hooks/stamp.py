"""The context that rides along: which attributes every span made from here on carries.

It lives in the OpenTelemetry context, so whatever carries that (asyncio, executors, explicit attach)
carries it too, and not in baggage, so it is never sent to anyone unless `inject` is called.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextvars import Token
from typing import NamedTuple

from opentelemetry import context as otel_context
from opentelemetry.context import Context
from opentelemetry.trace import Span, set_span_in_context
from opentelemetry.util.types import AttributeValue

from sdk_hooks.attributes import TASK_ID
from sdk_hooks.runtime import RUNTIME

Attributes = Mapping[str, AttributeValue]

_KEY = otel_context.create_key("spanledger-stamp")


class Stamp(NamedTuple):
    """Attributes for every span (`every`) and for call spans alone (`call`: tier, attempt, batch, ...)."""

    every: Attributes
    call: Attributes
    task: object = None
    """The task this is part of, in the process that opened it."""


EMPTY = Stamp({}, {})


def current_stamp(context: Context | None = None) -> Stamp:
    """The stamp of `context`, of the current context when None; empty outside of any scope."""
    found = (otel_context.get_current() if context is None else context).get(_KEY)
    return found if isinstance(found, Stamp) else EMPTY


def attach(
    every: Attributes, call: Attributes, span: Span | None = None, task: object = None
) -> Token[Context]:
    """Make the current context carry these attributes on top of what it carries, and `span` as the parent.

    Returns the token for `detach`.
    """
    outer = current_stamp()
    stamp = Stamp({**outer.every, **every}, {**outer.call, **call}, task or outer.task)
    context = otel_context.set_value(_KEY, stamp)
    if span is not None:
        context = set_span_in_context(span, context)
    return otel_context.attach(context)


def in_task(task_id: str) -> Context:
    """The current context, belonging to the task `task_id`."""
    outer = current_stamp()
    return otel_context.set_value(_KEY, Stamp({**outer.every, TASK_ID: task_id}, outer.call))


def detach(token: Token[Context]) -> None:
    """Restore the context that was current before `attach`. Never raises.

    A scope inside an async generator may be left by another task than the one that opened it, as web servers do with
    answers that stream: then there is nothing to restore, and nothing worth an error in the agent's log.
    """
    if not hasattr(token, "var"):
        otel_context.detach(token)
        return
    try:
        token.var.reset(token)
    except (ValueError, RuntimeError):
        return


def stamped(stamp: Stamp, *, call: bool) -> dict[str, AttributeValue]:
    """A new dict of what a span made under `stamp` carries; `call` adds the attributes of calls alone."""
    attributes = {**RUNTIME.process_attributes, **stamp.every}
    if call:
        attributes.update(stamp.call)
    return attributes
