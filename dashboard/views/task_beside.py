"""Two tasks beside each other: what each cost, took and used, and the difference."""

from __future__ import annotations

from collections.abc import Callable

from analytics.figures.numbers import UNKNOWN, count, seconds, share, usd
from analytics.rows import TaskDetail
from dashboard.tables.sheet import cell
from dashboard.tables.table import Cell, Column, Line, Table, csv_text
from dashboard.tables.tasks import short_id

Reader = Callable[[TaskDetail], float | None]
NUMBERS: tuple[tuple[str, Reader, Callable[[float | None], str]], ...] = (
    ("Cost", lambda task: task.cost_usd, usd),
    ("Thrown away", lambda task: task.abandoned_usd, usd),
    ("Duration", lambda task: task.duration_s, seconds),
    ("Calls", lambda task: task.calls, count),
    ("Tool calls", lambda task: task.tool_calls, count),
    ("Escalations", lambda task: task.escalations, count),
    ("Retries", lambda task: task.retries, count),
    ("Unpriced calls", lambda task: task.unpriced_calls, count),
    ("Cache hits", lambda task: task.cache_read / task.cache_known if task.cache_known else None, share),
    ("Output tokens", lambda task: task.output, count),
    ("Useful units", lambda task: task.useful_units, count),
)
WORDS: tuple[tuple[str, Callable[[TaskDetail], str]], ...] = (
    ("Workload", lambda task: task.workload),
    ("Models", lambda task: ", ".join(task.models)),
    ("Agents", lambda task: ", ".join(task.agents)),
    ("Architecture", lambda task: task.architecture),
    ("Prompt version", lambda task: task.prompt_version),
    ("Change", lambda task: task.change[:12]),
    ("Outcome", lambda task: {True: "success", False: "failed", None: "open"}[task.success]),
)


def comparison_table(this: TaskDetail, other: TaskDetail) -> Table:
    """One line a fact; the last column is the other less this one, or whether they differ."""
    columns = (
        Column("Fact", align="left", first=True),
        Column("This task"),
        Column(short_id(other.task_id)),
        Column("Other less this", rank="mid"),
    )
    lines = [Line(_number(*row, this, other)) for row in NUMBERS]
    return Table("Two tasks", columns, (*lines, *(Line(_word(*row, this, other)) for row in WORDS)))


def comparison_csv(this: TaskDetail, other: TaskDetail) -> str:
    """The same facts, unrounded; the columns are the tasks' ids."""
    numbers = [(label, cell(read(this)), cell(read(other))) for label, read, _ in NUMBERS]
    words = [(label, read(this), read(other)) for label, read in WORDS]
    return csv_text(("fact", this.task_id, other.task_id), [*numbers, *words])


def _number(
    label: str, read: Reader, words: Callable[[float | None], str], this: TaskDetail, other: TaskDetail
) -> tuple[Cell, ...]:
    mine, theirs = read(this), read(other)
    difference = theirs - mine if mine is not None and theirs is not None else None
    said = _points if words is share else words
    text = "" if not difference else ("+" if difference > 0 else "−") + said(abs(difference))
    return Cell(label), Cell(words(mine), mine), Cell(words(theirs), theirs), Cell(text, difference)


def _points(difference: float | None) -> str:
    """The difference of two shares, in percentage points."""
    return UNKNOWN if difference is None else f"{difference * 100:.1f} pp"


def _word(
    label: str, read: Callable[[TaskDetail], str], this: TaskDetail, other: TaskDetail
) -> tuple[Cell, ...]:
    mine, theirs = read(this), read(other)
    return Cell(label), Cell(mine or "–"), Cell(theirs or "–"), Cell("" if mine == theirs else "differs")
