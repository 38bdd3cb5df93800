"""Every call costs what the provider's price list says, to the last digit, or says why it costs nothing yet."""

from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from genai_prices import Usage, calc_price

from sdk_hooks import attributes as names
from sql.catalogue import query
from tests.ledger.ledger import Ledger, Row
from tests.ledger.spans import HAIKU, NOON, OPUS, SONNET, call, span, span_bytes

DAY = 86400.0
MODELS = (
    ("anthropic", "anthropic", "claude-haiku-4-5"),
    ("anthropic", "anthropic", "claude-sonnet-4-5"),
    ("anthropic", "anthropic", "claude-opus-4-6"),
    ("openai", "openai", "gpt-4o"),
    ("openai", "openai", "gpt-5-mini"),
    ("openai", "openai", "gpt-5.4"),
    ("openai", "openai", "o3"),
    ("gcp.gemini", "google", "gemini-2.5-pro"),
    ("gcp.gemini", "google", "gemini-3-flash-preview"),
)
SIZES = ((1, 0, 1), (1234, 567, 89), (150_000, 50_000, 4000), (150_000, 50_001, 4000), (272_001, 0, 7))


def seconds_to(moment: datetime) -> float:
    """Seconds from the tests' noon."""
    return (moment - NOON).total_seconds()


def cost(row: Row) -> Decimal | None:
    return None if row["list_cost_usd"] is None else Decimal(row["list_cost_usd"])


def parts(row: Row) -> Iterable[Decimal]:
    fields = ("fresh_input_cost_usd", "cache_read_cost_usd", "cache_write_cost_usd", "output_cost_usd")
    return [Decimal(row[field]) for field in fields if row[field] is not None]


def test_costs_equal_the_price_list(ledger: Ledger) -> None:
    wanted: dict[str, tuple[Decimal, Usage]] = {}
    spans = []
    for place, (provider, book, model) in enumerate(MODELS):
        for size, (fresh, read, output) in enumerate(SIZES):
            for age, moment in enumerate((NOON, datetime(2026, 11, 2, 23, 59, 59, tzinfo=UTC))):
                name = f"{place}/{size}/{age}"
                usage = Usage(input_tokens=fresh + read, cache_read_tokens=read or None, output_tokens=output)
                known = calc_price(usage, model, provider_id=book, genai_request_timestamp=moment)
                wanted[name] = known.total_price, usage
                spans.append(
                    call(
                        name,
                        provider=provider,
                        model=model,
                        tokens=(fresh, read, None, None, output),
                        trace=name,
                        at=seconds_to(moment),
                    )
                )
    ledger.take(*spans)
    for name, (usd, usage) in wanted.items():
        row = ledger.call(name, name)
        assert row["pricing_status"] == "priced", (name, row["pricing_status"], row["request_model"])
        assert cost(row) == usd, (name, row["request_model"], usage)
        assert cost(row) == sum(parts(row))
        assert row["original_cost_usd"] == row["list_cost_usd"]


def test_cache_writes_cost_by_their_lifetime(ledger: Ledger) -> None:
    ledger.take(call("c1", model=SONNET, tokens=(10_000, 20_000, 3000, 4000, 500)))
    usage = Usage(
        input_tokens=37_000,
        cache_read_tokens=20_000,
        cache_write_tokens=7000,
        cache_write_1h_tokens=4000,
        output_tokens=500,
    )
    by_list = calc_price(usage, SONNET, provider_id="anthropic", genai_request_timestamp=NOON).total_price
    by_hand = (
        10_000 * Decimal(3)
        + 20_000 * Decimal("0.3")
        + 3000 * Decimal("3.75")
        + 4000 * Decimal(6)
        + 500 * Decimal(15)
    ) / 1_000_000
    assert cost(ledger.call("c1")) == by_hand == by_list


@pytest.mark.parametrize("on_day", [False, True])
def test_a_price_changes_at_midnight_of_its_day(ledger: Ledger, on_day: bool) -> None:
    change = datetime(2026, 3, 13, tzinfo=UTC)
    moment = change if on_day else datetime(2026, 3, 12, 23, 59, 59, 999_000, tzinfo=UTC)
    ledger.take(call("c1", model="claude-opus-4-6", tokens=(250_000, 0, 0, 0, 10), at=seconds_to(moment)))
    usd = Decimal(250_000 * 5 + 10 * 25 if on_day else 250_000 * 10) / 1_000_000
    assert cost(ledger.call("c1")) == (usd if on_day else usd + 10 * Decimal("37.5") / 1_000_000)


def test_batch_flex_and_priority_have_prices_of_their_own(ledger: Ledger) -> None:
    later = 30 * DAY
    made = {
        "standard": {},
        "batch": {names.SERVICE_CLASS: "batch", names.BATCH_ID: "b1"},
        "flex": {names.SERVICE_CLASS: "flex"},
        "priority": {names.SERVICE_CLASS: "priority"},
    }
    ledger.take(
        *(
            call(name, said, trace=name, at=later, model="gpt-5", provider="openai")
            for name, said in made.items()
        )
    )
    rows = {name: ledger.call(name, name) for name in made}
    assert {name: row["service_class"] for name, row in rows.items()} == {name: name for name in made}
    half = cost(rows["standard"]) / 2
    assert (cost(rows["batch"]), cost(rows["flex"])) == (half, half)
    assert cost(rows["priority"]) > cost(rows["standard"])
    assert {row["pricing_note"] for row in rows.values()} == {""}


def test_a_class_without_a_price_is_priced_as_standard_and_says_so(ledger: Ledger) -> None:
    ledger.take(call("c1", {names.SERVICE_CLASS: "fast"}, model=HAIKU), call("c2", model=HAIKU))
    row = ledger.call("c1")
    assert (row["pricing_note"], cost(row)) == ("context_fallback", cost(ledger.call("c2")))


def test_names_that_mean_a_model_of_the_list(ledger: Ledger) -> None:
    aliases = {
        "dated": ("anthropic", "claude-sonnet-4-5-20250929", SONNET, "anthropic"),
        "path": ("gcp.gemini", "models/gemini-2.5-pro", "gemini-2.5-pro", "google"),
        "routed": ("", "anthropic/claude-sonnet-4-5", SONNET, "anthropic"),
        "azure": ("azure.ai.openai", "gpt-4o", "gpt-4o", "openai"),
        "no provider": ("", "gpt-4o", "gpt-4o", "openai"),
        "system": ("openai", "gpt-4o-2024-08-06", "gpt-4o", "openai"),
    }
    ledger.take(
        *(
            call(name, provider=provider, model=model, trace=name, tokens=(1000, None, None, None, 10))
            for name, (provider, model, _, _) in aliases.items()
        )
    )
    for name, (_, _, means, book) in aliases.items():
        row = ledger.call(name, name)
        usage = Usage(input_tokens=1000, output_tokens=10)
        assert (
            cost(row) == calc_price(usage, means, provider_id=book, genai_request_timestamp=NOON).total_price
        ), name
        assert row["pricing_note"].split(",")[0] == "alias", name


def test_regional_names_keep_their_surcharge(ledger: Ledger) -> None:
    long = "anthropic.claude-sonnet-4-5-20250929-v1:0"
    ledger.take(
        call("us", provider="aws.bedrock", model=f"us.{long}", trace="us"),
        call("global", provider="aws.bedrock", model=f"global.{long}", trace="global"),
    )
    assert cost(ledger.call("us", "us")) == Decimal("1.1") * cost(ledger.call("global", "global"))


def test_the_nearest_name_is_never_taken(ledger: Ledger) -> None:
    unknown = ("claude-sonnet-99-ultra", "my-own-finetune", "sonnet", "'quoted\\name'\t\n", "模型")
    ledger.take(
        *(call(f"c{n}", model=model, provider="acme", trace=f"t{n}") for n, model in enumerate(unknown))
    )
    for row in ledger.calls():
        assert (row["pricing_status"], row["list_cost_usd"]) == ("unknown_model", None)
        assert (row["price_book_version"], row["pricing_note"]) == ("", "")
        assert row["fresh_input_tokens"] == 1000
    assert {row["request_model"] for row in ledger.calls()} == set(unknown)
    assert [row["unpriced_calls"] for row in ledger.tasks()] == [1] * len(unknown)
    assert ledger.value("SELECT sum(unpriced_calls) FROM calls_rollup FINAL") == len(unknown)


def test_a_bucket_without_a_price_leaves_the_cost_unknown(ledger: Ledger) -> None:
    ledger.take(
        call("write", provider="openai", model="gpt-4o", tokens=(10, 0, 5, 0, 1), trace="a"),
        call("none", provider="openai", model="gpt-4o", tokens=(10, 0, 0, 0, 1), trace="b"),
    )
    assert ledger.call("write", "a")["pricing_status"] == "no_price_for_bucket"
    assert cost(ledger.call("write", "a")) is None
    assert ledger.call("none", "b")["pricing_status"] == "priced"


def test_prices_of_ones_own(ledger: Ledger) -> None:
    ledger.configure(
        """
        prices:
        - {provider: anthropic, model: claude-opus-4-5, discount: 0.15}
        - {provider: anthropic, model: claude-haiku-4-5, from: 2026-10-07T12:00:00Z,
           to: 2026-10-08, output_usd_per_mtok: 9}
        - {provider: acme, model: house-model, fresh_input_usd_per_mtok: 0.0333333333, output_usd_per_mtok: 2}
        - {provider: anthropic, model: our-deployment, same_as: claude-sonnet-4-5, discount: 0.1}
        """
    )
    ledger.take(
        call("discount", model=OPUS, trace="a"),
        call("before", model=HAIKU, trace="b", at=-0.001),
        call("from", model=HAIKU, trace="c", at=0),
        call("last", model=HAIKU, trace="d", at=12 * 3600 - 0.001),
        call("after", model=HAIKU, trace="e", at=12 * 3600),
        call(
            "own", provider="acme", model="house-model", trace="f", tokens=(1_000_000, None, None, None, 100)
        ),
        call("same", model="our-deployment", trace="g"),
    )
    row = {
        name: ledger.call(name, trace)
        for name, trace in zip(
            ("discount", "before", "from", "last", "after", "own", "same"), "abcdefg", strict=True
        )
    }
    assert {name: cost(each) for name, each in row.items()} == {
        "discount": Decimal("0.85") * (1000 * 5 + 100 * 25) / 1_000_000,
        "before": Decimal(1000 * 1 + 100 * 5) / 1_000_000,
        "from": Decimal(1000 * 1 + 100 * 9) / 1_000_000,
        "last": Decimal(1000 * 1 + 100 * 9) / 1_000_000,
        "after": Decimal(1000 * 1 + 100 * 5) / 1_000_000,
        "own": Decimal("0.033333333") + Decimal(100 * 2) / 1_000_000,
        "same": Decimal("0.9") * (1000 * 3 + 100 * 15) / 1_000_000,
    }
    noted = {name: each["pricing_note"] for name, each in row.items()}
    assert noted == {**dict.fromkeys(row, "override"), "before": "", "after": ""}
    assert " + " in row["own"]["price_book_version"]


def test_what_an_emitter_says_it_cost_stands_beside_ours(ledger: Ledger) -> None:
    ledger.take(call("c1", {"gen_ai.usage.cost": 0.25}), call("c2", {"gen_ai.usage.cost": -1.0}, trace="u"))
    row = ledger.call("c1")
    assert (Decimal(row["reported_cost_usd"]), cost(row)) == (Decimal("0.25"), Decimal("0.0045"))
    assert ledger.call("c2", "u")["reported_cost_usd"] is None


def test_a_price_by_the_hour_is_that_of_the_hour(ledger: Ledger) -> None:
    """Edges of the parts of a day, before and after prices changed; a dry run by the same book changes nothing."""
    models = ("deepseek-chat", "deepseek-reasoner", "deepseek-v4-flash", "deepseek-v4-pro")
    clocks = (
        "00:00:00",
        "00:29:59",
        "00:30:00",
        "01:00:00",
        "03:59:59",
        "09:59:59.9",
        "16:29:59",
        "16:30:00",
        "23:59:59",
    )
    wanted: dict[str, tuple[Decimal, datetime]] = {}
    spans = []
    for model in models:
        for day in ("2026-01-15", "2026-10-07", "2026-11-15"):
            for clock in clocks:
                moment = datetime.fromisoformat(f"{day}T{clock}+00:00")
                name = f"{model} {moment}"
                usage = Usage(input_tokens=1500, cache_read_tokens=500, output_tokens=70)
                known = calc_price(usage, model, provider_id="deepseek", genai_request_timestamp=moment)
                wanted[name] = known.total_price, moment
                spans.append(
                    call(
                        name, provider="deepseek", model=model, tokens=(1000, 500, None, None, 70),
                        trace=name, at=seconds_to(moment),
                    )
                )  # fmt: skip
    ledger.take(*spans)
    found = {row["span_id"]: row for row in ledger.calls()}
    for name, (usd, moment) in wanted.items():
        row = found[span_bytes(name).hex()]
        assert cost(row) == usd, name
        assert " UTC" in row["price_row"], moment
    assert len({usd for usd, _ in wanted.values()}) > 6
    bounds = {"from_": "2000-01-01 00:00:00", "to_": "2100-01-01 00:00:00", "book": ""}
    said = ledger.rows(query("reprice_preview").text, **bounds)
    assert {row["changed_calls"] for row in said} == {0}
    assert sum(Decimal(row["book_usd"]) for row in said) == sum(usd for usd, _ in wanted.values())


def test_what_is_billed_beside_the_call_is_noted(ledger: Ledger) -> None:
    said = {
        "gen_ai.operation.name": "chat",
        "gen_ai.usage.input_tokens": 100,
        "gen_ai.usage.output_tokens": 7,
    }
    cached = {"gen_ai.usage.cache_read.input_tokens": 60}
    ledger.clear()
    ledger.take(
        span(
            "g",
            {
                **said,
                **cached,
                "gen_ai.provider.name": "gcp.gemini",
                "gen_ai.request.model": "gemini-2.5-flash",
            },
        ),
        span("f", {**said, "gen_ai.provider.name": "gcp.gemini", "gen_ai.request.model": "gemini-2.5-flash"}),
        span("a", {**said, "gen_ai.provider.name": "azure.ai.openai", "gen_ai.request.model": "gpt-4o-mini"}),
    )
    notes = {name: str(ledger.call(name)["pricing_note"]).split(",") for name in ("g", "f", "a")}
    assert "cache_storage_not_priced" in notes["g"]
    assert "cache_storage_not_priced" not in notes["f"]
    assert "data_zone_unknown" in notes["a"]
