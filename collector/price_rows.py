"""Turns genai-prices and the overrides of spanledger.yaml into rows of the price book.

In: the library's models, the price rules. Out: `PriceRow`, frozen. Never: a guess at a name or a price.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING

from collector.config import BUCKET_PRICES, PriceRule

if TYPE_CHECKING:
    from genai_prices.types import ModelInfo, ModelPrice

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
END = datetime(2100, 1, 1, tzinfo=UTC)

# Which request context of the library stands for which service class; several because providers differ.
CONTEXTS: Mapping[str, tuple[Mapping[str, str], ...]] = {
    "standard": ({},),
    "batch": ({"processing": "batch"},),
    "flex": ({"service_tier": "flex"},),
    "priority": ({"service_tier": "priority"},),
    "fast": ({"service_tier": "fast"}, {"speed": "fast"}),
}

_LIBRARY_KEYS: Mapping[str, str] = {
    "fresh_input_usd_per_mtok": "input_mtok",
    "cache_read_usd_per_mtok": "cache_read_mtok",
    "cache_write_short_usd_per_mtok": "cache_write_mtok",
    "cache_write_long_usd_per_mtok": "cache_write_1h_mtok",
    "output_usd_per_mtok": "output_mtok",
}

Prices = Mapping[str, Decimal | None]


@dataclass(frozen=True, slots=True)
class PriceRow:
    """Prices in `[valid_from, valid_to)` for prompts of more than `above_input_tokens` tokens.

    `prices` maps each name of BUCKET_PRICES to USD a million tokens, or None for no price.
    """

    provider: str
    model: str
    service_class: str
    valid_from: datetime
    valid_to: datetime
    above_input_tokens: int
    prices: Prices
    source: str


def library_rows() -> Iterator[PriceRow]:
    """Every price the library knows, by provider and model as it names them."""
    from genai_prices.data import providers

    for provider in providers:
        for model in provider.models:
            yield from model_rows(provider.id, model)


def model_rows(provider: str, model: "ModelInfo") -> Iterator[PriceRow]:
    """Rows of one model: one for every service class it is priced for, interval and prompt length."""
    for service_class, contexts in CONTEXTS.items():
        for context in contexts:
            rows = list(_class_rows(provider, model, service_class, context))
            if rows:
                yield from rows
                break


def with_overrides(rows: Sequence[PriceRow], rules: Iterable[PriceRule]) -> list[PriceRow]:
    """The book with the rules laid over it, in order; a later rule wins where two hold at once.

    A rule for a model the book does not know adds it for the time it holds.
    """
    book: dict[tuple[str, str], list[PriceRow]] = {}
    for row in rows:
        book.setdefault((row.provider, row.model), []).append(row)
    for rule in rules:
        key = (book_provider(rule.provider), rule.model)
        base = book.get(key) or _rows_by_name(book, key[0], rule.model)
        book[key] = _lay_over(key, base, rule, _rows_by_name(book, key[0], rule.same_as))
    return [row for rows in book.values() for row in rows]


def book_provider(provider: str) -> str:
    """The library's name of an OpenTelemetry GenAI provider; itself when it has no other."""
    return PROVIDERS.get(provider, provider)


PROVIDERS: Mapping[str, str] = {
    "aws.bedrock": "aws",
    "azure.ai.openai": "azure",
    "azure.ai.inference": "azure",
    "gcp.gemini": "google",
    "gcp.gen_ai": "google",
    "gcp.vertex_ai": "google",
    "mistral_ai": "mistral",
    "moonshot_ai": "moonshotai",
    "x_ai": "x-ai",
}


def _rows_by_name(
    book: Mapping[tuple[str, str], list[PriceRow]], provider: str, name: str | None
) -> list[PriceRow]:
    if name is None:
        return []
    if (provider, name) in book:
        return book[(provider, name)]
    found = library_model(provider, name)
    return book.get((provider, found), []) if found else []


def library_model(provider: str, name: str) -> str | None:
    """The library's id of a model name at one of its providers, by its own explicit rules; None if unknown."""
    from genai_prices.data import providers

    for known in providers:
        if known.id == provider:
            model = known.find_model(name.lower(), all_providers=providers)
            return model.id if model and any(m.id == model.id for m in known.models) else None
    return None


def _class_rows(
    provider: str, model: "ModelInfo", service_class: str, context: Mapping[str, str]
) -> Iterator[PriceRow]:
    for start, end, prices in _intervals(model, context):
        if context and prices == model.get_prices(start):
            continue
        for above in _thresholds(prices):
            buckets = {name: _price(prices, key, above) for name, key in _LIBRARY_KEYS.items()}
            if _depends_on_the_hour(model):
                buckets = dict.fromkeys(buckets)
            yield PriceRow(provider, model.id, service_class, start, end, above, buckets, "genai-prices")


def _intervals(
    model: "ModelInfo", context: Mapping[str, str]
) -> Iterator[tuple[datetime, datetime, "ModelPrice"]]:
    start, prices = BEGINNING, model.get_prices(BEGINNING, dict(context) or None)
    for date in sorted(_start_dates(model)):
        next_prices = model.get_prices(date, dict(context) or None)
        if next_prices != prices or model.get_prices(date) != model.get_prices(start):
            yield start, date, prices
            start, prices = date, next_prices
    yield start, END, prices


def _depends_on_the_hour(model: "ModelInfo") -> bool:
    """Whether the price changes during the day: the book holds dates only, and no price is better than a wrong one."""
    conditional = model.prices if isinstance(model.prices, list) else []
    return any(hasattr(part.constraint, "start_time") for part in conditional)


def _start_dates(model: "ModelInfo") -> set[datetime]:
    conditional = model.prices if isinstance(model.prices, list) else []
    parts = [*conditional, *(getattr(model, "price_variants", None) or [])]
    dates = (getattr(part.constraint, "start_date", None) for part in parts)
    return {datetime.combine(day, time(), tzinfo=UTC) for day in dates if day is not None}


def _thresholds(prices: "ModelPrice") -> list[int]:
    starts = {0}
    for key in _LIBRARY_KEYS.values():
        value = getattr(prices, key, None)
        starts |= {tier.start for tier in getattr(value, "tiers", ())}
    return sorted(starts)


def _price(prices: "ModelPrice", key: str, above: int) -> Decimal | None:
    value = getattr(prices, key, None)
    if value is None or isinstance(value, Decimal):
        return value
    price: Decimal = value.base
    for tier in sorted(value.tiers, key=lambda tier: tier.start):
        if tier.start <= above:
            price = tier.price
    return price


def _lay_over(
    key: tuple[str, str], base: Sequence[PriceRow], rule: PriceRule, same_as: Sequence[PriceRow]
) -> list[PriceRow]:
    from_, to = rule.from_ or BEGINNING, rule.to or END
    outside = [part for row in base for part in _outside(row, from_, to)]
    template = same_as if rule.same_as is not None else base
    inside = [_inside(row, from_, to) for row in template if row.valid_from < to and row.valid_to > from_]
    if not inside and rule.has_own_prices:
        empty: Prices = dict.fromkeys(BUCKET_PRICES)
        inside = [PriceRow(*key, "standard", from_, to, 0, empty, "override")]
    changed = [
        replace(row, provider=key[0], model=key[1], prices=_changed(row.prices, rule), source="override")
        for row in inside
    ]
    return [*(replace(row, provider=key[0], model=key[1]) for row in outside), *changed]


def _outside(row: PriceRow, from_: datetime, to: datetime) -> Iterator[PriceRow]:
    if row.valid_from < min(row.valid_to, from_):
        yield replace(row, valid_to=min(row.valid_to, from_))
    if max(row.valid_from, to) < row.valid_to:
        yield replace(row, valid_from=max(row.valid_from, to))


def _inside(row: PriceRow, from_: datetime, to: datetime) -> PriceRow:
    return replace(row, valid_from=max(row.valid_from, from_), valid_to=min(row.valid_to, to))


def _changed(prices: Prices, rule: PriceRule) -> Prices:
    factor = Decimal(1) - (rule.discount or Decimal(0))
    own = {name: getattr(rule, name) for name in BUCKET_PRICES}
    return {
        name: own[name] if own[name] is not None else (None if price is None else price * factor)
        for name, price in prices.items()
    }
