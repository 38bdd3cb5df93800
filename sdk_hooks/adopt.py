"""Completes a span that somebody else made for a call, in place of adding a second one.

The client itself or another instrumentation may emit. Its span keeps what it says; what only the hooks
know is added just before it ends. Usage is filled in only where it does not contradict what the emitter
recorded: compactions, which the client's own totals leave out, are added to them.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Mapping
from typing import Any

from opentelemetry.trace import get_current_span
from opentelemetry.util.types import AttributeValue

from sdk_hooks import attributes as names
from sdk_hooks.call import Call
from sdk_hooks.guard import shield
from sdk_hooks.stamp import current_stamp, stamped

CALL_OPERATIONS = frozenset({"chat", "text_completion", "generate_content", "embeddings"})
OTHER_MARKS = {
    "openinference.span.kind": frozenset({"LLM", "EMBEDDING"}),
    "llm.request.type": frozenset({"chat", "completion", "embedding"}),
    "langfuse.observation.type": frozenset({"generation", "embedding"}),
}
"""How conventions other than OpenTelemetry's mark a span as a model call when it starts."""

_TAKEN = "_spanledger_call"

_USAGE = (
    names.INPUT_TOKENS,
    names.OUTPUT_TOKENS,
    names.CACHE_READ_TOKENS,
    names.CACHE_WRITE_TOKENS,
    names.REASONING_TOKENS,
)


def adopt_started(span: Any, call: Call) -> bool:
    """Adopt `span`, which starts while the client sends `call`; False if it does not say that it is a call."""
    if not is_call_span(span):
        return False
    adopt(span, call)
    return True


def adopt_surrounding(call: Call) -> None:
    """Adopt the span around `call`, if another instrumentation made it for a call.

    A span around several calls, as some make around automatic function calling, stands for none of them: the one
    that had adopted it is recorded by itself too. A client that sends its call through another client is one call.
    """
    span: Any = get_current_span(call.context)
    if not span.is_recording() or not is_call_span(span):
        return
    before: Call | None = vars(span).get(_TAKEN)
    if before is None:
        adopt(span, call)
    elif before is not call.outer:
        before.release()


def is_call_span(span: Any) -> bool:
    """Whether a span that the hooks did not make stands for one call, by the attributes it has so far."""
    scope = getattr(span, "instrumentation_scope", None)
    if scope is None or scope.name == names.SCOPE_NAME:
        return False
    return is_call(span.attributes)


def is_call(attributes: Mapping[str, Any] | None) -> bool:
    """Whether a span with these attributes stands for one call."""
    if not attributes:
        return False
    if attributes.get(names.OPERATION_NAME) in CALL_OPERATIONS:
        return True
    return any(attributes.get(name) in marks for name, marks in OTHER_MARKS.items())


def adopt(span: Any, call: Call) -> None:
    """Let `span` stand for `call`: it is completed when it ends, and the call makes none of its own.

    The hook sits on the span's own `end`, as the SDK's `on_end` comes when attributes can no longer be set.
    """
    setattr(span, _TAKEN, call)
    span.end = CompletedEnd(span, call)
    call.adopted = True


class CompletedEnd:
    """Stands in for `end` on one span: completes it first. Taken off again then, so that no cycle is left."""

    __slots__ = ("_call", "_end", "_span")

    def __init__(self, span: Any, call: Call) -> None:
        self._span = span
        self._call = call
        self._end = span.end

    def __call__(self, end_time: int | None = None) -> None:
        """End the span, now or when the call has seen its body."""
        call, span = self._call, self._span
        if call.hold_end:
            call.held_end = functools.partial(self, end_time or time.time_ns())
            return
        vars(span).pop("end", None)
        if span.is_recording():
            shield(complete, span, call)
        self._end(end_time)


def complete(span: Any, call: Call) -> None:
    """Set on `span` what it lacks, from what is known of `call`."""
    has = span.attributes
    present = frozenset(has)
    known = stamped(current_stamp(call.context), call=True)
    if not call.adopted:
        span.set_attributes({name: value for name, value in known.items() if name not in present})
        return
    if not call.over:
        _settle_unfinished(present, call)
    if names.REQUEST_MODEL not in present:
        call.describe_request(known)
    call.describe_answer(known)
    _from_client_attributes(has, present, known)
    if call.report.exceeds_totals and has.get(names.INPUT_TOKENS) == call.report.total_input_tokens:
        # The emitter repeats totals that leave out what was billed beside them.
        present -= frozenset(_USAGE)
    elif names.INPUT_TOKENS in present and not _agree(has[names.INPUT_TOKENS], known):
        for name in _USAGE:
            known.pop(name, None)
    span.set_attributes({name: value for name, value in known.items() if name not in present})


def _settle_unfinished(present: frozenset[str], call: Call) -> None:
    """The emitter ends its span before the hooks learn how the call ended; what it recorded tells."""
    failed = names.ERROR_TYPE in present
    if call.response is not None:
        broken = "stream_broken" if failed else "stream_truncated"
        call.settle(broken if call.reading else "closed_early")
    elif not failed:
        call.report.missing_reason = "cancelled"


def _agree(input_tokens: Any, known: dict[str, AttributeValue]) -> bool:
    """Whether the emitter counts input as the hooks do, so that its gaps may be filled.

    Otherwise its convention excludes cached tokens, and a mixture would be read wrongly.
    """
    return bool(input_tokens == known.get(names.INPUT_TOKENS, input_tokens))


_CLIENT_NAMES = (
    ("anthropic.usage.cache_creation.ephemeral_1h_input_tokens", names.CACHE_WRITE_LONG_TOKENS),
    ("http.request.resend_count", names.RETRIES),
    ("anthropic.message.stop_reason", names.FINISH_REASONS),
)


def _from_client_attributes(
    has: Mapping[str, Any], present: frozenset[str], known: dict[str, AttributeValue]
) -> None:
    """What the anthropic client records under its own names, where the hooks did not see the response."""
    for theirs, ours in _CLIENT_NAMES:
        if theirs in present and ours not in known:
            value = has[theirs]
            known[ours] = [value] if ours == names.FINISH_REASONS else value
    if names.OUTPUT_TOKENS in present:
        known.pop(names.USAGE_MISSING_REASON, None)
