"""Runs of the same cases on both sides, beside each other.

In: one RunCost a run. Out: Pairing: costs of paired cases as an array, and what was left over.
Cases stand in the order of their names, so the order of the input changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]


@dataclass(frozen=True)
class RunCost:
    """One run of one case: everything its calls cost, USD at list price; success None = nobody judged it."""

    workload: str
    case: str
    run: str
    cost_usd: Decimal
    calls: int = 0
    tasks: int = 1
    success: bool | None = None


@dataclass(frozen=True)
class PairedCosts:
    """Costs of n cases. costs: (n, width) USD, a case's base runs first, then its head runs, then NaN.

    base_runs, head_runs: (n,) how many of each; never 0.
    """

    cases: tuple[str, ...]
    costs: Floats
    base_runs: Ints
    head_runs: Ints

    @property
    def runs(self) -> int:
        """Runs of both sides."""
        return int(self.base_runs.sum() + self.head_runs.sum())

    def side(self, side: int) -> Floats:
        """All run costs of one side, 0 = base, 1 = head, case by case."""
        at = np.arange(self.costs.shape[1])
        first = at < self.base_runs[:, None]
        mask = first if side == 0 else ~first & (at < (self.base_runs + self.head_runs)[:, None])
        return self.costs[mask]

    def case_means(self, side: int) -> Floats:
        """Mean run cost of each case on one side: (n,)."""
        counts = self.base_runs if side == 0 else self.head_runs
        starts = np.concatenate(([0], np.cumsum(counts)[:-1]))
        sums = np.add.reduceat(self.side(side), starts) if len(self.cases) else np.zeros(0)
        return np.asarray(sums / counts)

    def only(self, keep: Sequence[int]) -> PairedCosts:
        """These cases alone."""
        at = list(keep)
        return PairedCosts(
            tuple(self.cases[i] for i in at), self.costs[at], self.base_runs[at], self.head_runs[at]
        )


@dataclass(frozen=True)
class Pairing:
    """Paired cases, the workload of each, and the cases that only one side has."""

    paired: PairedCosts
    workloads: tuple[str, ...]
    base_only: tuple[str, ...]
    head_only: tuple[str, ...]

    @property
    def missing_share(self) -> float:
        """Share of all cases that one side lacks."""
        missing = len(self.base_only) + len(self.head_only)
        return missing / (missing + len(self.paired.cases)) if missing else 0.0


def pair(base: Iterable[RunCost], head: Iterable[RunCost]) -> Pairing:
    """Pairs by case; a case's workload is the base's."""
    sides = [_by_case(base), _by_case(head)]
    both = sorted(sides[0].keys() & sides[1].keys())
    rows = [(sides[0][case], sides[1][case]) for case in both]
    width = max((len(b) + len(h) for b, h in rows), default=0)
    costs = np.full((len(both), width), np.nan)
    for index, (b, h) in enumerate(rows):
        costs[index, : len(b) + len(h)] = [float(run.cost_usd) for run in (*b, *h)]
    return Pairing(
        PairedCosts(
            tuple(both),
            costs,
            np.array([len(b) for b, _ in rows], dtype=np.intp),
            np.array([len(h) for _, h in rows], dtype=np.intp),
        ),
        tuple(b[0].workload for b, _ in rows),
        tuple(sorted(sides[0].keys() - sides[1].keys())),
        tuple(sorted(sides[1].keys() - sides[0].keys())),
    )


def _by_case(runs: Iterable[RunCost]) -> dict[str, list[RunCost]]:
    found: dict[str, list[RunCost]] = {}
    for run in sorted(runs, key=lambda run: (run.case, run.run)):
        found.setdefault(run.case, []).append(run)
    return found
