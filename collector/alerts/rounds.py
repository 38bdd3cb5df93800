"""One round: every rule in force judged once.

In: rules, budgets, a reader, the moment. Out: findings by rule with how long each took. A rule that cannot be judged
is told and disturbs no other.
"""

import json
import logging
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

import numpy as np

from analytics.alerts.burn import BudgetPlan, bounds, burn_finding, forecast, forecast_finding, spent_finding
from analytics.alerts.limits import LimitRule, Measured, is_enough, is_for, limit_findings
from analytics.alerts.model import Finding, Scope, scope_of
from analytics.alerts.runaway import RunawayRule, runaway_findings
from analytics.alerts.shift import SIGMAS, Hours, ShiftRule, merged, shift_findings
from analytics.seasonal import Floats, week_profile
from collector.alerts.reader import USUAL_NEW, AlertReader
from collector.alerts.times import text_of
from collector.config.alerts import AlertRule, Alerts, duration
from collector.config.measures import MEASURES
from collector.config.model import Budget, Config
from collector.engine.result import EngineError
from collector.engine.runner import READABLE, Runner
from sql.catalogue import parse, query

log = logging.getLogger(__name__)

GRACE = timedelta(minutes=2)
"""An hour is judged when it is over for so long: exporters and the keeper have delivered by then."""

RUNAWAY_REACH = timedelta(hours=24)
QUERY_S = 10
QUERY_ROWS = 1000


@dataclass(frozen=True)
class Judged:
    """What one rule found. `error` says why it could not be judged."""

    rule: AlertRule
    findings: tuple[Finding, ...]
    took_ms: float
    error: str = ""


class Rounds:
    """Judges rules by `config` and `alerts`. Not for several threads at once."""

    def __init__(
        self, runner: Runner, config: Config, alerts: Alerts, reader: AlertReader | None = None
    ) -> None:
        self._runner = runner
        self._config = config
        self._alerts = alerts
        self._reader = reader or AlertReader(runner)
        self._judges: dict[str, Callable[[AlertRule, datetime], list[Finding]]] = {
            "budget": self._budgets,
            "forecast": self._forecasts,
            "shift": self._shifts,
            "limit": self._limits,
            "query": self._queries,
        }

    def judge(self, now: datetime, rules: Sequence[AlertRule]) -> list[Judged]:
        """Every rule of `rules` but runaway ones, at `now`."""
        return [
            self._judge(rule, partial(self._judges[rule.kind], rule, now))
            for rule in rules
            if rule.kind != "runaway"
        ]

    def judge_runaways(self, now: datetime, since_ns: int, rules: Sequence[AlertRule]) -> list[Judged]:
        """The runaway rules, over the tasks that the keeper wrote from `since_ns` on."""
        return [
            self._judge(rule, partial(self._runaways, rule, now, since_ns))
            for rule in rules
            if rule.kind == "runaway"
        ]

    def _judge(self, rule: AlertRule, work: Callable[[], list[Finding]]) -> Judged:
        began = time.perf_counter()
        try:
            found, error = tuple(work()), ""
        except (EngineError, ValueError, KeyError) as failure:
            found, error = (), " ".join(f"{type(failure).__name__}: {failure}".split())[:500]
            log.warning("alert rule %s could not be judged: %s", rule.name, error)
        return Judged(rule, found, (time.perf_counter() - began) * 1000, error)

    def _shifts(self, rule: AlertRule, now: datetime) -> list[Finding]:
        end = whole_hour(now - GRACE)
        wanted = tuple(sorted({*rule.by, *rule.scope})) or ("workload",)
        hours = self._reader.without_incidents(self._reader.hours(wanted, end), end)
        chosen = [n for n, scope in enumerate(hours.scopes) if is_for(rule.scope.items(), scope)]
        if not chosen:
            return []
        scopes, cost = tuple(hours.scopes[n] for n in chosen), hours.cost[chosen]
        if not rule.by and not rule.scope and len(scopes) > 1:
            everything = merged(scopes, cost)
            found = shift_findings(_shift_rule(rule), Hours(((),), hours.first_hour, everything))
            return found + shift_findings(_shift_rule(rule), Hours(scopes, hours.first_hour, cost))
        return shift_findings(_shift_rule(rule), Hours(scopes, hours.first_hour, cost))

    def _budgets(self, rule: AlertRule, now: datetime) -> list[Finding]:
        found = []
        for plan, spend, _ in self._plans(now):
            found.append(burn_finding(rule.name, plan, spend, now, rule.min_excess_usd or 0.0))
            found.append(spent_finding(f"{rule.name}-spent", plan, spend, now))
        return found

    def _forecasts(self, rule: AlertRule, now: datetime) -> list[Finding]:
        found = []
        for plan, spend, hours in self._plans(now):
            if plan.period in ("day", "hour"):
                continue
            begin, end = bounds(plan.period, now)
            spent = spend(begin, now)
            if spent is not None and hours.cost[0].any():
                projected = forecast(spent, plan.profile, _days(hours, now), now, end)
                found.append(forecast_finding(rule.name, plan, projected, now, rule.over))
        return found

    def _plans(
        self, now: datetime
    ) -> Iterator[tuple[BudgetPlan, Callable[[datetime, datetime], float | None], Hours]]:
        """Each budget with its plan, its spend, and its hourly cost as one row."""
        for by in ("workload", "tenant"):
            budgets = [b for b in self._config.budgets if (b.tenant is not None) == (by == "tenant")]
            if not budgets:
                continue
            hours = self._reader.hours((by,), whole_hour(now), {_scope_of(budget) for budget in budgets})
            grid = self._reader.spends(by, now, hours)
            for budget in budgets:
                scope = _scope_of(budget)
                mine = _row_of(hours, scope)
                # The last day is what is judged; no plan learns from it.
                profile = week_profile(mine.cost[:, :-24], mine.first_hour)[0]
                plan = BudgetPlan(scope, budget.period, float(budget.limit_usd), profile)
                yield plan, partial(grid.spend, scope), mine

    def _runaways(self, rule: AlertRule, now: datetime, since_ns: int) -> list[Finding]:
        chosen = RunawayRule(
            rule.name, rule.severity, rule.cost_times, rule.call_times, rule.min_usd, rule.min_calls,
            max(rule.fewest, 100) if "fewest" not in rule.model_fields_set else rule.fewest,
        )  # fmt: skip
        tasks = self._reader.changed_tasks(since_ns, now - RUNAWAY_REACH, rule.min_usd, rule.min_calls)
        tasks = [task for task in tasks if is_for(rule.scope.items(), scope_of(workload=task.workload))]
        if not tasks:
            return []
        usual = self._reader.usual_tasks(now)
        if any(
            task.workload not in usual or usual[task.workload].tasks < chosen.fewest_tasks for task in tasks
        ):
            usual = self._reader.usual_tasks(now, USUAL_NEW)
        return runaway_findings(chosen, tasks, usual)

    def _limits(self, rule: AlertRule, now: datetime) -> list[Finding]:
        measure = MEASURES[rule.measure or ""]
        from_ = now - duration(rule.window)
        is_relative = rule.rise is not None or rule.drop is not None
        before = from_ - duration(rule.baseline) if is_relative else from_
        found = self._reader.measured(measure.query, rule.measure or "", rule.grouped_by, before, from_, now)
        # Those of which there is no verdict are as good as absent, and names that stand on one call may be very many.
        found = [each for each in found if is_enough(each, rule.fewest)]
        return limit_findings(_limit_rule(rule, measure.unit), found, measure.words, from_, now)

    def _queries(self, rule: AlertRule, now: datetime) -> list[Finding]:
        from_ = now - duration(rule.window)
        own = self._alerts.queries.get(rule.query or "")
        asked = parse(f"alerts.queries.{rule.query}", _with_header(own)) if own else query(rule.query or "")
        window = {"from_": from_, "to_": now, "previous_from": from_ - (now - from_)}
        params = {
            name: text_of(window[name])[: None if "64" in kind else 19] if name in window else _default(kind)
            for name, kind in asked.parameters.items()
        }
        settings = {
            **READABLE, "readonly": "1", "max_execution_time": str(QUERY_S), "max_result_rows": str(QUERY_ROWS),
            "result_overflow_mode": "break",
        }  # fmt: skip
        answer = self._runner.run(asked.text, params, settings)
        found = []
        for row in (json.loads(line) for line in answer.splitlines()):
            missing = [name for name in (rule.column or "", *rule.by) if name not in row]
            if missing:
                raise ValueError(f"the query has no column {missing[0]}; it has {', '.join(row)}")
            scope = tuple(sorted((name, str(row[name])) for name in rule.by))
            value = row[rule.column or ""]
            found.append(Measured(scope, None if value is None else float(value), 1))
        words = f"{rule.column} of query {rule.query}"
        return limit_findings(_limit_rule(rule, "count", fewest=1), found, words, from_, now)


def whole_hour(moment: datetime) -> datetime:
    """The hour that has begun."""
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def _shift_rule(rule: AlertRule) -> ShiftRule:
    least = 1.0 if rule.min_excess_usd is None else rule.min_excess_usd
    return ShiftRule(rule.name, rule.severity, rule.sigmas or SIGMAS, least)


def _limit_rule(rule: AlertRule, unit: str, fewest: int | None = None) -> LimitRule:
    return LimitRule(
        name=rule.name,
        measure=rule.measure or rule.query or "",
        unit=unit,
        severity=rule.severity,
        above=rule.at_least if rule.at_least is not None else rule.above,
        below=rule.below,
        rise=rule.rise,
        drop=rule.drop,
        at_limit=rule.at_least is not None,
        fewest=rule.fewest if fewest is None else fewest,
        scope=() if rule.kind == "query" else tuple(rule.scope.items()),
    )


def _scope_of(budget: Budget) -> Scope:
    if budget.workload is not None:
        return scope_of(workload=budget.workload)
    return scope_of(tenant=budget.tenant) if budget.tenant is not None else ()


def _row_of(hours: Hours, scope: Scope) -> Hours:
    """The hours of one scope as one row; of everything for the empty scope; zeros where there is none."""
    if not scope:
        known = (
            merged(hours.scopes, hours.cost) if hours.scopes else hours.cost[:0].sum(axis=0, keepdims=True)
        )
        return Hours(((),), hours.first_hour, known)
    if scope in hours.scopes:
        return Hours((scope,), hours.first_hour, hours.cost[[hours.scopes.index(scope)]])
    return Hours(
        (scope,),
        hours.first_hour,
        hours.cost[:1] * 0 if len(hours.cost) else hours.cost.sum(axis=0, keepdims=True),
    )


def _days(hours: Hours, now: datetime) -> Floats:
    """USD of the 28 whole UTC days before today."""
    today = int(now.timestamp() // 86_400) * 24 - hours.first_hour
    return np.array(
        [hours.cost[0, max(0, today - 24 * n) : today - 24 * (n - 1)].sum() for n in range(28, 0, -1)]
    )


def _with_header(text: str) -> str:
    return f"-- purpose: a rule's own query\n-- grain: one scope\n{text}"


def _default(kind: str) -> str:
    return "[]" if kind.startswith("Array") else "3600" if "Int" in kind else ""
