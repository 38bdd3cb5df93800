"""What `instrument` decided, read by everything else: the tracer, and what may be recorded.

Before `instrument` (and after `uninstrument`) spans go to whatever OpenTelemetry provider is registered.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from opentelemetry.trace import Tracer, get_tracer
from opentelemetry.util.types import AttributeValue

from sdk_hooks.attributes import SCOPE_NAME
from sdk_hooks.version import VERSION


@dataclass
class Runtime:
    """The state of the hooks in this process; written by `instrument` and `uninstrument` only."""

    tracer: Tracer | None = None
    active: bool = False
    record_content: bool = False
    complete_stream_usage: bool = False
    process_attributes: dict[str, AttributeValue] = field(default_factory=dict)
    """Stamped on every span of this process, below everything that a scope says."""


RUNTIME = Runtime()


def tracer() -> Tracer:
    """The tracer of the hooks' own spans."""
    return RUNTIME.tracer or get_tracer(SCOPE_NAME, VERSION)
