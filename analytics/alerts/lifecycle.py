"""From findings to alerts: fire, hold, repeat, resolve; silenced and inhibited ones are kept but not told.

In: the alerts that are open, the findings of a round, its time. Out: changed alerts and what to tell. Pure, no clock.
An alert is known by its fingerprint, so a restart that reads the open alerts goes on where it was.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from analytics.alerts.model import Finding, Standing, contains

EXPLAINS: Final = 0.8
"""A wider alert that fires inhibits a narrower one when it holds at least this share of its excess."""

GRAVITY: Final = {"page": 0, "ticket": 1, "info": 2}


class State(StrEnum):
    """`pending` has to last before it fires."""

    PENDING = "pending"
    FIRING = "firing"
    RESOLVED = "resolved"


class Event(StrEnum):
    """Why an alert is told."""

    FIRED = "fired"
    WORSE = "worse"
    REPEATED = "repeated"
    RESOLVED = "resolved"


@dataclass(frozen=True)
class Alert:
    """One firing. `told_at` None: nobody was told. `clear_since`: clear, but not yet for long enough."""

    fingerprint: str
    finding: Finding
    state: State
    started_at: datetime
    seen_at: datetime
    clear_since: datetime | None = None
    resolved_at: datetime | None = None
    told_at: datetime | None = None
    told_severity: str = ""
    tells: int = 0
    silenced: bool = False
    inhibited_by: str = ""
    acknowledged: bool = False


@dataclass(frozen=True)
class Policy:
    """How long a breach lasts before it fires, how long it is clear before it resolves, how often it is repeated.

    `ends_when_absent`: no finding at all counts as clear (a task that stopped growing), not as unknown.
    """

    hold_for: timedelta = timedelta(0)
    clear_for: timedelta = timedelta(minutes=30)
    repeat: timedelta = timedelta(hours=4)
    ends_when_absent: bool = False


@dataclass(frozen=True)
class Step:
    """`changed`: alerts to write down; `events`: (alert, why) to tell."""

    changed: tuple[Alert, ...]
    events: tuple[tuple[Alert, Event], ...]


def advance(
    open_alerts: Iterable[Alert],
    findings: Iterable[tuple[str, Finding]],
    now: datetime,
    policy_of: Callable[[str], Policy],
    is_silenced: Callable[[Finding], bool] = lambda _: False,
) -> Step:
    """One round. findings: (fingerprint, finding); rules that were not evaluated have none and change nothing.

    A round dated before one that an alert has seen (the clock was set back) changes that alert in nothing.
    """
    before = {alert.fingerprint: alert for alert in open_alerts}
    found = dict(findings)
    after: dict[str, Alert] = {}
    for key in (*before, *(key for key in found if key not in before)):
        alert = _moved(key, before.get(key), found.get(key), now, policy_of)
        if alert is not None:
            after[key] = alert
    after = _quietened(after, is_silenced)
    events: list[tuple[Alert, Event]] = []
    for key, alert in after.items():
        event = _event(alert, now, policy_of(alert.finding.rule))
        if event is not None:
            after[key] = replace(
                alert, told_at=now, told_severity=alert.finding.severity, tells=alert.tells + 1
            )
            events.append((after[key], event))
    changed = tuple(alert for key, alert in after.items() if alert != before.get(key))
    return Step(changed, tuple(events))


def _moved(
    key: str, alert: Alert | None, finding: Finding | None, now: datetime, policy_of: Callable[[str], Policy]
) -> Alert | None:
    if alert is None:
        if finding is None or finding.standing is not Standing.BREACH:
            return None
        policy = policy_of(finding.rule)
        state = State.PENDING if policy.hold_for else State.FIRING
        return Alert(key, finding, state, now, now)
    if now < alert.seen_at:
        return alert
    policy = policy_of(alert.finding.rule)
    standing = _standing(finding, policy)
    if standing is Standing.BREACH:
        assert finding is not None
        due = alert.state is State.PENDING and now - alert.started_at >= policy.hold_for
        state = State.FIRING if due else alert.state
        kept = replace(finding, since=_earlier(alert.finding.since, finding.since))
        return replace(alert, finding=kept, state=state, seen_at=now, clear_since=None)
    alert = replace(alert, finding=replace(alert.finding, standing=standing))
    if standing is not Standing.CLEAR:
        return replace(alert, seen_at=now)
    if alert.state is State.PENDING:
        return replace(alert, state=State.RESOLVED, resolved_at=now, seen_at=now)
    since = alert.clear_since or now
    if now - since >= policy.clear_for:
        return replace(alert, state=State.RESOLVED, resolved_at=now, seen_at=now, clear_since=since)
    return replace(alert, seen_at=now, clear_since=since)


def _standing(finding: Finding | None, policy: Policy) -> Standing:
    if finding is None:
        return Standing.CLEAR if policy.ends_when_absent else Standing.UNKNOWN
    return finding.standing


def _quietened(alerts: Mapping[str, Alert], is_silenced: Callable[[Finding], bool]) -> dict[str, Alert]:
    firing = [alert for alert in alerts.values() if alert.state is State.FIRING]
    return {
        key: replace(alert, silenced=is_silenced(alert.finding), inhibited_by=_parent(alert, firing))
        for key, alert in alerts.items()
    }


def _parent(alert: Alert, firing: Sequence[Alert]) -> str:
    """Fingerprint of the widest firing alert that explains this one; empty when none does."""
    if alert.state is not State.FIRING:
        return alert.inhibited_by
    wider = [
        other
        for other in firing
        if contains(other.finding.scope, alert.finding.scope) and _explains(other.finding, alert.finding)
    ]
    return (
        min(wider, key=lambda other: (len(other.finding.scope), other.fingerprint)).fingerprint
        if wider
        else ""
    )


def _explains(parent: Finding, child: Finding) -> bool:
    """Whether the parent's excess over its plan holds the child's; a graver child is never hidden.

    Only alerts of one rule: that a month's budget is spent must not hide that a workload doubled today.
    """
    if parent.rule != child.rule or GRAVITY.get(child.severity, 2) < GRAVITY.get(parent.severity, 2):
        return False
    if parent.excess_usd is None or child.excess_usd is None:
        return True
    return child.excess_usd > 0 and parent.excess_usd >= EXPLAINS * child.excess_usd


def _event(alert: Alert, now: datetime, policy: Policy) -> Event | None:
    if alert.state is State.RESOLVED:
        return Event.RESOLVED if alert.told_at and alert.resolved_at == now else None
    if alert.state is not State.FIRING or alert.silenced or alert.inhibited_by:
        return None
    if alert.told_at is None:
        # What was kept quiet until it was on its way out need wake nobody.
        return Event.FIRED if alert.finding.standing is Standing.BREACH else None
    if GRAVITY.get(alert.finding.severity, 2) < GRAVITY.get(alert.told_severity, 2):
        return Event.WORSE
    if not alert.acknowledged and now - alert.told_at >= policy.repeat:
        return Event.REPEATED
    return None


def _earlier(one: datetime | None, other: datetime | None) -> datetime | None:
    if one is None or other is None:
        return one or other
    return min(one, other)
