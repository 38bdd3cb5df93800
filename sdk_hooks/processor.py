"""The span processor of the hooks: stamps the context on spans that others make, and adopts those that are
calls.

Loaded by `instrument` only, as it needs the OpenTelemetry SDK.
"""

from __future__ import annotations

from opentelemetry.context import Context
from opentelemetry.sdk.trace import Span, SpanProcessor

from sdk_hooks.adopt import adopt_started
from sdk_hooks.attributes import SCOPE_NAME
from sdk_hooks.call import ACTIVE
from sdk_hooks.guard import shield
from sdk_hooks.runtime import RUNTIME
from sdk_hooks.stamp import current_stamp, stamped


class StampProcessor(SpanProcessor):
    """Spans of the hooks themselves come with everything; all others get what they lack when they start."""

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        """Stamp `span`; never raises, as it runs in the code of whoever starts the span."""
        scope = span.instrumentation_scope
        if scope is not None and scope.name == SCOPE_NAME:
            return
        shield(_started, span, parent_context)

    def force_flush(self, timeout_millis: int = 30000) -> bool:
        """Holds nothing back. Said outright: in older SDKs the default stops the processors after it."""
        return True


def _started(span: Span, parent_context: Context | None) -> None:
    if not RUNTIME.active:
        return
    call = ACTIVE.get()
    # An adopted span is stamped when it is completed, all at once.
    if call is not None and not call.over and adopt_started(span, call):
        return
    attributes = stamped(current_stamp(parent_context), call=True)
    if attributes:
        has = set(span.attributes or ())
        span.set_attributes({name: value for name, value in attributes.items() if name not in has})
