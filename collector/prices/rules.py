"""Lays the prices of spanledger.yaml over the book.

In: rows of the book, the rules. Out: rows. A later rule wins where two hold at once; what a rule leaves out stays.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from fnmatch import fnmatchcase

from collector.config.model import PriceRule
from collector.prices.rows import (
    BEGINNING,
    DAILY,
    END,
    FEES,
    TOKEN_PRICES,
    PriceRow,
    Prices,
    book_provider,
    library_model,
)

SOURCE = "override"
ALSO_AT: Mapping[str, tuple[str, ...]] = {
    "azure": ("openai", "anthropic", "x-ai", "deepseek", "moonshotai"),
    "google": ("anthropic",),
}
"""Other providers whose models a provider of the book serves under the same names and at the same prices."""

Book = dict[tuple[str, str], list[PriceRow]]


def with_overrides(rows: Iterable[PriceRow], rules: Iterable[PriceRule]) -> list[PriceRow]:
    """The book with the rules laid over it, in order.

    A rule for a model the book does not know adds it for the time it holds; a pattern such as `*` names every
    model of the provider that the book knows.
    """
    book = by_name(rows)
    for rule in rules:
        for key in _keys(book, rule):
            base = book.get(key) or rows_by_name(book, key[0], key[1])
            book[key] = _lay_over(key, base, rule, rows_by_name(book, key[0], rule.same_as))
    return [row for known in book.values() for row in known]


def by_name(rows: Iterable[PriceRow]) -> Book:
    """The rows of each model."""
    book: Book = {}
    for row in rows:
        book.setdefault((row.provider, row.model), []).append(row)
    return book


def rows_by_name(
    book: Mapping[tuple[str, str], list[PriceRow]], provider: str, name: str | None
) -> list[PriceRow]:
    """Rows of a model at a provider of the book, or at one whose models it serves; empty when unknown."""
    if name is None:
        return []
    for at in (provider, *ALSO_AT.get(provider, ())):
        if (at, name) in book:
            return book[at, name]
        found = library_model(at, name)
        if found and (at, found) in book:
            return book[at, found]
    return []


def _keys(book: Book, rule: PriceRule) -> list[tuple[str, str]]:
    provider = book_provider(rule.provider)
    if "*" not in rule.model and "?" not in rule.model:
        return [(provider, rule.model)]
    return [key for key in book if key[0] == provider and fnmatchcase(key[1], rule.model)]


def _lay_over(
    key: tuple[str, str], base: Sequence[PriceRow], rule: PriceRule, same_as: Sequence[PriceRow]
) -> list[PriceRow]:
    # The book holds moments between these two.
    from_, to = max(rule.from_ or BEGINNING, BEGINNING), min(rule.to or END, END)
    if from_ >= to:
        return list(base)
    if not rule.has_own_prices and (from_ > BEGINNING or to < END):
        # Rows by the hour know no dates, so part of their time cannot be changed: no price rather than the wrong one.
        base = [row for row in base if row.region != DAILY]
        same_as = [row for row in same_as if row.region != DAILY]
    touched = [row for row in base if _is_meant(row, rule)]
    outside = [part for row in touched for part in _outside(row, from_, to)]
    outside += [row for row in base if not _is_meant(row, rule)]
    template = [row for row in same_as if _is_meant(row, rule)] if rule.same_as is not None else touched
    inside = [_inside(row, from_, to) for row in template if row.valid_from < to and row.valid_to > from_]
    if not inside and rule.has_own_prices:
        empty: Prices = dict.fromkeys((*TOKEN_PRICES, *FEES))
        inside = [PriceRow(*key, rule.service_class or "standard", from_, to, 0, empty, SOURCE)]
    changed = [
        replace(
            row,
            provider=key[0],
            model=key[1],
            prices=_changed(row.prices, rule),
            source=SOURCE,
            reference="",
            checked=None,
        )
        for row in inside
    ]
    return [*(replace(row, provider=key[0], model=key[1]) for row in outside), *changed]


def _is_meant(row: PriceRow, rule: PriceRule) -> bool:
    return rule.service_class is None or row.service_class == rule.service_class


def _outside(row: PriceRow, from_: datetime, to: datetime) -> Iterator[PriceRow]:
    if row.valid_from < min(row.valid_to, from_):
        yield replace(row, valid_to=min(row.valid_to, from_))
    if max(row.valid_from, to) < row.valid_to:
        yield replace(row, valid_from=max(row.valid_from, to))


def _inside(row: PriceRow, from_: datetime, to: datetime) -> PriceRow:
    return replace(row, valid_from=max(row.valid_from, from_), valid_to=min(row.valid_to, to))


def _changed(prices: Prices, rule: PriceRule) -> Prices:
    factor = rule.factor if rule.factor is not None else Decimal(1) - (rule.discount or Decimal(0))
    own = {name: getattr(rule, name, None) for name in (*TOKEN_PRICES, *FEES)}
    return {
        name: own[name] if own[name] is not None else (None if price is None else price * factor)
        for name, price in {**dict.fromkeys(own), **prices}.items()
    }
