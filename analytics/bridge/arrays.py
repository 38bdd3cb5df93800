"""The arithmetic of the bridge: what each factor of cost contributes to a difference, exactly.

In: counts, tokens and costs of every unit and model on both sides, as arrays. Out: one amount a unit and factor.
Must never divide by what may be zero: a value that one side lacks is borrowed from the other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]

BUCKETS: Final = 4
"""Input classes: fresh, cache read, cache write short, cache write long."""

CALLS: Final = 0
INPUT: Final = slice(1, 1 + BUCKETS)
OUTPUT: Final = 1 + BUCKETS
INPUT_USD: Final = slice(2 + BUCKETS, 2 + 2 * BUCKETS)
OUTPUT_USD: Final = 2 + 2 * BUCKETS
FEES_USD: Final = 3 + 2 * BUCKETS
WIDTH: Final = 4 + 2 * BUCKETS
"""Columns of a cell: priced calls, tokens by class, output tokens, USD by class, output USD, fees."""

TASKS_AT, CALLS_AT, MIX_AT, INPUT_AT, CACHE_AT, OUTPUT_AT, PRICE_AT, FEES_AT = range(8)
FACTORS: Final = 8

# Gauss-Legendre with three nodes is exact for polynomials of degree five, and a product of all but one of at most
# six factors is one of degree five.
_HALF = np.sqrt(0.6) / 2
_NODES: Final = ((0.5 - _HALF, 5 / 18), (0.5, 8 / 18), (0.5 + _HALF, 5 / 18))


@dataclass(frozen=True)
class Side:
    """One side of a comparison.

    tasks: (..., units). cells: (..., entries, WIDTH). Leading axes run along resamples; both sides have the same.
    """

    tasks: Floats
    cells: Floats


@dataclass(frozen=True)
class _Factors:
    """The factors of every entry, shaped (..., entries) or (..., entries, BUCKETS)."""

    tasks: Floats
    calls: Floats
    mix: Floats
    tokens: Floats
    classes: Floats
    output: Floats
    price: Floats
    output_price: Floats
    fees: Floats


def contributions(base: Side, head: Side, unit_of: Ints, units: int) -> Floats:
    """What each factor contributes to cost(head) - cost(base): (..., units, FACTORS) in USD, summing to it.

    unit_of: the unit of each entry, ascending. These are the Shapley values of the factors: the integral along
    the diagonal of the multilinear extension, which for a product of factors is
    (h - b) * integral over t of the product of the others at b + t(h - b).
    Source: Owen 1972, Multilinear Extensions of Games.
    """
    b, h = _factors(base, head, unit_of, units), _factors(head, base, unit_of, units)
    entries = np.zeros((*base.cells.shape[:-1], FACTORS))
    wide = [(b.tasks, h.tasks, TASKS_AT), (b.calls, h.calls, CALLS_AT), (b.mix, h.mix, MIX_AT)]
    answer = [*wide, (b.output, h.output, OUTPUT_AT), (b.output_price, h.output_price, PRICE_AT)]
    _add_products(entries, answer)
    _add_products(entries, [*wide, (b.fees, h.fees, FEES_AT)])
    for k in range(BUCKETS):
        _add_products(
            entries,
            [
                *wide,
                (b.tokens, h.tokens, INPUT_AT),
                (b.classes[..., k], h.classes[..., k], CACHE_AT),
                (b.price[..., k], h.price[..., k], PRICE_AT),
            ],
        )
    return _by_unit(entries, unit_of, units, axis=-2)


def _add_products(entries: Floats, factors: list[tuple[Floats, Floats, int]]) -> None:
    """Adds the Shapley values of one product of factors, each (base, head, column)."""
    for t, weight in _NODES:
        between = [b + t * (h - b) for b, h, _ in factors]
        before = [np.ones_like(between[0])]
        for value in between[:-1]:
            before.append(before[-1] * value)
        after = np.full_like(between[0], weight)
        for index in range(len(factors) - 1, -1, -1):
            b, h, column = factors[index]
            entries[..., column] += (h - b) * before[index] * after
            after = after * between[index]


def _factors(own: Side, other: Side, unit_of: Ints, units: int) -> _Factors:
    calls, other_calls = own.cells[..., CALLS], other.cells[..., CALLS]
    own_sum, other_sum = _by_unit(calls, unit_of, units), _by_unit(other_calls, unit_of, units)
    per_task = _ratio(own_sum, own.tasks, other_sum, other.tasks)[..., unit_of]
    mix = _ratio(calls, own_sum[..., unit_of], other_calls, other_sum[..., unit_of])
    tokens, other_tokens = own.cells[..., INPUT].sum(-1), other.cells[..., INPUT].sum(-1)
    fees, other_fees = _fees(own), _fees(other)
    return _Factors(
        tasks=own.tasks[..., unit_of],
        calls=per_task,
        mix=mix,
        tokens=_ratio(tokens, calls, other_tokens, other_calls),
        classes=_ratio(
            own.cells[..., INPUT], tokens[..., None], other.cells[..., INPUT], other_tokens[..., None]
        ),
        output=_ratio(own.cells[..., OUTPUT], calls, other.cells[..., OUTPUT], other_calls),
        price=_ratio(
            own.cells[..., INPUT_USD],
            own.cells[..., INPUT],
            other.cells[..., INPUT_USD],
            other.cells[..., INPUT],
        ),
        output_price=_ratio(
            own.cells[..., OUTPUT_USD],
            own.cells[..., OUTPUT],
            other.cells[..., OUTPUT_USD],
            other.cells[..., OUTPUT],
        ),
        fees=_ratio(fees, calls, other_fees, other_calls),
    )


def _fees(side: Side) -> Floats:
    """Tool fees, and what was charged for a bucket that has no tokens: both go by the call."""
    stray = np.where(side.cells[..., INPUT] == 0, side.cells[..., INPUT_USD], 0.0).sum(-1)
    stray += np.where(side.cells[..., OUTPUT] == 0, side.cells[..., OUTPUT_USD], 0.0)
    fees: Floats = side.cells[..., FEES_USD] + stray
    return fees


def _ratio(top: Floats, bottom: Floats, other_top: Floats, other_bottom: Floats) -> Floats:
    """top / bottom; where there is no bottom, the other side's ratio; where neither has one, 0."""
    spare = np.divide(
        other_top, other_bottom, out=np.zeros(np.broadcast_shapes(other_top.shape, other_bottom.shape)),
        where=other_bottom != 0,
    )  # fmt: skip
    return np.divide(top, bottom, out=spare, where=bottom != 0)


def _by_unit(values: Floats, unit_of: Ints, units: int, axis: int = -1) -> Floats:
    """Sums over the entries of each unit; entries run along `axis`."""
    moved = np.moveaxis(values, axis, 0)
    sums = np.zeros((units, *moved.shape[1:]))
    if unit_of.size:
        starts = np.flatnonzero(np.r_[True, unit_of[1:] != unit_of[:-1]])
        sums[unit_of[starts]] = np.add.reduceat(moved, starts, axis=0)
    return np.moveaxis(sums, 0, axis)
