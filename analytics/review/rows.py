"""Rows of the weekly review's queries, one frozen class a query. Money is USD at list price as float."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True)
class ReviewWeek:
    """Query `review_weeks`; `part` says whether it is a total, a workload or an architecture of one."""

    part: str
    week: date
    workload: str
    architecture: str
    tasks: int
    priced_tasks: int
    unpriced_calls: int
    cost_usd: float
    abandoned_usd: float
    cost_levels_usd: tuple[float, ...]
    judged: int
    successes: int
    with_outcome: int
    outcome_cost_usd: float
    outcome_tokens: float
    units_made: float
    sum_tokens2: float
    sum_units2: float
    sum_tokens_units: float
    sum_cost2: float
    sum_cost_units: float
    tokens: float
    calls: int
    escalations: int
    attempts: int
    units: tuple[str, ...]
    labelled: int


@dataclass(frozen=True)
class ReviewDay:
    """Query `review_days`."""

    day: date
    workload: str
    spend_usd: float
    calls: int
    unpriced: int


@dataclass(frozen=True)
class ReviewLeaf:
    """Query `review_calls`."""

    workload: str
    agent: str
    agent_role: str
    provider: str
    model: str
    tier: str
    service_class: str
    latency_class: str
    prompt_version: str
    change: str
    tenant: str
    calls: int
    calls_before: int
    spend_usd: float
    before_usd: float
    unpriced: int
    fallback: int
    reported_usd: float
    reported_list_usd: float
    fresh: int
    cache_read: int
    cache_write: int
    cache_read_before: int
    cache_known_before: int
    read_usd: float
    write_usd: float
    input_usd: float
    output_usd: float
    input: int
    fresh_usd_per_token: float | None
    dearest_task: str


@dataclass(frozen=True)
class ReviewFact:
    """Query `review_facts`; `part` says what it is."""

    part: str
    scope: str
    name: str
    period: str
    stated_usd: float | None
    computed_usd: float | None
    count: int
    of_count: int
    change: str
    verdict: str
    reason: str
    ratio: float | None
    at: datetime
    overridden_by: str
    override_reason: str


@dataclass(frozen=True)
class ReviewRelease:
    """Query `review_releases`."""

    workload: str
    change: str
    pull_request: str
    prompt_version: str
    day: date
    hour: int
    first_seen: datetime
    tasks: int
    cost_usd: float
    cost2: float
    judged: int
    successes: int
