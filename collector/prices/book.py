"""The price book of an installation: list prices, what fills their gaps, and one's own prices; and its version.

In: the configuration. Out: rows, a version. The same version always means the same rows.
"""

import hashlib
from decimal import ROUND_HALF_EVEN, Decimal
from functools import cache
from importlib.metadata import version

from collector.config.model import Config
from collector.prices.overlay import overlay_digest, overlay_rules, with_overlay
from collector.prices.rows import FEES, TOKEN_PRICES, PriceRow, library_rows
from collector.prices.rules import with_overrides

_SMALLEST = Decimal("1e-9")


@cache
def listed_rows() -> tuple[PriceRow, ...]:
    """List prices with their gaps filled."""
    return tuple(with_overlay(library_rows(), overlay_rules()))


def price_book(config: Config) -> list[PriceRow]:
    """The whole book by a configuration."""
    return with_overrides(listed_rows(), config.prices)


def book_version(config: Config) -> str:
    """Version of the book: the library's, a digest of the overlay, and one of the overrides when there are any."""
    base = f"genai-prices {version('genai-prices')} + overlay {overlay_digest()}"
    if not config.prices:
        return base
    rules = "\n".join(rule.model_dump_json() for rule in config.prices)
    return f"{base} + own {hashlib.sha256(rules.encode()).hexdigest()[:8]}"


def record(book: str, row: PriceRow) -> dict[str, object]:
    """A row as the table price_book holds it."""
    return {
        "book_version": book,
        "provider": row.provider,
        "model": row.model,
        "service_class": row.service_class,
        "region": row.region,
        "valid_from": int(row.valid_from.timestamp()),
        "valid_to": int(row.valid_to.timestamp()),
        "above_input_tokens": row.above_input_tokens,
        "price_row": row.id,
        "source": row.source,
        "reference": row.reference,
        "checked": row.checked,
        "hours": row.hours,
        **{name: _usd(row.prices.get(name)) for name in (*TOKEN_PRICES, *FEES)},
    }


def _usd(price: Decimal | None) -> str | None:
    """A price as the book holds it; the library has some that went through floating point."""
    return None if price is None else str(price.quantize(_SMALLEST, ROUND_HALF_EVEN))
