"""The figures of the overview: cost per task at P50 and P95, cost per useful output, rates, spend.

Takes the sums of two periods, gives each figure with its change, its sample and what is unknown in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from analytics.figures.change import Better, Change, Kind, compare
from analytics.figures.estimates import Estimate, proportion, quantile, ratio, ratio_error, total
from analytics.figures.numbers import count, plural, share, usd
from analytics.rows import CallBucket, TaskBucket, TaskTotals

FEW_FOR_P95 = 100
TOO_FEW_FOR_P95 = 20


@dataclass(frozen=True)
class Figure:
    """One figure as shown: its text, its change, what it means, what it is taken over, what is missing."""

    key: str
    label: str
    text: str
    estimate: Estimate
    change: Change
    meaning: str
    query: str
    sample: str
    unknown: str
    remark: str = ""
    sample_note: str = ""

    @property
    def sample_short(self) -> str:
        """The sample in a few words, for the foot of a card."""
        return self.sample_note or self.sample


@dataclass(frozen=True)
class CallSums:
    """Sums over the calls that started in a period."""

    calls: int = 0
    unpriced: int = 0
    spend_usd: float = 0.0
    cache_read: int = 0
    cache_known: int = 0
    cache_error: float | None = None


@dataclass(frozen=True)
class Period:
    """What one period holds: its tasks (None when none ended) and its calls."""

    tasks: TaskTotals | None
    calls: CallSums
    useful: tuple[tuple[float, float], ...] = ()
    """Cost and useful units of tasks with an outcome, bucket by bucket."""


def period(
    number: int, totals: Sequence[TaskTotals], trend: Sequence[TaskBucket], buckets: Sequence[CallBucket]
) -> Period:
    """Period `number` (0 this one, 1 the one before) out of the rows of both."""
    mine = [row for row in buckets if row.period == number]
    sums = CallSums(
        calls=sum(row.calls for row in mine),
        unpriced=sum(row.unpriced for row in mine),
        spend_usd=sum(row.spend_usd for row in mine),
        cache_read=sum(row.cache_read for row in mine),
        cache_known=sum(row.cache_known for row in mine),
        cache_error=ratio_error([(row.cache_read, row.cache_known) for row in mine if row.cache_known]),
    )
    useful = tuple((r.outcome_cost_usd, r.units_made) for r in trend if r.period == number and r.with_outcome)
    return Period(next((row for row in totals if row.period == number), None), sums, useful)


def figures(now: Period, before: Period, *, covered: bool) -> list[Figure]:
    """The eight figures of the overview in reading order.

    covered: whether the ledger holds the whole period before.
    """
    return [
        _percentile("p50", 0.50, now, before, covered),
        _percentile("p95", 0.95, now, before, covered),
        _useful(now, before, covered),
        _spend(now, before, covered),
        _success(now, before, covered),
        _escalation(now, before, covered),
        _cache(now, before, covered),
        _tasks(now, before, covered),
    ]


def _percentile(key: str, level: float, now: Period, before: Period, covered: bool) -> Figure:
    name = key.upper()
    estimate, earlier = _cost_level(level, now), _cost_level(level, before)
    remark = ""
    if key == "p95" and estimate.sample < TOO_FEW_FOR_P95:
        if estimate.sample:
            remark = f"needs {TOO_FEW_FOR_P95} tasks, has {estimate.sample}"
        estimate = Estimate(None, estimate.sample)
    elif key == "p95" and estimate.sample < FEW_FOR_P95:
        remark = "few tasks"
    meaning = {
        "p50": "Half of the tasks that ended in the period cost less, half cost more.",
        "p95": "95 of 100 tasks that ended in the period cost less, 5 cost more. "
        "A rise here with a flat P50 means that a few tasks got dearer.",
    }[key]
    if now.tasks and now.tasks.sketched:
        meaning += " Above a million tasks it is read from a sketch, within 1 % of the exact value."
    return Figure(
        key=key,
        label=f"{name} cost per task",
        text=usd(estimate.value),
        estimate=estimate,
        change=compare(Kind.MONEY, Better.LOWER, estimate, earlier, covered=covered),
        meaning=meaning + " A task costs what all its calls cost, failed and thrown-away ones included.",
        query="task_figures",
        sample=plural(estimate.sample, "task"),
        unknown=_unpriced_tasks(now),
        remark=remark,
    )


def _cost_level(level: float, of: Period) -> Estimate:
    if of.tasks is None:
        return Estimate(None, 0)
    return quantile(level, of.tasks.cost_levels_usd, of.tasks.priced_tasks)


def _useful(now: Period, before: Period, covered: bool) -> Figure:
    estimate, earlier = _cost_per_unit(now), _cost_per_unit(before)
    units = now.tasks.units if now.tasks else ()
    unit = units[0] if len(units) == 1 else "useful output"
    remark = "" if len(units) != 1 else f"per {unit}"
    if len(units) > 1:
        remark = f"{len(units)} kinds of unit"
    waiting = ""
    if now.tasks and now.tasks.tasks > now.tasks.with_outcome:
        rest = now.tasks.cost_usd - now.tasks.outcome_cost_usd
        tasks = plural(now.tasks.tasks - now.tasks.with_outcome, "task")
        waiting = f"{tasks} without an outcome yet ({usd(rest)}) not in it."
    return Figure(
        key="useful",
        label="Cost per useful output",
        text=usd(estimate.value),
        estimate=estimate,
        change=compare(Kind.MONEY, Better.LOWER, estimate, earlier, covered=covered),
        meaning="Cost of all tasks with an outcome, failures included, divided by the useful units they "
        "made. A success without stated units counts as one.",
        query="task_figures",
        sample_note=f"{plural(estimate.sample, 'task')} with an outcome",
        sample=f"{plural(estimate.sample, 'task')} with an outcome, "
        + plural(now.tasks.units_made if now.tasks else 0, "unit")
        + (
            f" ({', '.join(units[:5])}{f' and {len(units) - 5} more' if len(units) > 5 else ''})"
            if units
            else ""
        ),
        unknown=_join(waiting, _missing_cost(now)),
        remark=remark,
    )


def _cost_per_unit(of: Period) -> Estimate:
    row = of.tasks
    if row is None:
        return Estimate(None, 0)
    # Errors are taken between buckets: the tasks of one hour have much in common.
    return ratio(of.useful, row.with_outcome)


def _spend(now: Period, before: Period, covered: bool) -> Figure:
    estimate = total(now.calls.spend_usd, now.calls.calls)
    earlier = total(before.calls.spend_usd, before.calls.calls)
    all_unknown = now.calls.calls > 0 and now.calls.calls == now.calls.unpriced
    shown = None if all_unknown else estimate.value
    return Figure(
        key="spend",
        label="Spend",
        text=usd(shown),
        estimate=Estimate(shown, estimate.sample),
        change=compare(
            Kind.MONEY, Better.NEITHER, Estimate(shown, estimate.sample), earlier, covered=covered
        ),
        meaning="Cost of all calls that started in the period, estimated from the list prices at the "
        "time of each call.",
        query="call_trend",
        sample=plural(now.calls.calls, "call"),
        unknown=f"{plural(now.calls.unpriced, 'call')} of unknown cost not in it."
        if now.calls.unpriced
        else "",
        remark=f"{plural(now.calls.unpriced, 'call')} unpriced" if now.calls.unpriced else "",
    )


def _success(now: Period, before: Period, covered: bool) -> Figure:
    estimate, earlier = _judged(now), _judged(before)
    waiting = now.tasks.tasks - now.tasks.judged if now.tasks else 0
    return Figure(
        key="success",
        label="Success rate",
        text=share(estimate.value),
        estimate=estimate,
        change=compare(Kind.RATE, Better.HIGHER, estimate, earlier, covered=covered),
        meaning="Share of the tasks with a verdict that succeeded.",
        query="task_figures",
        sample=plural(estimate.sample, "judged task"),
        unknown=f"{plural(waiting, 'task')} without a verdict, counted neither way." if waiting else "",
        remark="" if estimate.sample or not waiting else "no verdicts yet",
    )


def _judged(of: Period) -> Estimate:
    return proportion(of.tasks.successes, of.tasks.judged) if of.tasks else Estimate(None, 0)


def _escalation(now: Period, before: Period, covered: bool) -> Figure:
    estimate, earlier = _escalated(now), _escalated(before)
    abandoned = now.tasks.abandoned_usd if now.tasks else 0.0
    return Figure(
        key="escalation",
        label="Escalation rate",
        text=share(estimate.value),
        estimate=estimate,
        change=compare(Kind.RATE, Better.LOWER, estimate, earlier, covered=covered),
        meaning="Share of the tries in cascades whose answer was not good enough, so that a higher tier "
        "had to follow. Retries and fallbacks are not escalations."
        + (f" Tries whose answer was thrown away cost {usd(abandoned)}." if abandoned else ""),
        query="task_figures",
        sample=f"{plural(estimate.sample, 'try', 'tries')} in cascades",
        unknown="",
        remark=f"{usd(abandoned)} thrown away" if abandoned else "" if estimate.sample else "no cascades",
    )


def _escalated(of: Period) -> Estimate:
    return proportion(of.tasks.escalations, of.tasks.attempts) if of.tasks else Estimate(None, 0)


def _cache(now: Period, before: Period, covered: bool) -> Figure:
    estimate, earlier = _hits(now), _hits(before)
    return Figure(
        key="cache",
        label="Cache hit rate",
        text=share(estimate.value),
        estimate=estimate,
        change=compare(Kind.RATE, Better.HIGHER, estimate, earlier, covered=covered),
        meaning="Share of all input tokens that were read from a prompt cache: a ratio of sums over the "
        "calls that report a cache count. “Not reported” is not 0 %.",
        query="call_trend",
        sample=f"{count(now.calls.cache_known)} input tokens",
        unknown="",
        remark="" if now.calls.cache_known else "not reported",
    )


def _hits(of: Period) -> Estimate:
    if not of.calls.cache_known:
        return Estimate(None, 0)
    # The sample is calls, and the error is taken between buckets: tokens of one call move together.
    return Estimate(of.calls.cache_read / of.calls.cache_known, of.calls.calls, of.calls.cache_error)


def _tasks(now: Period, before: Period, covered: bool) -> Figure:
    here = now.tasks.tasks if now.tasks else 0
    earlier = before.tasks.tasks if before.tasks else 0
    each = now.calls.calls / here if here else None
    return Figure(
        key="tasks",
        label="Tasks",
        text=count(here),
        estimate=total(here, here),
        change=compare(
            Kind.COUNT, Better.NEITHER, total(here, here), total(earlier, earlier), covered=covered
        ),
        meaning="Tasks that ended in the period: units of work that somebody wanted.",
        query="task_figures",
        sample_note=plural(now.calls.calls, "call"),
        sample=plural(now.calls.calls, "call") + " in the period",
        unknown="",
        remark=f"{each:.1f} calls each" if each else "",
    )


def _unpriced_tasks(of: Period) -> str:
    if not of.tasks or not of.tasks.unpriced_tasks:
        return ""
    return f"{plural(of.tasks.unpriced_tasks, 'task')} with a call of unknown cost left out of percentiles."


def _missing_cost(of: Period) -> str:
    if not of.tasks or not of.tasks.unpriced_calls:
        return ""
    return f"The unknown cost of {plural(of.tasks.unpriced_calls, 'call')} is not in it."


def _join(*parts: str) -> str:
    return " ".join(part for part in parts if part)
