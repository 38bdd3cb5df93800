"""Looks for what is wrong with a price book: rules that do nothing, prices that contradict each other, an old list.

In: the configuration, rows, the time. Out: findings. Pure but for reading the installed list.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Literal

from collector.config.model import Config, PriceRule
from collector.prices.overlay import OverlayRule, overlay_rules, with_overlay
from collector.prices.rows import BEGINNING, TOKEN_PRICES, PriceRow, book_provider, library_rows
from collector.prices.rules import by_name, rows_by_name, with_overrides

OLD_AFTER = timedelta(days=45)
FRESH, READ, SHORT, LONG, OUTPUT = TOKEN_PRICES


@dataclass(frozen=True, slots=True)
class PriceFinding:
    """`error`: costs are wrong or missing by it; `warning`: worth a look. `advice` says what to do."""

    severity: Literal["error", "warning"]
    subject: str
    what: str
    advice: str


def check_book(config: Config, now: datetime) -> list[PriceFinding]:
    """Everything that can be said of the book without a ledger, errors first."""
    listed = list(library_rows())
    filled = with_overlay(listed, overlay_rules())
    found = [
        *_idle_rules(config, filled),
        *_broad_rules(config, filled),
        *_contradictions(with_overrides(filled, config.prices)),
        *_idle_overlay(listed, overlay_rules()),
        *_age(listed, now),
    ]
    return sorted(found, key=lambda finding: (finding.severity != "error", finding.subject))


def newest_change(rows: Iterable[PriceRow], now: datetime) -> datetime:
    """The latest price change up to now that the rows know of: how far the list reaches."""
    return max((row.valid_from for row in rows if row.valid_from <= now), default=BEGINNING)


def _idle_rules(config: Config, rows: Sequence[PriceRow]) -> Iterator[PriceFinding]:
    book = by_name(rows)
    for place, rule in enumerate(config.prices):
        subject = f"prices[{place}] {rule.provider} {rule.model}"
        known = with_overrides(rows, [rule])
        if not any(row.source == "override" for row in known):
            yield PriceFinding("error", subject, *_why_idle(rule, book))


def _broad_rules(config: Config, rows: Sequence[PriceRow]) -> Iterator[PriceFinding]:
    """Rules for all classes that say one price where the list has several: batch at full price, say."""
    book = by_name(rows)
    for place, rule in enumerate(config.prices):
        if rule.service_class is not None or not rule.has_own_prices:
            continue
        listed = rows_by_name(book, book_provider(rule.provider), rule.model)
        usual = _own_of(rule, (row for row in listed if row.service_class == "standard"))
        by_hand = {
            other.service_class
            for other in config.prices[place + 1 :]
            if (other.provider, other.model) == (rule.provider, rule.model)
        }
        classes = {row.service_class for row in listed} - {"standard"} - by_hand
        levelled = sorted(
            one
            for one in classes
            if not _own_of(rule, (row for row in listed if row.service_class == one)) <= usual
        )
        if levelled:
            named = " and ".join(levelled) if len(levelled) < 3 else ", ".join(levelled)
            yield PriceFinding(
                "warning",
                f"prices[{place}] {rule.provider} {rule.model}",
                f"holds for {named} too, where the list has prices of {'its' if len(levelled) == 1 else 'their'} own",
                "say service_class: standard, and give the others rules of their own if they changed as well",
            )


def _own_of(rule: PriceRule, rows: Iterable[PriceRow]) -> set[tuple[str, Decimal | None]]:
    """What the list says of the buckets that the rule prices, everywhere, at ordinary length."""
    return {
        (name, row.prices.get(name))
        for row in rows
        if not row.region and not row.above_input_tokens
        for name in TOKEN_PRICES
        if getattr(rule, name) is not None
    }


def _why_idle(rule: PriceRule, book: dict[tuple[str, str], list[PriceRow]]) -> tuple[str, str]:
    provider = book_provider(rule.provider)
    name = rule.same_as or rule.model
    if not rows_by_name(book, provider, name):
        known = sorted({at for at, _ in book})
        if provider not in known:
            return f"the list knows no provider {rule.provider!r}", f"say one of {', '.join(known)}"
        return (
            f"the list has no price of {name!r} at {rule.provider}, so the rule changes nothing",
            "give prices a million tokens, or a name that `spanledger prices show` knows",
        )
    return (
        "no price holds in its time and class, so the rule changes nothing",
        "correct from, to or service_class",
    )


def _contradictions(rows: Iterable[PriceRow]) -> Iterator[PriceFinding]:
    rows = list(rows)
    standard = {
        (row.provider, row.model, row.region, row.valid_from, row.above_input_tokens): row
        for row in rows
        if row.service_class == "standard"
    }
    for row in rows:
        for what in _own_contradictions(row):
            yield _odd(row, what)
        beside = standard.get((row.provider, row.model, row.region, row.valid_from, row.above_input_tokens))
        if row.service_class in ("batch", "flex") and beside is not None:
            for name in TOKEN_PRICES:
                price, usual = row.prices.get(name), beside.prices.get(name)
                if price is not None and usual is not None and price > usual:
                    yield _odd(
                        row, f"{_bucket(name)} costs {price} in {row.service_class}, {usual} otherwise"
                    )


def _own_contradictions(row: PriceRow) -> Iterator[str]:
    pairs = (
        (READ, FRESH, "a cache read is dearer than fresh input"),
        (SHORT, LONG, "a short cache write is dearer than a long one"),
    )
    for dear, cheap, what in pairs:
        high, low = row.prices.get(dear), row.prices.get(cheap)
        if high is not None and low is not None and high > low and low > 0:
            yield f"{what} ({high} against {low})"


def _odd(row: PriceRow, what: str) -> PriceFinding:
    where = "your rule in spanledger.yaml" if row.source == "override" else f"the price list ({row.source})"
    severity: Literal["error", "warning"] = "error" if row.source == "override" else "warning"
    return PriceFinding(severity, row.id, what, f"compare {where} with the provider's page")


def _bucket(name: str) -> str:
    return name.removesuffix("_usd_per_mtok").replace("_", " ")


def _idle_overlay(rows: Sequence[PriceRow], rules: Sequence[OverlayRule]) -> Iterator[PriceFinding]:
    for rule in rules:
        if not any(row.source != "genai-prices" for row in with_overlay(rows, [rule])):
            yield PriceFinding(
                "warning",
                f"overlay {rule.kind} {rule.provider} {', '.join(rule.models)}",
                "adds nothing: the price list has these prices by now, or names the models otherwise",
                "take it out of overlay.yaml",
            )


def _age(rows: Sequence[PriceRow], now: datetime) -> Iterator[PriceFinding]:
    newest = newest_change(rows, now.astimezone(UTC))
    if now - newest > OLD_AFTER:
        yield PriceFinding(
            "warning",
            "price list",
            f"the newest price change it knows is of {newest:%Y-%m-%d}, {(now - newest).days} days ago",
            "update genai-prices, then `spanledger prices refresh`",
        )
