"""A figure beside the one before: how it is written, and whether it may be called better or worse.

Takes two estimates, gives words and a tone. Says nothing where the comparison would mislead.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from analytics.figures.estimates import Estimate

FEWEST: Final = 30
"""Fewer things than this in either period: no change is stated."""

SMALL_MONEY: Final = 0.02
SMALL_RATE: Final = 0.005
"""Changes below these are stated without colour."""

SURE: Final = 1.96
"""Standard errors a change must exceed to be coloured: 95 of 100 changes by chance alone stay below."""

LARGEST_TIMES: Final = 10.0


class Better(StrEnum):
    """Which way is good."""

    LOWER = "lower"
    HIGHER = "higher"
    NEITHER = "neither"


class Tone(StrEnum):
    """What a change means for the reader."""

    GOOD = "good"
    BAD = "bad"
    FLAT = "flat"
    NONE = "none"


class Kind(StrEnum):
    """Money changes in percent, rates in percentage points."""

    MONEY = "money"
    RATE = "rate"
    COUNT = "count"


@dataclass(frozen=True)
class Change:
    """`text` as shown (`+12 %`, `−2.1 pp`; empty when none is stated), its tone, and `why` that tone."""

    text: str
    tone: Tone
    why: str
    amount: float | None = None


def compare(kind: Kind, better: Better, now: Estimate, before: Estimate, *, covered: bool) -> Change:
    """The change from `before` to `now`.

    covered: whether the ledger holds the whole period before. amount is the relative change of money and
    counts, and the difference of rates.
    """
    if not covered:
        return Change("", Tone.NONE, "the ledger does not reach back over the whole period before")
    if now.value is None or before.value is None:
        return Change("", Tone.NONE, "nothing to compare with in the period before")
    if min(now.sample, before.sample) < FEWEST:
        return Change("", Tone.NONE, f"fewer than {FEWEST} to compare in one of the periods")
    if kind is Kind.RATE:
        return _rate_change(better, now, before)
    if before.value <= 0:
        return Change("", Tone.NONE, "the period before had none")
    amount = now.value / before.value - 1
    text = _percent(amount)
    if abs(amount) < SMALL_MONEY:
        return Change(text, Tone.FLAT, "less than 2 %", amount)
    if kind is Kind.MONEY and not _sure(math.log1p(amount) if amount > -1 else -math.inf, now, before):
        return Change(text, Tone.FLAT, "within what chance alone explains", amount)
    return Change(text, _tone(better, amount), "", amount)


def _rate_change(better: Better, now: Estimate, before: Estimate) -> Change:
    assert now.value is not None
    assert before.value is not None
    amount = now.value - before.value
    text = _signed(f"{abs(amount) * 100:.1f} pp", amount)
    if abs(amount) < SMALL_RATE:
        return Change(text, Tone.FLAT, "less than half a percentage point", amount)
    if not _sure(amount, now, before):
        return Change(text, Tone.FLAT, "within what chance alone explains", amount)
    return Change(text, _tone(better, amount), "", amount)


def _sure(amount: float, now: Estimate, before: Estimate) -> bool:
    if now.error is None or before.error is None:
        return True
    return abs(amount) > SURE * math.hypot(now.error, before.error)


def _tone(better: Better, amount: float) -> Tone:
    if better is Better.NEITHER:
        return Tone.FLAT
    return Tone.GOOD if (amount < 0) == (better is Better.LOWER) else Tone.BAD


def _percent(amount: float) -> str:
    if amount >= LARGEST_TIMES:
        return f"×{amount + 1:.0f}" if amount < 998.5 else "×999+"
    if abs(amount) < 0.0005:
        return "±0 %"
    digits = 1 if abs(amount) < 0.1 else 0
    return _signed(f"{abs(amount) * 100:.{digits}f} %", amount)


def _signed(text: str, amount: float) -> str:
    return ("+" if amount >= 0 else "−") + text
