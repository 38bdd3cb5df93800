"""What in the data itself may explain a cost alert: many are faults of measuring.

In: a row of `investigate_health`, the window. Out: notes, the grave ones marked. Pure.
"""

from __future__ import annotations

from typing import Final

from analytics.figures.numbers import count, plural, seconds, share
from analytics.investigate.question import Span
from analytics.investigate.rows import HealthRow
from analytics.periods import stamp

BEHIND_S: Final = 60.0
LATE_SHARE: Final = 0.05
GAP_SHARE: Final = 0.1
SHORTEST_GAP_S: Final = 600


def health_notes(row: HealthRow, window: Span) -> list[tuple[bool, str]]:
    """(whether it is amiss, a sentence) for each thing that was looked at; what is amiss first."""
    length_s = window.length.total_seconds()
    gap = row.longest_gap_s > max(SHORTEST_GAP_S, GAP_SHARE * length_s)
    late = row.late / row.spans if row.spans else 0.0
    behind = (row.behind_s or 0.0) > BEHIND_S
    notes = [
        (
            behind,
            f"the ledger is {seconds(row.behind_s)} behind with {plural(row.waiting_keys, 'key')}; numbers will change"
            if behind
            else "the ledger has caught up with what arrived",
        ),
        (
            gap,
            f"no call for {seconds(float(row.longest_gap_s))} within the window: a gap, or nothing to do"
            if gap
            else "no gap in the window",
        ),
        (
            late > LATE_SHARE,
            f"{share(late)} of the spans that arrived in the window were over ten minutes late"
            if late > LATE_SHARE
            else "spans arrived in time",
        ),
    ]
    if row.early:
        notes.append(
            (True, f"{plural(row.early, 'span')} began after they arrived: a sender's clock is ahead")
        )
    if row.rejected:
        notes.append((True, f"{plural(row.rejected, 'span')} were refused in the window"))
    if row.repriced:
        notes.append(
            (True, f"{count(row.repriced)} of {plural(row.calls, 'call')} of the window were repriced")
        )
    if row.price_books:
        notes.append((True, f"{plural(row.price_books, 'price book')} loaded since a day before the window"))
    if row.last_span is not None and row.last_span < window.from_:
        notes.append((True, f"nothing has arrived since {stamp(row.last_span)} UTC"))
    return sorted(notes, key=lambda note: not note[0])
