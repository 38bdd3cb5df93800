"""How often chance alone does as much: runs exchanged between the sides within every case.

In: paired costs. Out: family-adjusted p-values of three statistics, and the proof test of the bill.
The draws are seeded from the costs, so the same data give the same answer. Exact for any distribution of cost.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from analytics.bridge.resample import seed_of
from analytics.gate.pairing import Floats, Ints, PairedCosts
from analytics.gate.statistics import as_ratio, logs_of, signed_ranks, tail_mean

MOST_SPLITS = 2000
"""A case with more ways to split its runs draws them at random instead of from a list."""

CHUNK_VALUES = 2_000_000
TYPICAL, BILL, TAIL = range(3)


@dataclass(frozen=True)
class PermutationTest:
    """One-sided p-values of (typical, bill, tail), adjusted for looking at three; rises and falls."""

    rise: tuple[float, float, float]
    fall: tuple[float, float, float]


def compare_sides(paired: PairedCosts, permutations: int) -> PermutationTest:
    """Whether head differs from base. Step-down max-T after Westfall and Young."""
    logs = logs_of(paired)
    observed = _statistics(*_identity(paired, logs))
    drawn = np.concatenate(list(_draws(paired, logs, permutations)))
    drawn -= (middle := drawn.mean(0))
    spread = drawn.std(0)
    scale = np.where(spread > 0, spread, 1.0)
    drawn /= scale
    shown = (observed[0] - middle) / scale
    return PermutationTest(_step_down(shown, drawn), _step_down(-shown, -drawn))


def bill_below(paired: PairedCosts, ratio: float, permutations: int) -> float:
    """p of "the bill grew by this ratio or more": small = ruled out."""
    at = np.arange(paired.costs.shape[1])
    lifted = np.where(at < paired.base_runs[:, None], paired.costs * ratio, paired.costs)
    shifted = PairedCosts(paired.cases, lifted, paired.base_runs, paired.head_runs)
    base, head = _total(shifted, 0), _total(shifted, 1)
    if not base > 0:
        return 1.0
    observed = math.log(head / base) if head > 0 else -math.inf
    rng = np.random.default_rng(seed_of(shifted.costs) + 1)
    found = 0
    for split in _splits(shifted, shifted.costs, permutations, rng, tails=False):
        with np.errstate(divide="ignore"):
            found += int((np.log(split.head_mean.sum(1) / split.base_mean.sum(1)) <= observed + 1e-12).sum())
    return (1 + found) / (permutations + 1)


@dataclass(frozen=True)
class _Split:
    """Some ways to call runs head: (draws, n) means, and (draws, runs) costs of each side where asked for."""

    ratios: Floats
    base_mean: Floats
    head_mean: Floats
    base_costs: Floats
    head_costs: Floats


def _identity(paired: PairedCosts, logs: Floats) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    at = np.arange(logs.shape[1])
    first = at < paired.base_runs[:, None]
    second = ~first & ~np.isnan(logs)
    filled = np.nan_to_num(logs)
    ratios = (filled * second).sum(1) / paired.head_runs - (filled * first).sum(1) / paired.base_runs
    means = paired.case_means(0)[None], paired.case_means(1)[None]
    return as_ratio(ratios)[None], *means, paired.side(0)[None], paired.side(1)[None]


def _draws(paired: PairedCosts, logs: Floats, permutations: int) -> Iterator[Floats]:
    rng = np.random.default_rng(seed_of(paired.costs))
    for split in _splits(paired, logs, permutations, rng, tails=True):
        yield _statistics(split.ratios, split.base_mean, split.head_mean, split.base_costs, split.head_costs)


def _statistics(
    ratios: Floats, base_mean: Floats, head_mean: Floats, base_costs: Floats, head_costs: Floats
) -> Floats:
    """(draws, 3): signed ranks, log ratio of the bill, log ratio of the costliest tenth."""
    return np.stack(
        [
            signed_ranks(ratios),
            _log_ratio(head_mean.sum(-1), base_mean.sum(-1)),
            _log_ratio(tail_mean(head_costs), tail_mean(base_costs)),
        ],
        axis=-1,
    )


def _log_ratio(head: Floats, base: Floats) -> Floats:
    """ln(head / base); 0 where both are nothing, a large number where one is."""
    tiny = 1e-15
    return as_ratio(np.asarray(np.log(np.maximum(head, tiny) / np.maximum(base, tiny))))


def _step_down(observed: Floats, drawn: Floats) -> tuple[float, float, float]:
    """Adjusted p-values. observed: (3,), drawn: (B, 3), both standardised."""
    order = np.argsort(-observed, kind="stable")
    adjusted = np.zeros(3)
    largest = 0.0
    for place, index in enumerate(order):
        rest = drawn[:, order[place:]].max(1)
        p = (1 + int((rest >= observed[index] - 1e-12).sum())) / (len(drawn) + 1)
        largest = max(largest, p)
        adjusted[index] = largest
    return float(adjusted[0]), float(adjusted[1]), float(adjusted[2])


def _splits(
    paired: PairedCosts, logs: Floats, permutations: int, rng: np.random.Generator, *, tails: bool
) -> Iterator[_Split]:
    shapes = sorted(set(zip(paired.base_runs.tolist(), paired.head_runs.tolist(), strict=True)))
    groups = []
    for b, h in shapes:
        members = np.flatnonzero((paired.base_runs == b) & (paired.head_runs == h))
        groups.append(_Group.of(paired.costs[members, : b + h], logs[members, : b + h], b, h, members))
    size = max(1, CHUNK_VALUES // max(1, paired.costs.size))
    for start in range(0, permutations, size):
        count = min(size, permutations - start)
        n = len(paired.cases)
        ratios, base_mean, head_mean = (np.empty((count, n)) for _ in range(3))
        sides: tuple[list[Floats], list[Floats]] = ([], [])
        for group in groups:
            head = group.draw(count, rng)
            group.fill(head, ratios, base_mean, head_mean)
            if tails:
                for side, costs in zip(sides, group.costs_of(head), strict=True):
                    side.append(costs)
        base_costs, head_costs = (
            (np.concatenate(side, axis=1) if tails else np.empty((count, 0))) for side in sides
        )
        yield _Split(ratios, base_mean, head_mean, base_costs, head_costs)


@dataclass(frozen=True)
class _Group:
    """Cases with the same number of runs on each side. splits: (K, b + h) columns, those of base first."""

    costs: Floats
    logs: Floats
    base: int
    head: int
    members: Ints
    splits: Ints | None

    @classmethod
    def of(cls, costs: Floats, logs: Floats, base: int, head: int, members: Ints) -> _Group:
        width = base + head
        splits = None
        if math.comb(width, head) <= MOST_SPLITS:
            chosen = list(combinations(range(width), head))
            splits = np.array([[*(i for i in range(width) if i not in c), *c] for c in chosen], dtype=np.intp)
        return cls(costs, logs, base, head, members, splits)

    def draw(self, count: int, rng: np.random.Generator) -> Ints:
        """Column orders (count, cases, b + h), or, where splits are listed, their numbers (count, cases)."""
        if self.splits is None:
            keys = rng.random((count, *self.costs.shape))
            return np.argsort(keys, axis=-1)
        return rng.integers(len(self.splits), size=(count, len(self.members)), dtype=np.intp)

    def fill(self, drawn: Ints, ratios: Floats, base_mean: Floats, head_mean: Floats) -> None:
        """Writes the group's columns."""
        at = np.arange(len(self.members))
        if self.splits is None:
            logs = np.take_along_axis(self.logs[None], drawn, -1)
            costs = np.take_along_axis(self.costs[None], drawn, -1)
            ratios[:, self.members] = as_ratio(
                logs[..., self.base :].mean(-1) - logs[..., : self.base].mean(-1)
            )
            base_mean[:, self.members] = costs[..., : self.base].mean(-1)
            head_mean[:, self.members] = costs[..., self.base :].mean(-1)
            return
        logs, costs = self.logs[:, self.splits], self.costs[:, self.splits]
        table = as_ratio(logs[..., self.base :].mean(-1) - logs[..., : self.base].mean(-1))
        ratios[:, self.members] = table[at, drawn]
        base_mean[:, self.members] = costs[..., : self.base].mean(-1)[at, drawn]
        head_mean[:, self.members] = costs[..., self.base :].mean(-1)[at, drawn]

    def costs_of(self, drawn: Ints) -> tuple[Floats, Floats]:
        """Run costs of each side: (count, cases * runs)."""
        columns = drawn if self.splits is None else self.splits[drawn]
        costs = np.take_along_axis(self.costs[None], columns, -1)
        flat = (len(drawn), -1)
        return costs[..., : self.base].reshape(flat), costs[..., self.base :].reshape(flat)


def _total(paired: PairedCosts, side: int) -> float:
    return float(paired.case_means(side).sum())
