"""Costs as first priced, and at one book: every bucket, every total, every query of the catalogue."""

import re
from decimal import Decimal
from typing import Any

import pytest

from collector.engine.priced import put_book_views
from collector.engine.runner import rows
from sql.catalogue import query
from sql.then import TABLES, book_database, has_then, then_database
from tests.ledger.ledger import READING, Ledger
from tests.ledger.spans import HAIKU, OPUS, call
from tests.ledger.test_reprice import DEARER, PROFILE, fill, reprice

BUCKETS = (
    "fresh_input_cost_usd",
    "cache_read_cost_usd",
    "cache_write_cost_usd",
    "output_cost_usd",
    "tool_fee_usd",
)
OF_A_CALL = ("span_id", *BUCKETS, "list_cost_usd", "pricing_status", "price_row")
DEARER_STILL = DEARER.replace("factor: 3", "factor: 7")
WINDOW = {
    "from_": "2026-10-06 00:00:00",
    "to_": "2026-10-12 00:00:00",
    "previous_from": "2026-09-29 00:00:00",
}
SUMS = (
    "SELECT {by}, toString(sum(list_cost_usd)) AS usd, toString(sum(abandoned_cost_usd)) AS abandoned,"
    " sum(unpriced_calls) AS unpriced FROM {table} AS t FINAL GROUP BY {by} ORDER BY {by}"
)


def calls_of(ledger: Ledger, database: str) -> list[dict[str, Any]]:
    """Costs of every call that had a price at first, bucket by bucket."""
    return ledger.rows(
        f"SELECT {', '.join(OF_A_CALL)} FROM {database}.llm_calls AS c FINAL "
        "WHERE request_model != 'house' ORDER BY trace_id, span_id"
    )


def sums_of(ledger: Ledger, database: str) -> list[list[dict[str, Any]]]:
    """Cost, abandoned spend and calls without a price by task, and by model and hour."""
    return [
        ledger.rows(SUMS.format(by="task_id", table=f"{database}.tasks")),
        ledger.rows(SUMS.format(by="model, toStartOfHour(minute)", table=f"{database}.calls_rollup")),
    ]


def answers(ledger: Ledger, database: str) -> dict[str, list[str]]:
    """What queries over settled sums, calls, tasks and minutes answer there."""
    asked = (
        "bridge_cells",
        "review_calls",
        "review_weeks",
        "review_days",
        "investigate_leaves",
        "agent_costs",
    )
    found = {}
    for name in asked:
        text = query(name).text
        given = {
            key: WINDOW.get(key, WINDOW["from_"] if kind.startswith("Date") else "[]")
            for key, kind in query(name).parameters.items()
        }
        session = ledger.engine.session(READING, database)  # type: ignore[attr-defined]  # of both engines' tests
        try:
            found[name] = session.run(text, given, "JSONEachRow").data.decode().splitlines()
        finally:
            session.close()
    return found


def knowing(ledger: Ledger) -> None:
    """Calls, one of them with a write to the cache; every model has a price."""
    fill(ledger)
    ledger.take(
        call(
            "w1",
            {"gen_ai.usage.cache_write.input_tokens": 700},
            model=HAIKU,
            trace="w",
            tokens=(9000, 50, 60, 0, 8),
        ),
        call("w2", model=PROFILE, provider="aws.bedrock", trace="x"),
    )


@pytest.mark.parametrize("way", ["reprice", "twice", "rebuild"])
def test_every_bucket_is_that_of_the_first_price(ledger: Ledger, way: str) -> None:
    knowing(ledger)
    then = then_database(ledger.engine.database)
    before = calls_of(ledger, ledger.engine.database)
    assert calls_of(ledger, then) == before
    ledger.configure(DEARER)
    reprice(ledger)
    if way == "twice":
        ledger.configure(DEARER_STILL)
        reprice(ledger)
    if way == "rebuild":
        ledger.rebuild()
    now = calls_of(ledger, ledger.engine.database)
    assert sum(row != old for row, old in zip(now, before, strict=True)) >= 4
    assert calls_of(ledger, then) == before


def test_sums_and_queries_go_by_the_first_price_too(ledger: Ledger) -> None:
    ledger.configure(
        "prices:\n- {provider: acme, model: house, output_usd_per_mtok: 1, fresh_input_usd_per_mtok: 5}\n"
    )
    knowing(ledger)
    stood = ledger.engine.database
    sums, said = sums_of(ledger, stood), answers(ledger, stood)
    assert all(said.values())
    ledger.configure(DEARER)
    reprice(ledger)
    assert sums_of(ledger, stood) != sums
    now = answers(ledger, stood)
    assert all(now[name] != said[name] for name in said)
    assert sums_of(ledger, then_database(stood)) == sums
    assert answers(ledger, then_database(stood)) == said


def test_a_call_that_lost_its_price_still_has_the_first(ledger: Ledger) -> None:
    ledger.configure(DEARER)
    knowing(ledger)
    (book,) = rows(ledger.engine, "keeper/book_versions")[:1]
    sums = sums_of(ledger, ledger.engine.database)
    ledger.configure("")
    reprice(ledger)
    assert ledger.call("b2", "b")["pricing_status"] == "unknown_model"
    then = then_database(ledger.engine.database)
    assert sums_of(ledger, then) == sums
    found = ledger.rows(f"SELECT * FROM {then}.llm_calls WHERE request_model = 'house'")
    assert [(row["pricing_status"], row["price_book_version"]) for row in found] == [
        ("priced", book["version"])
    ]


def without_repriced(found: dict[str, list[str]]) -> dict[str, list[str]]:
    """The answers without how many calls were repriced: a call that got its first price since now differs from it."""
    return {name: [re.sub(r',"now_repriced":\d+', "", row) for row in said] for name, said in found.items()}


def test_at_one_book_is_what_a_reprice_by_it_gives(ledger: Ledger) -> None:
    knowing(ledger)
    stood = ledger.engine.database
    old = rows(ledger.engine, "keeper/book_versions")[0]["version"]
    before, sums, said = calls_of(ledger, stood), sums_of(ledger, stood), answers(ledger, stood)
    ledger.configure(DEARER)
    ledger.keeper.prepare()
    new = rows(ledger.engine, "keeper/book_versions")[0]["version"]
    put_book_views(ledger.engine, stood)
    foreseen = calls_of(ledger, book_database(stood, new)), sums_of(ledger, book_database(stood, new))
    answered = answers(ledger, book_database(stood, new))
    reprice(ledger)
    assert foreseen == (calls_of(ledger, stood), sums_of(ledger, stood))
    assert answered == answers(ledger, stood)
    at_old = book_database(stood, old)
    assert (calls_of(ledger, at_old), sums_of(ledger, at_old)) == (before, sums)
    assert without_repriced(answers(ledger, at_old)) == without_repriced(said)


def test_better_informed_usage_is_priced_by_the_first_price(ledger: Ledger) -> None:
    ledger.take(call("a1", model=HAIKU, trace="a", tokens=(1_000, 0, 0, 0, 100)))
    first = ledger.call("a1", "a")
    per_token = Decimal(first["fresh_input_cost_usd"]) / first["fresh_input_tokens"]
    ledger.configure(DEARER)
    reprice(ledger)
    ledger.engine.run(
        "INSERT INTO llm_calls"
        " SELECT * REPLACE (2000 AS fresh_input_tokens, version + 1 AS version) FROM llm_calls FINAL"
    )
    ledger.configure(DEARER_STILL)
    reprice(ledger)
    now = ledger.call("a1", "a")
    assert now["fresh_input_tokens"] == 2000
    assert Decimal(now["original_cost_usd"]) == per_token * 2000 + Decimal(first["output_cost_usd"])


def test_a_first_price_of_before_it_was_kept_is_known_as_a_sum_only(ledger: Ledger) -> None:
    knowing(ledger)
    ledger.configure(DEARER)
    reprice(ledger)
    ledger.engine.run(
        "INSERT INTO llm_calls SELECT * REPLACE (0 AS first_price, version + 1 AS version) FROM llm_calls FINAL"
    )
    original = {row["span_id"]: row["original_cost_usd"] for row in ledger.calls()}
    ledger.configure(DEARER_STILL)
    reprice(ledger)
    ledger.rebuild()
    then = then_database(ledger.engine.database)
    found = ledger.rows(f"SELECT * FROM {then}.llm_calls AS c FINAL WHERE request_model = '{HAIKU}'")
    assert found
    for row in found:
        assert row["list_cost_usd"] == original[row["span_id"]]
        assert {row[name] for name in BUCKETS} == {None}
    assert {
        row["price_row"]
        for row in ledger.rows(f"SELECT price_row FROM {then}.llm_calls WHERE request_model = '{OPUS}'")
    } != {""}


def test_all_queries_over_costs_can_be_asked_so() -> None:
    wanted = (
        "bridge_cells",
        "review_calls",
        "review_facts",
        "investigate_cells",
        "investigate_leaves",
        "call_kinds",
    )
    assert all(has_then(query(name)) for name in wanted)
    assert not any(has_then(query(name)) for name in ("price_rows", "reprice_preview", "alert_list"))
    assert set(TABLES) == {"llm_calls", "tasks", "calls_rollup"}


def test_books_no_longer_offered_leave_no_views(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    stood = ledger.engine.database
    for factor in (2, 4):
        ledger.configure(DEARER.replace("factor: 3", f"factor: {factor}"))
        ledger.keeper.prepare()
    put_book_views(ledger.engine, stood)
    newest, other = [row["version"] for row in rows(ledger.engine, "keeper/book_versions")[:2]]
    there = "SELECT count() FROM system.databases WHERE name = '{}'"
    assert ledger.value(there.format(book_database(stood, other))) == 1
    monkeypatch.setattr("collector.engine.priced.BOOKS_OFFERED", 1)
    put_book_views(ledger.engine, stood)
    assert ledger.value(there.format(book_database(stood, other))) == 0
    assert ledger.value(there.format(book_database(stood, newest))) == 1
