"""Rows of the queries about prices, one frozen class a query.

Prices are USD a million tokens; amounts USD, Decimal or exact text.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal


@dataclass(frozen=True)
class BookRow:
    """Query `price_rows`: one row of a price book. None = no price."""

    price_row: str
    provider: str
    model: str
    service_class: str
    region: str
    valid_from: datetime
    valid_to: datetime
    above_input_tokens: int
    fresh_input_usd_per_mtok: Decimal | None
    cache_read_usd_per_mtok: Decimal | None
    cache_write_short_usd_per_mtok: Decimal | None
    cache_write_long_usd_per_mtok: Decimal | None
    output_usd_per_mtok: Decimal | None
    web_search_usd_per_kcall: Decimal | None
    request_usd_per_kcall: Decimal | None
    source: str
    reference: str
    checked: date | None

    @property
    def is_usual(self) -> bool:
        """Whether it is the price of an ordinary call: standard class, no special place, short prompt."""
        return self.service_class == "standard" and not self.region and not self.above_input_tokens


@dataclass(frozen=True)
class SeenModel:
    """Query `price_models`: one model name seen, what it means and what its calls cost."""

    provider: str
    model: str
    book_provider: str
    book_model: str
    note: str
    tier: str
    calls: int
    unpriced: int
    list_usd: Decimal
    original_usd: Decimal
    last_seen: datetime | None


@dataclass(frozen=True)
class ModelMovement:
    """Query `reprice_preview`: what the calls of a model cost now, cost at first, and would cost by a book."""

    provider: str
    model: str
    calls: int
    changed_calls: int
    newly_priced: int
    newly_unpriced: int
    unpriced: int
    now_usd: str
    then_usd: str
    book_usd: str
    moved_usd: str


def usual_price(rows: list[BookRow], seen: SeenModel, now: datetime) -> BookRow | None:
    """The row that prices an ordinary call of the model now; None when there is none."""
    for row in rows:
        is_its = (row.provider, row.model) == (seen.book_provider, seen.book_model)
        if is_its and row.is_usual and row.valid_from <= now < row.valid_to:
            return row
    return None


def rule_to_paste(provider: str, model: str) -> str:
    """Lines for spanledger.yaml that give a model a price, its names quoted."""
    return (
        f"  - {{provider: {_quoted(provider or 'PROVIDER')}, model: {_quoted(model or 'MODEL')}, "
        "fresh_input_usd_per_mtok: 0.00, cache_read_usd_per_mtok: 0.00, output_usd_per_mtok: 0.00}"
    )


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return f'"{escaped}"'
