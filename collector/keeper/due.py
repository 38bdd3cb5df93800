"""Which hours and days are to be summed next: a pure choice.

In: calls an hour, what is summed, the clock. Out: buckets in the order in which they are to be summed.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

HOUR_S = 3600
DAY_S = 86_400


@dataclass(frozen=True, slots=True, order=True)
class Bucket:
    """An hour or a day (`length_s` 3600 or 86,400) from `start_s` unix seconds; `basis` is start or end."""

    basis: str
    length_s: int
    start_s: int

    @property
    def end_s(self) -> int:
        return self.start_s + self.length_s

    @property
    def next(self) -> "Bucket":
        """The one that begins where it ends."""
        return Bucket(self.basis, self.length_s, self.end_s)

    @property
    def day(self) -> "Bucket":
        """The day that it lies in."""
        return Bucket(self.basis, DAY_S, self.start_s - self.start_s % DAY_S)


@dataclass(frozen=True, slots=True)
class SumLimits:
    """What is worth summing. Below, the calls themselves are read: that is quick, and percentiles stay exact.

    An hour is summed once it is over for `settled_s` and has `hour_calls`, or its whole day has `day_calls`; a day once
    all its hours with calls are.
    """

    settled_s: int = 7200
    hour_calls: int = 3_000
    day_calls: int = 50_000


def due(
    calls: Mapping[Bucket, int], summed: Iterable[Bucket], now_s: int, limits: SumLimits = SumLimits()
) -> list[Bucket]:
    """Buckets to sum, newest first, a day after its hours. `calls` are counts of hours."""
    done = set(summed)
    over_s = now_s - limits.settled_s
    days: dict[Bucket, list[Bucket]] = defaultdict(list)
    for hour, count in calls.items():
        # A task without a call ends somewhere too, and its day must not stand without it.
        if count or hour.basis == "task":
            days[hour.day].append(hour)
    chosen: list[Bucket] = []
    for day in sorted(days, key=lambda one: (-one.start_s, one.basis)):
        hours = sorted(days[day], key=lambda one: -one.start_s)
        whole = day.end_s <= over_s and sum(calls[hour] for hour in hours) >= limits.day_calls
        chosen += [
            hour
            for hour in hours
            if hour not in done and hour.end_s <= over_s and (whole or calls[hour] >= limits.hour_calls)
        ]
        if whole and day not in done:
            chosen.append(day)
    return chosen
