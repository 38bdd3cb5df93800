"""The leaves of an investigation, made comparable: releases replace each other, and that alone is no cause.

In: rows of `investigate_leaves`, what is new. Out: a LeafFrame. Pure.
Within a workload, model, agent and tenant, what older versions no longer cost is what the newer ones were expected to
cost. A version that is not new near the window is not told by its name.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any, Final

from analytics.investigate_rows import LeafRow
from analytics.movers_frame import LeafFrame, frame_of

DIMENSIONS: Final = ("workload", "model", "tier", "agent", "prompt_version", "change", "tenant")
AS_BEFORE: Final = "(as before)"

Version = tuple[str, str]
New = Collection[tuple[str, str, str]]
"""`(kind, workload, name)` of prompt versions and changes that were first seen near the window."""


def leaves_of(rows: Sequence[LeafRow], base_scale: float, new: New) -> LeafFrame:
    """The leaves with what was expected of each, USD; base_scale multiplies what the bases cost together."""
    groups: dict[tuple[str, ...], list[LeafRow]] = defaultdict(list)
    for row in rows:
        groups[(row.workload, row.model, row.tier, row.agent, row.tenant)].append(row)
    leaves: list[dict[str, Any]] = []
    for group in groups.values():
        for row, expected in zip(group, _expected(group, base_scale), strict=True):
            leaves.append({**vars(row), **_told(row, new), "expected_usd": expected})
    return frame_of(leaves, DIMENSIONS)


def _expected(group: Sequence[LeafRow], base_scale: float) -> list[float]:
    """What each version of a group was expected to cost: its own, and what those it replaced no longer cost."""
    own = [row.base_usd * base_scale for row in group]
    fresh = [row.now_usd if row.base_usd == 0 and row.now_usd > 0 else 0.0 for row in group]
    whole = sum(fresh)
    if whole <= 0:
        return own
    gone = [max(0.0, expected - row.now_usd) for row, expected in zip(group, own, strict=True)]
    moved = sum(gone)
    return [
        expected - lost + moved * part / whole for expected, lost, part in zip(own, gone, fresh, strict=True)
    ]


def _told(row: LeafRow, new: New) -> dict[str, str]:
    """Versions by name where they are new; the others are one."""
    return {
        kind: name if not name or (kind, row.workload, name) in new else AS_BEFORE
        for kind, name in (("prompt_version", row.prompt_version), ("change", row.change))
    }
