"""A replay of alert rules over history, beside the same with other rules.

In: settings, a span of time, a file of proposed rules. Out: lines, plain values. Raises UsageError, UnavailableError.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from analytics.alerts.model import scope_words
from analytics.figures.numbers import plural, seconds
from analytics.periods import iso, stamp
from cli.errors import UsageError
from cli.ledger import Ledger, open_ledger
from collector.alerts.config import alerts_of, parse_alerts
from collector.alerts.keeper import policy_of
from collector.alerts.replay import Firing, Replay, replay
from collector.config.alerts import Alerts
from collector.config.model import load_config
from collector.settings import CollectorSettings


class ReadingRunner:
    """A ledger as the rounds ask it; it can only read."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def run(
        self,
        sql: str,
        params: Mapping[str, str] | None = None,
        settings: Mapping[str, str] | None = None,
        fmt: str = "JSONEachRow",
    ) -> bytes:
        """As Runner.run; settings are the reader's own."""
        return b"".join(self._ledger.query(sql, fmt, params))

    def insert_raw(self, table: str, fmt: str, data: bytes, settings: Mapping[str, str]) -> object:
        """Never: a replay writes nothing."""
        raise UsageError("a replay writes nothing")

    def settled(self) -> Any:
        """Never: nothing is recomputed."""
        raise UsageError("a replay writes nothing")


def replays(
    settings: CollectorSettings, from_: datetime, to: datetime, proposed: Path | None
) -> tuple[Replay, Replay | None]:
    """What the rules in force would have fired, and what those of `proposed` would have."""
    if from_ >= to:
        raise UsageError(f"--from {iso(from_)} is not before --to {iso(to)}")
    path = settings.config_path()
    config = load_config(path)
    current = alerts_of(config, path).alerts
    other: Alerts | None = None
    if proposed is not None:
        try:
            other = parse_alerts(proposed.read_bytes(), str(proposed), config)
        except OSError as error:
            raise UsageError(f"--rules {proposed}: cannot be read: {error.strerror}") from None
    with open_ledger(settings) as ledger:
        runner = ReadingRunner(ledger)
        now = replay(runner, config, current, from_, to, policy_of)
        return now, replay(runner, config, other, from_, to, policy_of) if other else None


def lines(now: Replay, other: Replay | None) -> Iterator[str]:
    """A count by rule, then every firing."""
    names = sorted({f.alert.finding.rule for each in (now, other) if each for f in each.firings})
    width = max((len(name) for name in names), default=4)
    for name in names:
        counts = [sum(f.alert.finding.rule == name for f in each.firings) for each in (now, other) if each]
        yield f"{name:{width}}  " + "  with the proposed rules ".join(f"{count:4}" for count in counts)
    for title, each in (("now", now), ("proposed", other)):
        if each is None:
            continue
        yield ""
        yield f"{title}: {plural(len(each.firings), 'alert')}"
        for firing in each.firings:
            yield _line(firing)
        yield from (f"  could not be judged: {error}" for error in each.errors)


def values(now: Replay, other: Replay | None) -> dict[str, Any]:
    """For programs."""
    return {"now": _values(now), "proposed": _values(other) if other else None}


def _line(firing: Firing) -> str:
    alert, ended = firing.alert, firing.ended_at
    lasted = f"for {seconds((ended - alert.started_at).total_seconds())}" if ended else "to the end"
    finding = alert.finding
    where = f"{finding.rule}  {scope_words(finding.scope)}"
    return f"  {stamp(alert.started_at)}  {lasted:16}  {finding.severity:6}  {where}: {finding.summary}"


def _values(each: Replay) -> dict[str, Any]:
    return {
        "alerts": [
            {
                "rule": firing.alert.finding.rule,
                "scope": dict(firing.alert.finding.scope),
                "severity": firing.alert.finding.severity,
                "started_at": iso(firing.alert.started_at),
                "ended_at": iso(firing.ended_at) if firing.ended_at else None,
                "told": firing.told,
                "summary": firing.alert.finding.summary,
                "excess_usd": firing.alert.finding.excess_usd,
            }
            for firing in each.firings
        ],
        "errors": list(each.errors),
    }
