"""All tasks of the weeks, in the order in which they began: the plan that is sent and added up.
In: a seed, a number of weeks and `now`; out: the same tasks every time."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from examples.past import catalogue, coding, contracts, nightly, planner, screening, support
from examples.past.plan import Task
from examples.past.seasons import AROUND_THE_CLOCK, OFFICE, arrivals
from examples.past.story import CATALOGUE, CODING, CONTRACTS, NIGHTLY, NS, PLANNER, SCREENING, SUPPORT, Story
from examples.past.warmth import Warmth

Planner = Callable[[Story, Warmth, random.Random, datetime], Task]
_PLANNERS: dict[str, Planner] = {
    SUPPORT: support.plan_task,
    PLANNER: planner.plan_task,
    CODING: coding.plan_task,
    NIGHTLY: nightly.plan_task,
    CATALOGUE: catalogue.plan_task,
    CONTRACTS: contracts.plan_task,
    SCREENING: screening.plan_task,
}


def plan(*, weeks: int = 4, seed: int = 7, now: datetime) -> tuple[Task, ...]:
    """Every task that had ended by `now` (aware), with the verdicts that had been given by then.

    About 2,400 tasks and 17,000 calls a week, and 9,500 calls of what began eight days ago.
    Raises ValueError for a `now` without a time zone.
    """
    if now.tzinfo is None:
        raise ValueError(f"now has no time zone: {now.isoformat()}")
    story, warmth = Story(seed, now, weeks), Warmth()
    now_ns = int(now.timestamp() * NS)
    tasks: list[Task] = []
    for day in story.days:
        for begins, workload, number in _begun_on(story, day):
            if begins >= now:
                break
            dice = random.Random(f"{seed}/{story.midnight:%Y%m%d}/{workload}/{day:%Y%m%d}/{number}")
            task = _PLANNERS[workload](story, warmth, dice, begins)
            if task.ended_ns < now_ns:
                tasks.append(_known_by(task, now_ns))
    return tuple(tasks)


def _begun_on(story: Story, day: datetime) -> Iterator[tuple[datetime, str, int]]:
    dice = random.Random(f"{story.seed}/{story.midnight:%Y%m%d}/{day:%Y%m%d}")
    nights = [day + timedelta(hours=1, minutes=30, milliseconds=137 * n) for n in range(nightly.ACCOUNTS)]
    begun = {
        SUPPORT: arrivals(
            dice, day, weekday=support.WEEKDAY, weekend=support.WEEKEND, hours=AROUND_THE_CLOCK
        ),
        PLANNER: arrivals(dice, day, weekday=planner.WEEKDAY, weekend=planner.WEEKEND, hours=OFFICE),
        CODING: arrivals(dice, day, weekday=coding.WEEKDAY, weekend=coding.WEEKEND, hours=OFFICE),
        NIGHTLY: nights,
        CATALOGUE: catalogue.begun_on(day),
        CONTRACTS: arrivals(dice, day, weekday=contracts.WEEKDAY, weekend=contracts.WEEKEND, hours=OFFICE),
    }
    if story.screening_in_use(day):
        begun[SCREENING] = screening.begun_on(day)
    yield from sorted(
        (moment, workload, number)
        for workload, moments in begun.items()
        for number, moment in enumerate(moments)
    )


def _known_by(task: Task, now_ns: int) -> Task:
    if all(outcome.decided_ns < now_ns for outcome in task.late_outcomes):
        return task
    return replace(task, late_outcomes=tuple(o for o in task.late_outcomes if o.decided_ns < now_ns))
