"""What the on-call pages need from the ledger. Raises DashboardError; errors are never kept.

In: windows, fingerprints. Out: frozen rows, an Investigation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from analytics.alerts.rows import AlertRow, KeeperRow, RuleReport, SilenceRow, UndeliveredRow
from analytics.investigate.answer import Investigation
from analytics.investigate.ask import investigate
from analytics.investigate.ask import latest as ask_latest
from analytics.investigate.question import Question, Span, question
from analytics.investigate.stopped import Latest
from dashboard.data.client import Parameter, ledger
from dashboard.data.joined import Joined
from dashboard.data.pages import status
from dashboard.serving.access import kept

FRESH_S = 15
REPORTED = timedelta(days=90)
JOINED = (
    ("investigate_trend", "investigate_changes", "investigate_health"),
    ("investigate_cells", "investigate_tasks", "investigate_outcomes", "investigate_trend"),
)
"""The course is asked a second time, finely, where the window is short beside what it is compared with."""


@dataclass(frozen=True)
class AlertsData:
    """Rows behind the Alerts page."""

    alerts: list[AlertRow]
    report: list[RuleReport]
    undelivered: list[UndeliveredRow]
    silences: list[SilenceRow]
    keeper: KeeperRow | None


@kept(ttl=5, max_entries=50)
def alerts(from_: datetime, to: datetime) -> AlertsData:
    """Alerts of a period, how rules do over ninety days, what receivers do not have."""
    given: dict[str, Parameter] = {"from_": from_, "to_": to, "states": (), "fingerprints": (), "now": to}
    ask = Joined(
        ledger(), ("alert_list", "alert_report"), ("alert_undelivered", "alert_silences", "alert_keeper")
    )
    found = ask.later("alert_list", AlertRow, given)
    report = ask.later("alert_report", RuleReport, {**given, "from_": to - REPORTED})
    lost = ask.later("alert_undelivered", UndeliveredRow, given)
    quiet = ask.later("alert_silences", SilenceRow, given)
    keeper = ask.later("alert_keeper", KeeperRow, {})
    return AlertsData(found(), report(), lost(), quiet(), next(iter(keeper()), None))


def latest_report() -> tuple[list[RuleReport], KeeperRow | None]:
    """How the rules stand now, never from memory."""
    now = datetime.now(UTC)
    ask = Joined(ledger(), ("alert_report", "alert_keeper"))
    report = ask.later("alert_report", RuleReport, {"from_": now - REPORTED, "to_": now})
    keeper = ask.later("alert_keeper", KeeperRow, {})
    return report(), next(iter(keeper()), None)


@kept(ttl=5, max_entries=50)
def alert(fingerprint: str, now: datetime) -> AlertRow | None:
    """The newest firing of an alert within a year."""
    given: dict[str, Parameter] = {
        "from_": now - timedelta(days=365),
        "to_": now,
        "states": (),
        "fingerprints": (fingerprint,),
    }
    return next(iter(ledger().rows("alert_list", AlertRow, given)), None)


@kept(ttl=60, max_entries=50)
def investigation(
    window: Span, scope: Mapping[str, tuple[str, ...]], baseline: Span | None, alert_: str, rule: str
) -> Investigation:
    """The whole answer; the same question is answered from memory for a minute. Raises UnanswerableQuestion."""
    return investigate(Joined(ledger(), *JOINED), _question(window, scope, baseline, alert_, rule))


@kept(ttl=20, max_entries=50)
def latest(
    window: Span,
    scope: Mapping[str, tuple[str, ...]],
    baseline: Span | None,
    alert_: str,
    rule: str,
    now: datetime,
) -> Latest | None:
    """Whether what the window shows has stopped by `now`; None where that is no question."""
    return ask_latest(ledger(), investigation(window, scope, baseline, alert_, rule), now)


def _question(
    window: Span, scope: Mapping[str, tuple[str, ...]], baseline: Span | None, alert_: str, rule: str
) -> Question:
    return question(window, status().first_call, scope, baseline, alert_, rule)
