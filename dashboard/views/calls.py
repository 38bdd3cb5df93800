"""Tables and charts of a workload's turns, calls and limits."""

from __future__ import annotations

from collections.abc import Sequence

from analytics.figures.numbers import UNKNOWN, count, of_tasks, plural, seconds, share, usd
from analytics.periods import Window
from analytics.rows import CallModel
from analytics.spend.agents import AgentPath
from analytics.spend.call_kinds import OFTEN, CallKind, InFlight
from analytics.spend.context import ContextTurn
from dashboard.charts.figures import over, reached
from dashboard.charts.lines import Series, bars, lines
from dashboard.charts.plain import Chart
from dashboard.charts.theme import Palette
from dashboard.tables import cells
from dashboard.tables.table import Cell, Column, Line, Table

KINDS = (
    Column("Agent and step", align="left", first=True),
    Column("Model", align="left", rank="mid"),
    Column("Calls a day", query="call_kinds", help="Mean over the period; below: all of it."),
    Column(
        "Spend",
        query="call_kinds",
        help="Cost of its calls at list price; unpriced calls are counted below it, not in it.",
    ),
    Column("P99 first token", rank="mid", query="call_kinds", help="Of streamed calls; below: P50."),
    Column("P95 duration", rank="low", query="call_kinds", help="Below: P50."),
    Column(
        "Context used", rank="mid", query="call_kinds", help="P95 of input tokens over the model's window."
    ),
    Column(
        "Least headroom",
        rank="low",
        query="call_kinds",
        help="Lowest remaining tokens the provider reported; below: P5.",
    ),
    Column(
        "Refused",
        rank="low",
        query="call_kinds",
        help="By a rate limit or for overload; below: all failures.",
    ),
)
TURNS = (
    Column("Turn", align="left", first=True),
    Column("Agent", align="left"),
    Column("Calls", query="context_turns", help="Calls at this turn."),
    Column("P50 cost", query="context_turns", help="Half of the calls at this turn cost less."),
    Column("P95 cost", query="context_turns", help="95 of 100 cost less."),
    Column("P50 input", rank="mid", query="context_turns", help="Tokens."),
    Column("P95 input", rank="mid", query="context_turns", help="Tokens."),
    Column("Output", rank="low", query="context_turns", help="Mean tokens."),
)
MOST_TURNS = 40


def kind_table(kinds: Sequence[CallKind], days: float, colours: Palette) -> Table:
    """Every kind of call, most calls first."""
    most = max((kind.spend_usd for kind in kinds), default=0.0)
    return Table("Kinds of call", KINDS, tuple(Line(_kind(kind, days, most, colours)) for kind in kinds))


def turn_table(rows: Sequence[ContextTurn]) -> Table:
    """Cost and length of each turn of each agent."""
    several = len({row.workload for row in rows}) > 1
    return Table(
        "Turns",
        TURNS,
        tuple(
            Line(
                (
                    Cell(f"{row.turn}" if row.turn < 60 else "60 and later", row.turn),
                    cells.name(row.agent, row.workload if several else "", missing="(unnamed agent)"),
                    cells.number(row.calls),
                    cells.money(row.p50_usd),
                    cells.money(row.p95_usd, sub="few calls" if row.calls < 100 else ""),
                    cells.number(row.p50_input),
                    cells.number(row.p95_input),
                    cells.number(row.output),
                )
            )
            for row in sorted(rows, key=lambda r: (r.turn, r.agent))[:MOST_TURNS]
        ),
    )


def turn_cost_chart(rows: Sequence[ContextTurn], colours: Palette) -> Chart:
    """P50 and P95 cost of a call by its turn, for the agents with most calls."""
    calls: dict[tuple[str, str], int] = {}
    for row in rows:
        calls[row.workload, row.agent] = calls.get((row.workload, row.agent), 0) + row.calls
    keys = sorted(calls, key=lambda key: -calls[key])[:3]
    places = list(range(1, max((r.turn for r in rows if (r.workload, r.agent) in keys), default=1) + 1))
    series = []
    for number, key in enumerate(keys):
        found = {r.turn: r for r in rows if (r.workload, r.agent) == key}
        for name, dash in (("P95", "solid"), ("P50", "dash")):
            values = [
                (found[n].p95_usd if name == "P95" else found[n].p50_usd) if n in found else None
                for n in places
            ]
            series.append(
                Series(
                    f"{key[1] or 'unnamed'} {name}", values, colours.series[number], dash,
                    2.5 if dash == "solid" else 1.5, [usd(v) for v in values],
                    points=reached(key, places),
                )
            )  # fmt: skip
    return lines(
        places, series, colours, y={"tickprefix": "$", "tickformat": ",.6~f"}, x={"title": {"text": "turn"}}
    )


def flight_chart(window: Window, rows: Sequence[InFlight], colours: Palette) -> Chart:
    """Highest number of calls at once in each bucket."""
    found = {row.bucket: row for row in rows if row.part == "bucket"}
    values = [float(found[n].most_at_once) if n in found else None for n in range(window.buckets)]
    texts = [
        f"{count(v)} at once, {plural(found[n].calls, 'call')}, {count(found[n].refused)} refused"
        if n in found
        else ""
        for n, v in enumerate(values)
    ]
    return bars(
        window.starts(), [Series("in flight", values, colours.series[0], texts=texts)], colours,
        x=over(window.from_, window.to),
    )  # fmt: skip


def first_token_chart(window: Window, rows: Sequence[InFlight], colours: Palette) -> Chart:
    """P50 and P99 of the time to the first token over time."""
    found = {row.bucket: row for row in rows if row.part == "bucket"}
    series = []
    for name, dash, colour in (("P99", "solid", colours.series[0]), ("P50", "dash", colours.series[2])):
        values = [
            (found[n].p99_first_s if name == "P99" else found[n].p50_first_s) if n in found else None
            for n in range(window.buckets)
        ]
        series.append(Series(name, values, colour, dash, texts=[seconds(v) for v in values]))
    return lines(window.starts(), series, colours, y={"ticksuffix": " s"}, x=over(window.from_, window.to))


def tier_sentence(rows: Sequence[CallModel]) -> str:
    """Share of calls and of spend by tier."""
    calls, spend = sum(row.calls for row in rows), sum(row.spend_usd for row in rows)
    parts = []
    for tier in ("nano", "standard", "premium", ""):
        mine = [row for row in rows if row.tier == tier]
        if mine and calls:
            part = share(sum(row.spend_usd for row in mine) / spend) if spend else UNKNOWN
            parts.append(
                f"{tier or 'no tier'}: {share(sum(r.calls for r in mine) / calls)} of calls, {part} of spend"
            )
    return "; ".join(parts) + "." if parts else ""


def join_sentence(paths: Sequence[AgentPath]) -> str:
    """How many branches a synthesis call draws together."""
    joined = [path for path in paths if path.fan_in is not None and path.max_fan_in]
    if not joined:
        return "No call here draws the work of several agents together."
    read = of_tasks(joined[0].sampled)
    return " ".join(
        f"{path.workload}{read}: a synthesis call draws {path.fan_in:.1f} branches together, up to {path.max_fan_in}; "
        f"{path.at_once:.1f} calls of a task run at once."
        for path in joined[:3]
    )


def _kind(kind: CallKind, days: float, most: float, colours: Palette) -> tuple[Cell, ...]:
    a_day = kind.calls / days
    used = kind.context_share
    return (
        cells.name(
            " · ".join(part for part in (kind.agent, kind.step) if part), kind.workload, missing="(unnamed agent)"
        ),
        Cell(kind.model or "unknown model", kind.model, sub=kind.tier),
        Cell(
            f"{a_day:,.0f}" if a_day >= 10 else f"{a_day:.1f}", a_day, tone="bad" if a_day >= OFTEN else "",
            sub=f"{count(kind.calls)} in all",
        ),
        cells.spend(kind.spend_usd, kind.calls, kind.unpriced, of=most),
        cells.duration(kind.p99_first_s, sub=f"P50 {seconds(kind.p50_first_s)}")
        if kind.streamed
        else Cell("not streamed", None),
        cells.duration(kind.p95_s, sub=f"P50 {seconds(kind.p50_s)}"),
        Cell(share(used), used, share=min(1.0, used)) if used is not None else Cell(UNKNOWN, None, title="unknown"),
        cells.number(kind.least_tokens_left, sub=f"P5 {count(kind.p5_tokens_left)}")
        if kind.least_tokens_left is not None
        else Cell("not reported", None),
        cells.number(kind.refused, sub=f"{count(kind.failed)} failed", tone="bad" if kind.refused else ""),
    )  # fmt: skip
