"""The leaves that movers are looked for in: one combination of names, its cost now and what was expected.

In: rows. Out: a LeafFrame of arrays; slices of it as sums. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

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
    coded = [_coded(column) for column in names]
    elements = tuple(found for found, _ in coded)
    codes = tuple(code for _, code in coded)
    if count:
        key = np.zeros(count, dtype=np.int64)
        for found, code in coded:
            _, key = np.unique(key * len(found) + code, return_inverse=True)
        _, first, group = np.unique(key, return_index=True, return_inverse=True)
        values = np.bincount(group, weights=values, minlength=len(first)).astype(np.float64)
        before = np.bincount(group, weights=before, minlength=len(first)).astype(np.float64)
        codes = tuple(code[first] for code in codes)
    return LeafFrame(tuple(dimensions), elements, codes, values, before)


def fold_rare(names: Sequence[str], weights: Sequence[float], most: int = MOST_TENANTS) -> list[str]:
    """Names with all but the `most` heaviest replaced by OTHER; for tenants, of which there may be thousands."""
    sums: dict[str, float] = {}
    for name, weight in zip(names, weights, strict=True):
        sums[name] = sums.get(name, 0.0) + weight
    kept = set(sorted(sums, key=lambda name: (-sums[name], name))[:most])
    return [name if name in kept else OTHER for name in names]


def frame_of(rows: Sequence[Mapping[str, Any]], dimensions: Sequence[str]) -> LeafFrame:
    """A frame from rows with the dimensions, `now_usd` and `expected_usd`; a dimension with one name is left out."""
    used = [name for name in dimensions if len({str(row[name]) for row in rows}) > 1]
    now = [float(row["now_usd"]) for row in rows]
    expected = [float(row["expected_usd"]) for row in rows]
    columns = [[str(row[name]) for row in rows] for name in used]
    for at, name in enumerate(used):
        if name == "tenant":
            columns[at] = fold_rare(columns[at], [a + b for a, b in zip(now, expected, strict=True)])
    return leaf_frame(used, columns, now, expected)


def _coded(column: Sequence[str]) -> tuple[tuple[str, ...], Codes]:
    found, codes = np.unique(np.asarray(column, dtype=object).astype(str), return_inverse=True)
    return tuple(str(name) for name in found), codes.astype(np.int64)
