"""No page asks more than six queries, however it is opened, and what is asked as one answers as each would alone."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from analytics.alerts.rows import AlertRow
from analytics.health.queries import QUERIES
from analytics.investigate.rows import HealthRow, SidedCell
from analytics.periods import Window, relative_window
from analytics.review.rows import ReviewDay, ReviewRelease
from analytics.rows import TaskRow
from analytics.spend.agents import AgentPath, Architecture
from analytics.spend.call_kinds import InFlight
from analytics.spend.headroom import Headroom
from dashboard.data.joined import Joined
from dashboard.data.pages import EVERY_TASK, Filters, list_parameters, parameters
from sql import catalogue
from sql.then import has_then
from tests.dashboard.conftest import NOW
from tests.dashboard.engine import TestLedger
from tests.dashboard.seed import Traffic
from tests.dashboard.test_every_number import addresses

MOST = 6
WEEK = relative_window("7d", NOW)


@pytest.fixture
def asked(full: TestLedger, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of what is asked, in order."""
    found: list[str] = []
    ask = full._ask

    def counted(statement: catalogue.Statement, *given: Any) -> Any:
        found.append(statement.name)
        return ask(statement, *given)

    monkeypatch.setattr(full, "_ask", counted)
    return found


def _run(name: str, address: dict[str, Any]) -> AppTest:
    test = AppTest.from_string(f"from dashboard.navigation import show\nshow({name!r})", default_timeout=60)
    for key, value in address.items():
        test.query_params[key.removesuffix("_")] = value
    return test.run()


def test_no_page_asks_more_than_six_queries_in_any_view(asked: list[str], four_weeks: Traffic) -> None:
    """With nothing kept: not whether the ledger holds anything, nor what filters offer."""
    counts = {}
    for name, address in [*addresses(four_weeks), ("setup", {}), ("query", {"name": "task_list"})]:
        st.cache_data.clear()
        asked.clear()
        test = _run(name, address)
        assert not test.exception, name
        assert not test.error, (name, test.error[0].value)
        counts[f"{name} {address}"] = list(asked)
    assert len(counts) > 30
    assert not {page: found for page, found in counts.items() if len(found) > MOST}
    assert all(found for page, found in counts.items() if not page.startswith("query"))


def test_opening_what_a_page_hides_asks_for_that_alone(asked: list[str], four_weeks: Traffic) -> None:
    opened = 0
    for name, address in addresses(four_weeks):
        test = _run(name, address)
        hidden = [part.proto.id.rpartition("-")[2] for part in test.expander if part.proto.id]
        for key in hidden:
            asked.clear()
            test.session_state[key] = True
            test.run()
            assert not test.exception, (name, key)
            # Answers are kept for seconds; whatever has grown old in them may be asked again.
            assert len(asked) <= MOST, (name, key, asked)
            opened += 1
    assert opened >= 3


def _given(window: Window) -> dict[str, Any]:
    given = parameters(window, Filters())
    more = {"step_s": 3600, **EVERY_TASK.parameters(), **list_parameters("", "cost", 20)}
    bases = {
        f"base{n}_{end}": moment - timedelta(days=7 * n)
        for n in range(1, 5)
        for end, moment in (("from", window.from_), ("to", window.to))
    }
    narrowed = ("task_ids", "prompt_versions", "changes", "new_prompt_versions", "new_changes")
    return {
        **given,
        **more,
        **bases,
        **dict.fromkeys(narrowed, ()),
        "states": (),
        "fingerprints": (),
        "now": window.to,
    }


@pytest.mark.parametrize(
    "queries",
    [
        [(name, row) for name, row in QUERIES.values() if name != "ledger_health"],
        [("agent_architectures", Architecture), ("agent_paths", AgentPath), ("task_list", TaskRow)],
        [("calls_in_flight", InFlight), ("call_headroom", Headroom)],
        [("review_days", ReviewDay), ("review_releases", ReviewRelease)],
        [("investigate_cells", SidedCell), ("investigate_health", HealthRow)],
    ],
    ids=lambda queries: queries[0][0],
)
def test_queries_asked_as_one_answer_as_each_alone(
    asked: list[str], full: TestLedger, queries: list[tuple[str, type[Any]]]
) -> None:
    given = _given(WEEK)
    alone = {name: full.rows(name, row, given) for name, row in queries}
    assert any(alone.values())
    for names in _at_the_same_prices([name for name, _ in queries]):
        asked.clear()
        joined = Joined(full, names)
        answers = {name: joined.later(name, row, given) for name, row in queries if name in names}
        for name, answer in answers.items():
            assert _plain(answer()) == _plain(alone[name]), name
        assert len(asked) == 1


def test_one_name_may_have_two_values(full: TestLedger) -> None:
    """Of the same query over two windows each has its own rows; nothing found is an empty list."""
    day, none = relative_window("24h", NOW), relative_window("1h", NOW - timedelta(days=300))
    joined = Joined(full, ("task_list",) * 3)
    answers = [joined.later("task_list", TaskRow, _given(window)) for window in (WEEK, day, none)]
    assert [answer() for answer in answers] == [
        full.rows("task_list", TaskRow, _given(w)) for w in (WEEK, day, none)
    ]
    assert answers[0]()
    assert not answers[2]()


def test_what_is_asked_twice_goes_with_the_second_group_too(asked: list[str], full: TestLedger) -> None:
    """The course of an investigation is asked a second time when its first answer is known."""
    day = relative_window("24h", NOW)
    joined = Joined(full, ("agent_paths", "task_list"), ("agent_architectures", "task_list"))
    asked.clear()
    paths = joined.later("agent_paths", AgentPath, _given(WEEK))
    first = joined.later("task_list", TaskRow, _given(WEEK))
    assert paths()
    assert first()
    kinds = joined.later("agent_architectures", Architecture, _given(WEEK))
    assert first(), "an answer that is known starts nothing"
    second = joined.later("task_list", TaskRow, _given(day))
    assert kinds()
    assert len(asked) == 2
    assert first() == full.rows("task_list", TaskRow, _given(WEEK))
    assert second() == full.rows("task_list", TaskRow, _given(day))


def test_queries_at_different_prices_are_not_joined(full: TestLedger) -> None:
    joined = Joined(full, ("task_list", "alert_list"))
    joined.later("task_list", TaskRow, _given(WEEK))
    with pytest.raises(ValueError, match="not asked at the same prices"):
        joined.later("alert_list", AlertRow, _given(WEEK))()


def _at_the_same_prices(names: list[str]) -> list[tuple[str, ...]]:
    sides = {
        side: tuple(name for name in names if has_then(catalogue.query(name)) is side)
        for side in (True, False)
    }
    return [names for names in sides.values() if names]


def _plain(rows: list[Any]) -> list[tuple[Any, ...]]:
    """Rows whose sums of floats may differ in the last place: threads add them in another order."""
    return [
        tuple(f"{value:.9g}" if isinstance(value, float) else value for value in vars(row).values())
        for row in rows
    ]
