"""Words for prices: rows of the book as lines, movements of a reprice as a table.

In: rows the ledger answered with. Out: lines for a terminal. Pure.
"""

from collections.abc import Iterator, Mapping, Sequence, Set
from decimal import Decimal
from typing import Any

BUCKETS = (
    ("fresh_input_usd_per_mtok", "input"),
    ("cache_read_usd_per_mtok", "read"),
    ("cache_write_short_usd_per_mtok", "write"),
    ("cache_write_long_usd_per_mtok", "long"),
    ("output_usd_per_mtok", "output"),
)
SOURCES = {"genai-prices": "list", "genai-prices and overlay": "both", "override": "own"}
"""Where a price comes from, in a word."""
FEES = (("web_search_usd_per_kcall", "a 1,000 searches"), ("request_usd_per_kcall", "a 1,000 calls"))


def table(head: Sequence[str], rows: Sequence[Sequence[str]], left: int = 1) -> Iterator[str]:
    """Columns in line; the first `left` ones to the left, the others to the right. A line of one cell is a heading."""
    rows = [[shown(text) for text in line] for line in rows]
    full = [head, *(line for line in rows if len(line) == len(head))]
    widths = [max(len(line[place]) for line in full) for place in range(len(head))]
    for line in (head, *rows):
        if len(line) != len(head):
            yield " ".join(line)
            continue
        cells = [
            text.ljust(width) if place < left else text.rjust(width)
            for place, (text, width) in enumerate(zip(line, widths, strict=True))
        ]
        yield "  ".join(cells).rstrip()


def shown(text: str) -> str:
    """A name from outside in one line, without what a terminal would act on."""
    return "".join(letter if letter.isprintable() else " " for letter in text)


def price(value: Any) -> str:
    """USD a million tokens without trailing zeros; a dash for no price."""
    return "-" if value is None else f"{Decimal(str(value)).normalize():f}"


def amount(value: Any, sign: bool = False) -> str:
    """USD to the hundredth of a cent, to the cent from 1,000 on."""
    usd = Decimal(str(value))
    digits = 2 if abs(usd) >= 1000 else 4
    return f"{'+' if sign and usd > 0 else '-' if usd < 0 else ''}${abs(usd):,.{digits}f}"


def book_lines(rows: Sequence[Mapping[str, Any]], of: str = "") -> Iterator[str]:
    """Rows of the book under the name of their model, one line each; `of`: all are of this one, which is not named.

    Usual prices stand before those of other classes. A price that begins lasts until the next of its kind does; where
    none does, its line says when it ends.
    """
    rows = sorted(rows, key=lambda row: (row["provider"], row["model"], row["service_class"] != "standard"))
    begins = {(_kind(row), str(row["valid_from"])) for row in rows}
    head = ("USD a million tokens" if not of else "when", *(name for _, name in BUCKETS), "source")
    lines: list[tuple[str, ...]] = []
    at = of
    for row in rows:
        model = f"{row['provider']}/{row['model']}"
        if model != at:
            lines.append((model,))
            at = model
        lines.append(
            (
                ("" if of else "  ") + _when(row, model, begins),
                *(price(row[key]) for key, _ in BUCKETS),
                SOURCES.get(str(row["source"]), str(row["source"])),
            )
        )
    yield from table(head, lines)
    yield "source: list = genai-prices; overlay = added to it; both; own = spanledger.yaml"
    if any(row["region"] == "daily" for row in rows):
        yield "rows with hours hold every day (UTC); (2), (3): after the first, the second change by date"


def _kind(row: Mapping[str, Any]) -> tuple[str, ...]:
    """What rows share that follow each other in time."""
    names = ("provider", "model", "service_class", "region", "above_input_tokens")
    return tuple(str(row[name]) for name in names)


def _when(row: Mapping[str, Any], model: str, begins: Set[tuple[tuple[str, ...], str]]) -> str:
    """For which calls a row holds: `always`, `batch us from 2026-10-14 >272k`."""
    said = str(row["price_row"]).removeprefix(model).strip()
    above = int(row["above_input_tokens"])
    short = f"{above // 1000}k" if above % 1000 == 0 else str(above)
    said = said.replace(f"above {above}", f">{short}") or "always"
    ends = str(row["valid_to"])
    follows = (_kind(row), ends) in begins and "from " in said
    if row["region"] == "daily" or ends >= "2100" or follows:
        return said
    return f"{said} until {ends[:10]}".removeprefix("always ")


def movement_lines(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """What a reprice moves, by model, and in all."""
    head = ("model", "calls", "change", "now", "then priced", "by the book", "moved")
    moved = [row for row in rows if int(row["changed_calls"])]
    lines = [_movement(f"{row['provider'] or '?'} {row['model'] or '?'}", row) for row in moved]
    keys = ("calls", "changed_calls", "now_usd", "then_usd", "book_usd", "moved_usd")
    total = {key: sum((Decimal(str(row[key])) for row in rows), Decimal(0)) for key in keys}
    lines.append(_movement("all models", total))
    yield from table(head, lines)
    yield from _unpriced(rows)


def _movement(name: str, row: Mapping[str, Any]) -> tuple[str, ...]:
    return (
        name,
        f"{int(row['calls']):,}",
        f"{int(row['changed_calls']):,}",
        amount(row["now_usd"]),
        amount(row["then_usd"]),
        amount(row["book_usd"]),
        amount(row["moved_usd"], sign=True),
    )


def _unpriced(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    gained, lost = (sum(int(row[key]) for row in rows) for key in ("newly_priced", "newly_unpriced"))
    left = sum(int(row["unpriced"]) for row in rows)
    if gained:
        yield f"{gained:,} calls without a price get one"
    if lost:
        yield f"{lost:,} calls lose their price: the book does not know it"
    if left:
        yield f"{left:,} calls stay without a cost; `spanledger doctor` says why"
