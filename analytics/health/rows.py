"""Rows of the queries about the health of the data, one frozen class a query.

Column names are those of the query files; amounts are USD, delays seconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class PricingShare:
    """Query `health_pricing`: one pricing status."""

    pricing_status: str
    calls: int
    list_usd: float
    original_usd: float
    said_calls: int
    said_usd: float
    ours_usd: float
    gap_calls: int


@dataclass(frozen=True)
class NoteShare:
    """Query `health_notes`: one assumption that costs rest on."""

    note: str
    calls: int
    list_usd: float
    example_task: str


@dataclass(frozen=True)
class FoldShare:
    """Query `health_folds`: one reason why reports were not charged."""

    why: str
    calls: int
    spans: int
    example_task: str


@dataclass(frozen=True)
class ConventionShare:
    """Query `health_conventions`: one emitter in one convention."""

    convention: str
    emitter: str
    emitter_version: str
    calls: int
    priced: int
    missing_usage: int
    conflicting: int
    no_cache_count: int
    folded: int
    said_usd: float
    ours_usd: float
    last_seen: datetime


@dataclass(frozen=True)
class Unpriced:
    """Query `unpriced_calls`: one model whose calls have no cost, and why."""

    provider: str
    model: str
    pricing_status: str
    calls: int
    tasks: int
    last_seen: datetime


@dataclass(frozen=True)
class LateSpans:
    """Query `health_late_spans`: one service; history that was read in is counted apart."""

    service: str
    spans: int
    late: int
    latest_s: float
    imported: int = 0


@dataclass(frozen=True)
class RejectedSpans:
    """Query `health_rejected_spans`: one reason."""

    reason: str
    service: str
    emitter: str
    spans: int
    last_seen: datetime
    example_name: str


@dataclass(frozen=True)
class UsageCounted:
    """Query `usage_completeness`: what an emitter counted of one bucket in a session; `held` None = no call has it."""

    service: str
    session_id: str
    bucket: str
    counted: float
    held: float | None


@dataclass(frozen=True)
class LedgerLoad:
    """Query `ledger_health`: what waits to be recomputed, what of that fails, and how many traces cannot be."""

    waiting_keys: int
    behind_s: float | None
    trouble: str = ""
    set_aside: int = 0
    set_aside_problem: str = ""


@dataclass(frozen=True)
class BookLoaded:
    """Query `price_books`: one price book."""

    version: str
    loaded_at: datetime
    rows: int
    is_newest: bool


@dataclass(frozen=True)
class Example:
    """Query `health_examples`: one call behind a finding."""

    kind: str
    started_at: datetime
    task_id: str
    trace_id: str
    span_id: str
    provider: str
    model: str
    emitter: str
    pricing_note: str
    suppressed_why: str
    list_usd: float | None
    reported_usd: float | None
