"""Rows of the queries in sql/queries, one frozen class a query, fields named as the query's columns.

Money is USD at list price as float, taken after the last sum; times are aware UTC; None is unknown.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Final, TypeVar

P50: Final = 3
P95: Final = 9
"""Places of the two among the levels that queries return in `cost_levels_usd`."""

Part = TypeVar("Part")


@dataclass(frozen=True)
class LedgerStatus:
    """Query `ledger_status`."""

    tasks_seen: int
    first_task: datetime | None
    last_task: datetime | None
    calls_seen: int
    first_call: datetime | None
    last_call: datetime | None
    price_book: str
    prices_loaded_at: datetime
    books: tuple[str, ...]


@dataclass(frozen=True)
class FilterValue:
    """Query `filter_values`."""

    dimension: str
    value: str
    calls: int


@dataclass(frozen=True)
class TaskTotals:
    """Query `task_totals`; period 0 is the asked one, 1 the one before."""

    period: int
    tasks: int
    unpriced_tasks: int
    unpriced_calls: int
    cost_usd: float
    abandoned_usd: float
    successes: int
    judged: int
    escalations: int
    attempts: int
    with_outcome: int
    outcome_cost_usd: float
    units_made: float
    units: tuple[str, ...]
    priced_tasks: int
    cost_levels_usd: tuple[float, ...]
    sketched: int


@dataclass(frozen=True)
class TaskBucket:
    """Query `task_trend`."""

    period: int
    bucket: int
    tasks: int
    priced_tasks: int
    p50_usd: float
    p95_usd: float
    successes: int
    judged: int
    escalations: int
    attempts: int
    with_outcome: int
    outcome_cost_usd: float
    units_made: float


@dataclass(frozen=True)
class TaskWorkload:
    """Query `task_workloads`."""

    period: int
    workload: str
    tasks: int
    priced_tasks: int
    cost_levels_usd: tuple[float, ...]
    cost_usd: float
    successes: int
    judged: int
    escalations: int
    attempts: int
    with_outcome: int
    outcome_cost_usd: float
    units_made: float


class Parts:
    """Rows of a query that answers several questions, each as the row of its own."""

    def only(self, row_type: type[Part]) -> Part:
        """The same figures as a row of a narrower class."""
        names = (field.name for field in fields(row_type))  # type: ignore[arg-type]  # rows are dataclasses
        return row_type(**{name: getattr(self, name) for name in names})


@dataclass(frozen=True)
class TaskFigures(Parts):
    """Query `task_figures`; `part` says whether it is a total, a bucket or a workload."""

    part: str
    period: int
    bucket: int
    workload: str
    tasks: int
    unpriced_tasks: int
    unpriced_calls: int
    cost_usd: float
    abandoned_usd: float
    successes: int
    judged: int
    escalations: int
    attempts: int
    with_outcome: int
    outcome_cost_usd: float
    units_made: float
    units: tuple[str, ...]
    priced_tasks: int
    cost_levels_usd: tuple[float, ...]
    sketched: int

    def bucket_row(self) -> TaskBucket:
        """The same as a bucket of the trend."""
        return TaskBucket(
            period=self.period,
            bucket=self.bucket,
            tasks=self.tasks,
            priced_tasks=self.priced_tasks,
            p50_usd=self.cost_levels_usd[P50],
            p95_usd=self.cost_levels_usd[P95],
            successes=self.successes,
            judged=self.judged,
            escalations=self.escalations,
            attempts=self.attempts,
            with_outcome=self.with_outcome,
            outcome_cost_usd=self.outcome_cost_usd,
            units_made=self.units_made,
        )


@dataclass(frozen=True)
class TaskHours:
    """Query `task_hours`; `hour` is the first of its part of the day, UTC."""

    day: date
    hour: int
    tasks: int
    priced_tasks: int
    p50_usd: float | None
    p95_usd: float | None
    cost_usd: float


@dataclass(frozen=True)
class CallBucket:
    """Query `call_trend`."""

    period: int
    bucket: int
    calls: int
    failed: int
    unpriced: int
    spend_usd: float
    cache_read: int
    cache_known: int


@dataclass(frozen=True)
class CallWorkload:
    """Query `call_workloads`; `spends_usd[i]` is the spend in bucket `buckets[i]`."""

    workload: str
    calls: int
    spend_usd: float
    previous_spend_usd: float
    unpriced: int
    cache_read: int
    cache_known: int
    buckets: tuple[int, ...]
    spends_usd: tuple[float, ...]


@dataclass(frozen=True)
class CallFigures(Parts):
    """Query `call_figures`; `part` says whether it is a bucket or a workload."""

    part: str
    period: int
    bucket: int
    workload: str
    calls: int
    failed: int
    unpriced: int
    spend_usd: float
    previous_spend_usd: float
    cache_read: int
    cache_known: int
    buckets: tuple[int, ...]
    spends_usd: tuple[float, ...]


@dataclass(frozen=True)
class CallModel:
    """Query `call_models`."""

    provider: str
    model: str
    tier: str
    calls: int
    failed: int
    unpriced: int
    spend_usd: float
    cache_read: int
    cache_known: int
    output: int


@dataclass(frozen=True)
class UnpricedCalls:
    """Query `unpriced_calls`."""

    provider: str
    model: str
    pricing_status: str
    calls: int
    tasks: int
    last_seen: datetime


@dataclass(frozen=True)
class HistogramBar:
    """Query `task_histogram`; the bar spans 10^(step/10) to 10^((step+1)/10) USD."""

    step: int
    tasks: int
    cost_usd: float


@dataclass(frozen=True)
class TaskRow:
    """Query `task_list`."""

    task_id: str
    workload: str
    environment: str
    started_at: datetime
    ended_at: datetime
    duration_s: float
    status: str
    calls: int
    tool_calls: int
    cost_usd: float
    cost_text: str
    unpriced_calls: int
    abandoned_usd: float
    escalations: int
    highest_tier: str
    models: tuple[str, ...]
    agents: tuple[str, ...]
    cache_read: int
    cache_known: int
    success: bool | None
    useful_units: float | None
    unit: str


@dataclass(frozen=True)
class TaskDetail:
    """Query `task`."""

    task_id: str
    workload: str
    tenant: str
    environment: str
    started_at: datetime
    ended_at: datetime
    duration_s: float
    status: str
    calls: int
    failed_calls: int
    tool_calls: int
    cost_usd: float
    cost_text: str
    unpriced_calls: int
    abandoned_usd: float
    escalations: int
    attempts: int
    cascades: int
    retries: int
    highest_tier: str
    models: tuple[str, ...]
    agents: tuple[str, ...]
    architecture: str
    prompt_version: str
    change: str
    pull_request: str
    traces: int
    cache_read: int
    cache_known: int
    output: int
    success: bool | None
    checker: str
    checker_kind: str
    useful_units: float | None
    unit: str


@dataclass(frozen=True)
class CallDetail:
    """Query `task_calls`; tokens are None where not reported, money where unpriced."""

    trace_id: str
    span_id: str
    parent_span_id: str
    started_at: datetime
    duration_s: float | None
    first_chunk_s: float | None
    agent: str
    step: str
    provider: str
    model: str
    tier: str
    service_class: str
    cascade_id: str
    attempt: int | None
    escalated: bool
    escalation_signal: str
    abandoned: bool
    fresh_input: int | None
    cache_read: int | None
    cache_write: int | None
    output: int | None
    reasoning: int | None
    fresh_input_usd: float | None
    cache_read_usd: float | None
    cache_write_usd: float | None
    output_usd: float | None
    cost_usd: float | None
    cost_text: str | None
    pricing_status: str
    pricing_note: str
    status: str
    error_type: str
    finish_reason: str
    retries: int | None
    suppressed_spans: int
    emitter: str


@dataclass(frozen=True)
class SpanDetail:
    """Query `task_spans`: spans around the calls of a task."""

    trace_id: str
    span_id: str
    parent_span_id: str
    kind: str
    name: str
    agent: str
    tool: str
    started_at: datetime
    duration_s: float
    status: str
