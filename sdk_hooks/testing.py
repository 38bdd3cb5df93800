"""What a test's calls used and cost, for assertions in users' own suites; the fixture `spanledger_spans` gives it.

In: finished spans. Out: `Recording` with typed calls and tasks. Reads OpenTelemetry's GenAI names, which the hooks and
most instrumentations write; the ledger itself reads more dialects than this.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from decimal import Decimal
from functools import cached_property
from typing import Any

from opentelemetry.sdk.trace import ReadableSpan

from sdk_hooks import attributes as names
from sdk_hooks.adopt import is_call
from sdk_hooks.local_prices import Priced, price_call

MOST_SHOWN = 5


@dataclass(frozen=True)
class RecordedCall:
    """One call. Tokens are None where they were not reported; `input_tokens` includes cached ones."""

    span: ReadableSpan

    @property
    def attributes(self) -> Mapping[str, Any]:
        """Everything its span says."""
        return self.span.attributes or {}

    def _text(self, name: str) -> str:
        return str(self.attributes.get(name, ""))

    def _count(self, name: str) -> int | None:
        value = self.attributes.get(name)
        return value if isinstance(value, int) else None

    @property
    def provider(self) -> str:
        """OpenTelemetry's name of the provider; empty when not reported."""
        return self._text(names.PROVIDER_NAME)

    @property
    def model(self) -> str:
        """The model that answered, else the one asked for."""
        return self._text(names.RESPONSE_MODEL) or self._text(names.REQUEST_MODEL)

    @property
    def operation(self) -> str:
        """`chat`, `embeddings`, ..."""
        return self._text(names.OPERATION_NAME)

    @property
    def input_tokens(self) -> int | None:
        """All input, cached tokens included."""
        return self._count(names.INPUT_TOKENS)

    @property
    def cache_read_tokens(self) -> int | None:
        """Of the input, what was read from a cache."""
        return self._count(names.CACHE_READ_TOKENS)

    @property
    def cache_write_tokens(self) -> int | None:
        """Of the input, what was written to a cache, with either lifetime."""
        return self._count(names.CACHE_WRITE_TOKENS)

    @property
    def output_tokens(self) -> int | None:
        """Output, reasoning included."""
        return self._count(names.OUTPUT_TOKENS)

    @property
    def tier(self) -> str:
        """As a cascade or `call_context` says; empty otherwise."""
        return self._text(names.TIER)

    @property
    def attempt(self) -> int | None:
        """From 1 within a cascade; None outside of one."""
        return self._count(names.ATTEMPT)

    @property
    def cascade_id(self) -> str:
        """Empty outside of a cascade."""
        return self._text(names.CASCADE_ID)

    @property
    def escalation_signal(self) -> str:
        """Why the attempt before was not good enough; empty where none was escalated."""
        return self._text(names.ESCALATION_SIGNAL)

    @property
    def task_id(self) -> str:
        """Empty outside of a task."""
        return self._text(names.TASK_ID)

    @property
    def workload(self) -> str:
        """Empty when not said."""
        return self._text(names.WORKLOAD)

    @property
    def agent(self) -> str:
        """Empty when not said."""
        return self._text(names.AGENT_NAME)

    @property
    def step(self) -> str:
        """Empty when not said."""
        return self._text(names.STEP)

    @property
    def error_type(self) -> str:
        """Empty when it did not fail."""
        return self._text(names.ERROR_TYPE)

    @cached_property
    def priced(self) -> Priced:
        """Its cost at list price by genai-prices, or None and why it is unknown."""
        started_ns = self.span.start_time
        at = datetime.fromtimestamp(started_ns / 1e9, timezone.utc) if started_ns else None
        return price_call(self.attributes, at)

    @property
    def cost_usd(self) -> Decimal | None:
        """None where it is unknown; `priced.reason` says why."""
        return self.priced.usd

    def __str__(self) -> str:
        cost = f"${self.cost_usd:.6f}" if self.cost_usd is not None else f"unknown ({self.priced.reason})"
        where = [f"task {self.workload} {self.task_id}" if self.task_id else "no task"]
        for word, value in (("agent", self.agent), ("step", self.step), ("tier", self.tier)):
            where += [f"{word} {value}"] if value else []
        tokens = f"{_shown(self.input_tokens)} in, {_shown(self.output_tokens)} out"
        return f"{cost}  {self.model or 'no model'}  {tokens}  {', '.join(where)}"


class _Calls:
    """Some calls, and what they came to."""

    def _calls(self) -> Sequence[RecordedCall]:
        raise NotImplementedError

    @property
    def cost_usd(self) -> Decimal | None:
        """Their sum; None when the price of any is unknown."""
        costs = [call.cost_usd for call in self._calls()]
        return None if None in costs else sum((cost for cost in costs if cost is not None), Decimal(0))

    @property
    def input_tokens(self) -> int:
        """Sum over calls that report them."""
        return sum(call.input_tokens or 0 for call in self._calls())

    @property
    def output_tokens(self) -> int:
        """Sum over calls that report them."""
        return sum(call.output_tokens or 0 for call in self._calls())

    @property
    def tiers(self) -> list[str]:
        """The tiers in the order in which they were tried."""
        return [call.tier for call in self._calls() if call.tier]

    @property
    def attempts(self) -> int:
        """How many tries its cascades took; the calls of one try count once."""
        return len({(call.cascade_id, call.attempt) for call in self._calls() if call.cascade_id})

    @property
    def escalations(self) -> int:
        """How many tries followed an answer that was not good enough."""
        tries = {(call.cascade_id, call.attempt) for call in self._calls() if call.escalation_signal}
        return len(tries)

    def assert_cost_below(self, usd: Decimal | float | str, *, allow_no_calls: bool = False) -> None:
        """Fail, naming the dearest calls, unless they cost less than `usd` together.

        A call without a known price fails it, as does a recording without calls unless `allow_no_calls`.
        """
        __tracebackhide__ = True
        if (problem := self._too_dear(Decimal(str(usd)), allow_no_calls)) is not None:
            raise AssertionError(problem)

    def _too_dear(self, usd: Decimal, allow_no_calls: bool) -> str | None:
        calls = self._calls()
        if not calls:
            return None if allow_no_calls else f"{self._name()} made no call that was recorded"
        unknown = [call for call in calls if call.cost_usd is None]
        if unknown:
            head = (
                f"the cost of {self._name()} is not known: {len(unknown)} of {len(calls)} calls have no price"
            )
            return _listed(head, unknown)
        cost = self.cost_usd or Decimal(0)
        if cost < usd:
            return None
        head = f"{self._name()} cost ${cost:.6f}, not below ${usd:.6f}; the dearest of {len(calls)} calls"
        return _listed(head, sorted(calls, key=lambda call: call.cost_usd or 0, reverse=True))

    def _name(self) -> str:
        return "the test"


@dataclass(frozen=True)
class RecordedTask(_Calls):
    """One task and its calls. `success` is None where no outcome was said."""

    calls: Sequence[RecordedCall]
    id: str
    workload: str
    success: bool | None
    useful_units: float | None

    def _calls(self) -> Sequence[RecordedCall]:
        return self.calls

    def _name(self) -> str:
        return f"task {self.workload or '(no workload)'} {self.id}"


class Recording(_Calls):
    """Everything a test recorded so far; looks anew each time it is asked."""

    def __init__(self, spans: Callable[[], Sequence[ReadableSpan]]) -> None:
        self._spans = spans

    @property
    def spans(self) -> list[ReadableSpan]:
        """Every finished span, of any kind, in the order in which they ended."""
        return list(self._spans())

    @property
    def calls(self) -> list[RecordedCall]:
        """The calls, one for each however many instrumentations recorded it, in the order in which they began."""
        return _calls_in(self.spans)

    def _calls(self) -> Sequence[RecordedCall]:
        return self.calls

    @property
    def tasks(self) -> list[RecordedTask]:
        """The tasks that calls or task spans name, in the order in which they began."""
        return _tasks_in(self.spans)

    def task(self, name: str) -> RecordedTask:
        """The one task of this workload, or with this id. Raises LookupError naming what there is."""
        found = [task for task in self.tasks if name in (task.id, task.workload)]
        if len(found) != 1:
            there = ", ".join(f"{task.workload} {task.id}" for task in self.tasks) or "none"
            raise LookupError(f"{len(found)} tasks are called {name!r}; recorded tasks: {there}")
        return found[0]


def assert_cost_below(
    what: Recording | RecordedTask, usd: Decimal | float | str, *, allow_no_calls: bool = False
) -> None:
    """As the method of the same name: fail unless the test, or the task, cost less than `usd`."""
    __tracebackhide__ = True
    what.assert_cost_below(usd, allow_no_calls=allow_no_calls)


def _calls_in(spans: Sequence[ReadableSpan]) -> list[RecordedCall]:
    """Leaves only: a call span around another is the same call told twice, as is one with the same response id."""
    found = {_id(span): span for span in spans if is_call(span.attributes)}
    parents = {_id(span): span.parent.span_id if span.parent is not None else 0 for span in spans}
    above = set()
    for inner in found:
        outer = parents[inner]
        while outer in parents:
            above.add(outer)
            outer = parents[outer]
    calls: list[RecordedCall] = []
    answers: set[str] = set()
    for span in sorted(
        (found[one] for one in found if one not in above), key=lambda span: span.start_time or 0
    ):
        answer = str((span.attributes or {}).get(names.RESPONSE_ID, ""))
        if answer not in answers:
            calls.append(RecordedCall(span))
            answers |= {answer} - {""}
    return calls


def _tasks_in(spans: Sequence[ReadableSpan]) -> list[RecordedTask]:
    calls = _calls_in(spans)
    about: dict[str, dict[str, Any]] = {}
    for span in sorted(spans, key=lambda span: span.start_time or 0):
        said = span.attributes or {}
        if names.TASK_ID in said:
            # A later outcome replaces an earlier one.
            about.setdefault(str(said[names.TASK_ID]), {}).update(said)
    return [
        RecordedTask(
            calls=[call for call in calls if call.task_id == task],
            id=task,
            workload=str(said.get(names.WORKLOAD, "")),
            success=said.get(names.OUTCOME_SUCCESS),
            useful_units=said.get(names.OUTCOME_USEFUL_UNITS),
        )
        for task, said in about.items()
    ]


def _id(span: ReadableSpan) -> int:
    context = span.get_span_context()
    return context.span_id if context is not None else 0


def _listed(head: str, calls: Sequence[RecordedCall]) -> str:
    lines = [f"  {call}" for call in calls[:MOST_SHOWN]]
    more = len(calls) - MOST_SHOWN
    return "\n".join([head + ":", *lines, *([f"  and {more} more"] if more > 0 else [])])


def _shown(tokens: int | None) -> str:
    return "unknown" if tokens is None else f"{tokens:,}"
