"""Baselines of agents: as the address chooses, as spanledger.yaml states, else the one named single."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from analytics.spend.agents import Architecture, baseline_of
from analytics.stated import Baselines, StatedBaseline, Statement, baselines
from analytics.weeks import last_full_week
from tests.dashboard.conftest import NOW
from tests.dashboard.engine import TestLedger
from tests.dashboard.payloads import table
from tests.dashboard.seed import Traffic, traffic
from tests.dashboard.test_pages import _words
from tests.dashboard.test_review import _review

Open = Callable[..., AppTest]
STATED = [
    {"kind": "baseline", "scope": "workload", "name": "research-planner", "version": 1, "other_scope": "workload",
     "other": "support-triage"},
    {"kind": "baseline", "scope": "workload", "name": "coding-session", "version": 1, "other_scope": "architecture",
     "other": "alone"},
]  # fmt: skip


def _row(workload: str, architecture: str, tasks: int = 40) -> Architecture:
    return Architecture(
        workload, architecture, tasks, tasks, 4.0, 1.0, 9e3, 1e6, 0.5, 0.1, 0.4, 0.9, 20.0, tasks, tasks // 2,
        1.0, 9.0, 1,
    )  # fmt: skip


ROWS = [
    _row("research", "team"), _row("research", "single"), _row("research", "alone"), _row("other", "small", 3),
    _row("other", "large", 90),
]  # fmt: skip


@pytest.mark.parametrize(
    ("chosen", "stated", "wanted"),
    [
        ("", {}, ("research", "single")),
        ("", {"research": StatedBaseline(architecture="alone")}, ("research", "alone")),
        ("team", {"research": StatedBaseline(architecture="alone")}, ("research", "team")),
        ("", {"research": StatedBaseline(workload="other")}, ("other", "large")),
        ("", {"other": StatedBaseline(workload="research")}, ("research", "single")),
    ],
)
def test_the_baseline_is_the_chosen_the_stated_or_single(
    chosen: str, stated: Baselines, wanted: tuple[str, str]
) -> None:
    found = baseline_of(ROWS, "research", chosen, stated)
    assert found is not None
    assert (found.workload, found.architecture) == wanted


def test_a_stated_baseline_without_tasks_is_none() -> None:
    assert baseline_of(ROWS, "research", "", {"research": StatedBaseline(workload="gone")}) is None
    assert baseline_of(ROWS, "research", "", {"research": StatedBaseline(architecture="gone")}) is None
    rows = [Statement("budget", "all", "", "month", 5.0, "", "")]
    assert baselines(rows) == {}


@pytest.fixture
def stated(ledger: TestLedger) -> Traffic:
    made = traffic(6, last_full_week(NOW).to - timedelta(hours=1), days=6, tasks=200)
    for task in made.tasks:
        if task["workload"] == "coding-session":
            task["architecture"] = "alone" if int(task["task_id"][-1]) % 2 else "pair"
    ledger.fill(made)
    ledger.insert("stated", STATED)
    return made


def _overhead(made: Traffic, workload: str, base: str, **narrowed: str) -> float:
    frame = pd.DataFrame(made.tasks)
    frame["cost"] = frame["list_cost_usd"].astype(float)
    frame = frame[frame["unpriced_calls"] == 0]
    mine = frame[(frame["workload"] == workload) & (frame["architecture"] != narrowed.get("architecture"))]
    other = frame[frame["workload"] == base]
    if narrowed:
        other = other[other["architecture"] == narrowed["architecture"]]
    return float(mine["cost"].mean() / other["cost"].mean() - 1)


def test_page_compares_as_stated_also_with_a_workload_outside_the_filter(
    ledger: TestLedger, stated: Traffic, open_page: Open
) -> None:
    week: dict[str, Any] = {"from_": (NOW - timedelta(days=15)).isoformat(), "to_": NOW.isoformat()}
    test = open_page("agents", workload="coding-session", **week)
    assert not test.exception
    assert "coding-session against its architecture alone" in _words(test)
    rows = {
        row["cells"][1]["order"] or row["cells"][1]["chips"][0]["text"]: row
        for row in table(test, "Architectures")
    }
    assert rows["alone"]["cells"][1]["sub"] == "baseline"
    assert rows["pair"]["cells"][7]["order"] == pytest.approx(
        _overhead(stated, "coding-session", "coding-session", architecture="alone")
    )
    test = open_page("agents", workload="research-planner", **week)
    shown = table(test, "Architectures")
    assert {row["cells"][0]["text"] for row in shown} == {"research-planner"}
    assert {row["cells"][0]["text"] for row in table(test, "Agents by spend")}
    assert all("research-planner" in row["cells"][0]["sub"] for row in table(test, "Agents by spend"))
    values = [row["cells"][7].get("order") for row in shown]
    assert all(value is not None for value in values)


def test_review_compares_as_stated(ledger: TestLedger, stated: Traffic) -> None:
    found = _review(ledger, last_full_week(NOW))
    labels = [one.label for one in found.checks]
    assert "coding-session: pair over one agent" in labels
    assert any(label.startswith("research-planner: ") and "over support-triage" in label for label in labels)
