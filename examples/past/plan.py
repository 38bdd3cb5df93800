"""What is planned: tasks, their spans, and where each call's tokens went.
Plain data, decided before any byte is written, so that totals can be taken from it without reading spans."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

LIMIT_TOKENS, TOKENS_A_CALL = 2_000_000, 500
"""The rate limit of every model here, and the tokens it counts for a call."""


class Kind(StrEnum):
    """What a span is."""

    TASK = "task"
    AGENT = "agent"
    TOOL = "tool"
    CALL = "call"


@dataclass(frozen=True, slots=True)
class Tokens:
    """Disjoint buckets of one call, in tokens; reasoning is the part of output spent thinking."""

    fresh_input: int
    output: int
    cache_read: int = 0
    cache_write_short: int = 0
    cache_write_long: int = 0
    reasoning: int = 0

    @property
    def input(self) -> int:
        """All input tokens."""
        return self.fresh_input + self.cache_read + self.cache_write_short + self.cache_write_long


@dataclass(frozen=True, slots=True)
class Call:
    """One model call.

    tokens is None where the provider reported none; error is the provider's own word, empty where it
    answered; missing_usage says why a call that was not refused has no tokens.
    """

    provider: str
    model: str
    tokens: Tokens | None
    tier: str = ""
    error: str = ""
    status_code: int = 0
    missing_usage: str = ""
    finish: str = "stop"
    streamed: bool = False
    first_chunk_s: float | None = None
    retries: int = 0
    step: str = ""
    cascade_id: str = ""
    attempt: int = 0
    escalated_from: str = ""
    signal: str = ""
    abandoned: bool = False
    service_class: str = "standard"
    batch_id: str = ""
    custom_id: str = ""
    server: str = ""
    remaining_tokens: int | None = None
    prefix_hash: str = ""
    prefix_tokens: int = 0

    @property
    def remaining_calls(self) -> int | None:
        """Calls left in the rate limit; tokens and calls run out together here."""
        return None if self.remaining_tokens is None else self.remaining_tokens // TOKENS_A_CALL

    @property
    def limit_tokens(self) -> int | None:
        """The rate limit of which `remaining_tokens` are left."""
        return None if self.remaining_tokens is None else LIMIT_TOKENS

    @property
    def limit_calls(self) -> int | None:
        """The rate limit in calls."""
        return None if self.remaining_tokens is None else LIMIT_TOKENS // TOKENS_A_CALL


@dataclass(frozen=True, slots=True)
class Span:
    """One span of a task. Ids are bytes; times are nanoseconds since 1970; parent_id is empty at the root;
    argument_hash is 0 where a tool's arguments are not told."""

    kind: Kind
    name: str
    span_id: bytes
    parent_id: bytes
    started_ns: int
    ended_ns: int
    agent: str = ""
    role: str = ""
    error: str = ""
    call: Call | None = None
    argument_hash: int = 0


@dataclass(frozen=True, slots=True)
class Outcome:
    """One verdict on a task. decided_ns is 0 for the verdict that stands on the task's own span."""

    success: bool
    checker: str
    checker_kind: str
    useful_units: float
    decided_ns: int = 0


@dataclass(frozen=True, slots=True)
class Release:
    """One release of an agent's code, in force from from_ns on."""

    from_ns: int
    commit: str
    pull_request: str
    prompt_version: str


@dataclass(frozen=True, slots=True)
class Task:
    """One task with everything that happened in it; spans[0] is the task's own span."""

    task_id: str
    trace_id: bytes
    workload: str
    service: str
    environment: str
    tenant: str
    release: Release
    architecture: str
    latency_class: str
    unit: str
    spans: tuple[Span, ...]
    outcome: Outcome | None
    late_outcomes: tuple[Outcome, ...] = field(default=())

    @property
    def started_ns(self) -> int:
        """Start of the task's own span."""
        return self.spans[0].started_ns

    @property
    def ended_ns(self) -> int:
        """End of the task's own span."""
        return self.spans[0].ended_ns

    @property
    def verdict(self) -> Outcome | None:
        """The newest verdict."""
        return self.late_outcomes[-1] if self.late_outcomes else self.outcome
