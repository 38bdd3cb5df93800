"""Tables and the chart of the agents page."""

from __future__ import annotations

from collections.abc import Sequence

from analytics.figures.numbers import UNKNOWN, count, share, usd
from analytics.spend.agents import AgentCost, Comparison, Interval
from analytics.spend.agents_words import flag, percent
from dashboard.charts.figures import Target
from dashboard.charts.lines import Series, ranked
from dashboard.charts.plain import Chart
from dashboard.charts.theme import Palette
from dashboard.parts import links
from dashboard.tables import cells
from dashboard.tables.table import Cell, Column, Line, Table

ARCHITECTURES = (
    Column("Workload", align="left", first=True),
    Column("Architecture", align="left"),
    Column("Tasks", rank="low", query="agent_architectures", help="Tasks that ended in the period."),
    Column(
        "P50, P95 / task",
        rank="mid",
        query="agent_architectures",
        help="Half of the priced tasks cost less; below: 95 of 100 do.",
    ),
    Column("Success", query="agent_architectures", help="Share of judged tasks that succeeded."),
    Column("Turns", rank="mid", query="agent_architectures", help="Mean calls a task; below: overhead."),
    Column(
        "Overhead, tokens",
        rank="low",
        query="agent_architectures",
        help="Mean tokens a task beside the baseline's.",
    ),
    Column("Overhead, USD", query="agent_architectures", help="Mean cost a task beside the baseline's."),
    Column(
        "Efficiency",
        rank="low",
        query="agent_architectures",
        help="Success over relative turns; below: over relative cost.",
    ),
    Column(
        "Error amplification",
        rank="low",
        query="agent_architectures",
        help="Failure rate over the baseline's.",
    ),
)
PATHS = (
    Column("Workload", align="left", first=True),
    Column("Path", query="agent_paths", help="Mean seconds in which at least one call of a task ran."),
    Column("Branches", query="agent_paths", help="Mean sum of the durations of a task's calls."),
    Column(
        "At once",
        rank="mid",
        query="agent_paths",
        help="Mean highest number of calls of a task running at once.",
    ),
    Column(
        "Fan-in",
        rank="mid",
        query="agent_paths",
        help="Mean branches that an orchestrator's call draws together.",
    ),
    Column("Message density", rank="low", query="agent_messages", help="Messages between agents per turn."),
    Column(
        "Overhead tokens",
        rank="low",
        query="agent_costs",
        help="Share of all tokens; below: a task, over the baseline's.",
    ),
    Column(
        "Duplicate work",
        rank="low",
        query="agent_messages",
        help="Share of tool uses (by arguments) that two agents made.",
    ),
)
AGENTS = (
    Column("Agent", align="left", first=True),
    Column("Role", align="left", rank="mid"),
    Column(
        "Spend",
        query="agent_costs",
        help="Cost of its calls at list price; unpriced calls are counted below it, not in it.",
    ),
    Column("A task", query="agent_costs", help="Spend over the tasks it took part in."),
    Column("P95 / call", rank="mid", query="agent_costs", help="95 of 100 of its priced calls cost less."),
    Column("Calls", rank="mid", query="agent_costs", help="Calls that started in the period."),
    Column("Tokens", rank="low", query="agent_costs", help="Input and output."),
    Column("Failed", rank="low", query="agent_costs", help="Calls that ended in an error."),
    Column("Retries", rank="low", query="agent_costs", help="Tries inside calls beyond the first."),
)


def architecture_table(found: Sequence[Comparison], colours: Palette) -> Table:
    """Every architecture beside its workload's baseline."""
    return Table("Architectures", ARCHITECTURES, tuple(Line(_architecture(one, colours)) for one in found))


def path_table(found: Sequence[Comparison], colours: Palette) -> Table:
    """Critical path against the sum of its branches."""
    return Table("Paths", PATHS, tuple(Line(_path(one)) for one in found if one.path is not None))


def agent_table(rows: Sequence[AgentCost], colours: Palette) -> Table:
    """Every agent; a row leads to its workload."""
    most = max((row.spend_usd for row in rows), default=0.0)
    return Table("Agents by spend", AGENTS, tuple(_agent(row, most, colours) for row in rows))


def role_chart(rows: Sequence[AgentCost], colours: Palette) -> Chart:
    """Spend by role of workloads that have roles, else of all."""
    with_roles = {row.workload for row in rows if row.role}
    mine = [row for row in rows if row.workload in with_roles] or list(rows)
    total: dict[str, float] = {}
    for row in mine:
        total[row.workload] = total.get(row.workload, 0.0) + row.spend_usd
    names = sorted(total, key=lambda name: -total[name])[:8]
    kinds = {"orchestrator": colours.series[3], "worker": colours.series[0], "": colours.muted}
    series = []
    for role in dict.fromkeys([*kinds, *(row.role for row in mine)]):
        values = [
            sum(r.spend_usd for r in mine if r.workload == name and r.role == role) or None for name in names
        ]
        if any(values):
            agents = [
                [r.agent for r in mine if r.workload == name and r.role == role and r.agent] for name in names
            ]
            behind: list[Target] = [
                {"workload": name, "agent": found or None} for name, found in zip(names, agents, strict=True)
            ]
            colour = kinds.get(role, colours.series[4])
            series.append(Series(role or "no role", values, colour, points=behind))
    return ranked(
        [name or "(no name)" for name in names],
        series,
        colours,
        words=usd,
        x={"tickprefix": "$", "tickformat": ",.6~f"},
    )


def _architecture(one: Comparison, colours: Palette) -> tuple[Cell, ...]:
    row, word = one.row, flag(one)
    name = row.architecture or "not labelled"
    role = cells.word(
        name, colours.good if one.is_baseline else "", sub="baseline" if one.is_baseline else word
    )
    amplified = one.amplification
    return (
        cells.name(row.workload),
        role,
        cells.number(row.tasks),
        cells.money(row.p50_usd, sub=f"P95 {usd(row.p95_usd)}"),
        cells.rate(row.success, sub=f"of {count(row.judged)}" if row.judged else "no verdicts"),
        cells.decimal(row.turns, sub="" if one.is_baseline else percent(Interval(one.overhead.value))),
        _interval(one.overhead_tokens, one),
        _interval(one.overhead_usd, one),
        cells.decimal(
            one.efficiency,
            3,
            sub=f"{one.efficiency_usd:.3f} by cost" if one.efficiency_usd is not None else "",
        ),
        Cell(UNKNOWN, None, title="too few judged tasks, or a baseline that hardly fails")
        if amplified.value is None or one.is_baseline
        else Cell(
            f"×{amplified.value:.2f}", amplified.value, sub=f"{amplified.low:.2f} to {amplified.high:.2f}"
        ),
    )


def _interval(value: Interval, one: Comparison) -> Cell:
    if one.is_baseline:
        return Cell("baseline", 0.0)
    if value.value is None:
        return Cell(UNKNOWN, None, title="no baseline of this workload in the period")
    low, high = value.low, value.high
    between = (
        f"{low * 100:+.0f} to {high * 100:+.0f} %".replace("-", "−")
        if low is not None and high is not None
        else ""
    )
    return Cell(percent(Interval(value.value)), value.value, sub=between)


def _path(one: Comparison) -> tuple[Cell, ...]:
    path = one.path
    assert path is not None
    beside = path.branches_s > 1.02 * path.path_s
    return (
        cells.name(one.row.workload, one.row.architecture),
        cells.duration(path.path_s),
        cells.duration(
            path.branches_s, sub=f"{share(1 - path.path_s / path.branches_s)} saved" if beside else "in a row"
        ),
        cells.decimal(path.at_once),
        cells.decimal(path.fan_in, sub=f"up to {path.max_fan_in}" if path.max_fan_in else ""),
        cells.decimal(one.density, 2),
        cells.rate(
            one.overhead_share,
            sub=f"×{one.trace_overhead:.1f}" if one.trace_overhead and not one.is_baseline else "",
        ),
        cells.rate(one.duplicate, title="tool arguments are not recorded"),
    )


def _agent(row: AgentCost, most: float, colours: Palette) -> Line:
    role = {"orchestrator": colours.series[3], "worker": colours.series[0]}.get(row.role, "")
    cells_ = (
        cells.name(
            row.agent, " · ".join(p for p in (row.workload, row.architecture) if p), missing="(unnamed agent)"
        ),
        cells.word(row.role, role),
        cells.spend(row.spend_usd, row.calls, row.unpriced, of=most),
        cells.money(row.spend_usd / row.tasks if row.tasks else None),
        cells.money(row.p95_usd),
        cells.number(row.calls),
        cells.number(row.input + row.output),
        cells.number(row.failed, tone="bad" if row.failed else ""),
        cells.number(row.retries),
    )
    href = links.href("workload", {"workload": row.workload, "agent": row.agent or None})
    return Line(cells_, id=f"{row.workload}\n{row.agent}", href=href)
