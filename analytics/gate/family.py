"""Many verdicts at once: p-values adjusted for how many workloads were looked at. Holm for blocking, BH to inform."""

from __future__ import annotations

from collections.abc import Sequence


def holm(values: Sequence[float]) -> list[float]:
    """Holm's step-down adjustment; controls the chance of any false alarm."""
    order = sorted(range(len(values)), key=lambda i: values[i])
    adjusted = [0.0] * len(values)
    largest = 0.0
    for place, index in enumerate(order):
        largest = max(largest, min(1.0, (len(values) - place) * values[index]))
        adjusted[index] = largest
    return adjusted


def benjamini_hochberg(values: Sequence[float]) -> list[float]:
    """q-values; calling everything at most q real is wrong in a share q of what is called real."""
    order = sorted(range(len(values)), key=lambda i: -values[i])
    adjusted = [0.0] * len(values)
    smallest = 1.0
    for place, index in enumerate(order):
        smallest = min(smallest, values[index] * len(values) / (len(values) - place))
        adjusted[index] = smallest
    return adjusted
