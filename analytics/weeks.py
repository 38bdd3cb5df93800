"""ISO weeks as links, commands and schedules name them: `2026-W46` is Monday to Monday, UTC."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

TREND_WEEKS: Final = 8
_FORM: Final = re.compile(r"(\d{4})-?[Ww](\d{1,2})")


class UnreadableWeek(ValueError):
    """A week cannot be read or does not exist; the message says what would do."""


@dataclass(frozen=True)
class Week:
    """One ISO week, `[from_, to)` in aware UTC."""

    year: int
    number: int

    @property
    def name(self) -> str:
        return f"{self.year}-W{self.number:02d}"

    @property
    def monday(self) -> date:
        return date.fromisocalendar(self.year, self.number, 1)

    @property
    def from_(self) -> datetime:
        return datetime.combine(self.monday, time(), UTC)

    @property
    def to(self) -> datetime:
        return self.from_ + timedelta(days=7)

    @property
    def previous(self) -> Week:
        return week_of(self.from_ - timedelta(days=1))

    @property
    def trend_from(self) -> datetime:
        """Start of the first of the eight weeks that trends show."""
        return self.from_ - timedelta(weeks=TREND_WEEKS - 1)

    @property
    def words(self) -> str:
        """`16 to 22 Nov 2026`."""
        last = self.monday + timedelta(days=6)
        first = (
            f"{self.monday.day}" if self.monday.month == last.month else f"{self.monday:%d %b}".lstrip("0")
        )
        return f"{first} to {last.day} {last:%b %Y}"


def week_of(moment: datetime) -> Week:
    """The week that holds a moment."""
    year, number, _ = moment.astimezone(UTC).isocalendar()
    return Week(year, number)


def last_full_week(now: datetime) -> Week:
    """The latest week that is over at `now`."""
    return week_of(now - timedelta(days=7))


def read_week(text: str, now: datetime) -> Week:
    """The week of a text such as `2026-W46`; empty means the last full one. Raises UnreadableWeek."""
    plain = text.strip()
    if not plain:
        return last_full_week(now)
    found = _FORM.fullmatch(plain)
    if not found:
        raise UnreadableWeek(f"“{plain[:40]}” is not a week. Write it like {last_full_week(now).name}.")
    try:
        week = Week(int(found[1]), int(found[2]))
        if not 2000 <= week.year < 2200:
            raise ValueError
        _ = week.monday
    except ValueError:
        raise UnreadableWeek(
            f"There is no week “{plain}”. Write it like {last_full_week(now).name}."
        ) from None
    if week.from_ > now:
        raise UnreadableWeek(
            f"The week {week.name} has not begun yet. The last full one is {last_full_week(now).name}."
        )
    return week
