"""What an investigation asks: a window, the times it is compared with, a scope; and the queries that answer it.

In: a window and what the ledger holds. Out: a Question and its parameters. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from analytics.movers.frame import Predicate
from analytics.periods import iso

WEEK: Final = timedelta(days=7)
WEEKS_BACK: Final = 4
LONGEST: Final = timedelta(days=31)
LISTS: Final[dict[str, str]] = {
    "workload": "workloads",
    "model": "models",
    "agent": "agents",
    "tier": "tiers",
    "environment": "environments",
    "tenant": "tenants",
    "prompt_version": "prompt_versions",
    "change": "changes",
    "task": "task_ids",
}
TREND_STEPS_S: Final = (60, 300, 600, 1800, 3600, 21_600, 86_400)
MOST_POINTS: Final = 240

Value = str | int | float | datetime | Sequence[str]


class UnanswerableQuestion(ValueError):
    """The windows make no sense; the message says which and what would do."""


@dataclass(frozen=True)
class Span:
    """`[from_, to)`, aware UTC."""

    from_: datetime
    to: datetime

    @property
    def length(self) -> timedelta:
        """How long it is."""
        return self.to - self.from_

    @property
    def words(self) -> str:
        """`2026-11-20T09:00:00Z to 2026-11-20T10:00:00Z`."""
        return f"{iso(self.from_)} to {iso(self.to)}"


@dataclass(frozen=True)
class Question:
    """`bases` are the times compared with; `scope` names what it is narrowed to; `alert`, `rule`: what asked."""

    window: Span
    bases: tuple[Span, ...]
    scope: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    alert: str = ""
    rule: str = ""

    @property
    def base_scale(self) -> float:
        """What costs of all bases are multiplied by, to compare with the window."""
        whole = sum((base.length for base in self.bases), timedelta())
        return self.window.length / whole if whole else 0.0

    @property
    def base_words(self) -> str:
        """What it is compared with."""
        if len(self.bases) == 1:
            return self.bases[0].words
        return f"the same time of the {len(self.bases)} weeks before"

    @property
    def is_weekly(self) -> bool:
        """Whether the bases are the same time of earlier weeks."""
        return all((self.window.from_ - base.from_) % WEEK == timedelta(0) for base in self.bases)

    def parameters(self) -> dict[str, Value]:
        """As the queries name them."""
        lists: dict[str, Value] = {LISTS[name]: tuple(values) for name, values in self.scope.items()}
        return {
            **dict.fromkeys(LISTS.values(), ()),
            **lists,
            "from_": self.window.from_,
            "to_": self.window.to,
            **self._pruning(),
        }

    def _pruning(self) -> dict[str, Value]:
        """Each base by itself, so that the ledger reads no day between them; the window where there are fewer."""
        spans = [*self.bases, *[self.window] * WEEKS_BACK][:WEEKS_BACK]
        return {
            f"base{number}_{end}": moment
            for number, span in enumerate(spans, 1)
            for end, moment in (("from", span.from_), ("to", span.to))
        }

    def narrowed(self, predicate: Predicate) -> Question:
        """The same question of one slice of it."""
        scope = {**self.scope, **{name: (element,) for name, element in predicate}}
        return Question(self.window, self.bases, scope, self.alert, self.rule)


@dataclass(frozen=True)
class Trend:
    """The time a trend is drawn over: the window with what leads up to it."""

    span: Span
    step_s: int
    weeks: int

    @property
    def buckets(self) -> int:
        """How many."""
        return -int(-self.span.length.total_seconds() // self.step_s)


def question(
    window: Span,
    first_call: datetime | None,
    scope: Mapping[str, tuple[str, ...]] | None = None,
    baseline: Span | None = None,
    alert: str = "",
    rule: str = "",
) -> Question:
    """The question of a window. Without a baseline it is compared with the same time of up to four weeks before.

    first_call: the earliest call the ledger holds; weeks it does not hold whole are left out. Where it holds none
    (or the window is longer than a week), the time directly before the window is the baseline.
    Raises UnanswerableQuestion.
    """
    for name, span in (("window", window), ("baseline", baseline)):
        if span is not None and span.from_ >= span.to:
            raise UnanswerableQuestion(
                f"the {name} ends ({iso(span.to)}) before it begins ({iso(span.from_)})"
            )
        if span is not None and span.length > LONGEST:
            raise UnanswerableQuestion(f"the {name} is longer than {LONGEST.days} days; choose a shorter one")
    if baseline is not None and baseline.from_ < window.to and window.from_ < baseline.to:
        raise UnanswerableQuestion(
            "window and baseline overlap; what lies in both would be compared with itself"
        )
    bases = (baseline,) if baseline is not None else _earlier(window, first_call)
    return Question(window, bases, scope or {}, alert, rule)


def trend_of(asked: Question) -> Trend:
    """The window and three times as long before it (six hours at least), in steps of at most MOST_POINTS.

    Beside earlier weeks no more than a week is drawn, or they would run into each other: of a week, the week alone.
    """
    lead = max(3 * asked.window.length, timedelta(hours=6))
    beside_weeks = asked.is_weekly and asked.window.length <= WEEK
    most = WEEK - asked.window.length if beside_weeks else timedelta(days=14)
    begin = asked.window.from_ - min(lead, most)
    length_s = (asked.window.to - begin).total_seconds()
    step_s = next((step for step in TREND_STEPS_S if length_s <= step * MOST_POINTS), TREND_STEPS_S[-1])
    begin += timedelta(seconds=-begin.timestamp() % step_s)
    return Trend(Span(begin, asked.window.to), step_s, len(asked.bases) if beside_weeks else 0)


def _earlier(window: Span, first_call: datetime | None) -> tuple[Span, ...]:
    before = Span(window.from_ - window.length, window.from_)
    if window.length > WEEK:
        return (before,)
    weeks = [Span(window.from_ - n * WEEK, window.to - n * WEEK) for n in range(1, WEEKS_BACK + 1)]
    known = [week for week in weeks if first_call is not None and week.from_ >= first_call]
    return tuple(known) or (before,)
