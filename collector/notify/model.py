"""What is sent to people and programs: letters (a report, a review) and groups of alerts.

In: what the alert keeper or the weekly review found. Out: frozen values that every receiver's shape is made of.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

Severity = Literal["page", "ticket", "info"]
Status = Literal["firing", "resolved"]
MOST_ALERTS = 50
"""Alerts in one message; what is beyond is counted."""


@dataclass(frozen=True)
class Letter:
    """One message for people: `text` always, richer forms where a receiver can show them."""

    subject: str
    text: str
    markdown: str = ""
    html: str = ""
    link: str = ""


@dataclass(frozen=True)
class Notice:
    """One alert as it is told. Labels name rule and scope; `fingerprint` is their hash, never value or time."""

    fingerprint: str
    status: Status
    severity: Severity
    labels: Mapping[str, str]
    summary: str
    description: str
    started_at: datetime
    ended_at: datetime | None
    link: str
    details: Mapping[str, str] = field(default_factory=dict)
    acknowledged: bool = False


@dataclass(frozen=True)
class NoticeGroup:
    """Alerts of one rule, told together; `status` is firing while any of them fires."""

    rule: str
    notices: tuple[Notice, ...]
    external_url: str

    @property
    def status(self) -> Status:
        """Firing while any of them fires."""
        return "firing" if any(notice.status == "firing" for notice in self.notices) else "resolved"

    @property
    def severity(self) -> Severity:
        """The gravest of its alerts."""
        order: tuple[Severity, ...] = ("page", "ticket", "info")
        return min((notice.severity for notice in self.notices), key=order.index, default="info")


Message = Letter | NoticeGroup


@dataclass(frozen=True)
class Delivery:
    """How one delivery ended. `error` names the reason without any secret; `detail` is the receiver's own id."""

    receiver: str
    ok: bool
    tries: int
    error: str = ""
    detail: str = ""


def fingerprint(rule: str, scope: Mapping[str, str]) -> str:
    """16 hex digits that name a rule in a scope, the same for every firing of it."""
    text = "\x1f".join([rule, *(f"{name}\x1e{scope[name]}" for name in sorted(scope))])
    return hashlib.sha256(text.encode()).hexdigest()[:16]
