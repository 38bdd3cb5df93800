"""Data health and Prices: empty, with one task, full, with hostile names; figures against rows counted here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from analytics.figures.numbers import share, usd
from analytics.health.findings import HealthData, verdict
from analytics.health.rows import (
    BookLoaded,
    ConventionShare,
    LateSpans,
    LedgerLoad,
    PricingShare,
    RejectedSpans,
    Unpriced,
)
from analytics.periods import relative_window
from collector.config.model import parse_config
from collector.engine.embedded import EmbeddedEngine
from collector.engine.migrate import migrate
from collector.prices.book import book_version, price_book, record
from collector.prices.keeper import PriceKeeper
from dashboard.data import health as data_health
from dashboard.data.pages import Filters
from tests.dashboard.conftest import NOW
from tests.dashboard.engine import TestLedger
from tests.dashboard.payloads import table
from tests.dashboard.seed import Traffic, rollup_rows, traffic
from tests.dashboard.test_pages import HOSTILE, _words

Open = Callable[..., AppTest]


@pytest.fixture
def whole(ledger: TestLedger) -> Iterator[TestLedger]:
    """The empty ledger with every table, view and dictionary of the schema."""
    engine = EmbeddedEngine(":memory:", ledger.database)
    migrate(engine, ledger.database)
    ledger.runner = engine
    yield ledger
    engine.close()


WHOLE = {"range": "30d"}
FINE = PricingShare("priced", 90, 9.0, 8.0, 0, 0.0, 0.0, 0)


def priced(whole: Any, yaml: str = "") -> None:
    """Gives the ledger a price book, and every model name seen its meaning."""
    keeper = PriceKeeper(whole.runner, parse_config(yaml.encode(), "spanledger.yaml"))
    whole.runner.run(
        "INSERT INTO model_alias (provider, model) SELECT DISTINCT provider, model FROM calls_rollup"
    )
    keeper.load_book()


@pytest.mark.parametrize("name", ["health", "prices"])
def test_page_opens_on_an_empty_ledger(whole: TestLedger, open_page: Open, name: str) -> None:
    test = open_page(name)
    assert not test.exception
    assert "Nothing has arrived yet" in _words(test)


@pytest.mark.parametrize("name", ["health", "prices"])
def test_page_opens_on_one_task_and_no_price_book(whole: TestLedger, open_page: Open, name: str) -> None:
    whole.fill(traffic(1, NOW, days=0.01, tasks=1))
    test = open_page(name)
    assert not test.exception
    assert "price book" in _words(test).lower()


def test_health_counts_what_stands_in_the_ledger(
    whole: TestLedger, four_weeks: Traffic, open_page: Open
) -> None:
    whole.fill(four_weeks)
    test = open_page("health", **WHOLE)
    assert not test.exception
    statuses = [call["pricing_status"] for call in four_weeks.calls]
    billed = [status for status in statuses if status not in ("free", "not_billed")]
    assert share(billed.count("priced") / len(billed)) in _words(test)
    found = {row["cells"][1]["text"]: row for row in table(test, "Findings, worst first")}
    unknown = statuses.count("unknown_model")
    assert found["Unknown models"]["cells"][2]["text"].startswith(f"{unknown:,} call" if unknown else "none")
    assert found["Calls with a price"]["href"] == "query?range=30d&name=health_pricing"
    assert "at the price book in force" in _words(test)
    then = open_page("health", **WHOLE, prices="then")
    assert "as priced when they arrived" in _words(then)


def test_calls_behind_a_finding_lead_to_their_tasks(whole: TestLedger, open_page: Open) -> None:
    made = traffic(3, NOW, days=1, tasks=30)
    for call in made.calls[:5]:
        call.update(pricing_status="missing_usage", list_cost_usd=None, fresh_input_tokens=None)
    made.rollup = rollup_rows(made.calls)
    whole.fill(made)
    test = open_page("health", **WHOLE)
    wanted = [
        row for row in table(test, "Findings, worst first") if row["cells"][1]["text"] == "Missing usage"
    ]
    assert wanted[0]["cells"][2]["text"].startswith("5 calls answered")
    assert "Missing usage: the calls" in [one.label for one in test.expander]


def test_hostile_names_stay_text(whole: TestLedger, open_page: Open) -> None:
    made = traffic(5, NOW, days=1, tasks=5)
    for call in made.calls:
        call.update(
            response_model=HOSTILE, request_model=HOSTILE, emitter=HOSTILE, convention=HOSTILE,
            pricing_status="unknown_model", list_cost_usd=None, original_cost_usd=None,
        )  # fmt: skip
    made.rollup = rollup_rows(made.calls)
    whole.fill(made)
    priced(whole)
    for name in ("health", "prices"):
        test = open_page(name, **WHOLE)
        assert not test.exception
        markdown = "\n".join(str(block.value) for block in test.markdown)
        assert "<img" not in markdown.replace("\\<img", "")
    (pasted,) = [code.value for code in test.code if code.value.startswith("prices:")]
    assert {one.model for one in parse_config(pasted.encode(), "pasted").prices} == {HOSTILE}


def test_prices_show_what_models_cost_and_whose_price_it_is(whole: TestLedger, open_page: Open) -> None:
    made = traffic(7, NOW, days=2, tasks=60)
    whole.fill(made)
    priced(whole, "prices: [{provider: anthropic, model: claude-haiku-4-5, discount: 0.5}]")
    test = open_page("prices", **WHOLE)
    assert not test.exception
    seen = {row["cells"][0]["text"]: row["cells"] for row in table(test, "Models seen and what they cost")}
    assert seen["claude-haiku-4-5"][2]["text"] == "$0.50"
    assert "your own price" in seen["claude-haiku-4-5"][1]["sub"]
    assert seen["claude-sonnet-4-5"][2]["text"] == "$3"
    calls = sum(call["response_model"] == "claude-sonnet-4-5" for call in made.calls)
    assert seen["claude-sonnet-4-5"][8]["order"] == calls
    rows = {row["cells"][0]["text"] for row in table(test, "Rows of the price book")}
    assert {"anthropic/claude-haiku-4-5", "anthropic/claude-sonnet-4-5 above 200000"} <= rows
    version = book_version(parse_config(b"", "x"))
    moved = open_page("prices", **WHOLE, book=version)
    assert not moved.exception


def test_every_row_of_the_book_has_a_record() -> None:
    rows = price_book(parse_config(b"", "x"))
    records = [record("v", row) for row in rows]
    assert len({one["price_row"] for one in records}) == len(rows)
    assert all(one["reference"] and one["checked"] for one in records if one["source"] == "overlay")


def test_history_is_told_apart_from_late_spans(whole: TestLedger) -> None:
    """Both ended yesterday and arrived just now; one says that it is history."""
    ended = (datetime.now(UTC) - timedelta(days=1)).strftime("%Y-%m-%d %H:%M:%S")
    for service, about in (("late", {}), ("history", {"spanledger.imported": "true"}), ("live", {})):
        moment = ended if service != "live" else datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S")
        attributes = "map(" + ", ".join(f"'{key}', '{value}'" for key, value in about.items()) + ")"
        whole.runner.run(
            "INSERT INTO otel_traces (Timestamp, TraceId, SpanId, SpanName, ServiceName, ResourceAttributes, Duration) "
            f"SELECT toDateTime64('{moment}', 9, 'UTC'), '{service}', '1', 'work', '{service}', {attributes}, 1000"
        )
    window = relative_window("24h", datetime.now(UTC) + timedelta(minutes=1))
    rows = data_health.health(window, Filters()).late
    assert {row.service: (row.spans, row.late, row.imported) for row in rows} == {
        "late": (1, 1, 0), "live": (1, 0, 0), "history": (0, 0, 1),
    }  # fmt: skip


def test_findings_are_as_bad_as_what_they_say() -> None:
    now = datetime(2026, 11, 20, tzinfo=UTC)
    book = BookLoaded("b", now - timedelta(days=60), 10, True)
    bad = HealthData(
        pricing=[
            FINE,
            PricingShare("unknown_model", 10, 0, 0, 0, 0, 0, 0),
            PricingShare("free", 5, 0, 0, 0, 0, 0, 0),
        ],
        unpriced=[Unpriced("p", "m", "unknown_model", 10, 2, now)],
        late=[LateSpans("s", 100, 10, 4000.0), LateSpans("history", 0, 0, 0.0, 5000)],
        rejected=[RejectedSpans("no trace id", "s", "e", 3, now, "n")],
        load=LedgerLoad(7, 100.0),
        books=[book],
    )
    judged = verdict(bad, now)
    severities = {finding.name: finding.severity for finding in judged.findings}
    assert judged.priced_share == 0.9
    assert {name for name, severity in severities.items() if severity == "error"} == {
        "unknown_models", "rejected_spans", "waiting_keys",
    }  # fmt: skip
    assert (severities["late_spans"], severities["price_book"]) == ("warning", "warning")
    assert severities["imported_spans"] == "note"
    late = next(finding.what for finding in judged.findings if finding.name == "late_spans")
    assert late.startswith("10.0 % of 100 spans")
    assert [finding.severity for finding in judged.findings] == sorted(
        severities.values(), key=["error", "warning", "note", "ok"].index
    )
    good = verdict(HealthData(pricing=[FINE], books=[BookLoaded("b", now, 10, True)]), now)
    assert (good.worst, good.priced_share) == ("ok", 1.0)


@pytest.mark.parametrize(("ours", "severity"), [(1.0, "ok"), (1.03, "warning"), (0.97, "warning")])
def test_a_gap_to_what_emitters_say_is_doubtful_from_two_percent(ours: float, severity: str) -> None:
    now = datetime(2026, 11, 20, tzinfo=UTC)
    row = PricingShare("priced", 10, float(Decimal(str(ours))), 1.0, 10, 1.0, ours, 0 if ours == 1 else 10)
    found = {one.name: one for one in verdict(HealthData(pricing=[row]), now).findings}
    assert found["reported_gap"].severity == severity


@pytest.mark.parametrize(
    ("said", "unit"),
    [
        (93.0, "cents"),
        (1.0e6, "millionths"),
        (1100.0, "thousandths"),
        (0.0101, "hundreds"),
        (1.4, ""),
        (12.0, ""),
    ],
)
def test_a_cost_reported_in_another_unit_is_named(said: float, unit: str) -> None:
    row = ConventionShare("litellm", "litellm", "1.106", 10, 10, 0, 0, 0, 0, said, 1.0, datetime.now(UTC))
    found = [
        one
        for one in verdict(HealthData(conventions=[row]), datetime.now(UTC)).findings
        if one.name == "reported_unit"
    ]
    assert bool(found) == bool(unit)
    for one in found:
        assert one.severity == "warning"
        assert f"litellm 1.106 says {usd(said)}" in one.what
        assert unit in one.what
