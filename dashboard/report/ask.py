"""Which queries make a weekly review, with which parameters. Asks through whoever can.

In: a week, a workload, a function that starts a query. Out: ReviewData.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from analytics.bridge.split import BridgeCell
from analytics.review.answer import ReviewData
from analytics.review.rows import ReviewDay, ReviewFact, ReviewLeaf, ReviewRelease, ReviewWeek
from analytics.weeks import Week

QUERIES = ("review_weeks", "review_days", "review_calls", "review_releases", "review_facts", "bridge_cells")
Later = Callable[[str, type[Any], Mapping[str, Any]], Callable[[], Sequence[Any]]]
"""Starts the named query and gives what waits for its rows."""


def review_data(week: Week, workload: str, later: Later) -> ReviewData:
    """All six, started before the first is waited for."""
    workloads = [workload] if workload else []
    narrowed = ("environments", "models", "agents", "tiers", "tenants", "prompt_versions", "changes")
    none: dict[str, list[str]] = {name: [] for name in narrowed}
    before = week.previous

    def given(from_: Any, to: Any, **more: Any) -> dict[str, Any]:
        return {"from_": from_, "to_": to, "workloads": workloads, "tenants": [], **more}

    weeks = later("review_weeks", ReviewWeek, given(week.trend_from, week.to))
    # Of all workloads: the page offers them by it.
    days = later("review_days", ReviewDay, {**given(week.trend_from, week.to), "workloads": []})
    leaves = later("review_calls", ReviewLeaf, given(week.from_, week.to, previous_from=before.from_))
    releases = later("review_releases", ReviewRelease, given(before.from_, week.to))
    cells = later("bridge_cells", BridgeCell, given(before.from_, week.to, **none))
    facts = later("review_facts", ReviewFact, given(week.from_, week.to))
    # A cell is of one day, so the two weeks fall apart by it.
    base: list[BridgeCell] = []
    head: list[BridgeCell] = []
    for cell in cells():
        (base if date.fromisoformat(cell.run) < week.monday else head).append(cell)
    return ReviewData(weeks(), days(), leaves(), releases(), base, head, facts())
