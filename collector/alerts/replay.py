"""What rules would have fired over history: the rounds of the past, judged by the code that judges the present.

In: a runner, configuration, rules, a span of time. Out: firings. Writes nothing, tells nobody.
What is in the ledger now is judged: spans that came late count as if they had been there in time.
"""

from collections.abc import Callable, Iterator, Sequence, Set
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache, partial

from analytics.alerts.lifecycle import Alert, Policy, State, advance
from analytics.alerts.model import Finding, Scope
from analytics.alerts.runaway import ChangedTask, UsualTasks
from analytics.alerts.shift import Hours
from collector.alerts.grid import SpendGrid, hours_of
from collector.alerts.reader import BUCKET_S, BURN_DAYS, HISTORY, AlertReader
from collector.alerts.rounds import Judged, Rounds, whole_hour
from collector.config.alerts import AlertRule, Alerts, duration
from collector.config.model import Config
from collector.engine.runner import Runner
from collector.notify.model import fingerprint

TICK = timedelta(minutes=15)
HOUR = timedelta(hours=1)
PARTS_OF_WINDOW = 4
"""Limits are judged this often in each of their windows, at most hourly: each costs a query over its window."""


@dataclass(frozen=True)
class Firing:
    """One alert that would have fired; `ended_at` None: it still fired at the end."""

    alert: Alert
    told: int

    @property
    def ended_at(self) -> datetime | None:
        """When it would have resolved."""
        return self.alert.resolved_at


@dataclass(frozen=True)
class Replay:
    """`firings` in the order in which they began; `errors` of rules that could not be judged."""

    firings: tuple[Firing, ...]
    errors: tuple[str, ...]


def replay(
    runner: Runner, config: Config, alerts: Alerts, from_: datetime, to: datetime,
    policy_of: Callable[[Alerts, str], Policy], progress: Callable[[int, int], object] = lambda *_: None,
) -> Replay:  # fmt: skip
    """Judges the rules of `alerts` at every tick of [from_, to]."""
    rules = alerts.in_force()
    rounds = Rounds(runner, config, alerts, _Past(runner, from_, to))
    open_now: dict[str, Alert] = {}
    done: list[Alert] = []
    told: dict[tuple[str, datetime], int] = {}
    errors: dict[str, str] = {}
    policy = cache(partial(policy_of, alerts))
    ticks = list(_ticks(from_, to))
    for number, now in enumerate(ticks):
        progress(number, len(ticks))
        judged = [*rounds.judge(now, _due(rules, now)), *_runaways(rounds, rules, now)]
        errors |= {each.rule.name: each.error for each in judged if each.error}
        findings = [(_print(finding), finding) for each in judged for finding in each.findings]
        wanted = {each.rule.name for each in judged}
        mine = [alert for alert in open_now.values() if alert.finding.rule.removesuffix("-spent") in wanted]
        step = advance(mine, findings, now, policy)
        for alert in step.changed:
            open_now[alert.fingerprint] = alert
        for alert, _ in step.events:
            key = (alert.fingerprint, alert.started_at)
            told[key] = told.get(key, 0) + 1
        done += [alert for alert in open_now.values() if alert.state is State.RESOLVED]
        open_now = {key: alert for key, alert in open_now.items() if alert.state is not State.RESOLVED}
    fired = [alert for alert in (*done, *open_now.values()) if alert.tells]
    fired.sort(key=lambda alert: (alert.started_at, alert.finding.rule, alert.finding.scope))
    firings = tuple(Firing(alert, told.get((alert.fingerprint, alert.started_at), 0)) for alert in fired)
    return Replay(firings, tuple(f"{name}: {error}" for name, error in sorted(errors.items())))


class _Past(AlertReader):
    """A reader that holds the whole span, and gives each tick what was known of the time before it."""

    def __init__(self, runner: Runner, from_: datetime, to: datetime) -> None:
        super().__init__(runner)
        self._from = from_
        self._to = to
        self._hours: dict[tuple[tuple[str, ...], frozenset[Scope]], Hours] = {}
        self._grids: dict[str, SpendGrid] = {}
        self._usual_by_day: dict[datetime, dict[str, UsualTasks]] = {}
        self._large: dict[tuple[float, int], list[ChangedTask]] = {}

    def hours(self, by: Sequence[str], end: datetime, wanted: Set[Scope] = frozenset()) -> Hours:
        """Eight weeks before `end`, cut out of the whole span."""
        names = tuple(by)
        key = names, frozenset(wanted)
        if key not in self._hours:
            last = whole_hour(self._to) + HOUR
            first = whole_hour(self._from) - HISTORY
            cells = self._read(names, first, last)
            known = cells if names == ("workload",) else self._read(("workload",), first, last)
            self._hours[key] = hours_of(cells, last, int((last - first) / HOUR), known, wanted)
        whole = self._hours[key]
        stop = int(end.timestamp()) // 3600 - whole.first_hour
        start = max(0, stop - int(HISTORY / HOUR))
        return Hours(whole.scopes, whole.first_hour + start, whole.cost[:, start:stop])

    def without_incidents(self, hours: Hours, end: datetime) -> Hours:
        """As they are: the alerts of the ledger are not those of the rules that are tried."""
        return hours

    def spends(self, by: str, now: datetime, hours: Hours) -> SpendGrid:
        """The whole span at once; a tick asks for its own windows."""
        if by not in self._grids:
            from_ = self._from - BURN_DAYS
            cells = self._read((by,), from_, self._to, BUCKET_S)
            whole = self.hours((by,), whole_hour(self._to), frozenset(hours.scopes))
            self._grids[by] = SpendGrid(cells, BUCKET_S, from_, self._to, whole)
        return self._grids[by]

    def _baseline_end(self, moment: datetime) -> datetime:
        """What was usual at the beginning of that day."""
        return moment.replace(hour=0, minute=0, second=0, microsecond=0)

    def usual_tasks(self, now: datetime, fresh: timedelta = timedelta(days=1)) -> dict[str, UsualTasks]:
        """What was usual at the beginning of that day."""
        day = now.replace(hour=0, minute=0, second=0, microsecond=0)
        if day not in self._usual_by_day:
            self._usual = None
            self._usual_by_day[day] = super().usual_tasks(day)
        return self._usual_by_day[day]

    def changed_tasks(
        self, since_ns: int, ended_after: datetime, min_usd: float, min_calls: int
    ) -> list[ChangedTask]:
        """Tasks that ended in the tick after `since_ns`."""
        key = (min_usd, min_calls)
        if key not in self._large:
            self._large[key] = super().changed_tasks(0, self._from, min_usd, min_calls)
        since = datetime.fromtimestamp(since_ns / 1e9, UTC)
        return [task for task in self._large[key] if since < task.ended_at <= since + TICK]


def _ticks(from_: datetime, to: datetime) -> Iterator[datetime]:
    now = from_
    while now <= to:
        yield now
        now += TICK


def _due(rules: Sequence[AlertRule], now: datetime) -> list[AlertRule]:
    """The rules that are judged at this tick."""
    return [
        rule
        for rule in rules
        if rule.kind != "runaway" and (now.timestamp() // 900) % (_every(rule) // TICK) == 0
    ]


def _every(rule: AlertRule) -> timedelta:
    if rule.kind == "budget":
        return TICK
    if rule.kind in ("limit", "query"):
        quarter = duration(rule.window) / PARTS_OF_WINDOW
        return max(HOUR, timedelta(seconds=quarter.total_seconds() // 900 * 900))
    return 6 * HOUR if rule.kind == "forecast" else HOUR


def _runaways(rounds: Rounds, rules: Sequence[AlertRule], now: datetime) -> list[Judged]:
    since = now - TICK
    return rounds.judge_runaways(now, int(since.timestamp() * 1e9), rules)


def _print(finding: Finding) -> str:
    return fingerprint(finding.rule, dict(finding.scope))
