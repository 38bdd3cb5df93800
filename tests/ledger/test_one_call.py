"""One call told by several spans is one call; an aggregate is none."""

import pytest

from sdk_hooks import attributes as names
from tests.ledger.ledger import Ledger, only
from tests.ledger.spans import HAIKU, agent, call, request, span, task

R1 = {names.RESPONSE_ID: "msg_1"}
TOTALS = {names.INPUT_TOKENS: 2000, names.OUTPUT_TOKENS: 200}


def _told_in_any_order(ledger: Ledger, *bodies: bytes) -> None:
    """In one order, the other way round, and with the first one last."""
    seen = []
    for order in (bodies, bodies[::-1], (*bodies[1:], bodies[0])):
        ledger.clear()
        for body in order:
            ledger.send_bytes(body)
            ledger.catch_up()
        seen.append(ledger.snapshot())
    assert all(each == seen[0] for each in seen)


def test_nested_reports_leave_the_better_informed(ledger: Ledger) -> None:
    outer = request([call("outer", tokens=(1000, None, None, None, 100), took=2)], scope="a.framework")
    inner = request([call("inner", R1, tokens=(500, 400, 100, 0, 100), parent="outer", at=0.5)])
    _told_in_any_order(ledger, outer, inner)
    row = only(ledger.calls())
    assert (row["emitter"], row["fresh_input_tokens"], row["cache_read_tokens"]) == ("sdk_hooks", 500, 400)
    assert (row["suppressed_spans"], row["suppressed_why"]) == (1, "duplicate")


def test_three_reports_nested_in_each_other_are_one_call(ledger: Ledger) -> None:
    ledger.take(
        call("a", took=5),
        call("b", parent="a", at=1, took=3),
        call("c", R1, parent="b", at=2, took=1),
    )
    row = only(ledger.calls())
    assert (row["suppressed_spans"], ledger.tasks()[0]["calls"]) == (2, 1)


def test_side_by_side_by_response_id(ledger: Ledger) -> None:
    one = request([call("one", R1, took=2)], scope="a.framework")
    other = request([call("other", {**R1, names.TIER: "standard"}, at=0.2)], scope="its.client")
    _told_in_any_order(ledger, one, other)
    row = only(ledger.calls())
    assert (row["suppressed_spans"], row["tier"]) == (1, "standard")


def test_in_two_traces_by_response_id_the_task_is_kept(ledger: Ledger) -> None:
    ours = request([task("root", "ticket-1", "refunds"), call("one", R1, parent="root", at=1)])
    theirs = request([call("other", R1, at=1.1, took=0.8, trace="theirs")], scope="its.client")
    _told_in_any_order(ledger, ours, theirs)
    assert len(ledger.calls()) == 1
    assert [(row["task_id"], row["calls"]) for row in ledger.tasks()] == [("ticket-1", 1)]


def test_a_richer_report_from_another_trace_inherits_the_task(ledger: Ledger) -> None:
    poor = call("one", R1, parent="root", at=1, tokens=(1000, None, None, None, 100))
    ours = request([task("root", "ticket-1", "refunds"), poor], scope="a.framework")
    rich = request([call("other", R1, at=1.1, took=0.8, trace="theirs", tokens=(500, 400, 60, 40, 100))])
    _told_in_any_order(ledger, ours, rich)
    row = only(ledger.calls())
    assert (row["cache_write_long_tokens"], row["task_id"], row["workload"]) == (40, "ticket-1", "refunds")
    assert [row["task_id"] for row in ledger.tasks()] == ["ticket-1"]


@pytest.mark.parametrize("apart", [False, True], ids=["one trace", "a trace each"])
def test_a_server_that_always_answers_the_same_id(ledger: Ledger, apart: bool) -> None:
    constant = {names.RESPONSE_ID: "chatcmpl-1"}
    for number in range(4):
        trace = f"t{number}" if apart else "t"
        ledger.take(call(f"c{number}", constant, trace=trace, at=3 * number, tokens=(100, 0, 0, 0, 10)))
    assert len(ledger.calls()) == 4
    # Two at the same moment, by the same client: still two calls.
    ledger.take(call("c8", constant, at=60), call("c9", constant, at=60.1))
    assert len(ledger.calls()) == 6


def test_a_constant_id_in_many_traces_merges_nothing(ledger: Ledger) -> None:
    constant = {names.RESPONSE_ID: "chatcmpl-1"}
    ledger.take(*(call(f"c{n}", constant, trace=f"t{n}", at=n) for n in range(30)))
    ledger.take(call("c99", constant, trace="t99", at=5))
    assert len(ledger.calls()) == 31


def test_a_constant_id_with_two_reports_of_every_call(ledger: Ledger) -> None:
    constant = {names.RESPONSE_ID: "chatcmpl-1"}
    for number in range(3):
        ledger.send(call(f"in{number}", constant, at=9 * number + 0.1, took=0.8), scope="its.client")
        ledger.send(call(f"out{number}", constant, trace=f"u{number}", at=9 * number), scope="a.framework")
    ledger.catch_up()
    assert len(ledger.calls()) == 3


def test_the_same_answer_at_another_time_is_another_call(ledger: Ledger) -> None:
    ledger.send(call("one", R1), scope="a.framework")
    ledger.send(call("two", R1, at=3600, trace="u"), scope="its.client")
    ledger.catch_up()
    assert len(ledger.calls()) == 2


def test_totals_on_an_agent_are_not_charged(ledger: Ledger) -> None:
    spans = (
        agent("who", "writer", TOTALS),
        call("c1", parent="who", at=1),
        call("c2", parent="who", at=3),
    )
    _told_in_any_order(ledger, *(request([each]) for each in spans))
    rows = ledger.calls()
    assert len(rows) == 2
    assert sorted(row["suppressed_why"] for row in rows) == ["", "aggregate"]
    assert ledger.tasks()[0]["output_tokens"] == 200


def test_totals_above_totals_above_a_call(ledger: Ledger) -> None:
    ledger.take(
        task("root", "ticket-1", "refunds", TOTALS),
        agent("boss", "boss", TOTALS, parent="root"),
        span("step", parent="boss"),
        agent("worker", "worker", TOTALS, parent="step"),
        call("c1", parent="worker", at=1),
    )
    row = only(ledger.calls())
    assert (row["suppressed_spans"], row["suppressed_why"], row["agent"]) == (3, "aggregate", "worker")


def test_an_orphan_aggregate_is_kept_and_noted(ledger: Ledger) -> None:
    ledger.take(
        agent("who", "writer", {**TOTALS, names.REQUEST_MODEL: HAIKU, names.PROVIDER_NAME: "anthropic"})
    )
    row = only(ledger.calls())
    assert (row["pricing_status"], row["pricing_note"]) == ("priced", "aggregate_without_calls")
    ledger.take(call("c1", parent="who", at=1))
    assert [row["pricing_note"] for row in ledger.calls()] == [""], "its calls came after all"
    assert ledger.value("SELECT sum(calls) FROM calls_rollup FINAL") == 1


def test_an_aggregate_is_kept_where_its_calls_say_no_usage(ledger: Ledger) -> None:
    bare = {names.REQUEST_MODEL: HAIKU, names.PROVIDER_NAME: "anthropic"}
    ledger.take(
        agent("who", "writer", {**TOTALS, **bare}),
        call("c1", parent="who", at=1, tokens=(None,) * 5),
    )
    assert sum(row["output_tokens"] or 0 for row in ledger.calls()) == 200


def test_a_call_inside_a_tool_inside_a_call_is_another_call(ledger: Ledger) -> None:
    ledger.take(
        call("outer", {names.RESPONSE_ID: "a"}, took=9, tokens=(10, 0, 0, 0, 1)),
        span(
            "tool",
            {names.OPERATION_NAME: "execute_tool", names.TOOL_NAME: "ask"},
            parent="outer",
            at=1,
            took=5,
        ),
        call("inner", {names.RESPONSE_ID: "b"}, parent="tool", at=2, model=HAIKU),
    )
    assert len(ledger.calls()) == 2


def test_parent_cycles_end(ledger: Ledger) -> None:
    ledger.take(
        agent("a", "a", TOTALS, parent="c"),
        agent("b", "b", TOTALS, parent="a"),
        call("c", parent="b"),
        call("self", parent="self"),
    )
    assert {row["pricing_status"] for row in ledger.calls()} == {"priced"}
    assert len(ledger.calls()) == 2
