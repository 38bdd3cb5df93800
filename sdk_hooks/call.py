"""One model call, from the moment the client sends it to the one span that records it.

The span is made when the call is over, with the start time kept: a call is a leaf, so nothing needs it
earlier, and by then it is known whether someone else's span already stands for this call and only wants
completing.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from copy import copy
from typing import Any

from opentelemetry import context as otel_context
from opentelemetry.util.types import AttributeValue

from sdk_hooks import attributes as names
from sdk_hooks.background import remember
from sdk_hooks.content import input_content, output_content, streamed_content
from sdk_hooks.emit import emit
from sdk_hooks.guard import shield
from sdk_hooks.providers.errors import failure_of
from sdk_hooks.providers.report import Api, Report, text
from sdk_hooks.runtime import RUNTIME
from sdk_hooks.stamp import current_stamp, stamped

ACTIVE: ContextVar[Call | None] = ContextVar("sdk_hooks_active_call", default=None)
"""The call that the client is sending right now; the span processor looks here for whose span starts."""

OUTER: ContextVar[Call | None] = ContextVar("sdk_hooks_outer_call", default=None)
"""The call of a client that sends it through another client; the two are one call."""


class Call:
    """The record of one call while it runs. Only the first `finish` counts."""

    response: Any = None
    """The HTTP response, once there is one."""
    retries: int | None = None
    first_chunk_s: float | None = None
    failed: BaseException | None = None
    output: str | None = None
    """The answer, when content is recorded and it came whole."""
    adopted = False
    """Whether a span of somebody else stands for this call and is completed instead of making one."""
    reading = False
    """Whether the stream's own code is running, so that a close comes from it and not from the agent."""
    hide_usage_chunk = False
    hold_end = False
    """Whether the end of an adopted span waits: its emitter sees the body's end before the hooks do."""
    held_end: Callable[[], None] | None = None
    over = False
    inner: Call | None = None
    """The call of the client underneath that answers this one, and is recorded in its place."""
    failed_tries = 0
    """How many calls underneath failed, for nothing."""

    def __init__(self, api: Api, body: dict[str, Any], server: Mapping[str, AttributeValue]) -> None:
        self.api = api
        self.body = body
        self.server = server
        self.report = Report()
        self.streams = body.get("stream") is True
        self.context = otel_context.get_current()
        """Where the call was made: its parent span and its stamp."""
        outer = OUTER.get()
        # A callback that runs after the call that it was started by is none of its tries.
        self.outer = outer if outer is not None and not outer.over else None
        if self.outer is not None:
            self.outer.inner = self
        self._started_ns = time.time_ns()
        self._started_clock_ns = time.perf_counter_ns()
        self._took_ns = 0
        if RUNTIME.record_content:
            self.report.output_text = []

    def read(self, response: Any) -> None:
        """Read the whole response; one that cannot be read is a call all the same."""
        shield(self.api.read_response, response, self.report)
        if RUNTIME.record_content:
            self.output = shield(output_content, response)

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
        self._took_ns = time.perf_counter_ns() - self._started_clock_ns
        self.settle(interrupted)
        if self.body.get("background") is True and self.report.lacks_usage:
            shield(remember, self)
        if self._is_recorded_elsewhere(interrupted):
            return
        limits = RUNTIME.limits
        if limits is not None:
            shield(limits.count, self)
        if not self.adopted:
            self._record()

    def answered_later(self, answer: Any) -> None:
        """Record the call once more, with the usage of the answer that was made in the background."""
        late = copy(self)
        late.report, late.response, late.output = Report(), None, None
        late.over = late.adopted = late.streams = False
        late.outer = late.inner = late.failed = None
        late.read(answer)
        if RUNTIME.active and not late.report.lacks_usage:
            late.finish()

    def release(self) -> None:
        """The span that was to stand for this call stands for others too: record this one by itself."""
        if self.adopted:
            self.adopted = False
            if self.over:
                self._record()

    def _record(self) -> None:
        attributes = stamped(current_stamp(self.context), call=True)
        self.describe(attributes)
        emit(
            f"{self.api.operation} {text(self.body.get('model')) or ''}".rstrip(),
            self.context,
            attributes,
            self._started_ns,
            self._started_ns + self._took_ns,
            self.status_error(),
        )

    def _is_recorded_elsewhere(self, interrupted: str | None) -> bool:
        """Whether the client around this one, or the one underneath, records what both of them saw."""
        outer, inner = self.outer, self.inner
        if outer is not None and not outer.over:
            if self.failed is not None and names.INPUT_TOKENS not in self.report.told:
                outer.inner = None
                outer.failed_tries += 1 + (self.retries or failure_of(self.failed).retries or 0)
                return True
            if outer.adopted:
                return True
            if outer.failed_tries:
                self.retries = (self.retries or 0) + outer.failed_tries
        if inner is None:
            if self.failed_tries:
                self.retries = self.failed_tries - (self.failed is not None)
            return False
        if self.adopted:
            inner.settle()
            self.report, self.response = inner.report, inner.response
            self.retries = (inner.retries or 0) + self.failed_tries
            return False
        if not inner.over:
            inner.failed = self.failed
            inner.finish(interrupted)
        return True

    def settle(self, interrupted: str | None = None) -> None:
        """Decide why usage is missing, if it is; a call that was refused has none to miss."""
        report = self.report
        if self.failed is not None:
            if report.complete and not report.lacks_usage:
                return
            failure = failure_of(self.failed)
            if failure.cancelled:
                report.missing_reason = report.missing_reason or "cancelled"
            elif self.response is not None and self.streams:
                report.missing_reason = report.missing_reason or "stream_broken"
            return
        # Bedrock tells the counts of an answer apart from its body.
        if interrupted is not None and not report.complete and (self.streams or report.lacks_usage):
            report.missing_reason = report.missing_reason or interrupted
        if interrupted == "stream_truncated" and not report.complete and report.error_type is None:
            report.error_type = interrupted
        if report.missing_reason is None and report.lacks_usage:
            report.missing_reason = self.api.absent_usage(self.body)

    def status_error(self) -> bool:
        """Whether the span's status is an error; a call that the agent cancelled is none."""
        if self.failed is not None:
            return not failure_of(self.failed).cancelled
        return self.report.error_type is not None

    def describe(self, attributes: dict[str, AttributeValue]) -> None:
        """Put everything known of the call into `attributes`."""
        self.describe_request(attributes)
        self.describe_answer(attributes)

    def describe_request(self, attributes: dict[str, AttributeValue]) -> None:
        """Put in what was asked, and whom."""
        attributes[names.OPERATION_NAME] = self.api.operation
        attributes.update(self.server)
        if model := text(self.body.get("model")):
            attributes[names.REQUEST_MODEL] = model
        if self.streams:
            attributes[names.REQUEST_STREAM] = True

    def describe_answer(self, attributes: dict[str, AttributeValue]) -> None:
        """Put in what came of it."""
        if self.first_chunk_s is not None:
            attributes[names.TIME_TO_FIRST_CHUNK] = self.first_chunk_s
        report = self.report
        attributes.update(report.told)
        if report.missing_reason is not None:
            attributes[names.USAGE_MISSING_REASON] = report.missing_reason
        if self.failed is not None:
            self._describe_failure(self.failed, attributes)
        elif report.error_type is not None:
            attributes[names.ERROR_TYPE] = report.error_type
        if self.retries is not None:
            attributes[names.RETRIES] = self.retries
        if self.response is not None:
            _rate_limits(self.response, self.api, attributes)
        if RUNTIME.record_content:
            attributes.update(input_content(self.body))
            if output := self.output or streamed_content(report.output_text):
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


def dropped(call: Call) -> None:
    """For the `__del__` of what watches a stream: the agent let it go. A process that ends has nothing left to
    record it with."""
    if not sys.is_finalizing():
        shield(call.finish, "dropped")


def refusal_of(call: Call) -> Exception | None:
    """What to raise in place of sending `call`, as a limit is reached; None when it may be sent."""
    limits = RUNTIME.limits
    # The client around it has been asked already, and the two are one call.
    return None if limits is None or call.outer is not None else limits.refusal(call)


def _rate_limits(response: Any, api: Api, attributes: dict[str, AttributeValue]) -> None:
    """From the raw headers at once: each lookup by name would walk and decode all of them."""
    raw = getattr(getattr(response, "headers", None), "raw", None)
    wanted = api.rate_limit_headers
    if raw is None or not wanted:
        return
    values = dict(raw)
    if values.keys().isdisjoint(wanted):
        values = {name.lower(): value for name, value in values.items()}
    for header, told in wanted.items():
        value = values.get(header)
        if value is not None and value.isdigit():
            attributes[told] = int(value)
