"""What the weekly review needs from the ledger: six queries, side by side on a page, kept a little longer.

In: a week, a workload, how to ask. Out: ReviewData. Raises DashboardError on a page; the asker's own errors elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from analytics.review.answer import Review, ReviewData, review
from analytics.weeks import Week
from dashboard.data.client import ledger
from dashboard.data.joined import Joined
from dashboard.parts import price_choice
from dashboard.report.ask import review_data
from dashboard.serving.access import kept

KEPT_S = 60


@kept(ttl=KEPT_S, max_entries=20)
def of_week(week: Week, workload: str) -> Review:
    """The review, six queries at once."""

    def later(name: str, row_type: type[Any], given: Mapping[str, Any]) -> Callable[[], Sequence[Any]]:
        return joined.later(name, row_type, given)

    joined = Joined(ledger(), ("review_days", "review_releases"))
    found: ReviewData = review_data(week, workload, later)
    return review(found, week, workload, price_choice.chosen())
