"""Alerts as tables: what fires, what fired, how each rule does, what could not be delivered.

In: rows. Out: tables. Imports no Streamlit.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from analytics.alerts.rows import AlertRow, KeeperRow, RuleReport, SilenceRow, UndeliveredRow
from analytics.figures.numbers import UNKNOWN, count, plural, seconds, share, usd
from analytics.periods import ago, stamp
from analytics.verdict import Piece
from dashboard.tables.table import Cell, Chip, Column, Line, Table

ALERTS = (
    Column("Alert", align="left", first=True),
    Column("Scope", align="left", rank="mid"),
    Column("State", align="left"),
    Column("Began, UTC", align="left", rank="mid"),
    Column("Lasted", help="Until it resolved, or so far.", query="alert_list"),
    Column(
        "Beyond expected", rank="low", help="USD beyond what was expected in its window.", query="alert_list"
    ),
)
RULES = (
    Column("Rule", align="left", first=True),
    Column("State", align="left"),
    Column("Fired", help="Firings of the last 90 days that were told.", query="alert_report"),
    Column("False alarms", help="Of them marked as such, and their share.", query="alert_report"),
    Column(
        "Median duration",
        rank="mid",
        query="alert_report",
        help="Half of its firings of 90 days were over sooner.",
    ),
    Column("Last judged, UTC", align="left", rank="low"),
)
LOST = (
    Column("Receiver", align="left", first=True, query="alert_undelivered"),
    Column("Rule", align="left"),
    Column("State", align="left"),
    Column("Tries", help="How often it was sent without being taken."),
    Column("Why", align="left"),
)
QUIET = (
    Column("Rule", align="left", first=True),
    Column("Scope", align="left"),
    Column("Until, UTC", align="left"),
    Column("Why", align="left", rank="mid"),
)


STALE = timedelta(minutes=10)
"""Rules are judged every minute, unless told otherwise; what was judged longer ago is not how it stands."""


def judged(report: Sequence[RuleReport], keeper: KeeperRow | None, now: datetime) -> str:
    """Why the page cannot say how it stands; empty when the rules were just judged.

    Runaway tasks are looked for between rounds; that they were says nothing of the rest.
    """
    moments = [row.judged_at for row in report if row.judged_at and row.kind not in ("", "runaway")]
    oldest = min(moments, default=None)
    held = keeper if keeper is not None and keeper.is_held else None
    if held is not None and (oldest is None or oldest < held.taken_at):
        began = f"a collector took the rules up {ago(held.taken_at, now)}, at {held.taken_at:%H:%M:%S} UTC"
        before = f"; they were judged before that at {stamp(max(moments))} UTC" if moments else ""
        return (
            f"The first round is not over yet: {began}{before}. It takes seconds, and the page looks again."
        )
    if oldest is None:
        return "No rule has been judged yet: no collector judges them now. `spanledger up` starts one."
    if now - max(moments) > STALE:
        last = f"The rules were last judged {ago(max(moments), now)}, at {stamp(max(moments))} UTC"
        return f"{last}: no collector judges them now."
    return ""


def verdict(rows: Sequence[AlertRow], unjudged: str = "") -> list[Piece]:
    """The answer in a sentence: how much fires, and what is the gravest. unjudged: why that is not known."""
    firing = [row for row in rows if row.state == "firing" and not row.is_quiet]
    quiet = sum(1 for row in rows if row.state == "firing" and row.is_quiet)
    rest = f" {plural(quiet, 'alert')} silenced or explained by a wider one." if quiet else ""
    if not firing and unjudged:
        said, _, why = unjudged.partition(": ")
        return [Piece(f"{said}: ", strong=True), Piece(f"{why}{rest}")]
    if not firing:
        return [Piece("Nothing fires.", strong=True), Piece(rest)]
    if unjudged:
        rest = f"{rest} {unjudged}"
    order = {"page": 0, "ticket": 1, "info": 2}
    gravest = min(
        firing, key=lambda row: (order.get(row.severity, 3), -(row.excess_usd or 0.0), row.started_at)
    )
    verb = "fires" if len(firing) == 1 else "fire"
    return [
        Piece(f"{plural(len(firing), 'alert')} {verb}", strong=True),
        Piece(f": {gravest.summary}.{rest}"),
    ]


def alert_table(rows: Sequence[AlertRow], caption: str, now: datetime) -> Table:
    """Alerts; a row is chosen by its place."""
    return Table(caption, ALERTS, tuple(_alert_line(row, number, now) for number, row in enumerate(rows)))


def _alert_line(row: AlertRow, number: int, now: datetime) -> Line:
    lasted = ((row.resolved_at or now) - row.started_at).total_seconds()
    scope = (
        ", ".join(f"{name} {value or '(none)'}" for name, value in sorted(row.scope.items())) or "everything"
    )
    chips = [Chip(row.state, tone="bad" if row.state == "firing" and not row.is_quiet else "")]
    chips += [Chip(word) for word, holds in _flags(row) if holds]
    return Line(
        (
            Cell(row.rule, row.rule, sub=row.summary),
            Cell(scope, scope),
            Cell(chips=tuple(chips), order=row.state),
            Cell(stamp(row.started_at.astimezone(UTC)), row.started_at.timestamp()),
            Cell(seconds(max(0.0, lasted)), lasted),
            Cell(usd(row.excess_usd), row.excess_usd),
        ),
        id=str(number),
    )


def _flags(row: AlertRow) -> list[tuple[str, bool]]:
    return [
        (row.severity, row.severity != "ticket"),
        ("silenced", row.silenced),
        ("part of a wider one", bool(row.inhibited_by)),
        ("acknowledged", row.acknowledged and row.is_open),
        ("false alarm", row.verdict == "false_alarm"),
        ("useful", row.verdict == "useful"),
    ]


def rule_table(rows: Sequence[RuleReport]) -> Table:
    """How each rule stands and does."""
    return Table("Rules", RULES, tuple(Line(_rule_cells(row)) for row in rows))


def _rule_cells(row: RuleReport) -> tuple[Cell, ...]:
    false = row.false_alarms / row.fired if row.fired else None
    tone = "bad" if row.error or row.breach else ""
    return (
        Cell(row.rule, row.rule, sub=f"{row.kind}, {row.severity}" if row.kind else "not in force any more"),
        Cell(_standing(row), row.breach, tone=tone, title=row.error),
        Cell(count(row.fired), row.fired),
        Cell(f"{count(row.false_alarms)} ({share(false)})" if row.fired else UNKNOWN, false),
        Cell(seconds(row.median_s), row.median_s),
        Cell(
            stamp(row.judged_at) if row.judged_at else UNKNOWN,
            row.judged_at.timestamp() if row.judged_at else None,
        ),
    )


def _standing(row: RuleReport) -> str:
    if row.error:
        return "cannot be judged"
    if not row.kind:
        return UNKNOWN
    if row.breach:
        return f"beyond its limit in {row.breach} of {plural(row.scopes, 'scope')}"
    if row.scopes and row.learning == row.scopes:
        return "learning"
    learning = f", {row.learning} learning" if row.learning else ""
    return f"quiet in {plural(row.scopes, 'scope')}{learning}" if row.scopes else "nothing to judge"


def undelivered_table(rows: Sequence[UndeliveredRow]) -> Table:
    """Messages that receivers do not have."""
    words = {"dead": "dead letter", "waiting": "will be tried again"}
    lines = tuple(
        Line((
            Cell(row.receiver, row.receiver, sub=stamp(row.created_at)), Cell(f"{row.rule}, {row.event}"),
            Cell(words.get(row.state, row.state), tone="bad" if row.state == "dead" else ""),
            Cell(count(row.tries), row.tries), Cell(row.error),
        ))
        for row in rows
    )  # fmt: skip
    return Table("Messages not delivered", LOST, lines)


def silence_table(rows: Sequence[SilenceRow]) -> Table:
    """Silences that hold."""
    lines = tuple(
        Line((
            Cell(row.rule, row.rule, sub=row.id),
            Cell(", ".join(f"{k} {v}" for k, v in sorted(row.scope.items())) or "everything"),
            Cell(stamp(row.to_at), row.to_at.timestamp()), Cell(row.reason or UNKNOWN, sub=row.said_by),
        ))
        for row in rows
    )  # fmt: skip
    return Table("Silences", QUIET, lines)
