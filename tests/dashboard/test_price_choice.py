"""As priced then, or at the book in force: pages that offer the choice, their figures, their addresses."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from analytics.figures.numbers import usd
from analytics.weeks import week_of
from collector.config.model import parse_config
from collector.engine.embedded import EmbeddedEngine
from collector.engine.migrate import migrate
from collector.engine.priced import put_book_views
from collector.prices.keeper import PriceKeeper
from tests.dashboard.conftest import NOW
from tests.dashboard.engine import TestLedger
from tests.dashboard.payloads import figure, payloads, table
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


@pytest.mark.parametrize(
    "name",
    [
        "workload",
        "tasks",
        "changes",
        "useful",
        "query",
        "escalation",
        "caching",
        "batch",
        "context",
        "agents",
    ],
)
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


def test_the_weekly_review_goes_by_the_choice(repriced: Traffic, open_page: Open) -> None:
    week = week_of(NOW).name
    book, then = (open_page("review", week=week, **more) for more in ({}, {"prices": "then"}))
    assert not then.exception
    said = "what the calls were first priced at"
    assert said in str(payloads(then))
    assert said not in str(payloads(book))


@pytest.fixture
def two_books(ledger: TestLedger) -> Iterator[tuple[Traffic, str]]:
    """Calls, and two price books of which the second, newest, has other prices; nothing was repriced."""
    engine = EmbeddedEngine(":memory:", ledger.database)
    migrate(engine, ledger.database)
    made = traffic(5, NOW, days=6, tasks=60)
    ledger.fill(made)
    yaml = "prices:\n" + "".join(
        f"- {{provider: {provider}, model: {model}, fresh_input_usd_per_mtok: 11, cache_read_usd_per_mtok: 2,"
        " cache_write_short_usd_per_mtok: 13, cache_write_long_usd_per_mtok: 17, output_usd_per_mtok: 23}\n"
        for provider, model in sorted({(row["provider"], row["response_model"]) for row in made.calls})
        if model
    )
    engine.run(
        "INSERT INTO model_alias (provider, model)"
        " SELECT DISTINCT toString(provider), toString(response_model) FROM llm_calls"
    )
    for text in ("", yaml):
        version = PriceKeeper(engine, parse_config(text.encode(), "spanledger.yaml")).load_book()
    put_book_views(engine, ledger.database)
    yield made, version
    engine.close()


def _by_hand(row: dict[str, Any]) -> Decimal:
    each = {"fresh_input": 11, "cache_read": 2, "cache_write_short": 13, "cache_write_long": 17, "output": 23}
    found = (Decimal(row.get(f"{name}_tokens") or 0) * price for name, price in each.items())
    return sum(found, Decimal(0)) / 10**6


UNPRICED = ("free", "missing_usage", "not_billed", "conflicting_usage")


def test_any_page_can_be_seen_at_one_book(two_books: tuple[Traffic, str], open_page: Open) -> None:
    made, version = two_books
    priced = [r for r in made.calls if r["response_model"] and r["pricing_status"] not in UNPRICED]
    test = open_page("overview", **WHOLE, prices=f"book:{version}")
    assert not test.exception
    assert figure(test, "spend")["text"] == usd(float(sum(_by_hand(row) for row in priced)))
    assert version in _words(test)
    for name in ("workload", "tasks", "agents", "caching", "investigate", "review"):
        assert not open_page(name, **WHOLE, prices=f"book:{version}").exception


def test_a_book_that_is_not_there_is_said(two_books: tuple[Traffic, str], open_page: Open) -> None:
    made, _ = two_books
    test = open_page("overview", **WHOLE, prices="book:<b>nonsense")
    assert not test.exception
    assert "is none of the newest price books" in _words(test)
    assert figure(test, "spend")["text"] == usd(_spend(made, "list_cost_usd"))
