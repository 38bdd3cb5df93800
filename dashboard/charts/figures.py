"""Plotly figures: pure functions from rows to figures. Imports no Streamlit; reports draw with them too."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from analytics.figures.numbers import plural, usd
from analytics.periods import Window, stamp
from analytics.rows import CallWorkload, HistogramBar, TaskBucket
from dashboard.charts.plain import Chart, Trace, bar, scatter
from dashboard.charts.theme import Palette

TREND_HEIGHT: Final = 300
Target = Mapping[str, str | list[str] | None]
"""Parameters of an address; None takes one out."""
TICKS_USD: Final = [size * 10.0**power for power in range(-7, 6) for size in (1, 2, 5)]
TIME_TICKS: Final = (
    {"dtickrange": [None, 86_400_000 - 1], "value": "%H:%M\n%d %b"},
    {"dtickrange": [86_400_000, "M1"], "value": "%d %b"},
    {"dtickrange": ["M1", None], "value": "%b %Y"},
)
"""Moments on an axis, by how far its ticks are apart; what stands on the second line is said where it changes."""
BAR_SERIES: Final = 5
"""Workloads with their own colour; the rest is one."""


def cost_trend(window: Window, rows: Sequence[TaskBucket], colours: Palette) -> Chart:
    """P95 solid and P50 dashed over the window's buckets, the period before faint behind them."""
    figure = blank_figure(colours, TREND_HEIGHT)
    starts = window.starts()
    for period, p_name, dash in (
        (1, "P95", "solid"),
        (1, "P50", "dash"),
        (0, "P95", "solid"),
        (0, "P50", "dash"),
    ):
        found = {row.bucket: row for row in rows if row.period == period and row.priced_tasks}
        values = [_level(found.get(number), p_name) for number in range(window.buckets)]
        if not any(value is not None for value in values):
            continue
        earlier = period == 1
        colour = colours.muted if earlier else colours.series[0 if p_name == "P95" else 2]
        name = f"{p_name} the period before" if earlier else f"{p_name} cost per task"
        figure.add_trace(
            scatter(
                x=starts,
                y=values,
                name=name,
                # Without markers, drawn or not, Plotly reports no selection.
                mode="lines+markers",
                marker=_markers(values),
                line={"color": colour, "width": 1.25 if earlier else 2.5, "dash": dash},
                opacity=0.55 if earlier else 1,
                customdata=[
                    [usd(value), plural(_tasks(found, number), "task")] for number, value in enumerate(values)
                ],
                hovertemplate=f"{p_name}{' before' if earlier else ''}: %{{customdata[0]}} "
                "(%{customdata[1]})<extra></extra>",
                connectgaps=False,
                cliponaxis=False,
                meta=aim({"sort": "cost"}, before=earlier),
            )
        )
    if _spans_decades(rows):
        figure.update_yaxes(type="log", tickvals=TICKS_USD, ticktext=tick_texts(TICKS_USD))
    else:
        figure.update_yaxes(tickprefix="$", tickformat=",.6~f", rangemode="tozero")
    figure.update_xaxes(**over(window.from_, window.to))
    return figure


def _markers(values: Sequence[float | None]) -> dict[str, list[int]]:
    """Shows the points that no line reaches, as of a workload that runs once a day."""
    around = [None, *values, None]
    alone = [before is None and after is None for before, after in zip(around[:-2], around[2:], strict=True)]
    return {"size": [6 if each else 1 for each in alone], "opacity": [int(each) for each in alone]}


def spend_bars(window: Window, rows: Sequence[CallWorkload], colours: Palette) -> Chart:
    """Spend in each bucket, stacked by the dearest workloads and the rest."""
    figure = blank_figure(colours, TREND_HEIGHT)
    starts = window.starts()
    named = list(rows[:BAR_SERIES])
    rest = rows[BAR_SERIES:]
    for number, row in enumerate(named):
        spends = _spends(window, [row])
        trace = _bars(window, starts, spends, short_name(row.workload), colours.series[number])
        figure.add_trace({**trace, "meta": aim({"workload": row.workload})})
    if rest:
        trace = _bars(
            window, starts, _spends(window, rest), rest_name([row.workload for row in rest]), colours.muted
        )
        figure.add_trace({**trace, "meta": aim({"workload": [row.workload for row in rest]})})
    figure.update_layout(barmode="stack", legend={"traceorder": "normal"})
    figure.update_yaxes(tickprefix="$", tickformat=",.6~f", rangemode="tozero")
    figure.update_xaxes(**over(window.from_, window.to))
    return figure


def cost_spread(
    bars: Sequence[HistogramBar], marks: Sequence[tuple[str, float | None]], colours: Palette
) -> Chart:
    """How many tasks cost how much, on a logarithmic scale, with named levels as lines."""
    figure = blank_figure(colours, TREND_HEIGHT - 40)
    first, last = (bars[0].step, bars[-1].step) if bars else (0, 0)
    found = {bar.step: bar for bar in bars}
    steps = list(range(first, last + 1))
    figure.add_trace(
        bar(
            x=[(step + 0.5) / 10 for step in steps],
            y=[found[step].tasks if step in found else 0 for step in steps],
            width=0.092,
            marker={"color": colours.series[0], "line": {"width": 0}},
            customdata=[
                [
                    usd(10 ** (step / 10)),
                    usd(10 ** ((step + 1) / 10)),
                    usd(found[step].cost_usd if step in found else 0),
                    plural(found[step].tasks if step in found else 0, "task"),
                ]
                for step in steps
            ],
            hovertemplate="%{customdata[0]} to %{customdata[1]}: %{customdata[3]}, "
            "%{customdata[2]} in all<extra></extra>",
            showlegend=False,
            meta=aim(points=[between_usd(step) if step in found else None for step in steps]),
        )
    )
    for name, value in marks:
        if value is None or value <= 0:
            continue
        figure.add_vline(
            x=math.log10(value),
            line={"color": colours.series[1], "width": 1.5, "dash": "dash" if name == "P50" else "solid"},
        )
        figure.add_annotation(
            x=math.log10(value), y=1, yref="paper", yanchor="top", showarrow=False,
            xanchor="left" if name == "P95" else "right", xshift=4 if name == "P95" else -4,
            text=f"{name} {usd(value)}", font={"color": colours.text, "size": 12},
        )  # fmt: skip
    ticks = [tick for tick in TICKS_USD if first <= round(math.log10(tick) * 10, 6) <= last + 1]
    if len(ticks) > 9:
        ticks = [tick for tick in ticks if math.log10(tick).is_integer()]
    figure.update_xaxes(tickvals=[math.log10(tick) for tick in ticks], ticktext=tick_texts(ticks))
    figure.update_xaxes(type="linear", tickangle=0)
    # Room above the highest bar for the names of the lines.
    most = max((bar.tasks for bar in bars), default=1)
    figure.update_yaxes(range=[0, 1.18 * most], **({"dtick": 1} if most < 6 else {}))
    return figure


def between_usd(step: int) -> Target:
    """Tasks whose cost lies in a tenth of a decade, from 10^(step/10) USD."""
    return {"cost": f"{10 ** (step / 10)!r}..{10 ** ((step + 1) / 10)!r}", "sort": "cost"}


def reached(agent: tuple[str, str], turns: Sequence[int]) -> list[Target]:
    """Tasks of a workload's agent that made at least so many calls, one target a turn."""
    workload, name = agent
    shared: dict[str, str | list[str] | None] = {"workload": workload, "agent": name or None}
    return [{**shared, "calls": str(turn)} for turn in turns]


def spoken_trend(window: Window, rows: Sequence[TaskBucket]) -> str:
    """What the trend shows, for those who do not see it."""
    mine = [row for row in rows if row.period == 0 and row.priced_tasks]
    if not mine:
        return "No priced task ended in the period."
    low, high = min(mine, key=lambda row: row.p95_usd), max(mine, key=lambda row: row.p95_usd)
    starts = window.starts()
    return (
        f"P95 cost per task between {usd(low.p95_usd)} ({stamp(starts[low.bucket])}) and {usd(high.p95_usd)} "
        f"({stamp(starts[high.bucket])}); P50 last at {usd(mine[-1].p50_usd)}."
    )


def aim(
    to: Target | None = None, points: Sequence[Target | None] | None = None, *, before: bool = False
) -> dict[str, Any]:
    """What a trace stands for, kept in its `meta`: parameters of the list of tasks, of all points and of each."""
    found: dict[str, Any] = {"to": dict(to or {}), "before": before}
    if points is not None:
        found["points"] = [dict(one) if one is not None else None for one in points]
    return found


def blank_figure(colours: Palette, height: int) -> Chart:
    """An empty figure in the dashboard's look."""
    figure = Chart()
    axis: dict[str, Any] = {
        "showgrid": True,
        "gridcolor": colours.border,
        "zeroline": False,
        "automargin": True,
        "tickfont": {"color": colours.muted, "size": 12},
        "fixedrange": True,
    }
    figure.update_layout(
        height=height,
        margin={"l": 4, "r": 8, "t": 8, "b": 4},
        hovermode="x unified",
        hoverlabel={
            "bgcolor": colours.background, "bordercolor": colours.border, "font": {"color": colours.text},
        },
        legend={
            "orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0, "xanchor": "left",
            "font": {"color": colours.text, "size": 12}, "traceorder": "reversed",
        },
        plot_bgcolor="rgba(0,0,0,0)",
        paper_bgcolor="rgba(0,0,0,0)",
        dragmode="select",
        selectdirection="h",
        newselection={"line": {"color": colours.primary, "width": 1, "dash": "solid"}},
        xaxis={**axis, "showgrid": False, "hoverformat": "%a %d %b %Y, %H:%M UTC"},
        yaxis=axis,
    )  # fmt: skip
    return figure


def tick_texts(ticks: Sequence[float]) -> list[str]:
    """Amounts in USD as an axis shows them."""
    return [f"${tick:.7f}".rstrip("0").rstrip(".") if tick < 1 else f"${tick:,.0f}" for tick in ticks]


def over(from_: datetime, to: datetime) -> dict[str, Any]:
    """An axis of time between two moments; its days read as they do in tables."""
    return {"range": [from_, to], "tickformatstops": [dict(each) for each in TIME_TICKS]}


def _spans_decades(rows: Sequence[TaskBucket]) -> bool:
    """Whether P50 would lie flat on the floor of a linear scale that holds P95."""
    mine = [row for row in rows if row.period == 0 and row.priced_tasks and row.p50_usd > 0]
    if not mine:
        return False
    return max(row.p95_usd for row in mine) > 12 * sorted(row.p50_usd for row in mine)[len(mine) // 2]


def _bars(window: Window, starts: list[datetime], spends: list[float], name: str, colour: str) -> Trace:
    return bar(
        x=starts,
        y=spends,
        name=name,
        # A bar covers its bucket instead of standing around its start.
        offset=0,
        width=window.step_s * 1000 * 0.84,
        marker={"color": colour, "line": {"width": 0}},
        customdata=[usd(value) for value in spends],
        hovertemplate="%{fullData.name}: %{customdata}<extra></extra>",
    )


def _spends(window: Window, rows: Sequence[CallWorkload]) -> list[float]:
    sums = [0.0] * window.buckets
    for row in rows:
        for bucket, spend in zip(row.buckets, row.spends_usd, strict=True):
            if bucket < len(sums):
                sums[bucket] += spend
    return sums


def _level(row: TaskBucket | None, name: str) -> float | None:
    if row is None:
        return None
    return row.p95_usd if name == "P95" else row.p50_usd


def _tasks(found: dict[int, TaskBucket], number: int) -> int:
    return found[number].priced_tasks if number in found else 0


def rest_name(names: Sequence[str]) -> str:
    """What stands for the workloads without a colour of their own: a single one keeps its name."""
    return short_name(names[0]) if len(names) == 1 else f"{len(names)} more"


def short_name(name: str) -> str:
    """A name from outside as a legend shows it."""
    # Plotly reads a little HTML in names.
    safe = name.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return safe if len(name) <= 28 else safe[:27] + "…"
