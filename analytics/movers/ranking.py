"""Who moved the cost: plain top movers, and the root-cause ranking (RIP: ripple and novelty).

In: a LeafFrame. Out: slices with their share of the difference. Pure; no randomness.
RIP explains the difference leaf by leaf: a cause is a slice inside which every leaf moved by the same ratio (ripple),
or which is new. Lineage: explanatory power from Adtributor (NSDI 2014), the ripple effect from Squeeze (ISSRE 2019).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

import numpy as np

from analytics.movers.frame import OTHER, Codes, Floats, LeafFrame, Mask, Predicate

DEEPEST: Final = 3
LENGTH_PENALTY: Final = 0.02
NEW_BELOW: Final = 0.2
CALM_PENALTY: Final = 0.1
LEAST_SCORE: Final = 0.03
MOST_CAUSES: Final = 3
SAME_SLICE: Final = 0.9
ROUNDING: Final = 1e-9
"""Differences below this share of what is compared are errors of adding up."""

CHANGE_LIKE: Final = ("change", "release", "prompt_version", "model", "tier", "agent", "workload", "tenant")
"""Of two names for the same leaves, the one further to the front is told: what a release changed before whom it hit."""


@dataclass(frozen=True)
class Mover:
    """One element of one dimension: its cost now, expected, and its share of the difference (of either sign)."""

    dimension: str
    element: str
    now_usd: float
    expected_usd: float
    share: float

    @property
    def delta_usd(self) -> float:
        """Now minus expected."""
        return self.now_usd - self.expected_usd


@dataclass(frozen=True)
class Cause:
    """A slice that explains the difference. `aliases` name the same leaves; `score` is the part of the movement
    it explains, net of its length; `is_new`: it hardly existed before. `measured`: the slice that the numbers are of,
    which names nearly the same leaves as `predicate`."""

    predicate: Predicate
    aliases: tuple[Predicate, ...]
    now_usd: float
    expected_usd: float
    share: float
    score: float
    is_new: bool
    measured: Predicate = ()

    @property
    def delta_usd(self) -> float:
        """Now minus expected, against what earlier causes of the list left unexplained."""
        return self.now_usd - self.expected_usd


@dataclass(frozen=True)
class RootCauses:
    """`delta_usd` is what there is to explain; `causes` the best first; `offsets` moved the other way."""

    delta_usd: float
    causes: tuple[Cause, ...]
    offsets: tuple[Mover, ...]

    @property
    def is_everywhere(self) -> bool:
        """Whether the first cause is everything at once: more work or other prices, no single slice."""
        return bool(self.causes) and not self.causes[0].predicate


def top_movers(frame: LeafFrame, most: int = 10) -> tuple[Mover, ...]:
    """Elements of all dimensions by the size of their difference, largest first."""
    found = [mover for at in range(len(frame.dimensions)) for mover in _movers(frame, at)]
    found.sort(
        key=lambda mover: (-abs(mover.delta_usd), frame.dimensions.index(mover.dimension), mover.element)
    )
    return tuple(found[:most])


def root_causes(frame: LeafFrame) -> RootCauses:
    """The ranking. An empty frame, or one in which nothing moved, has no causes."""
    delta = frame.delta
    expected = frame.expected.copy()
    moved = float(np.abs(frame.now - expected).sum())
    if not len(frame.now) or moved <= ROUNDING * float(frame.now.sum() + expected.sum()) or delta == 0:
        return RootCauses(delta, (), ())
    groups = _groupings(frame)
    causes: list[Cause] = []
    for _ in range(MOST_CAUSES):
        best = _best(frame, groups, expected, moved, 1.0 if delta > 0 else -1.0)
        if best is None or best.score < LEAST_SCORE:
            break
        inside = best.mask
        now_usd, was_usd = float(frame.now[inside].sum()), float(expected[inside].sum())
        named, aliases = _named(frame, best)
        share = (now_usd - was_usd) / delta
        # Of names for the very same leaves the one that is told is as good as any.
        measured = named if np.array_equal(frame.mask(named), inside) else _words(frame, best.pairs)
        causes.append(Cause(named, aliases, now_usd, was_usd, share, best.score, best.is_new, measured))
        expected = np.where(inside, best.explained, expected)
        if not best.pairs:
            break
    offsets = [m for m in top_movers(frame, 1000) if m.delta_usd * delta < 0]
    return RootCauses(delta, tuple(causes), tuple(offsets[:5]))


@dataclass(frozen=True)
class _Candidate:
    """Leaves inside `mask`, whose cost the candidate says should be `explained`."""

    pairs: tuple[tuple[int, int], ...]
    score: float
    is_new: bool
    mask: Mask
    explained: Floats


def _best(
    frame: LeafFrame, groups: Sequence[_Grouping], expected: Floats, scale: float, sign: float
) -> _Candidate | None:
    """The slice that explains most of what `expected` leaves open. `sign`: +1 for a rise, -1 for a fall."""
    gap = np.abs(frame.now - expected)
    known = np.where(expected > 0, frame.now, 0.0)
    # A slice is not new because something inside it is: what was there before and is as it was speaks against it.
    calm = np.where(expected > NEW_BELOW * frame.now, 1.0, 0.0)
    best: tuple[float, int, int] | None = None
    for number, group in enumerate(groups):
        now = np.bincount(group.codes, weights=frame.now, minlength=group.size)
        was = np.bincount(group.codes, weights=expected, minlength=group.size)
        # That more than five times as much is spent in all does not make everything new.
        is_new = (was <= NEW_BELOW * now) if group.dimensions else was <= 0
        ratio = np.divide(
            np.bincount(group.codes, weights=known, minlength=group.size),
            was,
            out=np.zeros(group.size),
            where=was > 0,
        )
        left = np.where(is_new[group.codes], 0.0, np.abs(frame.now - expected * ratio[group.codes]))
        gain = np.bincount(group.codes, weights=gap - left, minlength=group.size)
        impure = CALM_PENALTY * np.bincount(group.codes, weights=calm, minlength=group.size) / group.leaves
        penalty = LENGTH_PENALTY * len(group.dimensions) + np.where(is_new, impure, 0.0)
        score = np.where((sign * (now - was) > 0) & group.is_told, gain / scale - penalty, -np.inf)
        at = int(np.argmax(score))
        if best is None or score[at] > best[0]:
            best = (float(score[at]), number, at)
    if best is None or not np.isfinite(best[0]):
        return None
    score_, number, at = best
    group = groups[number]
    mask: Mask = group.codes == at
    now_sum, was_sum = float(frame.now[mask].sum()), float(expected[mask].sum())
    new = was_sum <= NEW_BELOW * now_sum if group.dimensions else was_sum <= 0
    factor = float(known[mask].sum()) / was_sum if was_sum else 0.0
    leaf = int(np.argmax(mask))
    pairs = tuple((each, int(frame.codes[each][leaf])) for each in group.dimensions)
    return _Candidate(pairs, score_, new, mask, frame.now if new else expected * factor)


@dataclass(frozen=True)
class _Grouping:
    """Leaves grouped by some dimensions: `codes[i]` is the group of leaf i, of `size` groups of `leaves` each.

    `is_told`: groups that names tell apart. What was gathered under OTHER has nothing in common and is no cause.
    """

    dimensions: tuple[int, ...]
    codes: Codes
    size: int
    leaves: Floats
    is_told: Mask


def _groupings(frame: LeafFrame) -> list[_Grouping]:
    """Every choice of up to DEEPEST dimensions, the empty one first."""
    others = [_is_other(frame, at) for at in range(len(frame.dimensions))]
    nothing: Mask = np.zeros(len(frame.now), dtype=np.bool_)
    found = [_grouping((), np.zeros(len(frame.now), dtype=np.int64), 1, nothing)]
    for width in range(1, DEEPEST + 1):
        for chosen in combinations(range(len(frame.dimensions)), width):
            key = np.zeros(len(frame.now), dtype=np.int64)
            size = 1
            for at in chosen:
                key = key * len(frame.elements[at]) + frame.codes[at]
                size *= len(frame.elements[at])
            if size > 4 * len(key):
                present, key = np.unique(key, return_inverse=True)
                size = len(present)
            found.append(_grouping(chosen, key, size, np.any([others[at] for at in chosen], axis=0)))
    return found


def _grouping(dimensions: tuple[int, ...], codes: Codes, size: int, is_other: Mask) -> _Grouping:
    leaves = np.maximum(1.0, np.bincount(codes, minlength=size))
    is_told: Mask = np.bincount(codes, weights=is_other, minlength=size) == 0
    return _Grouping(dimensions, codes, size, leaves, is_told)


def _is_other(frame: LeafFrame, at: int) -> Mask:
    elements = frame.elements[at]
    known = elements.index(OTHER) if OTHER in elements else -1
    found: Mask = frame.codes[at] == known
    return found


def _named(frame: LeafFrame, best: _Candidate) -> tuple[Predicate, tuple[Predicate, ...]]:
    """The predicate in words and others that name the same leaves, the change-like one in front."""
    own = _words(frame, best.pairs)
    if not own:
        return own, ()
    weight = np.maximum(frame.now, frame.expected)
    others: list[Predicate] = []
    for at, codes in enumerate(frame.codes):
        inside = np.bincount(
            codes, weights=np.where(best.mask, weight, 0.0), minlength=len(frame.elements[at])
        )
        pair = (at, int(np.argmax(inside)))
        predicate = _words(frame, (pair,))
        if predicate == own:
            continue
        mask = codes == pair[1]
        union = float(weight[mask | best.mask].sum())
        if union > 0 and float(weight[mask & best.mask].sum()) / union >= SAME_SLICE:
            others.append(predicate)
    ranked = sorted([own, *others], key=lambda each: (len(each), _change_rank(each)))
    return ranked[0], tuple(ranked[1:])


def _words(frame: LeafFrame, predicate: Iterable[tuple[int, int]]) -> Predicate:
    return tuple((frame.dimensions[at], frame.elements[at][code]) for at, code in predicate)


def _change_rank(predicate: Predicate) -> int:
    # A name that says nothing ("", "(as before)") is told last.
    ranks = [
        CHANGE_LIKE.index(name) if name in CHANGE_LIKE and element and element[0] != "(" else len(CHANGE_LIKE)
        for name, element in predicate
    ]
    return min(ranks, default=len(CHANGE_LIKE))


def _movers(frame: LeafFrame, at: int) -> list[Mover]:
    size, codes, delta = len(frame.elements[at]), frame.codes[at], frame.delta
    now = np.bincount(codes, weights=frame.now, minlength=size)
    was = np.bincount(codes, weights=frame.expected, minlength=size)
    return [
        Mover(
            frame.dimensions[at], name, float(now[code]), float(was[code]),
            float(now[code] - was[code]) / delta if delta else 0.0,
        )
        for code, name in enumerate(frame.elements[at])
        if abs(now[code] - was[code]) > ROUNDING * (now[code] + was[code])
    ]  # fmt: skip
