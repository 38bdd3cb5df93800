"""What working in several agents costs and brings: overhead, efficiency, error amplification, message density.

In: rows of the agent queries and a single-agent baseline per workload. Out: one comparison per architecture.
Source: Kim et al., arXiv 2512.08296. Turns T are calls per task. Overhead = (T - T0) / T0, also on tokens and on
USD. Efficiency E = S / (T / T0). Error amplification = (1 - S) / (1 - S0), hidden above a baseline success of
95 % or under 30 judged tasks. The trace ratio (overhead tokens) is another number and is never called an error rate.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from analytics.figures.figure import ratio
from analytics.stated import Baselines

FEWEST: Final = 30
SURE: Final = 1.96
TOO_GOOD: Final = 0.95
BASELINES: Final = ("single", "single-agent", "single_agent", "sas", "solo")
"""Architectures that count as the baseline of their workload where none is chosen."""
NONE_STATED: Final[Baselines] = {}


@dataclass(frozen=True)
class AgentCost:
    """Query `agent_costs`."""

    workload: str
    architecture: str
    agent: str
    role: str
    calls: int
    tasks: int
    failed: int
    retries: int
    unpriced: int
    spend_usd: float
    input: int
    output: int
    retried_tokens: int
    p95_usd: float | None
    duration_s: float


@dataclass(frozen=True)
class Architecture:
    """Query `agent_architectures`."""

    workload: str
    architecture: str
    tasks: int
    priced_tasks: int
    turns: float
    turns_var: float
    tokens: float
    tokens_var: float
    mean_usd: float | None
    usd_var: float | None
    p50_usd: float | None
    p95_usd: float | None
    cost_usd: float
    judged: int
    successes: int
    mean_agents: float
    duration_s: float
    tenants: int

    @property
    def success(self) -> float | None:
        return ratio(self.successes, self.judged)


@dataclass(frozen=True)
class AgentPath:
    """Query `agent_paths`."""

    workload: str
    architecture: str
    tasks: int
    calls: int
    path_s: float
    branches_s: float
    fan_in: float | None
    max_fan_in: int
    at_once: float
    sampled: int


@dataclass(frozen=True)
class AgentMessages:
    """Query `agent_messages`."""

    workload: str
    architecture: str
    tasks: int
    agent_spans: int
    messages: int
    handoffs: int
    tool_uses: int
    hashed_uses: int
    distinct_uses: int
    shared_uses: int


@dataclass(frozen=True)
class Interval:
    """A value with its 95 % interval; None where nothing can be said."""

    value: float | None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Comparison:
    """One architecture of a workload beside the workload's baseline; None where a number cannot be had.

    overhead*: relative, 1.0 = twice as much. trace_overhead: overhead tokens a task over the baseline's;
    overhead_share: their share of all tokens. duplicate: share of tool work that two agents did alike.
    """

    row: Architecture
    baseline: Architecture | None
    overhead: Interval
    overhead_tokens: Interval
    overhead_usd: Interval
    density: float | None
    efficiency: float | None
    efficiency_usd: float | None
    amplification: Interval
    overhead_share: float | None
    trace_overhead: float | None
    duplicate: float | None
    path: AgentPath | None

    @property
    def is_baseline(self) -> bool:
        return self.baseline is not None and self.baseline == self.row


def baseline_of(
    rows: Sequence[Architecture], workload: str, chosen: str = "", stated: Baselines = NONE_STATED
) -> Architecture | None:
    """What a workload's tasks are compared with: the chosen architecture, else the stated one, else one named single.

    Of a stated workload its single-agent tasks, else those of the architecture with most tasks.
    """
    found = stated.get(workload) if not chosen else None
    if found is not None and found.workload:
        others = [r for r in rows if r.workload == found.workload]
        single = next((r for r in others if r.architecture in BASELINES), None)
        return single or max(others, key=lambda r: r.tasks, default=None)
    named = chosen or (found.architecture if found else "")
    wanted = (named,) if named else BASELINES
    return next((r for r in rows if r.workload == workload and r.architecture in wanted), None)


def comparisons(
    rows: Sequence[Architecture],
    costs: Sequence[AgentCost],
    paths: Sequence[AgentPath],
    messages: Sequence[AgentMessages],
    chosen: str = "",
    stated: Baselines = NONE_STATED,
) -> list[Comparison]:
    """Every architecture of every workload, baselines first in theirs."""
    found = []
    for row in rows:
        base = baseline_of(rows, row.workload, chosen, stated)
        found.append(_comparison(row, base, costs, paths, messages))
    return found


def _comparison(
    row: Architecture,
    base: Architecture | None,
    costs: Sequence[AgentCost],
    paths: Sequence[AgentPath],
    messages: Sequence[AgentMessages],
) -> Comparison:
    none = Interval(None)
    path = next((p for p in paths if _same(p, row)), None)
    said = next((m for m in messages if _same(m, row)), None)
    share, tokens = _overhead_tokens(row, costs)
    base_tokens = _overhead_tokens(base, costs)[1] if base else None
    success, turns = row.success, ratio(row.turns, base.turns) if base else None
    usd_times = ratio(row.mean_usd or 0.0, base.mean_usd or 0.0) if base else None
    return Comparison(
        row=row,
        baseline=base,
        overhead=_relative(row.turns, row.turns_var, row.tasks, base.turns, base.turns_var, base.tasks)
        if base
        else none,
        overhead_tokens=_relative(
            row.tokens, row.tokens_var, row.tasks, base.tokens, base.tokens_var, base.tasks
        )
        if base
        else none,
        overhead_usd=_relative(
            row.mean_usd, row.usd_var, row.priced_tasks, base.mean_usd, base.usd_var, base.priced_tasks
        )
        if base
        else none,
        density=ratio(said.messages, row.turns * said.tasks) if said and said.tasks else None,
        efficiency=success / turns if success is not None and turns else None,
        efficiency_usd=success / usd_times if success is not None and usd_times else None,
        amplification=_amplification(row, base) if base else none,
        overhead_share=share,
        trace_overhead=ratio(tokens, base_tokens) if tokens is not None and base_tokens else None,
        duplicate=ratio(said.shared_uses, said.distinct_uses) if said and said.distinct_uses else None,
        path=path,
    )


def _same(one: AgentPath | AgentMessages | AgentCost, row: Architecture) -> bool:
    return one.workload == row.workload and one.architecture == row.architecture


def _overhead_tokens(
    row: Architecture | None, costs: Sequence[AgentCost]
) -> tuple[float | None, float | None]:
    """Share and tokens a task of what is overhead: an orchestrator's calls, and others' calls that failed or
    were thrown away. The rule is fixed beforehand."""
    if row is None:
        return None, None
    mine = [cost for cost in costs if _same(cost, row)]
    everything = sum(cost.input + cost.output for cost in mine)
    overhead = sum(
        cost.input + cost.output if cost.role == "orchestrator" else cost.retried_tokens for cost in mine
    )
    return ratio(overhead, everything), ratio(overhead, row.tasks)


def _relative(
    value: float | None, var: float | None, n: int, base: float | None, base_var: float | None, base_n: int
) -> Interval:
    """value / base - 1 with a delta-method interval on the logarithm."""
    if not value or not base or value <= 0 or base <= 0:
        return Interval(None)
    change = value / base - 1
    if n < 2 or base_n < 2 or var is None or base_var is None:
        return Interval(change)
    error = math.sqrt(var / n / value**2 + base_var / base_n / base**2)
    return Interval(
        change, (1 + change) * math.exp(-SURE * error) - 1, (1 + change) * math.exp(SURE * error) - 1
    )


def _amplification(row: Architecture, base: Architecture) -> Interval:
    """(1 - S) / (1 - S0) with the interval of a ratio of proportions."""
    if row.judged < FEWEST or base.judged < FEWEST or (base.success or 0.0) > TOO_GOOD:
        return Interval(None)
    failed, base_failed = row.judged - row.successes, base.judged - base.successes
    if not failed or not base_failed:
        return Interval(None)
    value = (failed / row.judged) / (base_failed / base.judged)
    error = math.sqrt(1 / failed - 1 / row.judged + 1 / base_failed - 1 / base.judged)
    return Interval(value, value * math.exp(-SURE * error), value * math.exp(SURE * error))
