"""What belongs to a task, whenever its spans arrive."""

from sdk_hooks import attributes as names
from tests.ledger.ledger import Ledger
from tests.ledger.spans import NOON, OPUS, agent, call, outcome, task, tool

HOUR = 3600.0
TALK = {names.CONVERSATION_ID: "talk"}


def _ids(ledger: Ledger) -> list[str]:
    return [row["task_id"] for row in ledger.tasks()]


def _charged(ledger: Ledger, *calls: str) -> list[str]:
    return [ledger.call(name)["task_id"] for name in calls]


def test_a_root_that_arrives_last_names_task_and_workload(ledger: Ledger) -> None:
    ledger.take(call("c1", parent="root", at=1), call("c2", parent="root", at=2))
    assert [(row["workload"], row["calls"]) for row in ledger.tasks()] == [("support-agent", 2)]
    ledger.take(task("root", "ticket-1", "refunds"))
    assert [(row["task_id"], row["workload"], row["calls"]) for row in ledger.tasks()] == [
        ("ticket-1", "refunds", 2)
    ]
    assert {row["workload"] for row in ledger.calls()} == {"refunds"}
    assert {row["workload"] for row in ledger.snapshot()["rollup"]} == {"refunds"}


def test_the_root_has_the_last_word_on_the_workload(ledger: Ledger) -> None:
    guessed = {names.TASK_ID: "ticket-1", names.WORKLOAD: "unsorted"}
    ledger.take(call("c1", guessed, parent="root", at=1))
    ledger.take(call("c2", guessed, trace="elsewhere", at=2), task("root", "ticket-1", "refunds"))
    assert [(row["task_id"], row["workload"]) for row in ledger.tasks()] == [("ticket-1", "refunds")]
    assert {row["workload"] for row in ledger.calls()} == {"refunds"}
    assert {row["workload"] for row in ledger.snapshot()["rollup"]} == {"refunds"}


def test_one_task_over_several_traces(ledger: Ledger) -> None:
    mine = {names.TASK_ID: "ticket-1"}
    ledger.take(task("root", "ticket-1", "refunds", trace="a"), call("c1", parent="root", trace="a"))
    ledger.take(call("c2", mine, trace="b", at=100))
    ledger.take(
        agent("helper", "helper", mine, trace="c", at=200), call("c3", parent="helper", trace="c", at=201)
    )
    (stands,) = ledger.tasks()
    assert (stands["calls"], stands["traces"], stands["workload"]) == (3, 3, "refunds")
    assert stands["agents"] == ["helper"]


def test_a_task_whose_end_moves_to_another_day_stands_once(ledger: Ledger) -> None:
    mine = {names.TASK_ID: "night"}
    for hours in (0, 13, 26, 5):
        ledger.take(call(f"c{hours}", mine, at=hours * HOUR))
        assert _ids(ledger) == ["night"]
    for apart in (0, 1):
        count = (
            f"SELECT count() FROM tasks FINAL SETTINGS do_not_merge_across_partitions_select_final = {apart}"
        )
        assert ledger.value(count) == 1
    assert ledger.task("night")["ended_at"].startswith("2026-10-08 14:00:01")


def test_a_conversation_idle_for_half_an_hour_is_the_next_task(ledger: Ledger) -> None:
    ledger.take(call("c1", TALK), call("c2", TALK, at=1700), call("c3", TALK, at=1700 + 1900))
    assert _charged(ledger, "c1", "c2", "c3") == ["talk", "talk", "talk~2"]
    assert [(row["task_id"], row["calls"]) for row in ledger.tasks()] == [("talk", 2), ("talk~2", 1)]


def test_a_late_call_bridges_the_pause(ledger: Ledger) -> None:
    ledger.take(call("c1", TALK))
    ledger.take(call("c2", TALK, at=1900, trace="u"), call("c3", TALK, at=9000, trace="v"))
    assert _ids(ledger) == ["talk", "talk~2", "talk~3"]
    ledger.take(call("late", TALK, at=950, trace="w"))
    assert [(row["task_id"], row["calls"]) for row in ledger.tasks()] == [("talk", 3), ("talk~2", 1)]
    assert ledger.value("SELECT sum(calls) FROM calls_rollup FINAL") == 4


def test_a_long_call_is_no_pause(ledger: Ledger) -> None:
    ledger.take(call("c1", TALK, took=2400), call("c2", TALK, at=2410))
    assert _ids(ledger) == ["talk"]


def test_the_pause_is_configuration(ledger: Ledger) -> None:
    ledger.configure("task_idle_minutes: 5")
    ledger.take(call("c1", TALK), call("c2", TALK, at=400))
    assert _ids(ledger) == ["talk", "talk~2"]


def test_labels_are_inherited_from_the_nearest_span_above(ledger: Ledger) -> None:
    far = {
        names.TENANT: "acme",
        names.ARCHITECTURE: "orchestrator",
        names.PROMPT_VERSION: "p1",
        names.CHANGE_COMMIT: "abc",
        names.CHANGE_PULL_REQUEST: "12",
        names.LATENCY_CLASS: "interactive",
        names.CASE_ID: "case-1",
        names.RUN_ID: "run-1",
    }
    near = {names.PROMPT_VERSION: "p2", names.AGENT_ROLE: "worker"}
    ledger.take(call("c1", {names.CHANGE_COMMIT: "def"}, parent="step", at=3))
    ledger.take(
        tool("step", "search", parent="helper", at=2), agent("helper", "helper", near, parent="root", at=1)
    )
    ledger.take(task("root", "ticket-1", "refunds", far))
    row = ledger.call("c1")
    wanted = (
        "refunds",
        "ticket-1",
        "acme",
        "orchestrator",
        "p2",
        "def",
        "12",
        "interactive",
        "case-1",
        "run-1",
    )
    fields = (
        "workload task_id tenant architecture prompt_version change pull_request latency_class case_id run_id"
    )
    assert tuple(row[field] for field in fields.split()) == wanted
    assert (row["agent"], row["agent_role"]) == ("helper", "worker")


def test_a_call_whose_parent_never_came_takes_the_only_task_of_its_trace(ledger: Ledger) -> None:
    ledger.take(call("lost", parent="never sent", at=1), task("root", "ticket-1", "refunds"))
    assert _charged(ledger, "lost") == ["ticket-1"]
    assert ledger.task("ticket-1")["workload"] == "refunds"


def test_a_call_without_any_label_is_charged_to_its_trace(ledger: Ledger) -> None:
    ledger.take(call("c1", trace="a"), call("c2", trace="b"))
    assert _ids(ledger) == sorted(row["trace_id"] for row in ledger.calls())


def test_a_task_without_calls_stands_and_costs_nothing(ledger: Ledger) -> None:
    ledger.take(task("root", "quiet", "refunds", error=True))
    row = ledger.task("quiet")
    assert (row["calls"], row["list_cost_usd"], row["status"], row["success"]) == (0, "0", "error", None)
    assert row["duration_s"] == 60.0


def test_times_of_a_task_span_everything_in_it(ledger: Ledger) -> None:
    ledger.take(
        task("root", "ticket-1", "refunds", at=10, took=5),
        call("early", {names.TASK_ID: "ticket-1"}, at=2, trace="u"),
        tool("late", "search", parent="root", at=30, took=4),
    )
    row = ledger.task("ticket-1")
    assert (row["started_at"], row["ended_at"]) == (
        f"{NOON:%Y-%m-%d} 12:00:02.000000",
        f"{NOON:%Y-%m-%d} 12:00:34.000000",
    )


def test_the_newest_outcome_holds_whenever_it_comes(ledger: Ledger) -> None:
    first = outcome(
        "o1",
        "ticket-1",
        {
            names.OUTCOME_SUCCESS: True,
            names.OUTCOME_CHECKER: "judge",
            names.OUTCOME_CHECKER_KIND: "model_judge",
            names.OUTCOME_USEFUL_UNITS: 3,
            names.TASK_UNIT: "tickets",
        },
        at=100,
    )
    revised = outcome(
        "o2", "ticket-1", {names.OUTCOME_SUCCESS: False, names.OUTCOME_CHECKER: "anna"}, at=9 * HOUR
    )
    ledger.take(revised)
    assert ledger.tasks() == []
    ledger.take(task("root", "ticket-1", "refunds"), call("c1", parent="root"))
    assert ledger.task("ticket-1")["success"] is False
    ledger.take(first)
    row = ledger.task("ticket-1")
    assert (row["success"], row["checker"], row["useful_units"], row["unit"]) == (
        False,
        "anna",
        3.0,
        "tickets",
    )
    assert row["ended_at"].startswith(f"{NOON:%Y-%m-%d} 12:01:00"), "a verdict does not prolong the task"


def test_an_outcome_on_the_root_itself(ledger: Ledger) -> None:
    said = {names.OUTCOME_SUCCESS: True, names.OUTCOME_USEFUL_UNITS: 0.0, names.TASK_UNIT: "fixes"}
    ledger.take(task("root", "ticket-1", "refunds", said), call("c1", parent="root"))
    row = ledger.task("ticket-1")
    assert (row["success"], row["useful_units"], row["unit"]) == (True, 0.0, "fixes")


def test_an_outcome_finds_a_task_that_is_named_by_its_conversation_or_trace(ledger: Ledger) -> None:
    ledger.take(call("c1", TALK), call("c2", TALK, at=5000, trace="u"), call("c3", trace="v"))
    by_trace = ledger.call("c3", "v")["task_id"]
    for number, named in enumerate(("talk", "talk~2", by_trace)):
        ledger.take(outcome(f"o{number}", named, {names.OUTCOME_SUCCESS: True}, at=9000))
    assert {row["task_id"]: row["success"] for row in ledger.tasks()} == {
        "talk": True,
        "talk~2": True,
        by_trace: True,
    }


def test_an_outcome_that_comes_first_waits_for_its_task(ledger: Ledger) -> None:
    ledger.take(outcome("o1", "talk", {names.OUTCOME_SUCCESS: False}))
    ledger.take(call("c1", TALK))
    assert ledger.task("talk")["success"] is False


def test_a_verdict_on_a_call_span_leaves_it_a_call(ledger: Ledger) -> None:
    said = {names.OUTCOME_SUCCESS: True, names.TASK_ID: "ticket-1"}
    ledger.take(call("c1", said))
    assert ledger.call("c1")["pricing_status"] == "priced"
    assert ledger.call("c1")["pricing_note"] == ""
    assert ledger.task("ticket-1")["success"] is True


def test_facts_of_a_task_come_from_its_calls(ledger: Ledger) -> None:
    mine = {names.TASK_ID: "ticket-1", names.TIER: "nano", names.RETRIES: 2}
    ledger.take(
        call("c1", {**mine, names.AGENT_NAME: "b"}, at=1, model="gpt-5-nano", provider="openai"),
        call("c2", {**mine, names.AGENT_NAME: "a", names.TIER: "premium"}, at=2, model=OPUS),
        call("c3", {**mine, names.TIER: "strange"}, at=3, error=True, tokens=(None,) * 5),
    )
    row = ledger.task("ticket-1")
    assert (row["calls"], row["failed_calls"], row["unpriced_calls"], row["retries"]) == (3, 1, 0, 6)
    assert (row["agents"], row["highest_tier"]) == (["a", "b"], "premium")
    assert row["tiers"] == ["nano", "premium", "strange"]
