"""The queries' numbers beside an independent pandas calculation from the raw calls and tasks."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest

from analytics import rows
from analytics.figures.estimates import LEVELS
from analytics.periods import Window, absolute_window, iso
from dashboard.data.client import Parameter
from dashboard.data.pages import SAMPLE_ABOVE, Filters
from dashboard.parts.narrowing import Narrowing
from sql import catalogue
from tests.dashboard.conftest import NOW
from tests.dashboard.engine import TestLedger
from tests.dashboard.seed import Traffic

ROW_TYPES = {
    "ledger_status": rows.LedgerStatus, "filter_values": rows.FilterValue, "task_totals": rows.TaskTotals,
    "task_trend": rows.TaskBucket, "task_workloads": rows.TaskWorkload, "call_trend": rows.CallBucket,
    "call_workloads": rows.CallWorkload, "call_models": rows.CallModel, "unpriced_calls": rows.UnpricedCalls,
    "task_histogram": rows.HistogramBar, "task_hours": rows.TaskHours, "task_list": rows.TaskRow,
    "task": rows.TaskDetail,
    "task_calls": rows.CallDetail, "task_spans": rows.SpanDetail,
}  # fmt: skip
FILTERS = (
    Filters(),
    Filters(workload=("support-triage",)),
    Filters(model=("gpt-5.2",), tier=("premium",)),
    Filters(workload=("coding-session", "nightly-batch"), environment=("production",)),
)


# Bounds inside a minute would cut rollup rows in two.
def _window(days: float, ago_days: float = 0) -> Window:
    to = NOW.replace(second=0) - timedelta(days=ago_days)
    return absolute_window(iso(to - timedelta(days=days)), iso(to), NOW)


WINDOWS = (_window(7), _window(1, 3.5), _window(14), _window(0.25, 0.5))


def _parameters(window: Window, filters: Filters) -> dict[str, Parameter]:
    return {
        "previous_from": window.previous, "from_": window.from_, "to_": window.to, "step_s": window.step_s,
        "sample_above": SAMPLE_ABOVE, **filters.parameters(),
    }  # fmt: skip


@pytest.fixture(scope="module")
def tasks(four_weeks: Traffic) -> pd.DataFrame:
    frame = pd.DataFrame(four_weeks.tasks)
    frame["cost"] = frame["list_cost_usd"].astype(float)
    frame["outcome"] = frame["success"].notna() | frame["useful_units"].notna()
    return frame


@pytest.fixture(scope="module")
def calls(four_weeks: Traffic) -> pd.DataFrame:
    frame = pd.DataFrame(four_weeks.calls)
    frame["cost"] = frame["list_cost_usd"].map(lambda cost: float(cost or 0))
    parts = ["fresh_input_tokens", "cache_read_tokens", "cache_write_short_tokens", "cache_write_long_tokens"]
    frame["known"] = np.where(frame["cache_read_tokens"].notna(), frame[parts].fillna(0).sum(axis=1), 0)
    return frame


def _chosen_tasks(tasks: pd.DataFrame, filters: Filters) -> pd.DataFrame:
    keep = pd.Series(True, index=tasks.index)
    for name, column in (("workload", "workload"), ("environment", "environment")):
        if getattr(filters, name):
            keep &= tasks[column].isin(getattr(filters, name))
    for name, column in (("model", "models"), ("agent", "agents"), ("tier", "tiers")):
        wanted = set(getattr(filters, name))
        if wanted:
            keep &= tasks[column].map(lambda values, wanted=wanted: bool(wanted & set(values)))
    return tasks[keep]


def _chosen_calls(calls: pd.DataFrame, filters: Filters) -> pd.DataFrame:
    keep = pd.Series(True, index=calls.index)
    columns = {"workload": "workload", "model": "response_model", "agent": "agent", "tier": "tier"}
    for name, column in columns.items():
        if getattr(filters, name):
            keep &= calls[column].isin(getattr(filters, name))
    return calls[keep]


def _periods(
    frame: pd.DataFrame, column: str, window: Window
) -> Iterator[tuple[int, datetime, pd.DataFrame]]:
    for number, from_, to in ((0, window.from_, window.to), (1, window.previous, window.from_)):
        yield number, from_, frame[(frame[column] >= from_) & (frame[column] < to)]


@pytest.mark.parametrize("name", sorted(ROW_TYPES))
def test_row_type_names_the_columns_of_its_query(name: str) -> None:
    told = [re.match(r"\w+", column.strip()) for column in catalogue.query(name).columns.split(";")]
    assert {match[0] for match in told if match} == {
        field.name
        for field in dataclasses.fields(ROW_TYPES[name])  # type: ignore[arg-type]  # dataclasses all
    }


def test_every_query_has_a_row_type() -> None:
    assert set(catalogue.names("queries")) >= set(ROW_TYPES)


@pytest.mark.parametrize("window", WINDOWS, ids=lambda window: str(window.length))
@pytest.mark.parametrize("filters", FILTERS, ids=str)
def test_task_totals(filled: TestLedger, tasks: pd.DataFrame, window: Window, filters: Filters) -> None:
    found = {
        row.period: row for row in filled.rows("task_totals", rows.TaskTotals, _parameters(window, filters))
    }
    for number, _, frame in _periods(_chosen_tasks(tasks, filters), "ended_at", window):
        if frame.empty:
            assert number not in found
            continue
        row = found[number]
        priced = frame[frame["unpriced_calls"] == 0]
        done = frame[frame["outcome"]]
        assert row.tasks == len(frame)
        assert row.priced_tasks == len(priced)
        assert row.unpriced_tasks == len(frame) - len(priced)
        assert row.cost_usd == pytest.approx(float(sum(frame["list_cost_usd"], Decimal(0))), rel=1e-12)
        assert row.cost_levels_usd == pytest.approx(np.quantile(priced["cost"], LEVELS), rel=1e-9)
        assert row.judged == frame["success"].notna().sum()
        assert row.successes == (frame["success"] == True).sum()  # noqa: E712  # the column holds None too
        assert row.escalations == frame["escalations"].sum()
        assert row.attempts == frame["attempts"].sum()
        assert row.with_outcome == len(done)
        assert row.outcome_cost_usd == pytest.approx(done["cost"].sum())
        assert row.units_made == pytest.approx(done["useful_units"].fillna(0).sum())
        assert row.units == tuple(sorted(set(frame["unit"]) - {""}))
        assert not row.sketched


@pytest.mark.parametrize("window", WINDOWS, ids=lambda window: str(window.length))
def test_task_trend(filled: TestLedger, tasks: pd.DataFrame, window: Window) -> None:
    found = filled.rows("task_trend", rows.TaskBucket, _parameters(window, Filters()))
    by_place = {(row.period, row.bucket): row for row in found}
    expected = 0
    for number, from_, frame in _periods(tasks, "ended_at", window):
        buckets = ((frame["ended_at"] - from_).dt.total_seconds() // window.step_s).astype(int)
        for bucket, part in frame.groupby(buckets):
            expected += 1
            row = by_place[number, int(str(bucket))]
            assert row.tasks == len(part)
            priced = part[part["unpriced_calls"] == 0]["cost"]
            assert row.priced_tasks == len(priced)
            if len(priced):
                assert (row.p50_usd, row.p95_usd) == pytest.approx(tuple(np.quantile(priced, (0.5, 0.95))))
    assert len(found) == expected


@pytest.mark.parametrize("filters", FILTERS, ids=str)
def test_task_workloads(filled: TestLedger, tasks: pd.DataFrame, filters: Filters) -> None:
    window = WINDOWS[0]
    found = filled.rows("task_workloads", rows.TaskWorkload, _parameters(window, filters))
    by_name = {(row.period, row.workload): row for row in found}
    expected = 0
    for number, _, frame in _periods(_chosen_tasks(tasks, filters), "ended_at", window):
        for name, part in frame.groupby("workload"):
            expected += 1
            row = by_name[number, str(name)]
            priced = part[part["unpriced_calls"] == 0]["cost"]
            assert row.tasks == len(part)
            assert row.cost_usd == pytest.approx(part["cost"].sum())
            assert row.cost_levels_usd == pytest.approx(np.quantile(priced, LEVELS), rel=1e-9)
    assert len(found) == expected


@pytest.mark.parametrize("window", WINDOWS, ids=lambda window: str(window.length))
@pytest.mark.parametrize("filters", FILTERS, ids=str)
def test_calls_over_time_and_by_workload(
    filled: TestLedger, calls: pd.DataFrame, window: Window, filters: Filters
) -> None:
    given = _parameters(window, filters)
    trend = filled.rows("call_trend", rows.CallBucket, given)
    workloads = filled.rows("call_workloads", rows.CallWorkload, given)
    chosen = _chosen_calls(calls, filters)
    for number, _, frame in _periods(chosen, "started_at", window):
        mine = [row for row in trend if row.period == number]
        assert sum(row.calls for row in mine) == len(frame)
        assert sum(row.unpriced for row in mine) == frame["list_cost_usd"].isna().sum()
        assert sum(row.spend_usd for row in mine) == pytest.approx(frame["cost"].sum())
        assert sum(row.cache_read for row in mine) == frame["cache_read_tokens"].fillna(0).sum()
        assert sum(row.cache_known for row in mine) == frame["known"].sum()
        if number == 0:
            by_name = {row.workload: row for row in workloads if row.calls}
            assert set(by_name) == set(frame["workload"])
            for name, part in frame.groupby("workload"):
                row = by_name[str(name)]
                assert row.calls == len(part)
                assert row.spend_usd == pytest.approx(part["cost"].sum())
                assert sum(row.spends_usd) == pytest.approx(row.spend_usd)
                assert max(row.buckets) < window.buckets
        else:
            assert sum(row.previous_spend_usd for row in workloads) == pytest.approx(frame["cost"].sum())


@pytest.mark.parametrize("filters", FILTERS, ids=str)
def test_models_and_unpriced(filled: TestLedger, calls: pd.DataFrame, filters: Filters) -> None:
    window = WINDOWS[2]
    given = _parameters(window, filters)
    frame = next(_periods(_chosen_calls(calls, filters), "started_at", window))[2]
    models = filled.rows("call_models", rows.CallModel, given)
    assert sum(row.calls for row in models) == len(frame)
    assert sum(row.spend_usd for row in models) == pytest.approx(frame["cost"].sum())
    unpriced = frame[frame["list_cost_usd"].isna()]
    found = filled.rows("unpriced_calls", rows.UnpricedCalls, given)
    assert sum(row.calls for row in found) == len(unpriced)
    assert {(row.model, row.pricing_status) for row in found} == set(
        zip(unpriced["response_model"], unpriced["pricing_status"], strict=True)
    )


@pytest.mark.parametrize(
    ("sort_by", "column"), [("cost", "list_cost_usd"), ("latest", "ended_at"), ("duration", "duration_s")]
)
def test_task_list(filled: TestLedger, tasks: pd.DataFrame, sort_by: str, column: str) -> None:
    window = WINDOWS[0]
    given = {**_parameters(window, FILTERS[1]), "search": "", "only_": "", "sort_by": sort_by, "limit_": 20}
    given.update(Narrowing().parameters())
    found = filled.rows("task_list", rows.TaskRow, given)
    frame = next(_periods(_chosen_tasks(tasks, FILTERS[1]), "ended_at", window))[2]
    wanted = frame.sort_values(column, ascending=False).head(20)
    assert [row.task_id for row in found] == list(wanted["task_id"])
    assert [Decimal(row.cost_text) for row in found] == list(wanted["list_cost_usd"])
    part = {**given, "search": found[3].task_id[-5:].upper()}
    assert found[3].task_id in [row.task_id for row in filled.rows("task_list", rows.TaskRow, part)]


def test_histogram_holds_every_priced_task(filled: TestLedger, tasks: pd.DataFrame) -> None:
    window = WINDOWS[2]
    found = filled.rows("task_histogram", rows.HistogramBar, _parameters(window, Filters()))
    frame = next(_periods(tasks, "ended_at", window))[2]
    priced = frame[(frame["unpriced_calls"] == 0) & (frame["cost"] > 0)]
    assert sum(bar.tasks for bar in found) == len(priced)
    for bar in found:
        inside = priced[
            (priced["cost"] >= 10 ** (bar.step / 10)) & (priced["cost"] < 10 ** ((bar.step + 1) / 10))
        ]
        assert abs(len(inside) - bar.tasks) <= 1


def test_one_task_with_its_calls_and_spans(filled: TestLedger, four_weeks: Traffic) -> None:
    wanted = next(task for task in four_weeks.tasks if task["workload"] == "research-planner")
    task = filled.rows("task", rows.TaskDetail, {"task_id": wanted["task_id"]})[0]
    assert Decimal(task.cost_text) == wanted["list_cost_usd"]
    given: dict[str, Any] = {"task_id": task.task_id, "from_": task.started_at, "to_": task.ended_at}
    calls = filled.rows("task_calls", rows.CallDetail, given)
    assert len(calls) == task.calls
    assert sum(Decimal(call.cost_text or 0) for call in calls) == wanted["list_cost_usd"]
    spans = filled.rows("task_spans", rows.SpanDetail, given)
    assert {span.span_id for span in spans} == {
        span["span_id"] for span in four_weeks.spans if span["task_id"] == task.task_id
    }


def test_a_replaced_task_counts_once_where_it_ends_now(ledger: TestLedger, four_weeks: Traffic) -> None:
    """The newest version lies after the window, in a part of its own: the older one must not stand in."""
    ledger.admin.command(f"SYSTEM STOP MERGES {ledger.database}.tasks")
    day = NOW.replace(hour=0, minute=0, second=0) - timedelta(days=2)
    task = dict(four_weeks.tasks[0], started_at=day + timedelta(hours=1))
    ledger.insert("tasks", [dict(task, ended_at=day + timedelta(hours=2), version=1)])
    ledger.insert("tasks", [dict(task, ended_at=day + timedelta(hours=9), version=2)])
    early = absolute_window(iso(day), iso(day + timedelta(hours=4)), NOW)
    late = absolute_window(iso(day + timedelta(hours=4)), iso(day + timedelta(hours=12)), NOW)
    assert ledger.rows("task_totals", rows.TaskTotals, _parameters(early, Filters())) == []
    found = ledger.rows("task_totals", rows.TaskTotals, _parameters(late, Filters()))
    assert [(row.period, row.tasks) for row in found] == [(0, 1)]


@pytest.mark.slow
def test_above_a_million_tasks_levels_are_within_a_percent(ledger: TestLedger) -> None:
    """A filter that every task passes asks for the same levels exactly."""
    ledger.admin.command(f"SYSTEM STOP MERGES {ledger.database}.tasks")
    ledger.admin.command(
        f"INSERT INTO {ledger.database}.tasks (task_id, workload, ended_at, list_cost_usd, version) "
        "SELECT toString(number), 'w', toDateTime64('2026-11-19 00:00:00', 6, 'UTC') + number / 100, "
        "exp(0.9 * randNormal(0, 1)) * 0.05 * (1 + number % 12), 1 FROM numbers(1100000) "
        # Small parts: one of 70 columns in files of their own takes 300 MiB to write, and other tests need their share.
        "SETTINGS max_block_size = 10000, min_insert_block_size_rows = 10000, max_threads = 1"
    )
    window = absolute_window("2026-11-19T00:00:00Z", "2026-11-20T00:00:00Z", NOW)
    sketch = ledger.rows("task_totals", rows.TaskTotals, _parameters(window, Filters()))[0]
    exact = ledger.rows("task_totals", rows.TaskTotals, _parameters(window, Filters(workload=("w",))))[0]
    assert (sketch.tasks, sketch.sketched, exact.sketched) == (1_100_000, 1, 0)
    assert sketch.cost_levels_usd == pytest.approx(exact.cost_levels_usd, rel=0.01)


def test_an_empty_ledger_answers_every_query(ledger: TestLedger) -> None:
    given: dict[str, Parameter] = {
        **_parameters(WINDOWS[0], Filters()), "search": "", "only_": "", "sort_by": "cost", "limit_": 5, "task_id": "x",
        "width_h": 3, **Narrowing().parameters(),
    }  # fmt: skip
    for name, row_type in ROW_TYPES.items():
        found = ledger.rows(name, row_type, given)  # type: ignore[type-var]  # any of the row types
        if name == "ledger_status":
            assert dataclasses.astuple(found[0])[:7] == (0, None, None, 0, None, None, "")  # type: ignore[call-overload]  # a dataclass
        else:
            assert found == []
