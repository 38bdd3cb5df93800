"""Rows of the queries `investigate_*`, one frozen class a query. Money is USD as float; None is unknown."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from analytics.bridge.frame import BridgeCell


@dataclass(frozen=True)
class LeafRow:
    """Query `investigate_leaves`."""

    workload: str
    model: str
    tier: str
    agent: str
    prompt_version: str
    change: str
    tenant: str
    now_usd: float
    base_usd: float
    now_calls: int
    base_calls: int
    now_unpriced: int
    base_unpriced: int
    now_repriced: int = 0


@dataclass(frozen=True)
class TrendRow:
    """Query `investigate_trend`."""

    week: int
    bucket: int
    spend_usd: float
    calls: int


@dataclass(frozen=True)
class ChangeRow:
    """Query `investigate_changes`."""

    kind: str
    name: str
    workload: str
    first_seen: datetime
    tasks: int


@dataclass(frozen=True)
class OutcomeRow:
    """Query `investigate_outcomes`; side 0 is the window."""

    side: int
    tasks: int
    judged: int
    successes: int
    units_made: float
    with_outcome: int
    cost_usd: float
    p50_usd: float
    p95_usd: float
    priced: int


@dataclass(frozen=True)
class ExemplarRow:
    """Query `investigate_tasks`; which: dearest, usual or before."""

    which: str
    task_id: str
    workload: str
    ended_at: datetime
    cost_usd: float
    calls: int
    duration_s: float
    models: tuple[str, ...]
    agents: tuple[str, ...]
    success: bool | None
    prompt_version: str
    change: str


@dataclass(frozen=True)
class HealthRow:
    """Query `investigate_health`; `repriced` of the window's `calls` are counted from its leaves."""

    waiting_keys: int
    behind_s: float | None
    last_span: datetime | None
    spans: int
    late: int
    early: int
    longest_gap_s: int
    rejected: int
    price_books: int
    repriced: int = 0
    calls: int = 0


@dataclass(frozen=True)
class SidedCell(BridgeCell):
    """Query `investigate_cells`; side 0 is the window, 1 the times compared with."""

    side: int = 0
