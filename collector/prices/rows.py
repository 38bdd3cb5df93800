"""Turns genai-prices into rows of the price book.

In: the library's models. Out: `PriceRow`, frozen. Never: a guess at a name or a price.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from genai_prices.types import ModelInfo, ModelPrice

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
DAY_S = 86_400
DAILY = "daily"
"""Region of rows that hold at a time of the day, every day: their validity lies in the first day of all."""
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
    "web_search_usd_per_kcall": "web_searches_kcount",
    "request_usd_per_kcall": "requests_kcount",
}

TOKEN_PRICES = tuple(name for name in _LIBRARY_KEYS if name.endswith("_usd_per_mtok"))
"""One price a million tokens for each bucket."""
FEES = tuple(name for name in _LIBRARY_KEYS if name.endswith("_usd_per_kcall"))
"""Prices a thousand web searches, and a thousand calls."""

Prices = Mapping[str, Decimal | None]


@dataclass(frozen=True, slots=True)
class PriceRow:
    """Prices in `[valid_from, valid_to)` for prompts of more than `above_input_tokens` tokens.

    `prices` maps names of TOKEN_PRICES and FEES to USD, or None for no price; what it leaves out has none.
    `region` is empty for everywhere that has no row of its own; `daily` rows hold between two times of every day
    (UTC). `reference` and `checked` say where and when
    the price was read, if the source says so. `hours` n > 0: the price depends on the hour, and rows of region
    `daily` that are valid on day n of 1970 have it.
    """

    provider: str
    model: str
    service_class: str
    valid_from: datetime
    valid_to: datetime
    above_input_tokens: int
    prices: Prices
    source: str
    region: str = ""
    reference: str = ""
    checked: date | None = None
    hours: int = 0

    @property
    def id(self) -> str:
        """Name of the row in its book, such as `anthropic/claude-opus-4-6 batch us from 2026-03-13 above 200000`."""
        if self.region == DAILY:
            hours = f"{self.valid_from:%H:%M} to {self.valid_to:%H:%M} UTC"
            service_class = f"{self.service_class} " if self.service_class != "standard" else ""
            nth = (self.valid_from - BEGINNING).days
            return f"{self.provider}/{self.model} {service_class}{hours}{f' ({nth + 1})' if nth else ''}"
        moment = self.valid_from
        day = f"{moment:%Y-%m-%d}" if moment.time() == time() else f"{moment:%Y-%m-%dT%H:%M:%SZ}"
        return " ".join(
            part
            for part in (
                f"{self.provider}/{self.model}",
                self.service_class if self.service_class != "standard" else "",
                self.region,
                f"from {day}" if moment != BEGINNING else "",
                f"above {self.above_input_tokens}" if self.above_input_tokens else "",
            )
            if part
        )


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


def book_provider(provider: str) -> str:
    """The library's name of an OpenTelemetry GenAI provider; itself when it has no other."""
    return PROVIDERS.get(provider, provider)


PROVIDERS: Mapping[str, str] = {
    "aws.bedrock": "aws",
    "bedrock": "aws",
    "bedrock_converse": "aws",
    "amazon_bedrock": "aws",
    "azure.ai.openai": "azure",
    "azure.ai.inference": "azure",
    "azure_ai": "azure",
    "azure_openai": "azure",
    "gcp.gemini": "google",
    "gcp.gen_ai": "google",
    "gcp.vertex_ai": "google",
    "gemini": "google",
    "vertex_ai": "google",
    "google_genai": "google",
    "google_vertexai": "google",
    "mistral_ai": "mistral",
    "mistralai": "mistral",
    "moonshot_ai": "moonshotai",
    "moonshot": "moonshotai",
    "x_ai": "x-ai",
    "xai": "x-ai",
    "together_ai": "together",
    "fireworks_ai": "fireworks",
    "cohere_chat": "cohere",
    "github_copilot": "github-copilot",
    "voyage": "voyageai",
    "zhipu": "zhipuai",
}


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
    for place, (start, end, prices) in enumerate(_intervals(model, context)):
        hours = place + 1 if _depends_on_the_hour(model) and not context else 0
        if hours:
            yield from _daily_rows(provider, model, start, hours)
        if context and prices == model.get_prices(start):
            continue
        for above in _thresholds(prices):
            found = {name: _price(prices, key, above) for name, key in _LIBRARY_KEYS.items()}
            if _depends_on_the_hour(model):
                found = dict.fromkeys(found)
            if _output_costs_by_kind(prices):
                found["output_usd_per_mtok"] = None
            yield PriceRow(
                provider, model.id, service_class, start, end, above, found, "genai-prices", hours=hours
            )


def _daily_rows(provider: str, model: "ModelInfo", start: datetime, hours: int) -> Iterator[PriceRow]:
    """A row for each part of the day in the time that begins at `start`; its validity lies on day `hours` of 1970."""
    first = BEGINNING + timedelta(days=hours - 1)
    parts = {timedelta(), timedelta(days=1)}
    for conditional in model.prices if isinstance(model.prices, list) else []:
        for name in ("start_time", "end_time"):
            moment = getattr(conditional.constraint, name, None)
            if moment is not None:
                since = datetime.combine(BEGINNING.date(), moment).astimezone(UTC) - BEGINNING
                parts.add(timedelta(seconds=since.total_seconds() % DAY_S))
    for from_, to in pairwise(sorted(parts)):
        prices = model.get_prices(start + from_)
        if len(_thresholds(prices)) == 1 and not _output_costs_by_kind(prices):
            of = {name: _price(prices, key, 0) for name, key in _LIBRARY_KEYS.items()}
            yield PriceRow(
                provider, model.id, "standard", first + from_, first + to, 0, of, "genai-prices", DAILY
            )


def _intervals(
    model: "ModelInfo", context: Mapping[str, str]
) -> Iterator[tuple[datetime, datetime, "ModelPrice"]]:
    start, prices = BEGINNING, model.get_prices(BEGINNING, dict(context) or None)
    for moment in sorted(_start_dates(model)):
        next_prices = model.get_prices(moment, dict(context) or None)
        if next_prices != prices or model.get_prices(moment) != model.get_prices(start):
            yield start, moment, prices
            start, prices = moment, next_prices
    yield start, END, prices


def _depends_on_the_hour(model: "ModelInfo") -> bool:
    """Whether the price changes during the day: the row of its dates has no price then, `_daily_rows` have it."""
    conditional = model.prices if isinstance(model.prices, list) else []
    return any(hasattr(part.constraint, "start_time") for part in conditional)


def _output_costs_by_kind(prices: "ModelPrice") -> bool:
    """Whether reasoning or citations have a price of their own: spans do not always tell them apart."""
    kinds = ("output_reasoning_mtok", "output_citation_mtok")
    own = (getattr(prices, kind, None) for kind in kinds)
    return any(price is not None and price != getattr(prices, "output_mtok", None) for price in own)


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
