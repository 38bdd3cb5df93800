"""Tables and charts of the page on context growth."""

from __future__ import annotations

from collections.abc import Sequence

from analytics.figures.figure import ratio
from analytics.figures.numbers import count, plural, share
from analytics.spend.context import ContextGrowth, ContextModel, ContextTurn
from dashboard.charts.figures import Target, reached
from dashboard.charts.lines import Series, lines, ranked
from dashboard.charts.plain import Chart
from dashboard.charts.theme import Palette
from dashboard.parts import links
from dashboard.tables import cells
from dashboard.tables.table import Cell, Column, Line, Table

MOST_AGENTS = 4
MOST_BARS = 8
GROWTH = (
    Column("Agent", align="left", first=True),
    Column("Conversations", rank="low", query="context_growth", help="Runs of at least two calls."),
    Column("Turns", rank="mid", query="context_growth", help="Mean; P95 below it."),
    Column("First prompt", query="context_growth", help="Median input tokens of the first call."),
    Column("Added a turn", query="context_growth", help="Median, drops by more than 30 % left out."),
    Column(
        "Drops", query="context_growth", help="Turns more than 30 % shorter than the one before: compactions."
    ),
    Column("From and to", rank="low", query="context_growth", help="Median tokens before and after a drop."),
    Column("Longest", rank="mid", query="context_growth", help="Input tokens of the longest prompt."),
)
MODELS = (
    Column("Agent", align="left", first=True),
    Column("Model", align="left", rank="mid"),
    Column(
        "P50 input",
        rank="low",
        query="context_models",
        help="Half of its calls are shown fewer input tokens.",
    ),
    Column(
        "P95 input",
        rank="mid",
        query="context_models",
        help="95 of 100 of its calls are shown fewer input tokens.",
    ),
    Column("Of its window", query="context_models", help="P95 over the model's context window."),
    Column(
        "P95 against cliff",
        query="context_models",
        help="P95 input over the length above which the price book charges more for every token.",
    ),
    Column(
        "Calls above",
        query="context_models",
        help="Share of its calls; below: those above four fifths of it.",
    ),
    Column("Paid on top", query="context_models", help="Beyond the price below the cliff."),
    Column("Spend", rank="low", query="context_models", help="Cost of its calls at list price."),
)


def turn_chart(
    turns: Sequence[ContextTurn], growth: Sequence[ContextGrowth], colours: Palette
) -> tuple[Chart, str]:
    """P50 and P95 input tokens by turn for the agents that grow most, and which those are."""
    weight = {(g.workload, g.agent): max(0.0, g.growth or 0.0) * g.mean_turns for g in growth}
    keys = sorted(dict.fromkeys((t.workload, t.agent) for t in turns), key=lambda key: -weight.get(key, 0.0))[
        :MOST_AGENTS
    ]
    last = max((t.turn for t in turns if (t.workload, t.agent) in keys), default=1)
    places = list(range(1, last + 1))
    series = []
    for number, key in enumerate(keys):
        found = {t.turn: t for t in turns if (t.workload, t.agent) == key}
        for name, dash in (("P95", "solid"), ("P50", "dash")):
            values = [
                (found[n].p95_input if name == "P95" else found[n].p50_input) if n in found else None
                for n in places
            ]
            texts = [
                f"{plural(v or 0, 'token')}, {plural(found[n].calls, 'call')}" if n in found else ""
                for n, v in zip(places, values, strict=True)
            ]
            label = f"{key[1] or 'unnamed'} {name}"
            series.append(
                Series(
                    label, values, colours.series[number], dash, 2.5 if dash == "solid" else 1.5, texts,
                    points=reached(key, places),
                )
            )  # fmt: skip
    rest = len({(t.workload, t.agent) for t in turns}) - len(keys)
    said = (
        f"The {len(keys)} agents that grow most; {rest} more in the CSV of turns."
        if rest > 0
        else "All agents."
    )
    return lines(places, series, colours, y={"tickformat": "~s"}, x={"title": {"text": "turn"}}), said


def lengths_chart(models: Sequence[ContextModel], colours: Palette) -> Chart:
    """P95 of the prompt and the rest up to the longest, by agent; a mark at the cliff."""
    top = sorted(models, key=lambda row: -row.max_input)[:MOST_BARS]
    names = [f"{row.agent or 'unnamed'} · {row.model}" for row in top]
    behind: list[Target] = [
        {"workload": row.workload, "agent": row.agent or None, "model": row.model} for row in top
    ]
    figure = ranked(
        names,
        [
            Series("P95", [row.p95_input for row in top], colours.series[0], points=behind),
            Series(
                "up to the longest",
                [max(0.0, row.max_input - row.p95_input) for row in top],
                colours.sequential[3],
                texts=[count(row.max_input) for row in top],
                points=behind,
            ),
        ],
        colours,
        words=count,
        x={"tickformat": "~s"},
    )
    for place, row in enumerate(top):
        if row.cliff and row.cliff < 3 * top[0].max_input:
            figure.add_shape(
                type="line", x0=row.cliff, x1=row.cliff, y0=place - 0.42, y1=place + 0.42,
                line={"color": colours.bad, "width": 3},
            )  # fmt: skip
    return figure


def growth_table(rows: Sequence[ContextGrowth]) -> Table:
    """How prompts move; a row leads to the turns of its workload."""
    return Table("How prompts grow", GROWTH, tuple(_growth(row) for row in rows))


def model_table(rows: Sequence[ContextModel]) -> Table:
    """Distance of prompts to windows and cliffs."""
    return Table("Prompts and their limits", MODELS, tuple(Line(_model(row)) for row in rows))


def _growth(row: ContextGrowth) -> Line:
    cut = f"{count(row.before_compaction)} → {count(row.after_compaction)}" if row.compactions else ""
    growth = row.growth
    cells_ = (
        cells.name(row.agent, f"{row.workload} · {row.model}", missing="(unnamed agent)"),
        cells.number(row.conversations),
        cells.decimal(row.mean_turns, sub=f"P95 {row.p95_turns:.0f}"),
        cells.number(row.first_input),
        Cell(f"{growth:+,.0f}".replace("-", "−"), growth) if growth is not None else cells.number(None),
        cells.number(row.compactions),
        Cell(cut, row.before_compaction),
        cells.number(row.max_input),
    )
    href = links.href("workload", {"workload": row.workload, "agent": row.agent or None})
    return Line(cells_, id=f"{row.workload}\n{row.agent}", href=href)


def _model(row: ContextModel) -> tuple[Cell, ...]:
    window = row.window
    used = row.p95_input / window if window else None
    part = row.cliff_share
    cliff = (
        cells.rate(part, sub=f"of {count(row.cliff)}", tone="bad" if (part or 0) >= 1 else "")
        if row.cliff
        else Cell("no cliff", None)
    )
    above = (
        cells.rate(
            ratio(row.above, row.calls),
            sub=f"{share(row.near / row.calls)} near",
            tone="bad" if row.above else "",
        )
        if row.cliff
        else Cell("", None)
    )
    return (
        cells.name(row.agent, row.workload, missing="(unnamed agent)"),
        Cell(row.model or "unknown model", row.model),
        cells.number(row.p50_input),
        cells.number(row.p95_input),
        Cell(share(used), used, share=min(1.0, used), sub=f"of {count(window)}")
        if used is not None
        else Cell("unknown", None, title="no window is known for this model"),
        cliff,
        above,
        cells.money(row.surcharge_usd, tone="bad" if row.surcharge_usd else "")
        if row.cliff
        else Cell("", None),
        cells.spend(row.spend_usd, row.calls, 0 if row.priced else row.calls),
    )
