"""Success beside cost: did the head answer worse, and what does a success cost?

In: runs of both sides. Out: Success, with McNemar's exact test on paired outcomes.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from analytics.figures.numbers import share
from analytics.gate.pairing import RunCost


@dataclass(frozen=True)
class Success:
    """Judged runs and successes of both sides; broke, mended: paired runs that went from good to bad, bad to good.

    p: two-sided, None without a pair that differs. usd_per_success: all cost over all successes, None without one.
    """

    base_judged: int
    base_succeeded: int
    head_judged: int
    head_succeeded: int
    broke: int
    mended: int
    p: float | None
    base_usd_per_success: float | None
    head_usd_per_success: float | None


CERTAIN = 0.05


def fallen(found: Success | None) -> list[str]:
    """A warning where fewer runs succeed than before, beyond chance: a cheaper head may be a worse one."""
    if found is None or found.p is None or found.p > CERTAIN or found.broke <= found.mended:
        return []
    rates = share(found.base_succeeded / found.base_judged), share(found.head_succeeded / found.head_judged)
    return [f"success fell from {rates[0]} to {rates[1]} of judged runs (p {found.p:.2g})"]


def success_of(base: Sequence[RunCost], head: Sequence[RunCost]) -> Success | None:
    """Compares outcomes of the k-th runs of each case; None when nobody judged either side."""
    judged = [[run for run in side if run.success is not None] for side in (base, head)]
    if not judged[0] and not judged[1]:
        return None
    good = [sum(bool(run.success) for run in side) for side in judged]
    pairs = _paired(judged[0], judged[1])
    broke = sum(b and not h for b, h in pairs)
    mended = sum(h and not b for b, h in pairs)
    return Success(
        len(judged[0]),
        good[0],
        len(judged[1]),
        good[1],
        broke,
        mended,
        mcnemar(broke, mended),
        _per(judged[0], good[0]),
        _per(judged[1], good[1]),
    )


def mcnemar(broke: int, mended: int) -> float | None:
    """Exact two-sided p of as uneven a split of the pairs that differ; None when none does."""
    total = broke + mended
    if not total:
        return None
    tail = sum(math.comb(total, k) for k in range(min(broke, mended) + 1))
    return float(min(1.0, 2 * tail / 2**total))


def _paired(base: Sequence[RunCost], head: Sequence[RunCost]) -> list[tuple[bool, bool]]:
    by_case: dict[str, tuple[list[bool], list[bool]]] = {}
    for side, runs in enumerate((base, head)):
        for run in sorted(runs, key=lambda run: (run.case, run.run)):
            by_case.setdefault(run.case, ([], []))[side].append(bool(run.success))
    return [pair for sides in by_case.values() for pair in zip(*sides, strict=False)]


def _per(runs: Sequence[RunCost], good: int) -> float | None:
    return float(sum(run.cost_usd for run in runs)) / good if good else None
