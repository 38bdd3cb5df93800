"""Useful output: the query and its figures against pandas, and tasks without an outcome apart."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from analytics.figures.numbers import usd
from analytics.spend.useful import UsefulRow, bounds, figures, total_of, unit_lines, verdict
from dashboard.charts.theme import LIGHT
from dashboard.charts.zoom import target
from dashboard.data.pages import Filters
from dashboard.views.useful import FEW_TASKS, cost_course, outcome_bars
from tests.dashboard.conftest import NOW
from tests.dashboard.engine import TestLedger
from tests.dashboard.payloads import figure, table
from tests.dashboard.seed import Traffic, traffic
from tests.dashboard.test_pages import _words
from tests.dashboard.test_queries import FILTERS, WINDOWS, _chosen_tasks, _parameters, _periods

Open = Callable[..., AppTest]
TOKENS = {"fresh_input_tokens", "cache_read_tokens", "cache_write_tokens", "output_tokens"}


@pytest.fixture(scope="module")
def tasks(four_weeks: Traffic) -> pd.DataFrame:
    frame = pd.DataFrame(four_weeks.tasks)
    frame["cost"] = frame["list_cost_usd"].astype(float)
    frame["all_tokens"] = frame[sorted(TOKENS & set(frame.columns))].astype(float).sum(axis=1)
    frame["has_outcome"] = frame["success"].notna() | frame["useful_units"].notna()
    stated = frame["useful_units"].astype(float)
    frame["made"] = stated.where(stated.notna(), (frame["success"] == True).astype(float))  # noqa: E712
    return frame


@pytest.mark.parametrize("window", WINDOWS, ids=lambda window: str(window.length))
@pytest.mark.parametrize("filters", FILTERS, ids=str)
def test_sums_equal_pandas(filled: TestLedger, tasks: pd.DataFrame, window: object, filters: Filters) -> None:
    rows = filled.rows("useful_output", UsefulRow, _parameters(window, filters))  # type: ignore[arg-type]  # a window
    chosen = _chosen_tasks(tasks, filters)
    for number, _, frame in _periods(chosen, "ended_at", window):  # type: ignore[arg-type]  # a window
        mine = [row for row in rows if row.period == number]
        if frame.empty:
            assert mine == []
            continue
        groups = {("", ""): frame} | dict(list(frame.groupby(["workload", "unit"])))
        for row in (row for row in mine if row.part != "bucket"):
            part = groups[row.workload, row.unit]
            done = part[part["has_outcome"]]
            assert (row.tasks, row.with_outcome) == (len(part), len(done))
            assert row.judged == part["success"].notna().sum()
            assert row.successes == (part["success"] == True).sum()  # noqa: E712
            assert row.cost_usd == pytest.approx(done["cost"].sum())
            assert row.tokens == done["all_tokens"].sum()
            assert row.units == pytest.approx(done["made"].sum())
            assert row.failed_usd == pytest.approx(part.loc[part["success"] == False, "cost"].sum())  # noqa: E712
            assert row.open_usd == pytest.approx(part.loc[~part["has_outcome"], "cost"].sum())
            assert row.cost2 == pytest.approx((done["cost"] ** 2).sum())
            assert row.cost_units == pytest.approx((done["cost"] * done["made"]).sum())
            assert row.units2 == pytest.approx((done["made"] ** 2).sum())
        buckets = [row for row in mine if row.part == "bucket"]
        assert sum(row.tasks for row in buckets) == len(frame)
        assert sum(row.units for row in buckets) == pytest.approx(
            frame.loc[frame["has_outcome"], "made"].sum()
        )


def test_interval_is_near_that_of_a_bootstrap(filled: TestLedger, tasks: pd.DataFrame) -> None:
    window = WINDOWS[2]
    now = total_of(filled.rows("useful_output", UsefulRow, _parameters(window, Filters())), 0)
    assert now is not None
    frame = next(_periods(tasks, "ended_at", window))[2]
    done = frame[frame["has_outcome"]]
    cost, made = done["cost"].to_numpy(), done["made"].to_numpy()
    rng = np.random.default_rng(3)
    picks = rng.integers(0, len(cost), (2000, len(cost)))
    spread = np.log(cost[picks].sum(axis=1) / made[picks].sum(axis=1)).std()
    assert now.cost_per_unit.value == pytest.approx(cost.sum() / made.sum())
    assert now.cost_per_unit.error == pytest.approx(spread, rel=0.15)
    around = bounds(now.cost_per_unit)
    assert around is not None
    assert around[0] < (now.cost_per_unit.value or 0) < around[1]


def test_tasks_without_an_outcome_change_no_figure_but_their_own(filled: TestLedger) -> None:
    rows = filled.rows("useful_output", UsefulRow, _parameters(WINDOWS[2], Filters()))
    now = total_of(rows, 0)
    assert now is not None
    assert now.open_tasks > 0
    shown = {one.key: one for one in figures(rows, covered=True)}
    assert shown["open"].text.startswith(str(now.open_tasks))
    assert shown["cost"].text == usd(now.cost_usd / now.units)
    assert "have no outcome yet and stand apart" in "".join(
        piece.text for piece in verdict(rows, [*shown.values()])
    )
    assert sum(line.now.tasks for line in unit_lines(rows, covered=True)) == now.tasks


def test_bars_split_tasks_by_outcome_and_lead_to_them(filled: TestLedger) -> None:
    window = WINDOWS[2]
    rows = filled.rows("useful_output", UsefulRow, _parameters(window, Filters()))
    now = total_of(rows, 0)
    assert now is not None
    bars = outcome_bars(window, rows, LIGHT)
    assert sum(value or 0 for trace in bars.data for value in trace["y"]) == now.tasks
    names = [trace["name"] for trace in bars.data]
    assert {"success", "failure"} <= set(names)
    to = target(bars, window, names.index("failure"), 2)
    assert to is not None
    assert to["only"] == "failed"
    told = [value for value in cost_course(window, rows, LIGHT).data[-1]["y"] if value is not None]
    wanted = [
        row.cost_per_unit.value
        for row in sorted(rows, key=lambda row: row.bucket)
        if row.part == "bucket" and row.period == 0 and row.with_outcome >= FEW_TASKS and row.units
    ]
    assert told == pytest.approx(wanted)


def test_page_shows_units_by_workload(full: TestLedger, open_page: Open) -> None:
    test = open_page("useful")
    assert not test.exception
    assert figure(test, "cost")["known"]
    rows = table(test, "Units by workload")
    assert len({row["cells"][0]["text"] for row in rows}) > 2
    assert "of judged tasks succeeded" in _words(test)


def test_page_without_any_outcome_says_what_to_do(ledger: TestLedger, open_page: Open) -> None:
    made = traffic(8, NOW, days=2, tasks=40)
    for task in made.tasks:
        task.update(success=None, useful_units=None, unit="")
    ledger.fill(made)
    test = open_page("useful")
    assert not test.exception
    assert "No task of the period has an outcome yet" in _words(test)
    assert figure(test, "cost")["text"] == "–"
    assert figure(test, "success")["text"] == "–"
    assert figure(test, "open")["text"] == "40 tasks"


def test_what_has_no_outcome_yet_stands_with_the_only_unit_of_its_workload() -> None:
    def row(workload: str, unit: str, tasks: int, judged: int) -> UsefulRow:
        return UsefulRow(
            "unit", 0, 0, workload, unit, tasks, judged, judged, judged, 0, float(judged), 0.0, 10.0, float(judged),
            float(tasks - judged), 0.0, 0.0, 0.0, 0.0, 0.0,
        )  # fmt: skip

    rows = [
        row("one", "ticket", 5, 5), row("one", "", 3, 0),
        row("two", "page", 4, 4), row("two", "page checked", 2, 2), row("two", "", 1, 0),
        row("bare", "", 6, 6),
    ]  # fmt: skip
    found = {
        (line.now.workload, line.now.unit): (line.now.tasks, line.now.open_tasks)
        for line in unit_lines(rows, covered=True)
    }
    assert found == {
        ("one", "ticket"): (8, 3), ("two", "page"): (4, 0), ("two", "page checked"): (2, 0), ("two", ""): (1, 1),
        ("bare", ""): (6, 0),
    }  # fmt: skip
