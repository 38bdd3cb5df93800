"""How far each part of a bridge may be off by chance: runs exchanged between the sides within each unit.

In: a frame. Out: Intervals. The draws are seeded from the data, so the same frame gives the same intervals.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final

import numpy as np

from analytics.bridge.arrays import Floats, contributions
from analytics.bridge.frame import Frame, picked

CHUNK_VALUES: Final = 4_000_000
LEVEL: Final = 0.95


@dataclass(frozen=True)
class Intervals:
    """Lower and upper ends by factor, USD: (FACTORS,)."""

    low: Floats
    high: Floats


def intervals(frame: Frame, observed: Floats, draws: int, scale: Floats | None = None) -> Intervals:
    """95 % intervals of the total of each factor.

    Under "nothing changed" the runs of a unit are exchangeable, which gives the distribution of every part by
    chance alone; the interval is the observed part less the ends of it. A side of zero runs cannot be exchanged.
    """
    chance = np.concatenate(list(_drawn(frame, draws, scale)))
    ends = np.quantile(chance, [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=0)
    return Intervals(observed - ends[1], observed - ends[0])


def seed_of(*arrays: Floats) -> int:
    """A seed that is the same for the same numbers."""
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(np.ascontiguousarray(array, dtype=np.float64).tobytes())
    return int.from_bytes(digest.digest()[:8], "little")


def _drawn(frame: Frame, draws: int, scale: Floats | None) -> list[Floats]:
    rng = np.random.default_rng(seed_of(frame.values, frame.tasks, frame.is_head))
    there = frame.is_base + frame.is_head
    heads = frame.is_head.sum(-1, keepdims=True)
    size = max(1, CHUNK_VALUES // max(1, frame.values.size))
    found = []
    for start in range(0, draws, size):
        keys = rng.random((min(size, draws - start), *there.shape))
        rank = np.where(there > 0, keys, 2.0).argsort(-1).argsort(-1)
        head = ((rank < heads) & (there > 0)).astype(np.float64)
        sides = [picked(frame, mask, by) for mask, by in zip(
            (there - head, head), (None, None) if scale is None else (scale[0], scale[1]), strict=True
        )]  # fmt: skip
        found.append(contributions(sides[0], sides[1], frame.unit_of, len(frame.units)).sum(-2))
    return found
