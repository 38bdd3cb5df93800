"""The state of alerts in the ledger: what is open, silenced, written; rows as the tables hold them.

In: a runner. Out: Alerts of analytics, and back. Never: an alert without its fingerprint and start.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from analytics.alerts.lifecycle import Alert, State
from analytics.alerts.limits import is_for
from analytics.alerts.model import Finding, Standing
from collector.alerts.rounds import Judged
from collector.alerts.times import moment_of, moment_or_none, scope_from, text_of
from collector.config.alert_defaults import DEFAULT_RULES
from collector.engine.runner import Runner, insert_rows, rows

_BUILT_IN = {rule["name"] for rule in DEFAULT_RULES}


def open_alerts(runner: Runner) -> list[Alert]:
    """Firings that have not resolved."""
    return [alert_of(row) for row in rows(runner, "keeper/alert_open")]


def write_alerts(
    runner: Runner, alerts: Iterable[Alert], kind_of: Callable[[str], str], version: int
) -> None:
    """Writes their newest state."""
    insert_rows(
        runner, "alerts", [_alert_row(alert, kind_of(alert.finding.rule), version) for alert in alerts]
    )


def silenced(runner: Runner, now: datetime) -> Callable[[Finding], bool]:
    """Whether a silence that holds at `now` keeps a finding quiet."""
    in_force = rows(runner, "keeper/alert_silences_in_force", {"now": text_of(now)})

    def is_silenced(finding: Finding) -> bool:
        named = (("rule", finding.rule), *finding.scope)
        return any(
            is_for((("rule", row["rule"]), *((str(k), str(v)) for k, v in row["scope"].items())), named)
            for row in in_force
        )

    return is_silenced


def write_rules(runner: Runner, judged: Iterable[Judged], now: datetime, version: int) -> None:
    """Writes how each rule stands."""
    insert_rows(runner, "alert_rules", [_rule_row(each, now, version) for each in judged])


def strike_rules(runner: Runner, kept: Iterable[str], now: datetime, version: int) -> None:
    """Takes back rules that are gone."""
    wanted = set(kept)
    gone = [row["rule"] for row in rows(runner, "keeper/alert_rules_written") if row["rule"] not in wanted]
    insert_rows(
        runner,
        "alert_rules",
        [{"rule": name, "judged_at": text_of(now), "version": version, "is_deleted": 1} for name in gone],
    )


def alert_of(row: Mapping[str, Any]) -> Alert:
    """An alert from a row of `alerts` (with `acknowledged` where it was asked for)."""
    finding = Finding(
        rule=str(row["rule"]),
        scope=scope_from(row["scope"]),
        standing=Standing(row["standing"]),
        severity=str(row["severity"]),
        value=row["value"],
        limit=row["alert_limit"],
        unit=str(row["unit"]),
        summary=str(row["summary"]),
        from_=moment_of(row["window_from"]),
        to=moment_of(row["window_to"]),
        since=moment_or_none(row["since"]),
        expected=row["expected"],
        excess_usd=row["excess_usd"],
        details={str(name): str(value) for name, value in row["details"].items()},
    )
    return Alert(
        fingerprint=str(row["fingerprint"]),
        finding=finding,
        state=State(row["state"]),
        started_at=moment_of(row["started_at"]),
        seen_at=moment_of(row["seen_at"]),
        clear_since=moment_or_none(row["clear_since"]),
        resolved_at=moment_or_none(row["resolved_at"]),
        told_at=moment_or_none(row["told_at"]),
        told_severity=str(row["told_severity"]),
        tells=int(row["tells"]),
        silenced=bool(row["silenced"]),
        inhibited_by=str(row["inhibited_by"]),
        acknowledged=bool(row.get("acknowledged", False)),
    )


def _alert_row(alert: Alert, kind: str, version: int) -> dict[str, object]:
    finding = alert.finding
    return {
        "fingerprint": alert.fingerprint,
        "started_at": text_of(alert.started_at),
        "rule": finding.rule,
        "kind": kind,
        "severity": finding.severity,
        "scope": dict(finding.scope),
        "state": alert.state.value,
        "standing": finding.standing.value,
        "summary": finding.summary,
        "value": finding.value,
        "alert_limit": finding.limit,
        "unit": finding.unit,
        "expected": finding.expected,
        "excess_usd": finding.excess_usd,
        "window_from": text_of(finding.from_),
        "window_to": text_of(finding.to),
        "since": _text(finding.since),
        "details": dict(finding.details),
        "seen_at": text_of(alert.seen_at),
        "clear_since": _text(alert.clear_since),
        "resolved_at": _text(alert.resolved_at),
        "told_at": _text(alert.told_at),
        "told_severity": alert.told_severity,
        "tells": alert.tells,
        "silenced": alert.silenced,
        "inhibited_by": alert.inhibited_by,
        "version": version,
    }


def _rule_row(judged: Judged, now: datetime, version: int) -> dict[str, object]:
    def count(standing: Standing) -> int:
        return sum(1 for finding in judged.findings if finding.standing is standing)

    return {
        "rule": judged.rule.name,
        "kind": judged.rule.kind,
        "severity": judged.rule.severity,
        "built_in": judged.rule.name in _BUILT_IN,
        "scopes": len(judged.findings),
        "breach": count(Standing.BREACH),
        "learning": count(Standing.LEARNING),
        "unknown": count(Standing.UNKNOWN),
        "error": judged.error,
        "took_ms": judged.took_ms,
        "judged_at": text_of(now),
        "version": version,
        "is_deleted": 0,
    }


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else text_of(moment)
