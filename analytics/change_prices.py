"""How much of a change's effect in production is prices that moved at the same time.

In: an effect, rows of `change_at_prices`. Out: both sides at one moment's prices, which is how the gate compares.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from analytics.changes.effects import FEWEST_TASKS, Effect, GateVerdict, typical_ratio
from analytics.changes.words import percent, signed_usd
from analytics.figures.numbers import plural

SAME: float = 1e-9
"""Relative difference of sums below which prices did not move."""


@dataclass(frozen=True)
class ChangePriced:
    """Query `change_at_prices`."""

    value: str
    day: date
    priced_tasks: int
    own_usd: float
    cost_usd: float
    log_mean: float
    log_variance: float
    log_tasks: int


@dataclass(frozen=True)
class OneBook:
    """Both sides at one moment's prices. ratio: typical cost after to before, None with too few tasks.

    change_usd + price_usd is the difference of the mean costs as they were paid.
    """

    ratio: float | None
    low: float | None
    high: float | None
    change_usd: float
    price_usd: float
    prices_moved: bool


def at_one_book(effect: Effect, rows: Sequence[ChangePriced]) -> OneBook | None:
    """The effect without what prices did; None where a side has no priced task."""
    sides = [[row for row in rows if row.value == side.value] for side in (effect.before, effect.after)]
    if not all(sides):
        return None
    own, then = (
        [sum(getattr(row, name) for row in side) / sum(row.priced_tasks for row in side) for side in sides]
        for name in ("own_usd", "cost_usd")
    )
    moved = any(not math.isclose(a, b, rel_tol=SAME, abs_tol=1e-15) for a, b in zip(own, then, strict=True))
    change = then[1] - then[0]
    price = own[1] - own[0] - change if moved else 0.0
    if min(sum(row.log_tasks for row in side) for side in sides) < FEWEST_TASKS:
        return OneBook(None, None, None, change, price, moved)
    return OneBook(*typical_ratio(*sides), change, price, moved)


def price_words(found: OneBook, gate: GateVerdict | None) -> str:
    """One or two sentences for the page, with the gate's own word beside them."""
    if not found.prices_moved:
        text = "No price changed between the two sides: at one price book it is the same."
    else:
        told = ""
        if found.ratio is not None:
            limits = f"99 % interval {percent(found.low)} to {percent(found.high)}"
            told = f"a typical task costs {percent(found.ratio)} ({limits}); "
        text = (
            f"At one price book for both sides {told}of {signed_usd(found.change_usd + found.price_usd)} a task, "
            f"{signed_usd(found.change_usd)} is the change and {signed_usd(found.price_usd)} is prices that moved."
        )
    if gate is None or gate.typical_ratio is None:
        return text
    over = f"over {plural(gate.cases, 'case')} " if gate.cases else ""
    return (
        f"{text} The gate, which compares at one price book, measured {percent(gate.typical_ratio)} "
        f"{over}before the merge."
    )
