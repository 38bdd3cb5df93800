"""A viewer locked to one tenant sees what a ledger of that tenant alone would show, by every page, link and query."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from copy import deepcopy
from datetime import timedelta
from typing import Any

import pytest
import streamlit as st

from analytics.periods import iso, relative_window
from dashboard import navigation
from dashboard.data import client
from dashboard.data import pages as data
from dashboard.data.client import FOR_TENANTS, OF_ONE_TASK, asked_for
from dashboard.data.errors import NotForViewer
from dashboard.data.pages import Filters
from dashboard.serving import access
from dashboard.serving.access import ALL
from dashboard.serving.viewers import Access
from sql import catalogue
from tests.dashboard.conftest import NOW
from tests.dashboard.engine import TestLedger
from tests.dashboard.payloads import figure, payloads
from tests.dashboard.seed import Traffic, rollup_rows, traffic
from tests.dashboard.test_pages import Open, _words

MINE, THEIRS = "globex", "initech"
LOCKED = Access(MINE, (), (MINE,))
PAGES = tuple(name for name in navigation.OF_TENANTS if name not in ("task", "query"))
_FLOAT = re.compile(r"\d+\.\d+(?:e-?\d+)?")
_PERIOD = {"from_": iso(NOW - timedelta(days=6)), "to": iso(NOW)}
WIDEST = relative_window("30d", NOW)


def _shared() -> Traffic:
    made = traffic(12, NOW, days=12, tasks=120)
    owner = {task["task_id"]: (THEIRS if number % 2 else MINE) for number, task in enumerate(made.tasks)}
    for row in (*made.calls, *made.tasks, *made.spans, *made.batches):
        row["tenant"] = owner[row["task_id"]]
    # A name in every dimension that only the other tenant uses.
    for call in made.calls:
        if call["tenant"] == THEIRS:
            call["agent"] += "-of-initech"
            call["change"] = call["prompt_version"] = "initech-1"
    for task in made.tasks:
        if task["tenant"] == THEIRS:
            task["agents"] = [f"{name}-of-initech" for name in task["agents"]]
            task["change"] = task["prompt_version"] = "initech-1"
    return made


def _only(made: Traffic) -> Traffic:
    mine = deepcopy(made)
    for rows in (mine.calls, mine.tasks, mine.spans, mine.batches):
        rows[:] = [row for row in rows if row["tenant"] == MINE]
    return mine


@pytest.fixture(scope="module")
def two() -> Iterator[tuple[TestLedger, TestLedger, Traffic]]:
    """A ledger that two tenants share, and one that holds the first tenant's rows alone."""
    made = _shared()
    shared, alone = TestLedger(), TestLedger()
    for ledger, rows in ((shared, made), (alone, _only(made))):
        rows.rollup[:] = rollup_rows(rows.calls)
        ledger.fill(rows)
    yield shared, alone, made
    shared.drop()
    alone.drop()


def _look(ledger: TestLedger, viewer: Access, monkeypatch: pytest.MonkeyPatch) -> None:
    client.use(ledger)
    st.cache_data.clear()
    monkeypatch.setattr(access, "current", lambda: viewer)


@pytest.fixture(autouse=True)
def _no_ledger_after() -> Iterator[None]:
    yield
    client.use(None)


def _shown(open_page: Open, name: str, **parameters: str | list[str]) -> list[str]:
    """Everything that stands on a page, in pieces."""
    test = open_page(name, **_PERIOD, **parameters)
    assert not test.exception
    # Offered in order of use, which a viewer of single tenants is told by tasks and others by calls.
    options = [sorted(box.options) for box in (*test.multiselect, *test.selectbox)]
    return json.dumps([_words(test).splitlines(), payloads(test), options], indent=0).splitlines()


def _same(found: list[str], expected: list[str]) -> None:
    """The same texts; numbers alike up to the order in which floats were added up."""
    assert [_FLOAT.sub("#", line) for line in found] == [_FLOAT.sub("#", line) for line in expected]
    for one, other in zip(found, expected, strict=True):
        numbers = [[float(number) for number in _FLOAT.findall(line)] for line in (one, other)]
        assert numbers[0] == pytest.approx(numbers[1], rel=1e-6, abs=1e-12)


def _sorted(rows: list[tuple[object, ...]]) -> list[str]:
    return sorted(map(str, rows), key=lambda row: _FLOAT.sub(lambda number: f"{float(number[0]):.4g}", row))


@pytest.mark.parametrize("view", [{}, {"workload": "support-triage"}], ids=["all", "one workload"])
@pytest.mark.parametrize("name", PAGES)
def test_a_page_shows_what_a_ledger_of_the_tenant_alone_would(
    two: tuple[TestLedger, TestLedger, Traffic], open_page: Open, monkeypatch: pytest.MonkeyPatch,
    name: str, view: dict[str, str],
) -> None:  # fmt: skip
    shared, alone, _ = two
    _look(alone, ALL, monkeypatch)
    expected = _shown(open_page, name, **view)
    _look(shared, LOCKED, monkeypatch)
    found = _shown(open_page, name, **view)
    assert "initech" not in str(found)
    _same(found, expected)
    assert len(found) > 20
    _same(_shown(open_page, name, tenant=THEIRS, tenants=THEIRS, **view), expected)


@pytest.mark.parametrize("view", ["turns", "hours", "calls", "models"])
def test_so_do_the_views_of_a_workload(
    two: tuple[TestLedger, TestLedger, Traffic], open_page: Open, monkeypatch: pytest.MonkeyPatch, view: str
) -> None:
    shared, alone, _ = two
    _look(alone, ALL, monkeypatch)
    expected = _shown(open_page, "workload", workload="coding-session", view=view)
    _look(shared, LOCKED, monkeypatch)
    found = _shown(open_page, "workload", workload="coding-session", view=view)
    assert "initech" not in str(found)
    assert len(found) > 20
    _same(found, expected)


def _given(task_ids: list[str]) -> dict[str, Any]:
    """What pages may ask, the same of every query."""
    spans = {
        f"base{number}_{end}": moment
        for number in (2, 3, 4)
        for end, moment in (("from", WIDEST.from_), ("to", WIDEST.to))
    }
    before = WIDEST.from_ - WIDEST.length
    return data.parameters(WIDEST, Filters()) | data.list_parameters("", "cost", 50) | spans | {
        "tenants": [THEIRS], "task_ids": task_ids, "kind": "change", "workload": "support-triage",
        "values_": ["initech-1"], "as_of": NOW, "width_h": 1, "before": before, "base1_from": before,
        "base1_to": WIDEST.from_, "changes": [], "prompt_versions": [], "new_changes": [], "new_prompt_versions": [],
    }  # fmt: skip


@pytest.mark.parametrize("name", [name for name in catalogue.names("queries") if name not in OF_ONE_TASK])
def test_a_query_answers_for_the_tenant_alone_or_not_at_all(
    two: tuple[TestLedger, TestLedger, Traffic], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """What the Query page and every CSV stand on. Parameters that only a page gives are asked of both alike."""
    shared, alone, made = two
    other = next(task["task_id"] for task in made.tasks if task["tenant"] == THEIRS)
    given = _given([other])
    _look(shared, LOCKED, monkeypatch)
    asked = catalogue.query(asked_for(name))
    if "tenants" not in asked.parameters:
        with pytest.raises(NotForViewer):
            shared.raw(name, given)
        return
    assert set(asked.parameters) <= set(given), "give what only this query asks in _given"
    found = shared.raw(name, given)
    _look(alone, ALL, monkeypatch)
    # Where a query for all stands beside the one for tenants, both say the same.
    columns, expected = alone.raw(name, given | {"tenants": []})
    assert found[0] == columns
    if name == "filter_values":  # one counts calls, the other the calls of tasks
        assert sorted(row[:2] for row in found[1]) == sorted(row[:2] for row in expected)
        return
    _same(_sorted(found[1]), _sorted(expected))


def test_tasks_of_other_tenants_are_unknown_by_every_link(
    two: tuple[TestLedger, TestLedger, Traffic], open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared, _, made = two
    own, other = (
        next(task["task_id"] for task in made.tasks if task["tenant"] == name) for name in (MINE, THEIRS)
    )
    _look(shared, LOCKED, monkeypatch)
    assert own in _words(open_page("task", id=own))
    for asked in ({"id": other}, {"id": own, "with_": other}):
        assert "does not know the task" in _words(open_page("task", **asked))
    for asked in ({"q": other}, {"task": other}, {"task_id": other}):
        assert other not in str(payloads(open_page("tasks", **asked)))


def test_a_lock_to_a_workload_and_a_tenant_is_a_lock_to_both(
    two: tuple[TestLedger, TestLedger, Traffic], open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared, alone, _ = two
    _look(alone, ALL, monkeypatch)
    expected = open_page("overview", workload="coding-session")
    _look(shared, Access("narrow", ("coding-session",), (MINE,)), monkeypatch)
    for asked in ({}, {"workload": "support-triage"}):
        found = open_page("overview", **asked)
        assert not found.exception
        assert "support-triage" not in str(payloads(found))
    assert figure(open_page("overview"), "tasks")["text"] == figure(expected, "tasks")["text"]


def test_what_stands_in_for_sums_without_tenants_gives_the_same_columns() -> None:
    for name, twin in FOR_TENANTS.items():
        assert "tenants" in catalogue.query(twin).parameters
        assert "tenants" not in catalogue.query(name).parameters
