"""The price book as rows: whole, without gaps, and changed by the rules of spanledger.yaml."""

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from collector.config.model import Config, PriceRule, parse_config
from collector.prices.book import book_version, listed_rows
from collector.prices.rows import BEGINNING, END, TOKEN_PRICES, PriceRow
from collector.prices.rules import with_overrides

ROWS = listed_rows()
FRESH, OUTPUT = "fresh_input_usd_per_mtok", "output_usd_per_mtok"


def row(start: int = 1970, end: int = 2100, price: str = "10", model: str = "m", above: int = 0) -> PriceRow:
    prices = {**dict.fromkeys(TOKEN_PRICES), FRESH: Decimal(price), OUTPUT: Decimal(price) * 5}
    return PriceRow("anthropic", model, "standard", year(start), year(end), above, prices, "genai-prices")


def year(number: int) -> datetime:
    return datetime(number, 1, 1, tzinfo=UTC)


def rules(yaml: str) -> tuple[PriceRule, ...]:
    return parse_config(f"prices: [{yaml}]".encode(), "spanledger.yaml").prices


def told(rows: list[PriceRow]) -> list[tuple[str, int, int, Decimal | None, str]]:
    return sorted((r.model, r.valid_from.year, r.valid_to.year, r.prices[FRESH], r.source) for r in rows)


def test_every_model_is_priced_for_all_time_without_gap_or_overlap() -> None:
    spans = defaultdict(set)
    for each in ROWS:
        spans[each.provider, each.model, each.service_class, each.region].add(
            (each.valid_from, each.valid_to)
        )
    for key, found in spans.items():
        ordered = sorted(found)
        if key[2:] == ("standard", ""):
            assert (ordered[0][0], ordered[-1][1]) == (BEGINNING, END), key
        for (_, end), (start, _) in pairwise(ordered):
            assert end <= start, key


def test_rows_are_one_a_place() -> None:
    places = [
        (r.provider, r.model, r.service_class, r.region, r.valid_from, r.above_input_tokens) for r in ROWS
    ]
    assert len(places) == len(set(places))
    assert len({r.id for r in ROWS}) == len(places), "the name of a row is its own"


def test_other_classes_stand_only_where_they_differ() -> None:
    standard = {(r.provider, r.model): r for r in ROWS if r.service_class == "standard"}
    assert len(standard) > 1000
    assert len([r for r in ROWS if r.service_class != "standard"]) < len(standard)


def test_no_price_is_negative() -> None:
    assert all(price is None or price >= 0 for each in ROWS for price in each.prices.values())


def test_a_price_that_depends_on_the_hour_stands_in_rows_of_the_day() -> None:
    found = [r for r in ROWS if r.provider == "deepseek" and r.model == "deepseek-chat"]
    by_date = [r for r in found if r.region == ""]
    assert [(r.hours, set(r.prices.values())) for r in by_date] == [(1, {None})]
    assert [(r.id, r.prices[FRESH]) for r in found if r.region == "daily"] == [
        ("deepseek/deepseek-chat 00:00 to 00:30 UTC", Decimal("0.135")),
        ("deepseek/deepseek-chat 00:30 to 16:30 UTC", Decimal("0.27")),
        ("deepseek/deepseek-chat 16:30 to 00:00 UTC", Decimal("0.135")),
    ]


def test_the_parts_of_a_day_are_whole_for_every_time_that_a_price_holds() -> None:
    models = {(r.provider, r.model) for r in ROWS if r.region == "daily"}
    assert len(models) >= 4
    for model in models:
        mine = [r for r in ROWS if (r.provider, r.model) == model]
        for hours in {r.hours for r in mine if r.hours}:
            day = BEGINNING + timedelta(days=hours - 1)
            parts = sorted(
                (r.valid_from, r.valid_to)
                for r in mine
                if r.region == "daily" and day <= r.valid_from < day + timedelta(days=1)
            )
            assert (parts[0][0], parts[-1][1]) == (day, day + timedelta(days=1))
            assert all(one[1] == after[0] for one, after in pairwise(parts))


def test_part_of_the_time_of_a_price_by_the_hour_cannot_be_discounted() -> None:
    always = rules("{provider: deepseek, model: deepseek-chat, discount: 0.5}")
    mine = [r for r in with_overrides(ROWS, always) if r.model == "deepseek-chat" and r.region == "daily"]
    assert sorted(r.prices[FRESH] for r in mine if r.provider == "deepseek")[0] == Decimal("0.0675")
    for_a_while = rules("{provider: deepseek, model: deepseek-chat, discount: 0.5, from: 2026-11-01}")
    changed = [r for r in with_overrides(ROWS, for_a_while) if r.provider == "deepseek"]
    assert not [r for r in changed if r.model == "deepseek-chat" and r.region == "daily"]


def test_a_rule_cuts_the_time_it_holds_out_of_the_list_price() -> None:
    found = with_overrides(
        [row()], rules("{provider: anthropic, model: m, from: 2020-01-01, to: 2021-01-01, discount: 0.5}")
    )
    assert told(found) == [
        ("m", 1970, 2020, Decimal(10), "genai-prices"),
        ("m", 2020, 2021, Decimal(5), "override"),
        ("m", 2021, 2100, Decimal(10), "genai-prices"),
    ]


def test_the_last_rule_wins_and_sees_the_one_before() -> None:
    found = with_overrides(
        [row()],
        rules(
            "{provider: anthropic, model: m, discount: 0.5}, "
            "{provider: anthropic, model: m, from: 2020-01-01, fresh_input_usd_per_mtok: 7}"
        ),
    )
    assert told(found) == [
        ("m", 1970, 2020, Decimal(5), "override"),
        ("m", 2020, 2100, Decimal(7), "override"),
    ]
    assert {each.prices[OUTPUT] for each in found} == {Decimal(25)}, (
        "a bucket the rule leaves out keeps its price"
    )


def test_same_as_takes_the_other_models_history_and_thresholds() -> None:
    other = [row(1970, 2020, "1", "o"), row(2020, 2100, "2", "o"), row(2020, 2100, "4", "o", above=200)]
    found = with_overrides(other, rules("{provider: anthropic, model: mine, same_as: o, discount: 0.5}"))
    mine = [each for each in found if each.model == "mine"]
    assert [(r.valid_from.year, r.above_input_tokens, r.prices[FRESH]) for r in mine] == [
        (1970, 0, Decimal("0.5")),
        (2020, 0, Decimal(1)),
        (2020, 200, Decimal(2)),
    ]
    assert told([each for each in found if each.model == "o"]) == told(other)


def test_a_rule_of_more_than_all_time_stays_within_what_the_book_holds() -> None:
    long = with_overrides(
        [row()], rules("{provider: anthropic, model: m, factor: 2, from: 1900-01-01, to: 2500-01-01}")
    )
    assert told(long) == [("m", 1970, 2100, Decimal(20), "override")]
    past = rules("{provider: anthropic, model: m, factor: 2, from: 1900-01-01, to: 1960-01-01}")
    assert told(with_overrides([row()], past)) == told([row()])


def test_a_new_model_has_only_the_prices_given() -> None:
    (found,) = with_overrides([], rules("{provider: acme, model: new, output_usd_per_mtok: 2}"))
    assert (found.prices[OUTPUT], found.prices[FRESH], found.valid_to) == (Decimal(2), None, END)


_YEARS = st.integers(1990, 2040)


@given(st.lists(st.tuples(_YEARS, _YEARS, st.integers(0, 9)), max_size=5))
def test_at_every_moment_the_last_rule_that_holds_is_in_force(made: list[tuple[int, int, int]]) -> None:
    held = [(a, b, price) for a, b, price in made if a < b]
    yaml = ", ".join(
        f"{{provider: anthropic, model: m, from: {a}-01-01, to: {b}-01-01, fresh_input_usd_per_mtok: {price}}}"
        for a, b, price in held
    )
    found = with_overrides([row()], rules(yaml) if yaml else ())
    for moment in range(1985, 2045):
        now = [r for r in found if r.valid_from <= year(moment) < r.valid_to]
        assert len(now) == 1
        wanted = next((price for a, b, price in reversed(held) if a <= moment < b), 10)
        assert now[0].prices[FRESH] == wanted


def test_a_book_is_named_by_the_library_and_the_rules() -> None:
    plain = book_version(Config())
    one = book_version(Config(prices=rules("{provider: a, model: m, discount: 0.1}")))
    other = book_version(Config(prices=rules("{provider: a, model: m, discount: 0.2}")))
    assert plain.startswith("genai-prices ")
    assert len({plain, one, other}) == 3
    assert one.startswith(plain)
