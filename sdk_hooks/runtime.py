"""What `instrument` decided, read by everything else: the tracer, and what may be recorded.

Before `instrument` (and after `uninstrument`) spans go to whatever OpenTelemetry provider is registered.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from opentelemetry.trace import Tracer, get_tracer
from opentelemetry.util.types import AttributeValue

from sdk_hooks.attributes import SCOPE_NAME
from sdk_hooks.version import VERSION

if TYPE_CHECKING:
    from sdk_hooks.call import Call


class Limits(Protocol):
    """What watches over spending; `sdk_hooks.guardrails` sets it."""

    def refusal(self, call: Call) -> Exception | None:
        """Why `call` may not be sent; None when it may."""

    def count(self, call: Call) -> None:
        """`call` is over; its usage is known as far as it ever will be."""


@dataclass
class Runtime:
    """The state of the hooks in this process; written by `instrument` and `uninstrument` only."""

    tracer: Tracer | None = None
    active: bool = False
    record_content: bool = False
    complete_stream_usage: bool = False
    process_attributes: dict[str, AttributeValue] = field(default_factory=dict)
    """Stamped on every span of this process, below everything that a scope says."""
    limits: Limits | None = None
    """Asked before a call is sent and told when it is over; None without guardrails."""


RUNTIME = Runtime()


def tracer() -> Tracer:
    """The tracer of the hooks' own spans."""
    return RUNTIME.tracer or get_tracer(SCOPE_NAME, VERSION)
