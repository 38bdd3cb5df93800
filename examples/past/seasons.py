"""When tasks arrive: by hour of the day and day of the week, drawn from a seed."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import datetime, timedelta

# Share of a day's arrivals by hour (UTC): an office day with a dip at noon, and a thin night.
OFFICE = (1, 1, 1, 1, 1, 2, 5, 14, 30, 42, 46, 42, 28, 38, 46, 44, 36, 24, 14, 9, 6, 4, 3, 2)
AROUND_THE_CLOCK = (8, 6, 5, 5, 6, 9, 14, 24, 36, 44, 46, 42, 38, 42, 46, 44, 40, 36, 32, 28, 24, 20, 15, 11)


def arrivals(
    dice: random.Random, day: datetime, *, weekday: float, weekend: float, hours: Sequence[int]
) -> list[datetime]:
    """Moments of arrival on the day that begins at `day`, sorted.

    weekday and weekend are mean counts a day; the count varies by a twelfth or so from day to day.
    """
    mean = weekend if day.weekday() >= 5 else weekday
    # Mondays are the busiest, Fridays calm down.
    mean *= (1.12, 1.04, 1.0, 1.0, 0.86, 1.0, 1.0)[day.weekday()]
    count = max(0, round(dice.gauss(mean, mean * 0.08)))
    drawn = dice.choices(range(24), weights=hours, k=count)
    return sorted(day + timedelta(hours=hour, seconds=dice.random() * 3600) for hour in drawn)
