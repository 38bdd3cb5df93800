"""The leaves of an investigation, made comparable: releases replace each other, and that alone is no cause.

In: rows of `investigate_leaves`, what is new. Out: a LeafFrame. Pure.
Within a workload, model, agent and tenant, what older versions no longer cost is what the newer ones were expected to
cost. A version that is not new near the window is not told by its name.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

import numpy as np

from analytics.investigate.rows import LeafRow
from analytics.movers.frame import Codes, Floats, LeafFrame, coded, coded_frame, fold_rare

DIMENSIONS: Final = ("workload", "model", "tier", "agent", "prompt_version", "change", "tenant")
VERSIONS: Final = ("prompt_version", "change")
AS_BEFORE: Final = "(as before)"

New = Collection[tuple[str, str, str]]
"""`(kind, workload, name)` of prompt versions and changes that were first seen near the window."""


def leaves_of(rows: Sequence[LeafRow], base_scale: float, new: New) -> LeafFrame:
    """The leaves with what was expected of each, USD; base_scale multiplies what the bases cost together."""
    now = np.array([row.now_usd for row in rows], dtype=np.float64)
    own = np.array([row.base_usd for row in rows], dtype=np.float64) * base_scale
    names: dict[str, list[str]] = {name: [getattr(row, name) for row in rows] for name in DIMENSIONS}
    group = np.zeros(len(rows), dtype=np.int64)
    for name in DIMENSIONS:
        if name not in VERSIONS and rows:
            elements, codes = coded(names[name])
            _, group = np.unique(group * len(elements) + codes, return_inverse=True)
    expected = _expected(now, own, group)
    for kind in VERSIONS:
        names[kind] = [
            name if not name or (kind, workload, name) in new else AS_BEFORE
            for workload, name in zip(names["workload"], names[kind], strict=True)
        ]
    names["tenant"] = fold_rare(names["tenant"], (now + expected).tolist())
    columns = {name: coded(column) for name, column in names.items()}
    told = [name for name, (elements, _) in columns.items() if len(elements) > 1]
    return coded_frame(told, [columns[name] for name in told], now, expected)


def _expected(now: Floats, own: Floats, group: Codes) -> Floats:
    """What each version of a group was expected to cost: its own, and what those it replaced no longer cost."""
    fresh = np.where((own == 0) & (now > 0), now, 0.0)
    gone = np.maximum(0.0, own - now)
    count = int(group.max()) + 1 if len(group) else 0
    whole = np.bincount(group, weights=fresh, minlength=count)[group]
    moved = np.bincount(group, weights=gone, minlength=count)[group]
    part = np.divide(fresh, whole, out=np.zeros_like(fresh), where=whole > 0)
    return np.asarray(np.where(whole > 0, own - gone + moved * part, own), dtype=np.float64)
