"""The alert keeper: judges the rules on schedule, remembers how alerts stand, tells receivers.

In: a runner, spanledger.yaml. Out: rows of alerts, alert_rules, alert_messages; messages to receivers.
One of several collectors at a time, by a lease. A restart goes on where the ledger says it was.
"""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from analytics.alerts.lifecycle import Alert, Policy, Step, advance
from analytics.alerts.model import Finding
from collector.alerts.config import alerts_of
from collector.alerts.messages import deliver_due, write_messages
from collector.alerts.reader import AlertReader
from collector.alerts.rounds import Judged, Rounds
from collector.alerts.store import open_alerts, silenced, strike_rules, write_alerts, write_rules
from collector.config.alerts import AlertRule, Alerts, duration
from collector.config.model import Config
from collector.engine.runner import Runner
from collector.errors import ConfigError
from collector.keeper.lease import Lease
from collector.notify.model import fingerprint

log = logging.getLogger(__name__)

SPENT = "-spent"
"""Budget rules also say when the budget is spent, under their name with this behind it."""

REACH_BACK = timedelta(minutes=15)
"""After a start, tasks written so long ago are looked at again."""

OVERLAP_S = 30


class LeaseLost(Exception):
    """Another collector may hold the lease by now; what was judged is not written."""


@dataclass(frozen=True)
class AlertPace:
    """Seconds between looks for runaway tasks, between tries of messages, and of a lease."""

    runaway_s: float = 5.0
    message_s: float = 2.0
    lease_s: int = 90
    settle_s: float = 1.0


class AlertKeeper:
    """Runs in a thread of its own between `start` and `stop`; `round` does the same work in this thread."""

    def __init__(
        self,
        runner: Runner,
        config: Config,
        config_path: Callable[[], Path | None] = lambda: None,
        newer_config: Callable[[], Config | None] = lambda: None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        pace: AlertPace | None = None,
    ) -> None:
        self._runner = runner
        self._config_path = config_path
        self._newer_config = newer_config
        self._now = now
        self._pace = pace or AlertPace()
        self._stop = threading.Event()
        self._lease = Lease(runner, "alerts", self._pace.lease_s, self._pace.settle_s, stopping=self._stop)
        self._reader = AlertReader(runner)
        self._thread = threading.Thread(target=self._run, name="alert-keeper", daemon=True)
        self._messenger = threading.Thread(
            target=self._run_often,
            args=(self._pace.message_s, self.deliver, "alert messages were not sent"),
            name="alert-messages",
            daemon=True,
        )
        self._watcher = threading.Thread(
            target=self._run_often,
            args=(self._pace.runaway_s, self.look_for_runaways, "runaway tasks were not looked for"),
            name="alert-runaways",
            daemon=True,
        )
        self._writing = threading.Lock()
        self._holds = False
        self._held_until_s = float("inf")
        self._config = config
        self._alerts = Alerts()
        self._rules: dict[str, AlertRule] = {}
        self._rounds = self._runaways = Rounds(runner, config, self._alerts, self._reader)
        self._looked_ns: int | None = None
        self._own_file: Path | None = None
        self._mark: tuple[int, int] | None = None
        self._struck = False
        self._adopt(config)

    def start(self) -> None:
        """Starts the threads: one judges, one looks for runaway tasks, one tells.

        A receiver that hangs delays no judgement, and a round over much data delays no look.
        """
        for thread in (self._thread, self._watcher, self._messenger):
            thread.start()

    def stop(self) -> None:
        """Ends the thread after what it is at, and lets go of the lease."""
        self._stop.set()
        for thread in (self._watcher, self._messenger, self._thread):
            if thread.ident is not None:
                thread.join()
        if self._holds:
            self._holds = False
            self._let_go()

    def round(self) -> Step:
        """Judges every rule once, writes how alerts stand, and queues messages. Does not ask for the lease."""
        now = self._now()
        rules = tuple(self._rules.values())
        judged = self._rounds.judge(now, rules)
        step = self._advance(now, judged)
        version = _version(now)
        write_rules(self._runner, judged, now, version)
        if not self._struck:
            strike_rules(self._runner, [rule.name for rule in rules], now, version)
            self._struck = True
        return step

    def look_for_runaways(self) -> Step:
        """Judges the tasks that changed since the last look."""
        now = self._now()
        begun_ns = int(now.timestamp() * 1e9)
        since_ns = self._looked_ns
        if since_ns is None:
            since_ns = begun_ns - int(REACH_BACK.total_seconds() * 1e9)
        judged = self._runaways.judge_runaways(
            now, since_ns - OVERLAP_S * 1_000_000_000, tuple(self._rules.values())
        )
        step = self._advance(now, judged)
        if not any(each.error for each in judged):
            self._looked_ns = begun_ns
        if judged:
            write_rules(self._runner, judged, now, _version(now))
        return step

    def deliver(self) -> int:
        """One try for every message that is due; returns how many were tried."""
        receivers = {receiver.name: receiver for receiver in self._config.receivers}
        return len(deliver_due(self._runner, receivers, self._alerts.link, self._now()))

    def _advance(self, now: datetime, judged: Sequence[Judged]) -> Step:
        with self._writing:
            return self._advance_alone(now, judged)

    def _advance_alone(self, now: datetime, judged: Sequence[Judged]) -> Step:
        judged_rules = {each.rule.name for each in judged if not each.error}
        open_now = [
            a
            for a in open_alerts(self._runner)
            if _base(a.finding.rule) in judged_rules or self._is_gone(a.finding)
        ]
        findings = [
            (fingerprint(f.rule, dict(f.scope)), _owned(f, each.rule))
            for each in judged
            for f in each.findings
        ]
        if not open_now and not any(finding.standing.value == "breach" for _, finding in findings):
            return Step((), ())
        step = advance(open_now, findings, now, self._policy, silenced(self._runner, now))
        self._insist_on_lease()
        # Messages first: a crash between the two tells twice, which receivers fold by the key; never not at all.
        quiet: dict[str, list[Alert]] = {}
        for alert in step.changed:
            if alert.inhibited_by:
                quiet.setdefault(alert.inhibited_by, []).append(alert)
        write_messages(self._runner, step.events, self._receivers, self._alerts.link, now, quiet)
        write_alerts(self._runner, step.changed, self._kind, _version(now))
        for alert, event in step.events:
            log.info("alert %s %s: %s", event.value, alert.finding.rule, alert.finding.summary)
        return step

    def _policy(self, name: str) -> Policy:
        return policy_of(self._alerts, name)

    def _is_gone(self, finding: Finding) -> bool:
        return _base(finding.rule) not in self._rules

    def _receivers(self, name: str) -> Sequence[str]:
        rule = self._rules.get(_base(name))
        return (rule.notify if rule else ()) or self._alerts.notify

    def _kind(self, name: str) -> str:
        rule = self._rules.get(_base(name))
        return rule.kind if rule else ""

    def _follow_config(self) -> None:
        config = self._newer_config()
        if config is not None or (self._own_file and _mark(self._own_file) != self._mark):
            self._adopt(config or self._config)

    def _adopt(self, config: Config) -> None:
        path = self._config_path()
        self._own_file = (
            (path.parent if path else Path()) / config.alerts.file if config.alerts.file else None
        )
        self._mark = _mark(self._own_file)
        try:
            self._alerts = alerts_of(config, path).alerts
        except ConfigError as error:
            log.error("alert rules are not taken over, those before them hold: %s", error)
        self._config = config
        self._rules = {rule.name: rule for rule in self._alerts.in_force()}
        self._reader.forget()
        self._rounds = Rounds(self._runner, config, self._alerts, self._reader)
        self._runaways = Rounds(self._runner, config, self._alerts, AlertReader(self._runner))
        self._struck = False

    def _insist_on_lease(self) -> None:
        """A round that took longer than the lease lasts may not write: another collector may have judged since."""
        if time.monotonic() > self._held_until_s:
            raise LeaseLost("the lease ended while the rules were judged")

    def _keep_lease(self) -> None:
        asked_s = time.monotonic()
        self._holds = self._lease.hold()
        if self._holds:
            self._held_until_s = asked_s + self._pace.lease_s

    def _run(self) -> None:
        next_round_s = next_lease_s = 0.0
        failing = False
        while not self._stop.wait(1.0):
            try:
                self._follow_config()
                if time.monotonic() >= next_lease_s:
                    self._keep_lease()
                    next_lease_s = time.monotonic() + self._pace.lease_s / 3
                if self._holds and time.monotonic() >= next_round_s:
                    next_round_s = time.monotonic() + self._alerts.every_s
                    self.round()
                failing = False
            except Exception as error:  # noqa: BLE001 - outermost edge of the thread: it must not die
                if not failing:
                    log.error("alerts were not judged, will be tried again: %s", error)
                failing = True

    def _run_often(self, every_s: float, work: Callable[[], object], failed: str) -> None:
        failing = False
        while not self._stop.wait(every_s):
            try:
                if self._holds:
                    work()
                failing = False
            except Exception as error:  # noqa: BLE001 - outermost edge of the thread: it must not die
                if not failing:
                    log.error("%s, will be tried again: %s", failed, error)
                failing = True

    def _let_go(self) -> None:
        try:
            self._lease.release()
        except Exception as error:  # noqa: BLE001 - outermost edge of the thread; the lease ends by itself
            log.warning("the alert lease was not released: %s", error)


def policy_of(alerts: Alerts, name: str) -> Policy:
    """How alerts of the rule `name` live."""
    rule = next((rule for rule in alerts.in_force() if rule.name == _base(name)), None)
    if rule is None:  # the rule is gone; so is what it said
        return Policy(clear_for=timedelta(0), ends_when_absent=True)
    return Policy(
        hold_for=duration(rule.hold) if rule.hold else timedelta(0),
        clear_for=timedelta(0) if name.endswith(SPENT) else duration(rule.clear),
        repeat=duration(rule.repeat or alerts.repeat),
        ends_when_absent=rule.kind in ("runaway", "query"),
    )


def _owned(finding: Finding, rule: AlertRule) -> Finding:
    """The finding with what the rule says of owner, runbook and lever."""
    own = {"owner": rule.owner, "runbook": rule.runbook, "lever": rule.lever}
    given = {name: value for name, value in own.items() if value}
    return replace(finding, details={**finding.details, **given}) if given else finding


def _mark(path: Path | None) -> tuple[int, int] | None:
    try:
        found = path.stat() if path else None
    except OSError:
        return None
    return (found.st_mtime_ns, found.st_size) if found else None


def _base(name: str) -> str:
    return name.removesuffix(SPENT)


def _version(now: datetime) -> int:
    return int(now.timestamp() * 1e9)
