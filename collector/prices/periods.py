"""Which price book prices the calls of which time: whole history by the newest, stretches of it by a chosen one.

In: stretches as they stand, one more. Out: stretches without gap or overlap, over all time. Pure.
"""

from collections.abc import Sequence
from dataclasses import dataclass

BEGINNING_S = 0
END_S = 4_102_444_800
NEWEST = ""


@dataclass(frozen=True, slots=True)
class Period:
    """Calls that start in `[from_s, to_s)` (unix seconds) are priced by `book`; empty = by the newest."""

    from_s: int
    to_s: int
    book: str


def with_period(periods: Sequence[Period], new: Period) -> list[Period]:
    """The periods with the new one laid over them; neighbours of the same book are joined."""
    known = list(periods) or [Period(BEGINNING_S, END_S, NEWEST)]
    start, end = max(new.from_s, BEGINNING_S), min(new.to_s, END_S)
    if start >= end:
        return known
    parts = [Period(start, end, new.book)]
    for old in known:
        if old.from_s < min(old.to_s, start):
            parts.append(Period(old.from_s, min(old.to_s, start), old.book))
        if max(old.from_s, end) < old.to_s:
            parts.append(Period(max(old.from_s, end), old.to_s, old.book))
    joined: list[Period] = []
    for part in sorted(parts, key=lambda part: part.from_s):
        if joined and joined[-1].book == part.book and joined[-1].to_s == part.from_s:
            joined[-1] = Period(joined[-1].from_s, part.to_s, part.book)
        else:
            joined.append(part)
    return joined
