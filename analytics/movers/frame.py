"""The leaves that movers are looked for in: one combination of names, its cost now and what was expected.

In: rows. Out: a LeafFrame of arrays; slices of it as sums. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
Predicate = tuple[tuple[str, str], ...]
"""`((dimension, element), ...)` in the order of the frame's dimensions; () is everything."""

MOST_TENANTS: Final = 50
OTHER: Final = "(other)"


@dataclass(frozen=True)
class LeafFrame:
    """`codes[d][i]` is the element of leaf i in dimension d, an index into `elements[d]`; money is USD."""

    dimensions: tuple[str, ...]
    elements: tuple[tuple[str, ...], ...]
    codes: tuple[Codes, ...]
    now: Floats
    expected: Floats

    @property
    def delta(self) -> float:
        """Sum of now minus sum of expected."""
        return float(self.now.sum() - self.expected.sum())

    def mask(self, predicate: Predicate) -> Mask:
        """Leaves that the predicate names. Raises KeyError for a name the frame does not hold."""
        found: Mask = np.ones(len(self.now), dtype=np.bool_)
        for dimension, element in predicate:
            at = self.dimensions.index(dimension) if dimension in self.dimensions else -1
            if at < 0 or element not in self.elements[at]:
                raise KeyError(f"{dimension}={element}")
            found &= self.codes[at] == self.elements[at].index(element)
        return found


def leaf_frame(
    dimensions: Sequence[str],
    names: Sequence[Sequence[str]],
    now: Sequence[float],
    expected: Sequence[float],
) -> LeafFrame:
    """A frame from one sequence of names a dimension. Leaves of the same names are added up.

    Raises ValueError when lengths differ or an amount is no number.
    """
    count = len(now)
    if len(expected) != count or any(len(column) != count for column in names):
        raise ValueError("every dimension needs one name a leaf")
    values, before = np.asarray(now, dtype=np.float64), np.asarray(expected, dtype=np.float64)
    if not (np.isfinite(values).all() and np.isfinite(before).all()):
        raise ValueError("an amount is not a finite number; leave leaves of unknown cost out and count them")
    return coded_frame(dimensions, [coded(column) for column in names], values, before)


def coded_frame(
    dimensions: Sequence[str],
    columns: Sequence[tuple[tuple[str, ...], Codes]],
    now: Floats,
    expected: Floats,
) -> LeafFrame:
    """A frame from names as numbers: of each dimension its elements, and which of them each leaf has."""
    elements = tuple(found for found, _ in columns)
    codes = tuple(code for _, code in columns)
    if len(now):
        key = np.zeros(len(now), dtype=np.int64)
        for found, code in columns:
            _, key = np.unique(key * len(found) + code, return_inverse=True)
        _, first, group = np.unique(key, return_index=True, return_inverse=True)
        now = np.bincount(group, weights=now, minlength=len(first)).astype(np.float64)
        expected = np.bincount(group, weights=expected, minlength=len(first)).astype(np.float64)
        codes = tuple(code[first] for code in codes)
    return LeafFrame(tuple(dimensions), elements, codes, now, expected)


def fold_rare(names: Sequence[str], weights: Sequence[float], most: int = MOST_TENANTS) -> list[str]:
    """Names with all but the `most` heaviest replaced by OTHER; for tenants, of which there may be thousands."""
    sums: dict[str, float] = {}
    for name, weight in zip(names, weights, strict=True):
        sums[name] = sums.get(name, 0.0) + weight
    kept = set(sorted(sums, key=lambda name: (-sums[name], name))[:most])
    return [name if name in kept else OTHER for name in names]


def coded(column: Sequence[str]) -> tuple[tuple[str, ...], Codes]:
    """The distinct names, sorted, and the place of each row's name among them."""
    elements = tuple(sorted(set(column)))
    place = {name: at for at, name in enumerate(elements)}
    return elements, np.fromiter((place[name] for name in column), dtype=np.int64, count=len(column))
