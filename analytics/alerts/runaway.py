"""The runaway rule: one task that costs or calls far more than its workload's tasks do.

In: tasks that just changed, what tasks of their workload usually cost. Out: Findings. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from analytics.alerts.model import Finding, Standing, scope_of
from analytics.figures.numbers import count, plural, usd


@dataclass(frozen=True)
class RunawayRule:
    """Cost over `cost_times` P95 or calls over `call_times` P99 of the workload; floors keep cents from paging."""

    name: str
    severity: str = "page"
    cost_times: float = 20.0
    call_times: float = 5.0
    min_usd: float = 1.0
    min_calls: int = 50
    fewest_tasks: int = 100


@dataclass(frozen=True)
class UsualTasks:
    """Tasks of a workload over the weeks before."""

    tasks: int
    p95_usd: float
    p99_calls: float


@dataclass(frozen=True)
class ChangedTask:
    """A task as it stands now; `unpriced_calls` are not in `cost_usd`."""

    task_id: str
    workload: str
    cost_usd: float
    calls: int
    unpriced_calls: int
    started_at: datetime
    ended_at: datetime
    agents: tuple[str, ...] = ()


def runaway_findings(
    rule: RunawayRule, tasks: Iterable[ChangedTask], usual: Mapping[str, UsualTasks]
) -> list[Finding]:
    """One Finding for every task that runs away. Workloads of fewer than `fewest_tasks` tasks are learning."""
    found = []
    for task in tasks:
        known = usual.get(task.workload)
        if known is None or known.tasks < rule.fewest_tasks:
            continue
        by_cost = max(rule.min_usd, rule.cost_times * known.p95_usd)
        by_calls = max(float(rule.min_calls), rule.call_times * known.p99_calls)
        if task.cost_usd > by_cost or task.calls > by_calls:
            found.append(_finding(rule, task, known, by_cost, by_calls))
    return found


def _finding(
    rule: RunawayRule, task: ChangedTask, known: UsualTasks, by_cost: float, by_calls: float
) -> Finding:
    costly = task.cost_usd > by_cost
    times = task.cost_usd / known.p95_usd if known.p95_usd > 0 else None
    unknown = (
        f", {plural(task.unpriced_calls, 'call')} of unknown cost besides" if task.unpriced_calls else ""
    )
    said = (
        f"{usd(task.cost_usd)}" + (f", {times:.0f} times the P95 of its workload" if times else "")
        if costly
        else f"{plural(task.calls, 'call')}, the P99 of its workload is {count(known.p99_calls)}"
    )
    return Finding(
        rule=rule.name,
        scope=scope_of(workload=task.workload, task=task.task_id),
        standing=Standing.BREACH,
        severity=rule.severity,
        value=task.cost_usd if costly else float(task.calls),
        limit=by_cost if costly else by_calls,
        unit="usd" if costly else "count",
        summary=f"task {task.task_id[:40]} of {task.workload or '(no workload)'} runs away: {said}{unknown}",
        # Whole minutes: a window ends before its end, and the task is to lie in it.
        from_=task.started_at.replace(second=0, microsecond=0),
        to=task.ended_at.replace(second=0, microsecond=0) + timedelta(minutes=1),
        since=task.started_at,
        expected=known.p95_usd if costly else known.p99_calls,
        excess_usd=max(0.0, task.cost_usd - known.p95_usd),
        details={
            "cost": usd(task.cost_usd),
            "calls": count(task.calls),
            "usual P95": usd(known.p95_usd),
            "usual P99 of calls": count(known.p99_calls),
            "agents": ", ".join(task.agents[:5]),
        },
    )
