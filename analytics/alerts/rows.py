"""Rows of the queries `alert_*` that pages show. Times are aware UTC; None is unknown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class AlertRow:
    """Query `alert_list`: one firing."""

    fingerprint: str
    started_at: datetime
    rule: str
    kind: str
    severity: str
    scope: Mapping[str, str]
    state: str
    standing: str
    summary: str
    value: float | None
    alert_limit: float | None
    unit: str
    expected: float | None
    excess_usd: float | None
    window_from: datetime
    window_to: datetime
    since: datetime | None
    details: Mapping[str, str]
    resolved_at: datetime | None
    told_at: datetime | None
    tells: int
    silenced: bool
    inhibited_by: str
    acknowledged: bool
    acknowledged_by: str
    verdict: str
    note: str

    @property
    def is_open(self) -> bool:
        """Whether it has not resolved."""
        return self.state != "resolved"

    @property
    def is_quiet(self) -> bool:
        """Whether it fires without being told: silenced, or explained by a wider one."""
        return self.silenced or bool(self.inhibited_by)


@dataclass(frozen=True)
class RuleReport:
    """Query `alert_report`: how one rule stands and does."""

    rule: str
    kind: str
    severity: str
    built_in: bool
    scopes: int
    breach: int
    learning: int
    unknown: int
    error: str
    took_ms: float
    judged_at: datetime | None
    fired: int
    false_alarms: int
    useful: int
    median_s: float | None


@dataclass(frozen=True)
class KeeperRow:
    """Query `alert_keeper`: since when a collector judges the rules, and whether it still does."""

    taken_at: datetime
    is_held: bool


@dataclass(frozen=True)
class UndeliveredRow:
    """Query `alert_undelivered`: one message that its receiver does not have."""

    id: str
    created_at: datetime
    receiver: str
    rule: str
    event: str
    state: str
    tries: int
    next_try_at: datetime
    error: str


@dataclass(frozen=True)
class SilenceRow:
    """Query `alert_silences`: one silence that holds or will."""

    id: str
    rule: str
    scope: Mapping[str, str]
    from_at: datetime
    to_at: datetime
    said_by: str
    reason: str
