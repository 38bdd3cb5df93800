"""The answer to an alert: how much, since when, where, why, which tasks, whether it bought anything, what to do.

In: a Question and the rows of its queries. Out: an Investigation with its eight parts. Pure.
The parts and their order are those of the on-call page; data health stands before them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

import numpy as np

from analytics.bridge.split import Bridge, culprit
from analytics.investigate.leaves import AS_BEFORE
from analytics.investigate.question import Question, Span, Trend, Value, trend_of
from analytics.investigate.rows import (
    ChangeRow,
    ExemplarRow,
    HealthRow,
    LeafRow,
    OutcomeRow,
    SidedCell,
    TrendRow,
)
from analytics.investigate.slice import cell_parameters, measured_slice, sliced, split_of
from analytics.movers.frame import LeafFrame, Predicate
from analytics.movers.ranking import Cause, Mover, RootCauses, top_movers
from analytics.seasonal import Floats

NEAR: Final = timedelta(hours=24)
SEEN_BEFORE: Final = timedelta(days=7)
MOST_LEAVES: Final = 60_000
MINUTE_S: Final = 60
COARSEST: Final = timedelta(hours=1)
"""Of longer steps a minute cannot be told: the ledger keeps minutes for two weeks."""


@dataclass(frozen=True)
class Amount:
    """Part 1: USD in the window, expected, and what it would come to."""

    now_usd: float
    expected_usd: float
    hours: float
    unpriced_calls: int

    @property
    def excess_usd(self) -> float:
        """Now less expected."""
        return self.now_usd - self.expected_usd

    @property
    def times(self) -> float | None:
        """Now over expected; None where nothing was expected."""
        return self.now_usd / self.expected_usd if self.expected_usd > 0 else None

    @property
    def hourly_usd(self) -> float | None:
        """Spend an hour; None for no time."""
        return self.now_usd / self.hours if self.hours else None

    @property
    def expected_hourly_usd(self) -> float | None:
        """Expected an hour; None for no time."""
        return self.expected_usd / self.hours if self.hours else None

    @property
    def excess_month_usd(self) -> float:
        """The excess of 30 days, if it goes on so."""
        return self.excess_day_usd * 30

    @property
    def excess_day_usd(self) -> float:
        """The excess of a day, if it goes on so."""
        return self.excess_usd / self.hours * 24 if self.hours else 0.0


@dataclass(frozen=True)
class Onset:
    """Part 2: when it began (None: no step was found) and what changed near it, the nearest first."""

    at: datetime | None
    changes: tuple[ChangeRow, ...]


@dataclass(frozen=True)
class Course:
    """The trend that is drawn: USD a bucket now and expected; NaN where nothing is known."""

    trend: Trend
    now: tuple[float, ...]
    expected: tuple[float, ...]


@dataclass(frozen=True)
class Investigation:
    """The eight parts (amount, onset, causes, split, exemplars, outcomes, levers, queries) and the course."""

    question: Question
    health: HealthRow
    amount: Amount
    onset: Onset
    causes: RootCauses
    movers: tuple[Mover, ...]
    split: Bridge | None
    split_of: Predicate
    exemplars: tuple[ExemplarRow, ...]
    outcomes: tuple[OutcomeRow, ...]
    levers: tuple[str, ...]
    queries: tuple[tuple[str, str, Mapping[str, Value]], ...]
    course: Course
    is_cut: bool


@dataclass(frozen=True)
class FirstAnswers:
    """Rows of the queries that need nothing but the question."""

    leaves: Sequence[LeafRow]
    trend: Sequence[TrendRow]
    changes: Sequence[ChangeRow]
    health: HealthRow


@dataclass(frozen=True)
class SecondAnswers:
    """Rows of the queries that ask about the winning slice."""

    cells: Sequence[SidedCell]
    exemplars: Sequence[ExemplarRow]
    outcomes: Sequence[OutcomeRow]
    finely: Trend | None = None
    minutes: Sequence[TrendRow] = ()


def trend_parameters(asked: Question, trend: Trend | None = None) -> dict[str, Value]:
    """Parameters of `investigate_trend`; trend: another than the one that is drawn."""
    trend = trend or trend_of(asked)
    own: dict[str, Value] = {
        "from_": trend.span.from_, "to_": trend.span.to, "step_s": trend.step_s, "weeks": trend.weeks,
    }  # fmt: skip
    return {**asked.parameters(), **own}


def change_parameters(asked: Question) -> dict[str, Value]:
    """Parameters of `investigate_changes`: from a day before the window on."""
    begin = asked.window.from_ - NEAR
    return {**asked.parameters(), "from_": begin, "before": begin - SEEN_BEFORE}


def finer_trend(asked: Question, rows: Sequence[TrendRow]) -> Trend | None:
    """The time about the onset by minutes, to say when it began; None without an onset, or where it is known so."""
    course = _course(asked, trend_of(asked), rows)
    at = _change_point(course)
    step = timedelta(seconds=course.trend.step_s)
    if at is None or course.trend.step_s <= MINUTE_S or step > COARSEST:
        return None
    span = Span(max(at - 6 * step, course.trend.span.from_), min(at + 6 * step, course.trend.span.to))
    return Trend(span, MINUTE_S, 0)


def new_names(changes: Sequence[ChangeRow]) -> set[tuple[str, str, str]]:
    """Prompt versions and changes that are new near the window, as `leaves_of` takes them."""
    return {(row.kind, row.workload, row.name) for row in changes if row.kind in ("prompt_version", "change")}


def investigation(
    asked: Question, first: FirstAnswers, second: SecondAnswers, frame: LeafFrame, causes: RootCauses
) -> Investigation:
    """All parts. frame and causes are those of `leaves_of` and `root_causes`, which the second queries needed."""
    course = _course(asked, trend_of(asked), first.trend)
    at = _change_point(course)
    if second.finely is not None:
        at = _change_point(_course(asked, second.finely, second.minutes), course.trend.step_s) or at
    now_usd = sum(row.now_usd for row in first.leaves)
    expected_usd = sum(row.base_usd for row in first.leaves) * asked.base_scale
    unpriced = sum(row.now_unpriced for row in first.leaves)
    hours = asked.window.length / timedelta(hours=1)
    return Investigation(
        question=asked,
        health=replace(
            first.health,
            repriced=sum(row.now_repriced for row in first.leaves),
            calls=sum(row.now_calls for row in first.leaves),
        ),
        amount=Amount(now_usd, expected_usd, hours, unpriced),
        onset=Onset(at, _near(first.changes, at or asked.window.from_)),
        causes=causes,
        movers=top_movers(frame, 8),
        split=split_of(asked, causes, second.cells),
        split_of=measured_slice(causes),
        exemplars=tuple(second.exemplars),
        outcomes=tuple(second.outcomes),
        levers=levers(causes, first.changes),
        queries=reproducing(asked, causes, frame),
        course=course,
        is_cut=len(first.leaves) >= MOST_LEAVES,
    )


def reproducing(
    asked: Question, causes: RootCauses, frame: LeafFrame
) -> tuple[tuple[str, str, Mapping[str, Value]], ...]:
    """(what it gives, query, parameters) for every number of the page."""
    inner = sliced(asked, causes, frame).parameters()
    return (
        ("how much, where", "investigate_leaves", asked.parameters()),
        ("since when", "investigate_trend", trend_parameters(asked)),
        ("what changed near it", "investigate_changes", change_parameters(asked)),
        ("why", "investigate_cells", cell_parameters(asked, causes, frame)),
        ("example tasks", "investigate_tasks", inner),
        ("did it buy anything", "investigate_outcomes", inner),
        ("data health", "investigate_health", asked.parameters()),
    )


def levers(causes: RootCauses, changes: Sequence[ChangeRow]) -> tuple[str, ...]:
    """What could be pulled, by what the first cause is."""
    if not causes.causes or causes.delta_usd <= 0:
        return ()
    pairs = [pair for each in (causes.causes[0].predicate, *causes.causes[0].aliases) for pair in each]
    names = {name for name, element in pairs if element and not element.startswith("(")}
    found = []
    if causes.is_everywhere:
        found.append(
            "Everything rose alike: more work or other prices. See the split; a limit per workload holds it."
        )
    if names & {"change", "prompt_version"} and any(
        row.kind in ("change", "prompt_version") for row in changes
    ):
        found.append(
            "A release or prompt version is new: roll it back, or send part of the traffic to the one before."
        )
    if names & {"model", "tier"}:
        found.append(
            "A model or tier carries it: route back to the model before, or cap escalations to that tier."
        )
    if "tenant" in names:
        found.append("One tenant carries it: a budget or rate limit for that tenant.")
    if "agent" in names:
        found.append("One agent carries it: switch it off or cap its calls per task.")
    if "workload" in names:
        found.append("One workload carries it: a spending limit for it in the hooks stops its next calls.")
    return tuple(found)


def cause_words(cause: Cause) -> str:
    """A cause as people read it."""
    return slice_words(cause.predicate) if cause.predicate else "everything at once"


def slice_words(predicate: Predicate) -> str:
    """A slice as people read it."""
    words = (f"{name.replace('_', ' ')} {shortened(element)}" for name, element in predicate)
    return " and ".join(words) or "everything"


def shortened(element: str) -> str:
    """A commit by its first ten digits; other names whole; those that are not new are told together."""
    if element == AS_BEFORE:
        return "(not new)"
    return element[:10] if re.fullmatch(r"[0-9a-f]{40}", element) else element or "(none)"


def split_name(found: Investigation) -> str:
    """What the split is of as the headline names it, and the name that its calls are counted by where it is another."""
    counted = slice_words(found.split_of)
    named = slice_words(found.causes.causes[0].predicate) if found.causes.causes else counted
    return named if named == counted else f"{named} (counted as {counted})"


def split_words(split: Bridge) -> str:
    """The largest factor in one sentence."""
    return culprit(split)


def _course(asked: Question, trend: Trend, rows: Sequence[TrendRow]) -> Course:
    now = np.zeros(trend.buckets)
    weeks = np.zeros((max(1, trend.weeks), trend.buckets))
    for row in rows:
        if row.bucket >= trend.buckets:
            continue
        if row.week == 0:
            now[row.bucket] += row.spend_usd
        elif row.week <= trend.weeks:
            weeks[row.week - 1, row.bucket] += row.spend_usd
    if trend.weeks:
        expected = weeks.mean(axis=0)
    else:
        first = int((asked.window.from_ - trend.span.from_).total_seconds()) // trend.step_s
        expected = np.full(trend.buckets, now[: max(1, first)].mean())
    return Course(trend, tuple(map(float, now)), tuple(map(float, expected)))


def _change_point(course: Course, about_s: int = 0) -> datetime | None:
    """Where the excess over what was expected steps up (or down) most sharply, to a bucket of the trend.

    about_s: the step is known to lie within so many seconds of the middle; any step there will do.
    """
    off: Floats = np.asarray(course.now) - np.asarray(course.expected)
    count = len(off)
    if count < 6:
        return None
    sums = np.concatenate([[0.0], np.cumsum(off)])
    at = np.arange(2, count - 1)
    before, after = sums[at] / at, (sums[-1] - sums[at]) / (count - at)
    gain = (after - before) ** 2 * at * (count - at) / count
    if about_s:
        gain = np.where(np.abs(at - count / 2) * course.trend.step_s <= about_s, gain, -1.0)
    best = int(at[int(np.argmax(gain))])
    whole = float(((off - off.mean()) ** 2).sum())
    if whole <= 0 or (not about_s and float(gain.max()) < 0.25 * whole):
        return None
    return course.trend.span.from_ + timedelta(seconds=best * course.trend.step_s)


def _near(changes: Sequence[ChangeRow], at: datetime) -> tuple[ChangeRow, ...]:
    near = [row for row in changes if abs(row.first_seen - at) <= NEAR]
    return tuple(sorted(near, key=lambda row: (abs(row.first_seen - at), row.kind, row.name))[:12])
