"""The bridge: an exact split of a cost difference into what caused it.

In: cells of both sides (rows of the query `bridge_cells`). Out: Bridge, whose parts sum to the difference to the
last digit, for every unit and in all. Calls without a price are counted beside it, never split.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from enum import StrEnum
from typing import Final

import numpy as np

from analytics.bridge.arrays import Floats, Ints, contributions
from analytics.bridge.frame import BridgeCell as BridgeCell
from analytics.bridge.frame import Frame, frame_of, side_of
from analytics.bridge.resample import Intervals, intervals

PICO: Final = Decimal("1e-12")
STEP_OF_A_SHARE: Final = Decimal("1e-18")
NOTHING: Final = Decimal("1e-9")
"""USD below which a difference or a part of it is rounding."""

CENT: Final = Decimal("0.01")


class Factor(StrEnum):
    """Why cost differs; the order is that of the columns of `bridge_arrays.contributions`."""

    TASKS = "tasks"
    CALLS = "calls_per_task"
    MIX = "model_mix"
    INPUT = "input_tokens_per_call"
    CACHE = "cache_mix"
    OUTPUT = "output_tokens_per_call"
    PRICE = "price"
    FEES = "tool_fees_per_call"


WORDS: Final[dict[Factor, str]] = {
    Factor.TASKS: "number of tasks",
    Factor.CALLS: "calls per task",
    Factor.MIX: "model and tier mix",
    Factor.INPUT: "input tokens per call",
    Factor.CACHE: "cache use",
    Factor.OUTPUT: "output tokens per call",
    Factor.PRICE: "prices",
    Factor.FEES: "tool fees per call",
}


@dataclass(frozen=True)
class Part:
    """What one factor contributes, USD; low and high: its 95 % permutation interval, None where none was asked."""

    factor: Factor
    amount_usd: Decimal
    low_usd: Decimal | None = None
    high_usd: Decimal | None = None


@dataclass(frozen=True)
class UnitBridge:
    """The split of one unit; `parts` sum to head_usd - base_usd exactly."""

    unit: str
    base_usd: Decimal
    head_usd: Decimal
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Bridge:
    """The split in all, and of every unit; at each level the parts sum to the difference exactly."""

    base_usd: Decimal
    head_usd: Decimal
    parts: tuple[Part, ...]
    units: tuple[UnitBridge, ...]
    base_unpriced_calls: int
    head_unpriced_calls: int

    @property
    def difference_usd(self) -> Decimal:
        """USD, head less base."""
        return self.head_usd - self.base_usd

    def ranked(self) -> tuple[Part, ...]:
        """Parts that are more than rounding, the largest first."""
        moved = (part for part in self.parts if abs(part.amount_usd) >= NOTHING)
        return tuple(sorted(moved, key=lambda part: -abs(part.amount_usd)))


def bridge(base: Sequence[BridgeCell], head: Sequence[BridgeCell], permutations: int = 0) -> Bridge:
    """The split of cost(head) - cost(base).

    Shapley values over tasks, calls per task, model mix, input tokens per call, cache classes, output tokens per
    call and price (and tool fees per call), taken for each unit and summed. A unit or model that one side lacks
    borrows everything but its amount from the side where it is, so that only `tasks` or `model_mix` moves.
    permutations: how often runs are exchanged between the sides within each unit for the intervals; 0 = none.
    Raises ValueError for a cell with calls and no tasks, or of two cells with one key.
    """
    frame = frame_of(base, head)
    return bridge_of(frame, permutations)


def bridge_of(frame: Frame, permutations: int = 0, runs: tuple[Ints, Ints] | None = None) -> Bridge:
    """The same from a frame; with `runs`, how many each unit has on each side, amounts are USD a run of every unit."""
    scale = None if runs is None else np.array([1 / runs[0], 1 / runs[1]])
    split = contributions(side_of(frame, 0, scale), side_of(frame, 1, scale), frame.unit_of, len(frame.units))
    chance = intervals(frame, split.sum(0), permutations, scale) if permutations else None
    step = PICO if runs is None else STEP_OF_A_SHARE
    totals = [_shares(frame.cost_usd[side], None if runs is None else runs[side]) for side in (0, 1)]
    units = tuple(
        UnitBridge(name, base, head, _parts(row, head - base, step))
        for name, base, head, row in zip(frame.units, *totals, split, strict=True)
    )
    return Bridge(
        sum(totals[0], Decimal(0)),
        sum(totals[1], Decimal(0)),
        _summed(units, chance),
        units,
        *frame.unpriced_calls,
    )


def closing(amounts: Sequence[Decimal], total: Decimal | None = None, step: Decimal = CENT) -> list[Decimal]:
    """The amounts rounded to `step` so that they sum to the rounded total (default: of their sum).

    What rounding leaves over goes, a step each, to the amounts that lost most by it.
    """
    wanted = (sum(amounts, Decimal(0)) if total is None else total).quantize(step, ROUND_HALF_EVEN)
    shown = [amount.quantize(step, ROUND_HALF_EVEN) for amount in amounts]
    left = int((wanted - sum(shown, Decimal(0))) / step)
    sign = 1 if left > 0 else -1
    by_loss = sorted(range(len(shown)), key=lambda i: (sign * (shown[i] - amounts[i]), i))
    # Costs that are no sum of their buckets may leave any number of steps, so they are not dealt out one by one.
    whole, rest = divmod(abs(left), max(1, len(shown)))
    for place, at in enumerate(by_loss):
        shown[at] += sign * step * (whole + (place < rest))
    return shown


def culprit(split: Bridge) -> str:
    """The largest cause in one sentence; empty when nothing moved."""
    difference = split.difference_usd
    ranked = [part for part in split.ranked() if part.amount_usd * difference > 0]
    if not ranked or abs(difference) < NOTHING:
        return ""
    share = ranked[0].amount_usd / difference
    way = "rise" if difference > 0 else "fall"
    if share > 1:
        return f"the {way} comes from {WORDS[ranked[0].factor]}, other causes work against it"
    return f"{share:.0%} of the {way} is {WORDS[ranked[0].factor]}".replace("%", " %")


def _parts(row: Floats, difference: Decimal, step: Decimal) -> tuple[Part, ...]:
    amounts = closing([Decimal(float(value)) for value in row], difference, step)
    return tuple(Part(factor, amount) for factor, amount in zip(Factor, amounts, strict=True))


def _summed(units: Sequence[UnitBridge], chance: Intervals | None) -> tuple[Part, ...]:
    parts = []
    for index, factor in enumerate(Factor):
        amount = sum((unit.parts[index].amount_usd for unit in units), Decimal(0))
        low, high = (None, None) if chance is None else (_usd(chance.low[index]), _usd(chance.high[index]))
        parts.append(Part(factor, amount, low, high))
    return tuple(parts)


def _shares(costs: Sequence[Decimal], runs: Ints | None) -> list[Decimal]:
    if runs is None:
        return list(costs)
    return [(cost / int(count)).quantize(STEP_OF_A_SHARE) for cost, count in zip(costs, runs, strict=True)]


def _usd(value: float) -> Decimal:
    return Decimal(float(value)).quantize(PICO)
