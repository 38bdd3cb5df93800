"""Whatever is sent again, late, in pieces or in another order changes no number."""

import itertools
import random
from collections.abc import Sequence
from dataclasses import dataclass

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from sdk_hooks import attributes as names
from tests.ledger.ledger import Ledger
from tests.ledger.spans import HAIKU, OPUS, agent, call, outcome, task, tool

WORK = (
    task("root", "ticket-1", "support", took=60),
    agent("writer", "writer", parent="root", at=1),
    call("draft", {names.RESPONSE_ID: "r1"}, parent="writer", at=2, model=HAIKU),
    tool("search", "search", parent="writer", at=4),
    call("answer", {names.RESPONSE_ID: "r2"}, parent="writer", at=6, tokens=(500, 2000, 100, 50, 300)),
    outcome("verdict", "ticket-1", {names.OUTCOME_SUCCESS: True, names.OUTCOME_USEFUL_UNITS: 2.0}, at=90),
)


def test_a_task_stands_once_with_its_calls(ledger: Ledger) -> None:
    ledger.take(*WORK)
    assert [row["agent"] for row in ledger.calls()] == ["writer", "writer"]
    (stands,) = ledger.tasks()
    assert (stands["task_id"], stands["workload"], stands["calls"], stands["tool_calls"]) == (
        "ticket-1",
        "support",
        2,
        1,
    )
    assert (stands["success"], stands["useful_units"]) == (True, 2.0)


def test_everything_twice_in_one_batch_later_and_by_halves(ledger: Ledger) -> None:
    ledger.take(*WORK)
    once = ledger.snapshot()
    ledger.take(*WORK)
    assert ledger.snapshot() == once, "sent again later"
    ledger.take(*WORK[:3])
    assert ledger.snapshot() == once, "half of it sent again"
    ledger.new_keeper()
    ledger.take(*WORK[3:])
    assert ledger.snapshot() == once, "the other half, after a restart"
    ledger.clear()
    ledger.take(*WORK, *WORK[::-1])
    assert ledger.snapshot() == once, "twice in one request"
    ledger.clear()
    ledger.send(*WORK)
    ledger.send(*WORK)
    ledger.catch_up()
    assert ledger.snapshot() == once, "twice in one batch"


def test_every_span_alone_and_backwards(ledger: Ledger) -> None:
    ledger.take(*WORK)
    once = ledger.snapshot()
    ledger.clear()
    for span in reversed(WORK):
        ledger.take(span)
    assert ledger.snapshot() == once


@dataclass(frozen=True)
class Plan:
    """Spans, and the way in which they arrive."""

    spans: tuple[Span, ...]
    requests: tuple[tuple[int, ...], ...]
    """Which spans each request carries."""
    pauses: tuple[bool, ...]
    """Whether the keeper works after each request."""
    batch_keys: int


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """One to three small tasks of nested agents and calls, told in any order, some of it twice."""
    spans: list[Span] = []
    for number in range(draw(st.integers(1, 3))):
        spans += draw(_tasks(number))
    order = list(range(len(spans))) + draw(st.lists(st.integers(0, len(spans) - 1), max_size=4))
    random.Random(draw(st.integers(0, 9999))).shuffle(order)
    cuts = sorted(draw(st.lists(st.integers(0, len(order)), min_size=0, max_size=3)))
    edges = [0, *cuts, len(order)]
    requests = tuple(tuple(order[a:b]) for a, b in itertools.pairwise(edges) if a < b)
    pauses = draw(st.lists(st.booleans(), min_size=len(requests), max_size=len(requests)))
    return Plan(tuple(spans), requests, tuple(pauses), draw(st.sampled_from((1, 150_000))))


@st.composite
def _tasks(draw: st.DrawFn, number: int) -> Sequence[Span]:
    key, start = f"{number}", draw(st.sampled_from((0.0, 20.0, 59.5, 1750.0, 43190.0)))
    kind = draw(st.sampled_from(("labelled", "conversation", "bare")))
    label: dict[str, object] = {}
    spans: list[Span] = []
    if kind == "labelled":
        spans.append(
            task(f"root {key}", f"task {key}", draw(st.sampled_from(("a", "b"))), trace=key, at=start)
        )
    elif kind == "conversation":
        label = {names.CONVERSATION_ID: draw(st.sampled_from(("one", "two")))}
    parent = spans[0].span_id if spans else b""
    for step in range(draw(st.integers(1, 3))):
        spans += draw(_steps(f"{key}.{step}", key, start + step * draw(st.sampled_from((2, 1000))), label))
        if parent and not spans[-1].parent_span_id:
            spans[-1].parent_span_id = parent
    return spans


@st.composite
def _steps(draw: st.DrawFn, key: str, trace: str, at: float, label: dict[str, object]) -> Sequence[Span]:
    tokens = (draw(st.integers(0, 900)), draw(st.integers(0, 900)), 0, 0, draw(st.integers(0, 99)))
    extra = {**label, names.RESPONSE_ID: f"response {key}"}
    model = draw(st.sampled_from((HAIKU, OPUS, "model-of-nobody")))
    inner = call(f"call {key}", extra, model=model, tokens=tokens, trace=trace, at=at)
    match draw(st.sampled_from(("alone", "in an agent", "told twice", "in two traces"))):
        case "in an agent":
            inner.parent_span_id = agent(f"agent {key}", "x").span_id
            totals = {names.INPUT_TOKENS: sum(tokens[:4]), names.OUTPUT_TOKENS: tokens[4]}
            return [inner, agent(f"agent {key}", "x", {**label, **totals}, trace=trace, at=at, took=4)]
        case "told twice":
            outer = call(f"outer {key}", extra, model=model, tokens=tokens, trace=trace, at=at, took=2)
            inner.parent_span_id = outer.span_id
            return [inner, outer]
        case "in two traces":
            other = call(f"other {key}", extra, model=model, trace=f"other {trace}", at=at, took=2)
            return [other, inner]
    return [inner]


@given(plan=plans())
@settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))
def test_order_and_batching_change_nothing(ledger: Ledger, plan: Plan) -> None:
    ledger.clear()
    ledger.take(*plan.spans)
    at_once = ledger.snapshot()
    ledger.clear()
    ledger.pace = type(ledger.pace)(batch_keys=plan.batch_keys)
    ledger.new_keeper()
    for numbers, pause in zip(plan.requests, plan.pauses, strict=True):
        ledger.send(*(plan.spans[number] for number in numbers))
        if pause:
            ledger.catch_up()
    ledger.catch_up()
    assert ledger.snapshot() == at_once
    _sums_agree(ledger)


def _sums_agree(ledger: Ledger) -> None:
    in_calls, in_tasks, in_sums = (
        ledger.rows(
            f"SELECT {count} AS calls, toString(ifNull(sum(list_cost_usd), 0)) AS usd, sum(output_tokens) AS output"
            f" FROM {table} FINAL"
        )
        for table, count in (
            ("llm_calls", "count()"),
            ("tasks", "sum(calls)"),
            ("calls_rollup", "sum(calls)"),
        )
    )
    assert in_calls == in_tasks == in_sums
