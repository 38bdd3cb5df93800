"""What each page needs from the ledger, asked side by side and kept for a few seconds.

In: a window and filters. Out: frozen results of analytics. Raises DashboardError; errors are never kept.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from analytics.periods import Window, iso
from analytics.rows import (
    CallBucket,
    CallDetail,
    CallFigures,
    CallModel,
    CallWorkload,
    FilterValue,
    HistogramBar,
    LedgerStatus,
    SpanDetail,
    TaskBucket,
    TaskDetail,
    TaskFigures,
    TaskHours,
    TaskRow,
    TaskTotals,
    TaskWorkload,
    UnpricedCalls,
)
from dashboard.data.client import Parameter, ledger
from dashboard.parts.narrowing import Narrowing
from dashboard.serving import access
from dashboard.serving.access import kept
from sql.then import BOOKS_OFFERED

FRESH_S = 15
STATUS_FRESH_S = 5
OFFERED = timedelta(days=30)
MOST_TASKS = 200
EVERY_TASK = Narrowing()
SAMPLE_ABOVE = 300_000
"""Calls of a period above which queries that follow each task read 1 in k tasks, k a power of two."""


@dataclass(frozen=True)
class Filters:
    """What a page is narrowed to; empty = all. Field names are those of the address."""

    workload: tuple[str, ...] = ()
    model: tuple[str, ...] = ()
    agent: tuple[str, ...] = ()
    environment: tuple[str, ...] = ()
    tier: tuple[str, ...] = ()

    @property
    def any(self) -> bool:
        return any(asdict(self).values())

    def parameters(self) -> dict[str, Parameter]:
        """As the queries name them."""
        return {f"{name}s": values for name, values in asdict(self).items()}


@dataclass(frozen=True)
class OverviewData:
    """Rows behind the overview and a workload's page, both periods."""

    totals: list[TaskTotals]
    trend: list[TaskBucket]
    workloads: list[TaskWorkload]
    calls: list[CallBucket]
    spend: list[CallWorkload]


@dataclass(frozen=True)
class TaskData:
    """One task with its calls and the spans around them."""

    task: TaskDetail
    calls: list[CallDetail]
    spans: list[SpanDetail]
    usual: TaskTotals | None


@kept(ttl=STATUS_FRESH_S, max_entries=1)
def status() -> LedgerStatus:
    """Whether the ledger holds anything."""
    return ledger().rows("ledger_status", LedgerStatus, {})[0]


def books() -> tuple[str, ...]:
    """Versions of the newest price books, newest first."""
    return status().books[:BOOKS_OFFERED]


def database() -> str:
    """The ledger's database."""
    return ledger().address.database


def offered(window: Window) -> dict[str, list[str]]:
    """Values that filters offer: of the window, and of the 30 days before its end.

    By whole hours, so that everybody's windows share the answer while they move on.
    """
    from_ = min(window.from_, window.to - OFFERED)
    return filter_values(from_.replace(minute=0, second=0, microsecond=0), _next_hour(window.to))


@kept(ttl=60, max_entries=50)
def filter_values(from_: datetime, to: datetime) -> dict[str, list[str]]:
    """Values that filters offer, by dimension, most used first."""
    rows = ledger().rows("filter_values", FilterValue, {"from_": from_, "to_": to, "workloads": ()})
    found: dict[str, list[str]] = {}
    for row in rows:
        found.setdefault(row.dimension, []).append(row.value)
    return found


@kept(ttl=FRESH_S, max_entries=100)
def overview(window: Window, filters: Filters) -> OverviewData:
    """Two queries at once."""
    given = parameters(window, filters)
    figures = ledger().later("task_figures", TaskFigures, given)
    spent = ledger().later("call_figures", CallFigures, given)
    rows, calls = figures(), spent()
    return OverviewData(
        totals=[row.only(TaskTotals) for row in rows if row.part == "total"],
        trend=[row.bucket_row() for row in rows if row.part == "bucket"],
        workloads=[row.only(TaskWorkload) for row in rows if row.part == "workload"],
        calls=[row.only(CallBucket) for row in calls if row.part == "bucket"],
        spend=[row.only(CallWorkload) for row in calls if row.part == "workload"],
    )


@kept(ttl=FRESH_S, max_entries=100)
def workload(window: Window, filters: Filters) -> OverviewData:
    """As the overview, without the split of spend by workload: two queries at once."""
    given = parameters(window, filters)
    figures = ledger().later("task_figures", TaskFigures, given)
    calls = ledger().later("call_trend", CallBucket, given)
    rows = figures()
    return OverviewData(
        totals=[row.only(TaskTotals) for row in rows if row.part == "total"],
        trend=[row.bucket_row() for row in rows if row.part == "bucket"],
        workloads=[],
        calls=calls(),
        spend=[],
    )


@kept(ttl=FRESH_S, max_entries=100)
def totals(window: Window, filters: Filters) -> TaskTotals | None:
    """What the tasks of the window cost and achieved; None when none ended."""
    rows = ledger().rows("task_totals", TaskTotals, parameters(window, filters))
    return next((row for row in rows if row.period == 0), None)


@kept(ttl=FRESH_S, max_entries=100)
def unpriced(window: Window, filters: Filters) -> list[UnpricedCalls]:
    """Calls of unknown cost by model and reason; asked only when there are any."""
    return ledger().rows("unpriced_calls", UnpricedCalls, parameters(window, filters))


@kept(ttl=FRESH_S, max_entries=100)
def models(window: Window, filters: Filters) -> list[CallModel]:
    """Which models the spend went to."""
    return ledger().rows("call_models", CallModel, parameters(window, filters))


@kept(ttl=FRESH_S, max_entries=100)
def spread(window: Window, filters: Filters) -> list[HistogramBar]:
    """How task cost is spread."""
    return ledger().rows("task_histogram", HistogramBar, parameters(window, filters))


@kept(ttl=60, max_entries=50)
def hours(window: Window, filters: Filters, width_h: int) -> list[TaskHours]:
    """P50 and P95 by day and part of the day; asked when the rest of a page stands."""
    return ledger().rows("task_hours", TaskHours, parameters(window, filters) | {"width_h": width_h})


@kept(ttl=FRESH_S, max_entries=100)
def tasks(
    window: Window, filters: Filters, search: str, sort_by: str, limit: int, only: str = "",
    narrowing: Narrowing = EVERY_TASK,
) -> list[TaskRow]:  # fmt: skip
    """Tasks that ended in the window: `sort_by` cost, latest or duration; `only` narrows as the query says."""
    given = parameters(window, filters) | list_parameters(search, sort_by, limit, only, narrowing)
    return ledger().rows("task_list", TaskRow, given)


def list_parameters(
    search: str, sort_by: str, limit: int, only: str = "", narrowing: Narrowing = EVERY_TASK
) -> dict[str, Parameter]:
    """What the list of tasks asks beyond window and filters."""
    own: dict[str, Parameter] = {
        "search": search,
        "sort_by": sort_by,
        "limit_": min(limit, MOST_TASKS),
        "only_": only,
    }
    return narrowing.parameters() | own


@kept(ttl=FRESH_S, max_entries=200)
def task(task_id: str) -> TaskData | None:
    """One task; None when the ledger does not know it. `usual` are its workload's week before its end."""
    found = ledger().rows("task", TaskDetail, {"task_id": task_id})
    if not found or not access.current().may_see(found[0].workload, found[0].tenant):
        return None
    detail = found[0]
    given: dict[str, Parameter] = {
        "task_id": task_id,
        "from_": detail.started_at,
        "to_": detail.ended_at,
    }
    calls = ledger().later("task_calls", CallDetail, given)
    spans = ledger().later("task_spans", SpanDetail, given)
    to = _next_hour(detail.ended_at)
    week = Window(to - timedelta(days=7), to, 3600, "custom")
    usual = ledger().later("task_totals", TaskTotals, parameters(week, Filters(workload=(detail.workload,))))
    return TaskData(detail, calls(), spans(), next((row for row in usual() if row.period == 0), None))


@kept(ttl=FRESH_S, max_entries=50)
def raw(name: str, given: dict[str, Parameter]) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Columns and rows of a query as they are."""
    return ledger().raw(name, given)


def shown(value: Parameter) -> str:
    """A parameter in words."""
    if isinstance(value, datetime):
        return iso(value)
    if isinstance(value, (str, int, float)):
        return str(value)
    return ", ".join(value) or "all"


def parameters(window: Window, filters: Filters) -> dict[str, Parameter]:
    """As the queries name them."""
    return {
        "previous_from": window.previous,
        "from_": window.from_,
        "to_": window.to,
        "step_s": window.step_s,
        "sample_above": SAMPLE_ABOVE,
        "tenants": (),
        **filters.parameters(),
    }


def _next_hour(moment: datetime) -> datetime:
    return datetime.fromtimestamp((moment.timestamp() // 3600 + 1) * 3600, UTC)
