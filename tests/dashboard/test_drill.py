"""A click on a chart: every bar and point leads to exactly the tasks that it stands for."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from analytics.periods import Window, absolute_window, iso
from analytics.rows import HistogramBar, TaskBucket, TaskFigures
from analytics.spend.escalation import EscalationDepth
from dashboard.charts.figures import cost_spread, cost_trend
from dashboard.charts.heat import FEWEST, heat_map, heat_window, spoken_heat, width_of
from dashboard.charts.lines import Series, bars, ranked
from dashboard.charts.plain import Chart, bar
from dashboard.charts.theme import LIGHT
from dashboard.charts.zoom import target
from dashboard.data import pages as data
from dashboard.data.pages import Filters
from dashboard.parts.narrowing import Narrowing, read_narrowing
from dashboard.views.escalation import depth_chart
from tests.dashboard.conftest import NOW
from tests.dashboard.engine import TestLedger
from tests.dashboard.payloads import table
from tests.dashboard.seed import Traffic
from tests.dashboard.test_queries import _parameters

Open = Callable[..., AppTest]
TO = NOW.replace(second=0)
WEEK = absolute_window(iso(TO - timedelta(days=7)), iso(TO), NOW)


@pytest.fixture(scope="module")
def tasks(four_weeks: Traffic) -> pd.DataFrame:
    frame = pd.DataFrame(four_weeks.tasks)
    frame["cost"] = frame["list_cost_usd"].astype(float)
    return frame[(frame["ended_at"] >= WEEK.from_) & (frame["ended_at"] < WEEK.to)]


def _said(blocks: Any) -> str:
    return "\n".join(str(one.value) for one in blocks).replace("\\", "").replace("\u00a0", " ")


def _behind(figure: Chart, curve: int, point: int, window: Window | None = None) -> set[str]:
    """Tasks of the address that a click on the point leads to."""
    to = target(figure, window, curve, point)
    assert to is not None
    shown = absolute_window(to["from"], to["to"], NOW) if "from" in to else WEEK
    narrowing, faults = read_narrowing({name: str(value) for name, value in to.items() if value})
    assert faults == []
    named = to.get("workload")
    filters = Filters(workload=tuple([named] if isinstance(named, str) else named or ()))
    return {row.task_id for row in data.tasks(shown, filters, "", "cost", data.MOST_TASKS, "", narrowing)}


def test_a_bar_of_the_spread_leads_to_the_tasks_of_that_cost(full: TestLedger, tasks: pd.DataFrame) -> None:
    bars = full.rows("task_histogram", HistogramBar, _parameters(WEEK, Filters()))
    figure = cost_spread(bars, (), LIGHT)
    first = bars[0].step
    for one in bars:
        assert len(_behind(figure, 0, one.step - first)) == min(one.tasks, data.MOST_TASKS)
    gaps = set(range(first, bars[-1].step)) - {one.step for one in bars}
    assert all(target(figure, None, 0, step - first) is None for step in gaps)


def test_a_point_of_the_trend_leads_to_its_bucket_now_or_before(
    full: TestLedger, four_weeks: Traffic
) -> None:
    rows = [
        row.bucket_row()
        for row in full.rows("task_figures", TaskFigures, _parameters(WEEK, Filters()))
        if row.part == "bucket"
    ]
    figure = cost_trend(WEEK, rows, LIGHT)
    assert len(figure.data) == 4
    for curve, period in ((0, 1), (3, 0)):
        row = next(one for one in rows if one.period == period and one.tasks > 2)
        start = (WEEK.previous if period else WEEK.from_) + timedelta(seconds=WEEK.step_s * row.bucket)
        wanted = {
            task["task_id"]
            for task in four_weeks.tasks
            if start <= task["ended_at"] < start + timedelta(seconds=WEEK.step_s)
        }
        assert _behind(figure, curve, row.bucket, WEEK) == wanted
        assert len(wanted) == row.tasks


def test_a_bar_of_escalations_leads_to_tasks_that_went_as_far(full: TestLedger, tasks: pd.DataFrame) -> None:
    rows = full.rows("escalation_depth", EscalationDepth, _parameters(WEEK, Filters()))
    mine = [row for row in rows if row.period == 0 and row.p50_usd is not None]
    figure = depth_chart(rows, LIGHT)
    for place, row in enumerate(mine):
        wanted = tasks[
            (tasks["attempts"] > 0)
            & (tasks["escalations"].clip(upper=3) == row.depth)
            & (tasks["highest_tier"] == row.tier)
        ]
        assert _behind(figure, 0, place) == set(wanted["task_id"])
        assert len(wanted) == row.tasks


@pytest.mark.parametrize("width", [1, 4, 6])
def test_heat_map_equals_pandas_and_leads_to_its_tasks(
    full: TestLedger, tasks: pd.DataFrame, width: int
) -> None:
    rows = data.hours(WEEK, Filters(), width)
    day, hour = tasks["ended_at"].dt.date, tasks["ended_at"].dt.hour // width * width
    wanted = dict(list(tasks.groupby([day, hour])))
    assert {(row.day, row.hour) for row in rows} == set(wanted)
    for row in rows:
        part = wanted[row.day, row.hour]
        priced = part[part["unpriced_calls"] == 0]["cost"]
        assert (row.tasks, row.priced_tasks) == (len(part), len(priced))
        if len(priced):
            assert row.p95_usd == pytest.approx(np.quantile(priced, 0.95))
            assert row.p50_usd == pytest.approx(np.quantile(priced, 0.5))
        assert row.cost_usd == pytest.approx(part["cost"].sum())
    figure = heat_map(WEEK, rows, width, LIGHT)
    told = [row for row in rows if row.priced_tasks >= FEWEST]
    few = [row for row in rows if row.priced_tasks < FEWEST]
    for curve, mine in ((0, few), (1, told)):
        assert len(figure.data[curve]["x"]) == len(mine)
        for place in {0, len(mine) - 1} if mine else ():
            row = mine[place]
            assert _behind(figure, curve, place) == set(wanted[row.day, row.hour]["task_id"])
    if told:
        assert spoken_heat(rows, width).count("$") == 2


def test_cells_are_as_wide_as_a_p95_needs() -> None:
    assert width_of(WEEK, 168 * 30) == 1
    assert width_of(WEEK, 168 * 10) == 3
    assert width_of(WEEK, 1) == 6
    assert heat_window(absolute_window(iso(TO - timedelta(hours=30)), iso(TO), NOW)) is None
    long = heat_window(absolute_window(iso(TO - timedelta(days=90)), iso(TO), NOW))
    assert long is not None
    assert long.to - long.from_ == timedelta(days=31)
    empty = heat_map(WEEK, [], 6, LIGHT)
    assert [len(trace["x"]) for trace in empty.data] == [0, 0]


def test_a_click_elsewhere_leads_nowhere() -> None:
    rows = [TaskBucket(0, 3, 5, 5, 0.1, 0.2, 0, 0, 0, 0, 0, 0.0, 0.0)]
    figure = cost_trend(WEEK, rows, LIGHT)
    assert target(figure, None, 0, 0) == {"sort": "cost"}
    assert target(figure, WEEK, 7, 0) is None
    assert target(Chart([bar(x=[1], y=[2])]), None, 0, 0) is None


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ({"cost": "0.01..0.5"}, Narrowing(least_usd=0.01, most_usd=0.5)),
        ({"cost": "2.."}, Narrowing(least_usd=2.0)),
        ({"cost": "..3e-4"}, Narrowing(most_usd=3e-4)),
        ({"depth": "9"}, Narrowing(depth=3)),
        ({"calls": "12", "top": "premium"}, Narrowing(least_calls=12, top="premium")),
        ({"prompt_version": "v7"}, Narrowing(kind="prompt_version", value="v7")),
    ],
)
def test_narrowing_reads_an_address(given: dict[str, str], wanted: Narrowing) -> None:
    found, faults = read_narrowing(given)
    assert (found, faults) == (wanted, [])
    assert len(found.words()) == len(given)


@pytest.mark.parametrize("text", ["cheap", "5", "3..1", "-1..2", "nan..inf", "1..x", "0x1..2"])
def test_nonsense_in_a_narrowing_counts_as_none_and_is_said(text: str) -> None:
    found, faults = read_narrowing({"cost": text, "depth": "many", "calls": "1e9"})
    assert found == Narrowing()
    assert [fault.split("”")[0] for fault in faults] == ["“cost", "“depth", "“calls"]
    assert math.isinf(found.most_usd)


def test_tasks_page_shows_what_it_is_narrowed_to(
    full: TestLedger, tasks: pd.DataFrame, open_page: Open
) -> None:
    low, high = sorted(tasks["cost"])[3], sorted(tasks["cost"])[40]
    known = tasks[tasks["unpriced_calls"] == 0]
    wanted = known[(known["cost"] >= low) & (known["cost"] < high)]
    given: dict[str, Any] = {"from_": iso(WEEK.from_), "to_": iso(WEEK.to), "cost": f"{low!r}..{high!r}"}
    test = open_page("tasks", **given)
    assert not test.exception
    assert {row["id"] for row in table(test, "Tasks")} == set(wanted["task_id"])
    drop = next(button for button in test.button if "cost" in button.label)
    assert not drop.click().run().exception
    assert "cost" not in test.query_params
    nothing = open_page("tasks", cost="1e9..1e10", depth="x")
    assert "No task of the last 7 days matches: cost" in _said(nothing.info)
    assert "“depth” cannot be read" in _said(nothing.warning)


@pytest.mark.parametrize("levels", [(0.011,), (0.011, 0.012), (0.0013, 0.9, 4.0)])
def test_the_scale_of_a_heat_map_says_at_least_two_amounts(
    full: TestLedger, levels: tuple[float, ...]
) -> None:
    rows = [
        replace(row, p95_usd=level, priced_tasks=FEWEST)
        for row, level in zip(data.hours(WEEK, Filters(), 6), levels, strict=False)
    ]
    scale = heat_map(WEEK, rows, 6, LIGHT).data[1]["marker"]["colorbar"]
    assert len(scale["tickvals"]) == len(scale["ticktext"]) >= min(2, len(levels))


def test_names_that_look_like_amounts_stay_names() -> None:
    """Plotly would else lay "$0.10" and "$0.40" on a scale of numbers, and "2026" on one of days."""
    one = Series("tasks", [1.0, 2.0], LIGHT.muted)
    upright, lying = bars(["$0.10", "$0.40"], [one], LIGHT), ranked(["2026", "2027"], [one], LIGHT, words=str)
    assert upright.layout["xaxis"]["type"] == lying.layout["yaxis"]["type"] == "category"
    assert "type" not in bars([1, 2], [one], LIGHT).layout["xaxis"]
