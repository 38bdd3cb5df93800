"""Suites with a known truth: how often the gate cries wolf, and how often it sees a real rise.

In: a cost model, a seed. Out: paired costs, and shares of verdicts. The same seed gives the same suites.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from analytics.gate.pairing import Floats, PairedCosts
from analytics.gate.settings import GateSettings
from analytics.gate.verdict import Verdict, judge

CASE_SPREAD = 1.2
RUNAWAY_SHARE = 0.02
RUNAWAY_TIMES = 5.0
WILSON_Z = 1.959964


@dataclass(frozen=True)
class Truth:
    """What really happened to the head: `rise` for every run; or a share of cases or runs made `times` as dear."""

    name: str
    rise: float = 0.0
    costliest: float = 0.0
    cases: float = 0.0
    runs: float = 0.0
    times: float = 1.0


TRUTHS = (
    Truth("none"),
    Truth("+5 %", rise=0.05),
    Truth("+10 %", rise=0.10),
    Truth("+20 %", rise=0.20),
    Truth("costliest tenth of cases ×1.5", costliest=0.10, times=1.5),
    Truth("20 % of cases ×1.5", cases=0.20, times=1.5),
    Truth("retry storm: 5 % of runs ×6", runs=0.05, times=6.0),
)


@dataclass(frozen=True)
class Shares:
    """How often each verdict came in `trials` suites."""

    trials: int
    counts: dict[Verdict, int]

    def share(self, verdict: Verdict) -> float:
        """As a share of all."""
        return self.counts.get(verdict, 0) / self.trials

    def upper(self, verdict: Verdict) -> float:
        """Upper end of the 95 % Wilson interval of that share."""
        return wilson(self.counts.get(verdict, 0), self.trials)[1]


def suite(rng: np.random.Generator, truth: Truth, spread: float, cases: int, repeats: int) -> PairedCosts:
    """Run costs: lognormal between cases (1.2) and between runs (`spread`), 2 % of runs run away (x5)."""
    level = rng.normal(0, CASE_SPREAD, (cases, 1))
    costs = np.exp(level + rng.normal(0, spread, (cases, 2 * repeats)) - 4)
    costs[rng.random(costs.shape) < RUNAWAY_SHARE] *= RUNAWAY_TIMES
    head = costs[:, repeats:]
    head *= 1 + truth.rise
    if truth.costliest:
        head[level[:, 0] >= np.quantile(level, 1 - truth.costliest)] *= truth.times
    if truth.cases:
        head[rng.random(cases) < truth.cases] *= truth.times
    if truth.runs:
        head[rng.random(head.shape) < truth.runs] *= truth.times
    return paired_costs(costs, repeats)


def paired_costs(costs: Floats, repeats: int) -> PairedCosts:
    """Equal numbers of runs on both sides: costs (cases, 2 * repeats), base first."""
    n = len(costs)
    names = tuple(f"case {index:05d}" for index in range(n))
    return PairedCosts(names, costs, np.full(n, repeats, dtype=np.intp), np.full(n, repeats, dtype=np.intp))


def verdicts(
    suites: Iterable[PairedCosts], settings: GateSettings, tick: Callable[[int], None] = lambda done: None
) -> Shares:
    """Judges every suite."""
    counts: Counter[Verdict] = Counter()
    for done, one in enumerate(suites, 1):
        counts[judge(one, settings).verdict] += 1
        tick(done)
    return Shares(counts.total(), dict(counts))


def unchanged_from(rng: np.random.Generator, recorded: PairedCosts, trials: int) -> Iterable[PairedCosts]:
    """Suites with nothing changed, made of recorded runs: each case's own runs dealt out to two sides anew.

    A case with fewer than two runs cannot be dealt and is left out.
    """
    runs = recorded.base_runs + recorded.head_runs
    kept = [index for index in range(len(recorded.cases)) if runs[index] >= 2]
    base = recorded.only(kept)
    pooled = runs[kept]
    for _ in range(trials):
        costs = np.full_like(base.costs, np.nan)
        for index, count in enumerate(pooled):
            costs[index, :count] = rng.permutation(base.costs[index, :count])
        half = pooled // 2
        yield PairedCosts(base.cases, costs, half, pooled - half)


def wilson(hits: int, of: int) -> tuple[float, float]:
    """95 % Wilson interval of a share."""
    if of == 0:
        return 0.0, 1.0
    z2 = WILSON_Z**2
    share = hits / of
    centre = (share + z2 / (2 * of)) / (1 + z2 / of)
    half = WILSON_Z * math.sqrt(share * (1 - share) / of + z2 / (4 * of**2)) / (1 + z2 / of)
    return max(0.0, centre - half), min(1.0, centre + half)
