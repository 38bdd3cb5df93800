"""Tables of the Prices page: models seen, rows of the book, what another book would say.

In: rows of analytics. Out: tables of plain values, names as they came.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from analytics.figures.numbers import UNKNOWN, count, plural, usd, usd_exact
from analytics.price_rows import BookRow, ModelMovement, SeenModel, usual_price
from dashboard.charts.theme import Palette
from dashboard.tables.table import Cell, Chip, Column, Line, Table

BUCKETS = (
    Column("Input", help="USD a million fresh input tokens, now.", query="price_rows"),
    Column("Cache read", rank="mid", help="USD a million tokens read from a cache.", query="price_rows"),
    Column(
        "Write short",
        rank="low",
        help="USD a million tokens written to a cache for the default lifetime.",
        query="price_rows",
    ),
    Column("Write long", rank="low", help="The same for the extended lifetime.", query="price_rows"),
    Column("Output", help="USD a million output tokens, reasoning included.", query="price_rows"),
)
SEEN = (
    Column("Model as seen", align="left", first=True, query="price_models"),
    Column("Price row", align="left", rank="mid"),
    *BUCKETS,
    Column("Since", align="left", rank="low", help="From when the price holds."),
    Column("Calls", rank="mid", help="Calls that started in the period."),
    Column("Spend", help="Their cost; unpriced calls are counted below it, not in it."),
)
ROWS = (
    Column("Price row", align="left", first=True, query="price_rows"),
    *BUCKETS,
    Column("Until", align="left", rank="mid"),
    Column("Source", align="left", rank="mid"),
)
MOVED = (
    Column("Model", align="left", first=True, query="reprice_preview"),
    Column("Calls", rank="mid", help="Calls that started in the period."),
    Column("Change", rank="mid", help="Calls whose cost would change."),
    Column("As priced then", rank="low", help="Cost when the calls were first priced."),
    Column("Now", help="Cost at the book in force."),
    Column("By this book", help="Cost at the chosen book."),
    Column("Moved", help="The chosen book against the one in force."),
)


def seen_table(
    seen: Sequence[SeenModel], rows: list[BookRow], now: datetime, colours: Palette, *, then: bool
) -> Table:
    """Models seen, dearest first, with what an ordinary call costs now; spend by the book, or as priced then."""
    lines = tuple(Line(_seen(one, usual_price(rows, one, now), colours, then=then)) for one in seen)
    return Table("Models seen and what they cost", SEEN, lines)


def row_table(rows: Sequence[BookRow], colours: Palette) -> Table:
    """Rows of the book as they stand."""
    return Table("Rows of the price book", ROWS, tuple(Line(_row(row, colours)) for row in rows))


def moved_table(rows: Sequence[ModelMovement]) -> Table:
    """What each model's calls would cost by another book, largest movement first."""
    return Table("What would move", MOVED, tuple(Line(_moved(row)) for row in rows))


def price(amount: Decimal | None) -> str:
    """USD a million tokens, to the cent or as exact as it is."""
    return UNKNOWN if amount is None else usd_exact(f"{amount:f}")


def _seen(one: SeenModel, row: BookRow | None, colours: Palette, *, then: bool) -> tuple[Cell, ...]:
    spent = float(one.original_usd if then else one.list_usd)
    name = Cell(one.model or "unnamed model", one.model, sub=one.provider)
    prices: tuple[Cell, ...] = (Cell(UNKNOWN),) * len(BUCKETS)
    if row is None:
        missing = "not in the price book" if not one.book_model else "no price today"
        meaning, since = Cell(missing, "", tone="bad"), Cell(UNKNOWN)
    else:
        meaning = Cell(f"{row.provider}/{row.model}", row.model, sub=_how(one, row))
        prices, since = _prices(row), Cell(_day(row.valid_from, "always"), row.valid_from.timestamp())
    left = f"{plural(one.unpriced, 'call')} unpriced" if one.unpriced else ""
    return (
        name,
        meaning,
        *prices,
        since,
        Cell(count(one.calls), one.calls),
        Cell(usd(spent), spent, sub=left, subtone="bad")
        if one.unpriced < one.calls
        else Cell("unpriced", None, tone="bad"),
    )


def _how(one: SeenModel, row: BookRow) -> str:
    parts = [
        "by a naming rule" if one.note else "",
        {"override": "your own price", "overlay": "overlay"}.get(row.source, ""),
    ]
    return ", ".join(part for part in parts if part)


def _row(row: BookRow, colours: Palette) -> tuple[Cell, ...]:
    colour = {"override": colours.series[1], "overlay": colours.series[3]}.get(row.source, colours.muted)
    read = f", read {row.checked:%Y-%m-%d}" if row.checked else ""
    return (
        Cell(row.price_row, row.price_row),
        *_prices(row),
        Cell(_day(row.valid_to, "further notice"), row.valid_to.timestamp()),
        Cell(chips=(Chip(row.source, colour),), order=row.source, title=f"{row.reference}{read}"),
    )


def _prices(row: BookRow) -> tuple[Cell, ...]:
    amounts = (
        row.fresh_input_usd_per_mtok,
        row.cache_read_usd_per_mtok,
        row.cache_write_short_usd_per_mtok,
        row.cache_write_long_usd_per_mtok,
        row.output_usd_per_mtok,
    )
    return tuple(Cell(price(one), float(one) if one is not None else None) for one in amounts)


def _moved(row: ModelMovement) -> tuple[Cell, ...]:
    then, now, by_book, moved = (
        float(text) for text in (row.then_usd, row.now_usd, row.book_usd, row.moved_usd)
    )
    sign = "+" if moved > 0 else ""
    fate = (
        f"{count(row.newly_priced)} get a price" if row.newly_priced
        else f"{count(row.newly_unpriced)} lose their price" if row.newly_unpriced else ""
    )  # fmt: skip
    return (
        Cell(row.model or "unnamed model", row.model, sub=row.provider),
        Cell(count(row.calls), row.calls),
        Cell(count(row.changed_calls), row.changed_calls, sub=fate),
        Cell(usd(then), then),
        Cell(usd(now), now),
        Cell(usd(by_book), by_book),
        Cell(f"{sign}{usd(moved)}" if moved else "$0", moved),
    )


def _day(moment: datetime, never: str) -> str:
    return never if moment.year < 1980 or moment.year >= 2100 else f"{moment:%Y-%m-%d}"
