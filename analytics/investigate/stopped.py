"""Has it stopped? What is spent in the last minutes, beside what was expected and what the window spent beyond it.

In: an Investigation, the moment, leaves of the last minutes. Out: a Question, a Latest. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from analytics.figures.numbers import usd
from analytics.investigate.answer import Investigation
from analytics.investigate.question import Question, Span
from analytics.investigate.rows import LeafRow

SETTLED: Final = timedelta(minutes=1)
"""Spans of the last minute may still be on their way."""

LOOK: Final = timedelta(minutes=15)
WORTH_ASKING: Final = timedelta(hours=24)
"""Of a window that ended longer ago it is not asked."""

ROUNDING: Final = 0.001
OVER_BELOW: Final = 0.2
FALLING_BELOW: Final = 0.6
"""Shares of the window's excess an hour under which it is over, or falling."""


class Course(StrEnum):
    """How it stands."""

    OVER = "over"
    FALLING = "falling"
    GOES_ON = "goes on"
    SILENT = "silent"


@dataclass(frozen=True)
class Latest:
    """The last minutes, in USD an hour: spent, expected, and the excess of the window; `calls` in them."""

    span: Span
    hourly_usd: float
    expected_hourly_usd: float
    window_excess_hourly_usd: float
    calls: int
    base_calls: int

    @property
    def course(self) -> Course:
        """Over, falling, going on; silent where nothing comes though something was expected."""
        if not self.calls:
            return Course.SILENT if self.base_calls else Course.OVER
        left = (self.hourly_usd - self.expected_hourly_usd) / self.window_excess_hourly_usd
        if left < OVER_BELOW:
            return Course.OVER
        return Course.FALLING if left < FALLING_BELOW else Course.GOES_ON

    @property
    def words(self) -> tuple[str, str]:
        """The answer in a few words, and what it rests on."""
        answers = {
            Course.OVER: "Yes, it has stopped.",
            Course.FALLING: "Not yet: it is falling.",
            Course.GOES_ON: "No, it goes on.",
            Course.SILENT: "Unclear: nothing arrives, so it stopped or is not told.",
        }
        minutes = int(self.span.length / timedelta(minutes=1))
        until = f"the {minutes} minutes to {self.span.to:%H:%M} UTC"
        rest = f"no call in {until}"
        if self.calls:
            rest = f"{usd(self.hourly_usd)} an hour in {until}"
        return answers[self.course], (
            f"{rest}, {usd(self.expected_hourly_usd)} expected; "
            f"the window ran {usd(self.window_excess_hourly_usd)} an hour beyond what was expected"
        )


def latest_question(found: Investigation, now: datetime) -> Question | None:
    """What is asked of the last minutes; None where there is no rise to stop, or it is long past."""
    asked = found.question
    moved = found.amount.now_usd + found.amount.expected_usd
    if (
        found.amount.excess_usd <= ROUNDING * moved
        or not timedelta(0) <= now - asked.window.to + LOOK <= WORTH_ASKING
    ):
        return None
    to = now.replace(second=0, microsecond=0) - SETTLED
    recent = Span(to - LOOK, to)
    bases = asked.bases
    if asked.is_weekly:
        back = [asked.window.from_ - base.from_ for base in asked.bases]
        bases = tuple(Span(recent.from_ - each, recent.to - each) for each in back)
    if any(base.to > recent.from_ for base in bases):
        return None
    return Question(recent, bases, asked.scope, asked.alert, asked.rule)


def latest_of(found: Investigation, asked: Question, rows: Sequence[LeafRow]) -> Latest:
    """The last minutes from their leaves."""
    hours = asked.window.length / timedelta(hours=1)
    return Latest(
        asked.window,
        sum(row.now_usd for row in rows) / hours,
        sum(row.base_usd for row in rows) * asked.base_scale / hours,
        found.amount.excess_usd / found.amount.hours,
        sum(row.now_calls for row in rows),
        sum(row.base_calls for row in rows),
    )
