"""The sentences that open the overview."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from analytics.overview import CallSums, Figure, Period, figures
from analytics.rows import CallWorkload, TaskTotals, TaskWorkload
from analytics.verdict import verdict

TASKS = TaskTotals(
    period=0, tasks=1000, unpriced_tasks=0, unpriced_calls=0, cost_usd=100.0, abandoned_usd=1.0, successes=900,
    judged=1000, escalations=100, attempts=1000, with_outcome=1000, outcome_cost_usd=100.0, units_made=900.0,
    units=("ticket",), priced_tasks=1000,
    cost_levels_usd=(0.08, 0.09, 0.095, 0.10, 0.105, 0.11, 0.13, 0.4, 0.45, 0.5, 0.6, 0.8),
    sketched=0,
)  # fmt: skip
CALLS = CallSums(calls=5000, spend_usd=100.0, cache_read=500, cache_known=1000, cache_error=0.001)


def _workload(name: str, now: float, before: float) -> CallWorkload:
    return CallWorkload(name, 100, now, before, 0, 0, 0, (), ())


def _said(
    shown: list[Figure],
    workloads: list[CallWorkload],
    tasks: Sequence[TaskWorkload] = (),
    covered: bool = True,
) -> str:
    pieces = verdict(shown, workloads, tasks, "the 7 days before", covered=covered)
    return "".join(piece.text for piece in pieces)


def _tasks(period: int, name: str, times: float) -> TaskWorkload:
    levels = tuple(level * times for level in TASKS.cost_levels_usd)
    return TaskWorkload(period, name, 1000, 1000, levels, 100.0 * times, 0, 0, 0, 0, 0, 0.0, 0.0)


def test_a_quiet_week() -> None:
    period = Period(TASKS, CALLS)
    said = _said(figures(period, period, covered=True), [_workload("a", 100, 100)])
    assert (
        said
        == "Spend $100.00, ±0 % on the 7 days before. No other figure moved by more than chance explains."
    )


def test_a_rise_names_its_workload() -> None:
    now = Period(TASKS, replace(CALLS, spend_usd=150.0))
    said = _said(
        figures(now, Period(TASKS, CALLS), covered=True), [_workload("a", 95, 50), _workload("b", 55, 50)]
    )
    assert said.startswith("Spend $150.00, +50 % on the 7 days before; a explains 90.0 % of the rise. ")


def test_a_workload_that_rose_more_than_all_together() -> None:
    now = Period(TASKS, replace(CALLS, spend_usd=110.0))
    said = _said(
        figures(now, Period(TASKS, CALLS), covered=True), [_workload("a", 80, 50), _workload("b", 30, 50)]
    )
    assert "a alone rose by $30.00" in said


def test_dearer_tails_are_told_from_dearer_tasks() -> None:
    levels = (*TASKS.cost_levels_usd[:7], 0.8, 0.9, 1.0, 1.2, 1.6)
    now = Period(replace(TASKS, cost_levels_usd=levels), CALLS)
    said = _said(figures(now, Period(TASKS, CALLS), covered=True), [])
    assert "P95 per task +100 % to $1.00 while P50 did not rise: a few tasks got dearer." in said


def test_a_dearer_workload_in_a_quiet_total_is_named() -> None:
    period = Period(TASKS, CALLS)
    tasks = [_tasks(0, "a", 1.4), _tasks(1, "a", 1.0), _tasks(0, "b", 1.0), _tasks(1, "b", 1.4)]
    said = _said(
        figures(period, period, covered=True), [_workload("a", 140, 100), _workload("b", 100, 140)], tasks
    )
    assert said.endswith(
        "Underneath, a got dearer: P95 +40 % to $0.700, $40.00 more than the same tasks cost before."
    )
    assert " b " not in said


def test_no_comparison_is_explained() -> None:
    period = Period(TASKS, CALLS)
    said = _said(figures(period, Period(None, CallSums()), covered=False), [])
    assert said.startswith("Spend $100.00; no comparison: the ledger does not reach back")


def test_tasks_without_an_outcome_are_named_and_left_out() -> None:
    waiting = replace(
        TASKS, with_outcome=800, outcome_cost_usd=80.0, judged=800, successes=720, units_made=720.0
    )
    shown = {
        figure.key: figure
        for figure in figures(
            Period(waiting, CALLS, ((40.0, 360.0), (40.0, 360.0))), Period(TASKS, CALLS), covered=True
        )
    }
    assert shown["useful"].text == "$0.111"
    assert "200 tasks without an outcome yet ($20.00) not in it" in shown["useful"].unknown
    assert shown["success"].text == "90.0 %"
    assert "200 tasks without a verdict" in shown["success"].unknown
