"""Costs worked out by hand from the providers' published rates, to the last digit.

The file holds calls and their formula: tokens x USD a million tokens, as the provider's page states the rate.
Tokens are fresh input, cache read, cache write short and long, output; an empty field is not reported.
"""

import csv
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

import pytest

from collector.prices.reprice_requests import ask
from sdk_hooks import attributes as names
from tests.ledger.ledger import Ledger, only_ledger
from tests.ledger.spans import NOON, call

FILE = Path(__file__).parents[1] / "accounting" / "data" / "golden_prices.csv"


class Golden(NamedTuple):
    """One call and what it costs."""

    guards: str
    provider: str
    model: str
    service_class: str
    at: datetime
    tokens: tuple[int | None, ...]
    usd: Decimal


def golden() -> list[Golden]:
    with FILE.open(newline="") as file:
        return [_golden(line) for line in csv.DictReader(file)]


def _golden(line: dict[str, str]) -> Golden:
    terms = [term.split(" x ") for term in line["formula"].split(" + ")]
    usd = sum((int(tokens) * Decimal(rate) for tokens, rate in terms), Decimal(0)) / 1_000_000
    buckets = ("fresh", "read", "short", "long", "output")
    tokens = tuple(int(line[bucket]) if line[bucket] else None for bucket in buckets)
    at = datetime.fromisoformat(line["at"]).replace(tzinfo=UTC) + timedelta(hours=9)
    return Golden(line["guards"], line["provider"], line["model"], line["service_class"], at, tokens, usd)


GOLDEN = golden()


@pytest.fixture(scope="module")
def golden_rows() -> dict[str, dict[str, object]]:
    """Every call, played at once."""
    ledger = only_ledger()
    ledger.clear()
    spans = [
        call(
            one.guards,
            {names.SERVICE_CLASS: one.service_class} if one.service_class != "standard" else None,
            provider=one.provider,
            model=one.model,
            tokens=one.tokens,
            trace=one.guards,
            at=(one.at - NOON).total_seconds(),
        )
        for one in GOLDEN
    ]
    ledger.take(*spans)
    return {one.guards: ledger.call(one.guards, one.guards) for one in GOLDEN}


@pytest.mark.parametrize("one", GOLDEN, ids=lambda one: one.guards)
def test_a_call_costs_what_the_provider_publishes(
    golden_rows: dict[str, dict[str, object]], one: Golden
) -> None:
    row = golden_rows[one.guards]
    assert row["pricing_status"] == "priced", row["pricing_status"]
    assert "context_fallback" not in str(row["pricing_note"])
    assert abs(Decimal(str(row["list_cost_usd"])) - one.usd) <= Decimal("1e-11"), row["price_row"]
    assert str(row["price_row"])


def test_there_are_sixty_and_each_guards_something_else() -> None:
    assert len(GOLDEN) >= 60
    assert len({one.guards for one in GOLDEN}) == len(GOLDEN)


def test_places_and_searches_cost_where_they_are_reported(ledger: Ledger) -> None:
    made = (
        ("us", "anthropic", "claude-opus-5", "us", None, Decimal("0.0075") * Decimal("1.1")),
        ("everywhere", "anthropic", "claude-opus-5", "global", None, Decimal("0.0075")),
        ("older", "anthropic", "claude-haiku-4-5", "us", None, Decimal("0.0015")),
        (
            "vertex",
            "gcp.vertex_ai",
            "claude-sonnet-4-5",
            "us-east5",
            None,
            Decimal("0.0045") * Decimal("1.1"),
        ),
        ("vertex global", "gcp.vertex_ai", "claude-sonnet-4-5", "global", None, Decimal("0.0045")),
        ("searches", "anthropic", "claude-opus-5", "", 3, Decimal("0.0075") + Decimal("0.03")),
        ("no searches", "anthropic", "claude-opus-5", "", 0, Decimal("0.0075")),
    )
    ledger.take(
        *(call(name, provider=provider, model=model, trace=name) for name, provider, model, *_ in made)
    )
    for name, _, _, region, searches, _ in made:
        row = ledger.call(name, name)
        count = "NULL" if searches is None else str(searches)
        ledger.engine.run(
            "INSERT INTO llm_calls SELECT * REPLACE ({region:String} AS region, "
            f"{count} AS web_searches, version + 1 AS version) FROM llm_calls FINAL WHERE span_id = {{span:String}}",
            {"region": region, "span": str(row["span_id"])},
        )
    ask(ledger.engine, None, None)
    ledger.catch_up()
    for name, _, _, _, searches, usd in made:
        row = ledger.call(name, name)
        assert Decimal(row["list_cost_usd"]) == usd, name
        if searches:
            assert Decimal(row["tool_fee_usd"]) == Decimal(searches) / 100, name
        elif searches is None:
            assert row["tool_fee_usd"] is None, name


def test_a_place_that_the_client_reports_reaches_the_price(ledger: Ledger) -> None:
    model = {"model": "claude-opus-5", "provider": "anthropic"}
    ledger.take(
        call("here", {"anthropic.usage.inference_geo": "us"}, trace="here", **model),
        call("anywhere", {"anthropic.usage.inference_geo": "global"}, trace="anywhere", **model),
    )
    here, anywhere = ledger.call("here", "here"), ledger.call("anywhere", "anywhere")
    assert Decimal(here["list_cost_usd"]) == Decimal("1.1") * Decimal(anywhere["list_cost_usd"])
    assert (here["price_row"], anywhere["price_row"]) == (
        "anthropic/claude-opus-5 us",
        "anthropic/claude-opus-5",
    )


EUROPE = "eu.amazon.nova-pro-v1:0"


@pytest.mark.parametrize(
    ("provider", "asked", "answered"),
    [
        ("aws.bedrock", EUROPE, EUROPE),
        ("aws.bedrock", f"arn:aws:bedrock:eu-west-1:123456789012:inference-profile/{EUROPE}", EUROPE),
        ("aws.bedrock", f"bedrock/converse/{EUROPE}", ""),
        ("aws.bedrock", "", EUROPE),
        ("", EUROPE, ""),
    ],
)
def test_the_place_in_a_profile_s_name_sets_the_price_however_it_is_written(
    ledger: Ledger, provider: str, asked: str, answered: str
) -> None:
    named = {"gen_ai.request.model": asked, "gen_ai.response.model": answered}
    ledger.take(call("a", {name: model or None for name, model in named.items()}, provider=provider))
    row = ledger.call("a")
    assert Decimal(row["list_cost_usd"]) == (1000 * Decimal("1.05") + 100 * Decimal("4.2")) / 1_000_000
    assert (row["price_row"], row["pricing_note"]) == ("aws/amazon.nova-pro-v1:0 eu", "alias,overlay")
