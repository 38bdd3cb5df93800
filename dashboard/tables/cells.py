"""Cells of tables: one way of writing money, shares, counts, tokens, durations and tiers."""

from __future__ import annotations

from analytics.figures.numbers import UNKNOWN, count, seconds, share, usd
from dashboard.charts.theme import Palette
from dashboard.tables.table import Cell, Chip


def name(text: str, sub: str = "", *, missing: str = "(no name)") -> Cell:
    """The name of a row."""
    return Cell(seen(text, missing), text.lower(), sub=sub)


def seen(text: str, missing: str = "(no name)") -> str:
    """A name from outside; one that nobody could see to click on is said to be one."""
    if not text:
        return missing
    visible = any(letter.isprintable() and not letter.isspace() for letter in text)
    return text if visible else "(invisible name)"


def money(
    amount: float | None, *, of: float | None = None, sub: str = "", subtone: str = "", tone: str = ""
) -> Cell:
    """USD; `of` draws its share of a whole."""
    if amount is None:
        return Cell(UNKNOWN, None, sub=sub, title="unknown")
    return Cell(
        usd(amount), amount, share=abs(amount) / of if of else None, sub=sub, subtone=subtone, tone=tone
    )


def spend(amount: float, calls: int, unpriced: int, *, of: float | None = None) -> Cell:
    """What calls cost. Where none of them has a price that is no $0; how many have none stands below."""
    if calls and unpriced >= calls:
        return Cell("unpriced", None, tone="bad", title="none of these calls has a known price")
    below = f"{count(unpriced)} unpriced" if unpriced else ""
    return money(amount, of=of, sub=below, subtone="bad" if unpriced else "")


def rate(value: float | None, *, sub: str = "", tone: str = "", title: str = "") -> Cell:
    """A share of 1."""
    if value is None:
        return Cell(UNKNOWN, None, sub=sub, title=title or "nothing measured")
    return Cell(share(value), value, sub=sub, tone=tone, title=title)


def number(value: float | None, *, sub: str = "", tone: str = "") -> Cell:
    """A count."""
    return (
        Cell(count(value), value, sub=sub, tone=tone) if value is not None else Cell(UNKNOWN, None, sub=sub)
    )


def decimal(value: float | None, digits: int = 1, *, sub: str = "", tone: str = "") -> Cell:
    """A number with some digits."""
    if value is None or value != value:
        return Cell(UNKNOWN, None, sub=sub, title="nothing measured")
    return Cell(f"{value:,.{digits}f}", value, sub=sub, tone=tone)


def duration(value: float | None, *, sub: str = "") -> Cell:
    """Seconds."""
    return Cell(seconds(value), value, sub=sub)


def tier(value: str, colours: Palette) -> Cell:
    """A tier in its colour."""
    return Cell(chips=(Chip(value or "not known", colours.tier(value)),), order=value)


def word(
    text: str, colour: str = "", tone: str = "", *, sub: str = "", order: float | str | None = None
) -> Cell:
    """One word as a chip; empty shows nothing."""
    chips = (Chip(text, colour, tone),) if text else ()
    return Cell(chips=chips, order=text if order is None else order, sub=sub)
