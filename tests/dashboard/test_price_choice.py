"""As priced then, or at the book in force: pages that offer the choice, their figures, their addresses."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal

import pytest
from streamlit.testing.v1 import AppTest

from analytics.figures.numbers import usd
from collector.engine.embedded import EmbeddedEngine
from collector.engine.migrate import migrate
from sql.catalogue import names, query
from sql.then import TABLES, has_then
from tests.dashboard.conftest import NOW
from tests.dashboard.engine import TestLedger
from tests.dashboard.payloads import figure, table
from tests.dashboard.seed import Traffic, traffic
from tests.dashboard.test_pages import _words

Open = Callable[..., AppTest]
WHOLE = {"range": "30d"}


@pytest.fixture
def repriced(ledger: TestLedger) -> Iterator[Traffic]:
    """A week of calls that were first priced at half of what they cost at the book in force."""
    engine = EmbeddedEngine(":memory:", ledger.database)
    migrate(engine, ledger.database)
    made = traffic(5, NOW, days=6, tasks=60)
    for row in (*made.calls, *made.tasks, *made.rollup):
        cost = row.get("list_cost_usd")
        row["original_cost_usd"] = None if cost is None else Decimal(str(cost)) / 2
    ledger.fill(made)
    yield made
    engine.close()


def _spend(made: Traffic, column: str) -> float:
    return float(sum(Decimal(str(row[column])) for row in made.rollup if row["minute"] is not None))


def test_the_overview_goes_by_the_choice_in_the_address(repriced: Traffic, open_page: Open) -> None:
    book, then = open_page("overview", **WHOLE), open_page("overview", **WHOLE, prices="then")
    assert not book.exception
    assert not then.exception
    assert figure(book, "spend")["text"] == usd(_spend(repriced, "list_cost_usd"))
    assert figure(then, "spend")["text"] == usd(_spend(repriced, "original_cost_usd"))
    assert "as priced then" in _words(then)
    assert "as priced then" not in _words(book)


@pytest.mark.parametrize("name", ["workload", "tasks", "changes", "useful", "query"])
def test_pages_that_offer_the_choice_open_by_it(repriced: Traffic, open_page: Open, name: str) -> None:
    test = open_page(name, **WHOLE, prices="then", **({"name_": "task_figures"} if name == "query" else {}))
    assert not test.exception
    assert "as priced then" in _words(test).lower()
    for view in ("turns", "hours", "calls", "models") if name == "workload" else ():
        assert not open_page(name, **WHOLE, prices="then", view=view).exception


def test_links_carry_the_choice_and_a_task_goes_by_it(repriced: Traffic, open_page: Open) -> None:
    listed = table(open_page("tasks", **WHOLE, prices="then"), "Tasks")
    assert all("prices=then" in row["href"] for row in listed)
    dearest = max(repriced.tasks, key=lambda row: row["original_cost_usd"])
    test = open_page("task", id=dearest["task_id"], prices="then")
    assert not test.exception
    assert usd(float(dearest["original_cost_usd"])) in _words(test)


def test_pages_without_the_choice_stay_at_the_book(repriced: Traffic, open_page: Open) -> None:
    test = open_page("caching", **WHOLE, prices="then")
    assert not test.exception
    assert "Amounts are estimated from list prices" in _words(test)


def test_only_queries_of_calls_tasks_and_sums_can_be_asked_as_priced_then() -> None:
    able = {name for name in names("queries") if has_then(query(name))}
    assert {"task_figures", "call_trend", "call_workloads", "task_list", "task", "task_calls"} <= able
    assert not able & {"bridge_cells", "price_models", "task_spans", "reprice_preview"}
    for name in able:
        assert any(table in query(name).text for table in TABLES)
