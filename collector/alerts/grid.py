"""Spend by scope and bucket of time, as arrays: what is known, what is zero, what is unknown.

In: rows of `alert_hours`, `alert_tenant_hours`. Out: Hours for analytics, a Spend for budgets.
A bucket in which no scope has anything is unknown (a gap), unless nothing has come for hours: then it is zero.
"""

from collections.abc import Iterable, Mapping, Sequence, Set
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from analytics.alerts.model import Scope
from analytics.alerts.shift import Hours
from analytics.seasonal import Floats

STILLNESS = timedelta(hours=3)
"""Without any call for so long, nothing is spent; until then it may be a gap."""

MOST_SCOPES = 4000
"""Eight weeks of hours take 11 KB a scope, and what is worked out from them as much again several times."""
OTHERS = "(others)"

Cells = dict[Scope, dict[int, float]]


def cells_of(rows: Iterable[Mapping[str, Any]], by: Sequence[str]) -> Cells:
    """`{scope: {bucket: USD}}` of rows with `hours` and `spends_usd`."""
    found: Cells = {}
    for row in rows:
        scope = tuple(sorted((name, str(row[name])) for name in by))
        found[scope] = {int(b): float(u) for b, u in zip(row["hours"], row["spends_usd"], strict=True)}
    return found


def known_buckets(cells: Iterable[Mapping[int, float]], first: int, count: int, still: int) -> Floats:
    """1.0 where anything has cost or calls, or where nothing came for `still` buckets up to the end; else NaN."""
    known = np.full(count, np.nan)
    for each in cells:
        for bucket in each:
            if first <= bucket < first + count:
                known[bucket - first] = 1.0
    seen = np.flatnonzero(np.isfinite(known))
    last = int(seen[-1]) if len(seen) else -1
    if count - 1 - last > still and last >= 0:
        known[last + 1 :] = 1.0
    return known


def hours_of(
    cells: Cells,
    end: datetime,
    hours: int,
    everything: Cells | None = None,
    wanted: Set[Scope] = frozenset(),
) -> Hours:
    """The `hours` hours before `end` (a whole hour). everything: cells that say which hours are known at all.

    Of very many scopes the largest stand by themselves, and `wanted`; all others are one, named OTHERS.
    """
    first = int(end.timestamp()) // 3600 - hours
    known = known_buckets((everything or cells).values(), first, hours, STILLNESS // timedelta(hours=1))
    cells = _largest(cells, wanted)
    scopes = tuple(sorted(cells))
    cost = np.zeros((len(scopes), hours))
    for number, scope in enumerate(scopes):
        for hour, usd in cells[scope].items():
            if first <= hour < first + hours:
                cost[number, hour - first] = usd
    return Hours(scopes, first, cost * known[None, :])


def _largest(cells: Cells, wanted: Set[Scope]) -> Cells:
    if len(cells) <= MOST_SCOPES:
        return cells
    by_spend = sorted(cells, key=lambda scope: sum(cells[scope].values()), reverse=True)
    chosen = {scope: cells[scope] for scope in by_spend[:MOST_SCOPES]}
    chosen |= {scope: cells[scope] for scope in wanted if scope in cells}
    others: dict[int, float] = {}
    for scope in by_spend:
        if scope not in chosen:
            for hour, usd in cells[scope].items():
                others[hour] = others.get(hour, 0.0) + usd
    return {**chosen, tuple((name, OTHERS) for name, _ in by_spend[0]): others}


class SpendGrid:
    """Spend in any window of the last days by short buckets, before them by hours."""

    def __init__(
        self, minutes: Cells, bucket_s: int, first_minute: datetime, end: datetime, hours: Hours
    ) -> None:
        self._bucket_s = bucket_s
        self._first = int(first_minute.timestamp()) // bucket_s
        count = -(-int(end.timestamp()) // bucket_s) - self._first
        self._known = known_buckets(
            minutes.values(), self._first, count, int(STILLNESS.total_seconds()) // bucket_s
        )
        self._minutes = minutes
        self._count = count
        self._sums: dict[Scope, Floats] = {}
        self._hours = hours

    def spend(self, scope: Scope, from_: datetime, to: datetime) -> float | None:
        """USD of `scope` in [from_, to), whole buckets; None when nothing is known of that time."""
        border = datetime.fromtimestamp(self._first * self._bucket_s, UTC)
        earlier = self._hourly(scope, from_, min(to, border)) if from_ < border else 0.0
        if to <= border:
            return earlier
        count = len(self._known)
        low = min(max(0, int(from_.timestamp()) // self._bucket_s - self._first), count)
        high = min(max(low, -(-int(to.timestamp()) // self._bucket_s) - self._first), count)
        if not np.isfinite(self._known[low:high]).any():
            return None if from_ >= border else earlier
        sums = self._summed(scope)
        return earlier + float(sums[high] - sums[low])

    def _summed(self, scope: Scope) -> Floats:
        """Spend from the beginning to each bucket; of everything for the empty scope. Kept for those that are asked."""
        if scope not in self._sums:
            each = np.zeros(self._count + 1)
            chosen = (
                [self._minutes.get(scope, {})] if scope or () in self._minutes else self._minutes.values()
            )
            for cells in chosen:
                for bucket, usd in cells.items():
                    if 0 <= bucket - self._first < self._count:
                        each[bucket - self._first + 1] += usd
            self._sums[scope] = np.cumsum(each)
        return self._sums[scope]

    def _hourly(self, scope: Scope, from_: datetime, to: datetime) -> float:
        low = max(0, int(from_.timestamp()) // 3600 - self._hours.first_hour)
        high = max(low, int(to.timestamp()) // 3600 - self._hours.first_hour)
        rows = [n for n, each in enumerate(self._hours.scopes) if not scope or each == scope]
        return float(np.nansum(self._hours.cost[rows, low:high]))
