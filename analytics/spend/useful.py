"""Useful output: what a unit of it costs and takes, how often tasks succeed, and what has no outcome yet.

In: rows of `useful_output`. Out: figures, a verdict, lines by unit. A task without an outcome counts neither as a
success nor as a failure; its cost stands apart. Intervals: delta method for ratios, Agresti-Coull for rates.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from analytics.figures.change import Better, Change, Kind, Tone, compare
from analytics.figures.estimates import Estimate, per_unit, proportion, ratio, total
from analytics.figures.numbers import count, plural, share, usd
from analytics.overview import Figure
from analytics.verdict import Piece

QUERY = "useful_output"
FEWEST = 30
"""Tasks under which a ratio is too thin to be read without a warning."""


@dataclass(frozen=True)
class UsefulRow:
    """Query `useful_output`; `part` says whether it is a total, a bucket or a unit of one workload."""

    part: str
    period: int
    bucket: int
    workload: str
    unit: str
    tasks: int
    judged: int
    successes: int
    with_outcome: int
    unpriced: int
    cost_usd: float
    failed_usd: float
    tokens: float
    units: float
    open_usd: float
    cost2: float
    tokens2: float
    units2: float
    cost_units: float
    tokens_units: float

    @property
    def open_tasks(self) -> int:
        return self.tasks - self.with_outcome

    @property
    def cost_per_unit(self) -> Estimate:
        return per_unit(
            self.cost_usd, self.units, self.cost2, self.cost_units, self.units2, self.with_outcome
        )

    @property
    def tokens_per_unit(self) -> Estimate:
        return per_unit(
            self.tokens, self.units, self.tokens2, self.tokens_units, self.units2, self.with_outcome
        )

    @property
    def success(self) -> Estimate:
        return proportion(self.successes, self.judged)


@dataclass(frozen=True)
class UnitLine:
    """One unit of one workload, now and before, with what changed."""

    now: UsefulRow
    before: UsefulRow | None
    cost: Change
    tokens: Change
    success: Change


def total_of(rows: Sequence[UsefulRow], number: int) -> UsefulRow | None:
    """The sums of a period; None where no task ended in it."""
    return next((row for row in rows if row.part == "total" and row.period == number), None)


def unit_of(rows: Sequence[UsefulRow]) -> str:
    """The name of the unit when all tasks make the same, else `useful output`."""
    names = {row.unit for row in rows if row.part == "unit" and row.period == 0 and row.unit}
    return names.pop() if len(names) == 1 else "useful output"


def figures(rows: Sequence[UsefulRow], *, covered: bool) -> list[Figure]:
    """Cost and tokens a unit, success, units made, what failures cost, what has no outcome yet."""
    now, before = total_of(rows, 0), total_of(rows, 1)
    if now is None:
        return []
    unit = unit_of(rows)
    kinds = len({row.unit for row in rows if row.part == "unit" and row.period == 0 and row.unit})
    mixed = f"{kinds} kinds of unit, see below" if kinds > 1 else ""
    taken = plural(now.with_outcome, "task") + " with an outcome"
    missing = (
        f"The unknown cost of calls in {plural(now.unpriced, 'task')} is not in it." if now.unpriced else ""
    )
    none = Estimate(None, 0)
    cost, cost_before = (_between(rows, number, "cost_usd") for number in (0, 1))
    tokens, tokens_before = (_between(rows, number, "tokens") for number in (0, 1))

    one = partial(_one, covered=covered)
    return [
        one(
            "cost", f"Cost per {unit}", usd(cost.value), cost, cost_before, Kind.MONEY, Better.LOWER,
            "Cost of all tasks with an outcome, failures included, over the units they made. "
            f"{interval(cost, usd)}",
            taken, unknown=missing, remark=mixed,
        ),
        one(
            "tokens", f"Tokens per {unit}", count(tokens.value), tokens, tokens_before, Kind.MONEY,
            Better.LOWER,
            f"All tokens of the same tasks over the same units. {interval(tokens, count)}", taken,
            remark=mixed,
        ),
        one(
            "success", "Success rate", share(now.success.value), now.success, before.success if before else none,
            Kind.RATE, Better.HIGHER, "Share of the tasks with a verdict that succeeded.",
            plural(now.judged, "judged task"),
        ),
        one(
            "units", "Useful output", count(now.units), total(now.units, now.with_outcome),
            total(before.units, before.with_outcome) if before else none, Kind.COUNT, Better.NEITHER,
            "Units made; a success that states none counts 1.", taken,
            remark=unit if unit != "useful output" else mixed,
        ),
        one(
            "failed", "Spent on failures", usd(now.failed_usd), total(now.failed_usd, now.judged - now.successes),
            total(before.failed_usd, before.judged - before.successes) if before else none, Kind.COUNT, Better.LOWER,
            "Cost of the tasks that a checker or a person called a failure. It is in the cost per useful output.",
            plural(now.judged - now.successes, "failure"),
            remark=f"{share(now.failed_usd / now.cost_usd)} of the cost" if now.cost_usd else "",
        ),
        one(
            "open", "No outcome yet", plural(now.open_tasks, "task"), total(now.open_tasks, now.open_tasks),
            total(before.open_tasks, before.open_tasks) if before else none, Kind.COUNT, Better.NEITHER,
            "Tasks that ended without a verdict and without units so far. They count neither as successes nor as "
            "failures, and their cost is in none of the other figures.",
            f"of {plural(now.tasks, 'task')}",
            remark=f"{usd(now.open_usd)} apart" if now.open_usd else "",
        ),
    ]  # fmt: skip


def _one(
    key: str, label: str, text: str, estimate: Estimate, earlier: Estimate, kind: Kind, better: Better,
    meaning: str, sample: str, *, covered: bool, unknown: str = "", remark: str = "",
) -> Figure:  # fmt: skip
    change = compare(kind, better, estimate, earlier, covered=covered)
    return Figure(key, label, text, estimate, change, meaning, QUERY, sample, unknown, remark)


def _between(rows: Sequence[UsefulRow], number: int, top: str) -> Estimate:
    """A ratio over the units of a period, its error between buckets, so that it is as sure here as on the overview."""
    mine = [row for row in rows if row.part == "bucket" and row.period == number and row.with_outcome]
    return ratio([(getattr(row, top), row.units) for row in mine], sum(row.with_outcome for row in mine))


def verdict(rows: Sequence[UsefulRow], shown: Sequence[Figure]) -> list[Piece]:
    """What a unit costs, whether that moved, and what is not known yet."""
    now = total_of(rows, 0)
    if now is None or not now.with_outcome:
        return [
            Piece("No task of the period has an outcome yet", strong=True),
            Piece(
                ", so what useful output costs cannot be said. Report one with task.outcome(...) of the hooks."
            ),
        ]
    cost = shown[0]
    unit = unit_of(rows)
    named = "A unit of useful output" if unit == "useful output" else f"One {unit}"
    pieces = [Piece(f"{named} costs "), Piece(cost.text, strong=True)]
    if cost.estimate.value is None:
        pieces = [Piece(f"No {'useful output' if unit == 'useful output' else unit} was made", strong=True)]
    if cost.change.text and cost.change.tone in (Tone.GOOD, Tone.BAD):
        pieces.append(Piece(f" ({cost.change.text})"))
    pieces += [Piece("; "), Piece(share(now.success.value), strong=True), Piece(" of judged tasks succeeded")]
    if now.cost_usd > 0 and now.failed_usd > 0:
        pieces.append(Piece(f", failures took {share(now.failed_usd / now.cost_usd)} of the cost"))
    if now.open_tasks:
        part = share(now.open_tasks / now.tasks)
        pieces.append(
            Piece(f". {plural(now.open_tasks, 'task')} ({part}) have no outcome yet and stand apart")
        )
    return [*pieces, Piece(".")]


def unit_lines(rows: Sequence[UsefulRow], *, covered: bool) -> list[UnitLine]:
    """Every unit of every workload, dearest first, beside the period before."""
    earlier = {(row.workload, row.unit): row for row in _units(rows, 1)}
    found = []
    for row in _units(rows, 0):
        before = earlier.get((row.workload, row.unit))

        def change(
            kind: Kind, better: Better, name: str, now: UsefulRow = row, then: UsefulRow | None = before
        ) -> Change:
            none = Estimate(None, 0)
            return compare(
                kind, better, getattr(now, name), getattr(then, name) if then else none, covered=covered
            )

        found.append(
            UnitLine(
                row,
                before,
                change(Kind.MONEY, Better.LOWER, "cost_per_unit"),
                change(Kind.MONEY, Better.LOWER, "tokens_per_unit"),
                change(Kind.RATE, Better.HIGHER, "success"),
            )
        )
    return sorted(found, key=lambda line: -(line.now.cost_usd + line.now.open_usd))


def _units(rows: Sequence[UsefulRow], period: int) -> list[UsefulRow]:
    """Units of a period. What has no outcome yet names no unit; it stands with the only one of its workload."""
    mine = [row for row in rows if row.part == "unit" and row.period == period]
    named: dict[str, list[UsefulRow]] = {}
    for row in mine:
        if row.unit:
            named.setdefault(row.workload, []).append(row)
    homeless = {
        row.workload: row for row in mine
        if not row.unit and not row.with_outcome and len(named.get(row.workload, ())) == 1
    }  # fmt: skip
    found = []
    for row in mine:
        late = homeless.get(row.workload)
        if late is None:
            found.append(row)
        elif row is not late:
            found.append(replace(row, tasks=row.tasks + late.tasks, open_usd=row.open_usd + late.open_usd))
    return found


def bounds(estimate: Estimate) -> tuple[float, float] | None:
    """The 95 % interval of an estimate whose error is on the logarithm; None where it has none."""
    if estimate.value is None or estimate.error is None or estimate.value <= 0:
        return None
    return estimate.value * math.exp(-1.96 * estimate.error), estimate.value * math.exp(1.96 * estimate.error)


def interval(estimate: Estimate, words: Callable[[float | None], str]) -> str:
    """`95 % interval $0.07 to $0.09.`, or that it is thin."""
    found = bounds(estimate)
    if found is None:
        return ""
    thin = " Fewer than 30 tasks." if estimate.sample < FEWEST else ""
    return f"95 % interval {words(found[0])} to {words(found[1])}.{thin}"
