"""A table of tasks: what each cost, how long it took, what it used, how it ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from datetime import UTC, datetime

from analytics.figures.numbers import UNKNOWN, count, plural, seconds, share, usd, usd_exact
from analytics.rows import TaskRow
from dashboard.charts.theme import Palette
from dashboard.parts import links
from dashboard.tables.table import Cell, Chip, Column, Line, Table, csv_text

COLUMNS = (
    Column("Task", align="left", first=True),
    Column("Ended, UTC", align="left", rank="mid"),
    Column(
        "Cost",
        help="Cost of all its calls at list price; the bar is its share of the dearest.",
        query="task_list",
    ),
    Column("Duration", rank="mid", help="From its first to its last span."),
    Column("Calls", rank="mid", help="Model calls of the task."),
    Column("Models", align="left", rank="low"),
    Column("Cache hits", rank="low", help="Input tokens read from a cache.", query="task_list"),
    Column("Outcome", align="left", help="The newest verdict; “open” = none yet.", query="task_list"),
)


def task_table(rows: Sequence[TaskRow], colours: Palette, *, with_workload: bool) -> Table:
    """The table; a row leads to its task."""
    dearest = max((row.cost_usd for row in rows), default=0.0)
    lines = tuple(
        Line(_cells(row, dearest, colours, with_workload), id=row.task_id, href=href)
        for row, href in zip(rows, links.hrefs("task", "id", (row.task_id for row in rows)), strict=True)
    )
    return Table("Tasks", COLUMNS, lines)


def task_csv(rows: Sequence[TaskRow]) -> str:
    """The same rows with plain numbers; lists are joined by spaces, unknown is empty."""
    # cost_text is the same amount, exact.
    names = [field.name for field in fields(TaskRow) if field.name != "cost_usd"]
    return csv_text(names, [[_plain(getattr(row, name)) for name in names] for row in rows])


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, tuple):
        return " ".join(value)
    return "" if value is None else value


def _cells(row: TaskRow, dearest: float, colours: Palette, with_workload: bool) -> tuple[Cell, ...]:
    ended = row.ended_at.astimezone(UTC)
    models = tuple(Chip(model) for model in row.models[:2])
    if len(row.models) > 2:
        models = (*models, Chip(f"+{len(row.models) - 2}"))
    return (
        Cell(
            text=short_id(row.task_id),
            title=row.task_id,
            order=row.task_id,
            sub=row.workload if with_workload else "",
        ),
        Cell(ended.strftime("%d %b %H:%M:%S"), ended.timestamp()),
        _cost(row, dearest),
        Cell(seconds(row.duration_s), row.duration_s),
        Cell(count(row.calls), row.calls, sub=plural(row.tool_calls, "tool call") if row.tool_calls else ""),
        Cell(chips=models, order=" ".join(row.models)),
        Cell(share(row.cache_read / row.cache_known), row.cache_read / row.cache_known)
        if row.cache_known
        else Cell(UNKNOWN, title="not reported"),
        _outcome(row, colours),
    )


def _cost(row: TaskRow, dearest: float) -> Cell:
    if row.calls and row.unpriced_calls == row.calls:
        return Cell("unpriced", None, tone="bad", title="no call of this task has a known price")
    return Cell(
        text=usd(row.cost_usd),
        order=row.cost_usd,
        title=usd_exact(row.cost_text),
        share=row.cost_usd / dearest if dearest else None,
        sub=f"{plural(row.unpriced_calls, 'call')} unpriced" if row.unpriced_calls else "",
        subtone="bad" if row.unpriced_calls else "",
    )


def _outcome(row: TaskRow, colours: Palette) -> Cell:
    chips = [
        Chip("open", colours.muted)
        if row.success is None
        else Chip("success", colours.good)
        if row.success
        else Chip("failed", colours.bad, "bad")
    ]
    if row.escalations:
        chips.append(
            Chip(
                "escalated" if row.escalations == 1 else f"escalated ×{row.escalations}",
                colours.tier("premium"),
            )
        )
    if row.status == "error":
        chips.append(Chip("error", colours.bad, "bad"))
    return Cell(chips=tuple(chips), order={True: 2, False: 0, None: 1}[row.success])


def short_id(task_id: str) -> str:
    """A task's id for a column: its beginning and its end, which tell tasks of a workload apart."""
    return task_id if len(task_id) <= 28 else f"{task_id[:14]}…{task_id[-10:]}"
