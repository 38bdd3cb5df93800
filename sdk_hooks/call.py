"""One model call, from the moment the client sends it to the one span that records it.

The span is made when the call is over, with the start time kept: a call is a leaf, so nothing needs it
earlier, and by then it is known whether someone else's span already stands for this call and only wants
completing.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from typing import Any

from opentelemetry import context as otel_context
from opentelemetry.trace import SpanKind, StatusCode
from opentelemetry.util.types import AttributeValue

from sdk_hooks import attributes as names
from sdk_hooks.content import input_content, output_content, streamed_content
from sdk_hooks.providers.errors import failure_of
from sdk_hooks.providers.report import Api, Report, field, text
from sdk_hooks.runtime import RUNTIME, tracer
from sdk_hooks.stamp import current_stamp, stamped

ACTIVE: ContextVar[Call | None] = ContextVar("sdk_hooks_active_call", default=None)
"""The call that the client is sending right now; the span processor looks here for whose span starts."""


class Call:
    """The record of one call while it runs. Only the first `finish` counts."""

    __slots__ = (
        "_context",
        "_started_clock_ns",
        "_started_ns",
        "adopted",
        "api",
        "body",
        "failed",
        "first_chunk_s",
        "held_end",
        "hide_usage_chunk",
        "hold_end",
        "output",
        "over",
        "reading",
        "report",
        "response",
        "retries",
        "server",
        "streams",
    )

    def __init__(self, api: Api, body: dict[str, Any], server: Mapping[str, AttributeValue]) -> None:
        self.api = api
        self.body = body
        self.server = server
        self.report = Report()
        self.streams = body.get("stream") is True
        self.response: Any = None
        """The HTTP response, once there is one."""
        self.retries: int | None = None
        self.first_chunk_s: float | None = None
        self.failed: BaseException | None = None
        self.output: str | None = None
        """The answer, when content is recorded and it came whole."""
        self.adopted = False
        """Whether a span of somebody else stands for this call and is completed instead of making one."""
        self.reading = False
        """Whether the stream's own code is running, so that a close comes from it and not from the agent."""
        self.hide_usage_chunk = False
        self.hold_end = False
        """Whether the end of an adopted span waits: its emitter sees the body's end before the hooks do."""
        self.held_end: Callable[[], None] | None = None
        self.over = False
        self._context = otel_context.get_current()
        self._started_ns = time.time_ns()
        self._started_clock_ns = time.perf_counter_ns()
        if RUNTIME.record_content:
            self.report.output_text = []

    def read(self, response: Any) -> None:
        """Read the whole response."""
        self.api.read_response(response, self.report)
        if RUNTIME.record_content:
            self.output = output_content(response)

    def event(self, event: Any) -> None:
        """Read one event of the stream."""
        report = self.report
        self.api.read_event(event, report)
        if report.has_content and self.first_chunk_s is None:
            self.first_chunk_s = (time.perf_counter_ns() - self._started_clock_ns) / 1e9

    def fail(self, error: BaseException) -> None:
        """The client raised, or reading its stream did."""
        self.failed = error

    def finish(self, interrupted: str | None = None) -> None:
        """The call is over: make its span, unless an adopted one is completed when it ends.

        interrupted: why what was received may not be all, such as "closed_early"; ignored for a complete
        report.
        """
        if self.over:
            return
        self.over = True
        self.settle(interrupted)
        if self.adopted:
            return
        attributes = stamped(current_stamp(self._context), call=True)
        self.describe(attributes)
        failed = self.status_error()
        model = self.body.get("model")
        span = tracer().start_span(
            f"{self.api.operation} {model}",
            context=self._context,
            kind=SpanKind.CLIENT,
            attributes=attributes,
            start_time=self._started_ns,
        )
        if failed:
            span.set_status(StatusCode.ERROR)
        span.end(self._started_ns + time.perf_counter_ns() - self._started_clock_ns)

    def settle(self, interrupted: str | None = None) -> None:
        """Decide why usage is missing, if it is; a call that was refused has none to miss."""
        report = self.report
        if self.failed is not None:
            failure = failure_of(self.failed)
            if failure.cancelled:
                report.missing_reason = report.missing_reason or "cancelled"
            elif self.response is not None and self.streams:
                report.missing_reason = report.missing_reason or "stream_broken"
            return
        if interrupted is not None and not report.complete:
            report.missing_reason = report.missing_reason or interrupted
        if interrupted == "stream_truncated" and not report.complete and report.error_type is None:
            report.error_type = interrupted
        if report.output_tokens is None and report.missing_reason is None:
            report.missing_reason = self.api.absent_usage(self.body)

    def status_error(self) -> bool:
        """Whether the span's status is an error; a call that the agent cancelled is none."""
        if self.failed is not None:
            return not failure_of(self.failed).cancelled
        return self.report.error_type is not None

    def describe(self, attributes: dict[str, AttributeValue]) -> None:
        """Put everything known of the call into `attributes`."""
        attributes[names.OPERATION_NAME] = self.api.operation
        attributes.update(self.server)
        if model := text(self.body.get("model")):
            attributes[names.REQUEST_MODEL] = model
        if self.streams:
            attributes[names.REQUEST_STREAM] = True
        if self.first_chunk_s is not None:
            attributes[names.TIME_TO_FIRST_CHUNK] = self.first_chunk_s
        self.report.write(attributes)
        if self.failed is not None:
            self._describe_failure(self.failed, attributes)
        elif self.report.error_type is not None:
            attributes[names.ERROR_TYPE] = self.report.error_type
        if self.retries is not None:
            attributes[names.RETRIES] = self.retries
        if self.response is not None:
            _rate_limits(self.response, attributes)
        if RUNTIME.record_content:
            attributes.update(input_content(self.body))
            if output := self.output or streamed_content(self.report.output_text):
                attributes[names.OUTPUT_MESSAGES] = output

    def _describe_failure(self, error: BaseException, attributes: dict[str, AttributeValue]) -> None:
        failure = failure_of(error)
        if not failure.cancelled:
            attributes[names.ERROR_TYPE] = failure.error_type
        if failure.status_code is not None:
            attributes[names.HTTP_STATUS_CODE] = failure.status_code
        if self.retries is None:
            self.retries = failure.retries
        if self.response is None:
            self.response = getattr(error, "response", None)


_RATE_LIMITS = (
    (b"anthropic-ratelimit-tokens-remaining", names.RATE_LIMIT_REMAINING_TOKENS),
    (b"anthropic-ratelimit-requests-remaining", names.RATE_LIMIT_REMAINING_CALLS),
    (b"x-ratelimit-remaining-tokens", names.RATE_LIMIT_REMAINING_TOKENS),
    (b"x-ratelimit-remaining-requests", names.RATE_LIMIT_REMAINING_CALLS),
)


def _rate_limits(response: Any, attributes: dict[str, AttributeValue]) -> None:
    """One pass over the raw headers: each lookup by name would walk and decode all of them."""
    raw = field(field(response, "headers"), "raw") or ()
    values = {name.lower(): value for name, value in raw}
    for header, attribute in _RATE_LIMITS:
        value = values.get(header)
        if value is not None and value.isdigit():
            attributes[attribute] = int(value)
