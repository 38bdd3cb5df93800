"""The agents page in words: figures and a sentence over its comparisons."""

from __future__ import annotations

from collections.abc import Sequence

from analytics.figures.figure import figure, ratio
from analytics.figures.numbers import of_tasks, plural, seconds, share, usd
from analytics.overview import Figure
from analytics.spend.agents import AgentCost, Comparison, Interval
from analytics.verdict import Piece

MANY = 4.0
"""Overhead above which an architecture over-coordinates (400 %)."""


def percent(value: Interval) -> str:
    """`+58 % (+40 to +80)`, or a dash."""
    if value.value is None:
        return "–"
    words = f"{value.value * 100:+.0f} %".replace("-", "−")
    if value.low is None or value.high is None:
        return words
    return f"{words} ({value.low * 100:+.0f} to {value.high * 100:+.0f})".replace("-", "−")


def figures(costs: Sequence[AgentCost], found: Sequence[Comparison]) -> list[Figure]:
    """Orchestrators' share, what several agents cost on top, time saved by running beside each other, retries."""
    spend = sum(row.spend_usd for row in costs)
    leading = sum(row.spend_usd for row in costs if row.role == "orchestrator")
    working = sum(row.spend_usd for row in costs if row.role == "worker")
    several = [c for c in found if c.baseline is not None and not c.is_baseline]
    dearest = max(several, key=lambda c: c.row.cost_usd, default=None)
    branching = [c.path for c in found if c.path and c.path.branches_s > 1.02 * c.path.path_s]
    path = sum(p.path_s * p.tasks for p in branching)
    branches = sum(p.branches_s * p.tasks for p in branching)
    retries = sum(row.retries for row in costs)
    return [
        figure(
            "orchestrators",
            "Spent by orchestrators",
            usd(leading),
            "Cost of calls whose agent has the role of orchestrator: planning, review, synthesis.",
            "agent_costs",
            sample=plural(sum(r.calls for r in costs if r.role == "orchestrator"), "call"),
            remark=f"{share(ratio(leading, leading + working))} of roles" if leading else "no role recorded",
            known=leading > 0,
        ),
        figure(
            "overhead",
            "Dearer than one agent",
            percent(Interval(dearest.overhead_usd.value)) if dearest else "–",
            "Mean cost of a task in several agents over that of the single-agent baseline of the same workload, "
            "minus one. The tasks of both may differ; only matched tasks make it a cause.",
            "agent_architectures",
            sample=f"{dearest.row.workload}, {dearest.row.architecture}" if dearest else "",
            known=dearest is not None,
            remark="" if dearest else "no baseline",
        ),
        figure(
            "beside",
            "Time saved side by side",
            share(1 - path / branches) if branches else "–",
            "Wall time in which calls of a task ran, against the sum of their durations, over tasks whose calls "
            "overlap.",
            "agent_paths",
            sample=plural(sum(p.tasks for p in branching), "task")
            + of_tasks(branching[0].sampled if branching else 1),
            remark=f"{seconds(path / max(1, sum(p.tasks for p in branching)))} a task" if branching else "",
            known=bool(branching),
        ),
        figure(
            "agents",
            "Spend of all agents",
            usd(spend),
            "Cost of the calls that started in the period, by agent in the table.",
            "agent_costs",
            sample=plural(sum(row.calls for row in costs), "call"),
            remark=plural(retries, "retry").replace("retrys", "retries"),
        ),
    ]


def verdict(found: Sequence[Comparison]) -> list[Piece]:
    """What several agents cost against one, and whether they do better."""
    several = [
        c for c in found if c.baseline is not None and not c.is_baseline and c.overhead_usd.value is not None
    ]
    if not several:
        many = [c for c in found if c.row.mean_agents > 1.5]
        if not many:
            return [Piece("Every task in the period was the work of one agent.")]
        return [
            Piece("Several agents work together in "),
            Piece(", ".join(sorted({c.row.workload for c in many}))[:120], strong=True),
            Piece(
                ", but no task of the same workload ran as a single agent, so there is nothing to compare with. "
            ),
            Piece("Label a share of them with the architecture “single”."),
        ]
    worst = max(several, key=lambda c: c.row.cost_usd)
    times = (worst.overhead_usd.value or 0.0) + 1
    gain = _gain(worst)
    return [
        Piece(f"In {worst.row.workload} a task costs "),
        Piece(f"{times:.1f} times", strong=True),
        Piece(f" what one agent takes for it ({usd(worst.row.mean_usd)} against "),
        Piece(f"{usd(worst.baseline.mean_usd if worst.baseline else None)}), with "),
        Piece(gain, strong=True),
        Piece("."),
    ]


def _gain(one: Comparison) -> str:
    mine, base = one.row.success, one.baseline.success if one.baseline else None
    if mine is None or base is None:
        return "no verdicts to compare"
    low, high = one.amplification.low, one.amplification.high
    if low is not None and high is not None and low <= 1 <= high:
        return f"no clear difference in success ({share(mine)} against {share(base)})"
    return f"{share(mine)} success against {share(base)}"


def flag(one: Comparison) -> str:
    """Why an architecture deserves a look, or the empty text."""
    if one.overhead.value is not None and one.overhead.value > MANY:
        return "over-coordinated"
    base = one.baseline.success if one.baseline else None
    if one.is_baseline or one.efficiency_usd is None or base is None:
        return ""
    better = one.amplification.high is not None and one.amplification.high < 1
    return "dear for its success" if one.efficiency_usd < 0.5 * base and not better else ""
