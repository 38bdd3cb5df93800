"""The heat map of cost: P95 by day and part of the day. Pure; imports no Streamlit."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any, Final

from analytics.figures.numbers import plural, usd
from analytics.periods import Window, iso
from analytics.rows import TaskHours
from dashboard.charts.figures import TICKS_USD, Target, aim, blank_figure, tick_texts
from dashboard.charts.plain import Chart, bar
from dashboard.charts.theme import Palette

WIDTHS_H: Final = (1, 2, 3, 4, 6)
FEWEST: Final = 20
"""Tasks under which no P95 is stated."""
WANTED: Final = 30
"""Tasks that a cell should hold on average."""
LONGEST: Final = timedelta(days=31)
SHORTEST: Final = timedelta(days=2)


def heat_window(window: Window) -> Window | None:
    """The part of a window that a heat map shows: whole parts of days, the last 31; None for less than two days."""
    if window.length < SHORTEST:
        return None
    if window.length <= LONGEST:
        return window
    return Window(window.to - LONGEST, window.to, window.step_s, "custom")


def width_of(window: Window, tasks: int) -> int:
    """Hours in a cell, so that cells hold enough tasks for a P95 on average."""
    for width in WIDTHS_H:
        if tasks * width >= WANTED * window.length.total_seconds() / 3600:
            return width
    return WIDTHS_H[-1]


def heat_map(window: Window, rows: Sequence[TaskHours], width_h: int, colours: Palette) -> Chart:
    """One cell a day and part of it, coloured by P95 on a logarithmic scale; cells with few tasks are outlines.

    The cells are bars, since Plotly reports no click on its own heat maps.
    """
    days = [
        window.from_.date() + timedelta(days=n)
        for n in range((window.to.date() - window.from_.date()).days + 1)
    ]
    place = {day: number for number, day in enumerate(days)}
    told = [row for row in rows if _is_told(row)]
    few = [row for row in rows if not _is_told(row) and row.day in place]
    figure = blank_figure(colours, 90 + 26 * len(days))
    for mine, marker in (
        (few, {"color": colours.surface, "line": {"color": colours.border, "width": 1}}),
        (told, _shades([math.log10(row.p95_usd or 1.0) for row in told], colours)),
    ):
        figure.add_trace(
            bar(
                x=[row.hour + width_h / 2 for row in mine],
                y=[0.92] * len(mine),
                base=[place[row.day] - 0.46 for row in mine if row.day in place],
                width=width_h * 0.94,
                marker=marker,
                customdata=[_said(row, width_h) for row in mine],
                hovertemplate="%{customdata}<extra></extra>",
                showlegend=False,
                meta=aim({"sort": "cost"}, [_behind(row, window, width_h) for row in mine]),
            )
        )
    figure.update_layout(barmode="overlay", hovermode="closest")
    figure.update_xaxes(
        range=[0, 24],
        tickvals=list(range(0, 25, 3)),
        ticktext=[f"{hour:02d} h" for hour in range(0, 25, 3)],
        tickangle=0,
    )
    figure.update_yaxes(
        range=[len(days) - 0.5, -0.5], showgrid=False, tickvals=list(range(len(days))),
        ticktext=[f"{day:%a %d %b}" for day in days],
    )  # fmt: skip
    return figure


def _is_told(row: TaskHours) -> bool:
    return row.p95_usd is not None and row.p95_usd > 0 and row.priced_tasks >= FEWEST


def _shades(levels: Sequence[float], colours: Palette) -> dict[str, Any]:
    """Marker of bars whose colours say logarithms of USD, with the scale beside them."""
    low, high = (min(levels), max(levels)) if levels else (0.0, 1.0)
    ticks = [tick for tick in TICKS_USD if low <= math.log10(tick) <= high]
    if len(ticks) > 6:
        ticks = [tick for tick in ticks if math.log10(tick).is_integer()]
    texts = tick_texts(ticks)
    if len(ticks) < 2 and levels:
        # No round amounts to go by: the ends of the scale say what its colours mean.
        ticks = list(dict.fromkeys((10**low, 10**high)))
        texts = [usd(tick) for tick in ticks]
    return {
        "color": list(levels),
        "colorscale": [[n / 9, colour] for n, colour in enumerate(colours.sequential)],
        "cmin": low,
        "cmax": high if high > low else low + 1,
        "line": {"width": 0},
        "showscale": bool(ticks),
        "colorbar": {
            "tickvals": [math.log10(tick) for tick in ticks],
            "ticktext": texts,
            "title": {"text": "P95", "font": {"color": colours.muted, "size": 12}},
            "tickfont": {"color": colours.muted, "size": 12},
            "thickness": 10,
            "outlinewidth": 0,
        },
    }


def spoken_heat(rows: Sequence[TaskHours], width_h: int) -> str:
    """The dearest and the cheapest part of a day, for those who do not see the colours."""
    told = [row for row in rows if row.p95_usd is not None and row.priced_tasks >= FEWEST]
    if not told:
        return f"No part of a day has {FEWEST} priced tasks."
    low, high = min(told, key=lambda row: row.p95_usd or 0), max(told, key=lambda row: row.p95_usd or 0)
    return (
        f"P95 cost per task is highest on {_when(high, width_h)} at {usd(high.p95_usd)} and lowest on "
        f"{_when(low, width_h)} at {usd(low.p95_usd)}."
    )


def _when(row: TaskHours, width_h: int) -> str:
    return f"{row.day:%a %d %b} {row.hour:02d}:00 to {row.hour + width_h:02d}:00"


def _said(row: TaskHours, width_h: int) -> str:
    head = f"{_when(row, width_h)} UTC: {plural(row.tasks, 'task')}, {usd(row.cost_usd)}"
    if row.priced_tasks < FEWEST:
        return f"{head}; too few for a P95"
    return f"{head}<br>P95 {usd(row.p95_usd)}, P50 {usd(row.p50_usd)}"


def _behind(row: TaskHours, window: Window, width_h: int) -> Target:
    start = datetime.combine(row.day, time(row.hour), tzinfo=UTC)
    return {
        "range": None,
        "from": iso(max(start, window.from_)),
        "to": iso(min(start + timedelta(hours=width_h), window.to)),
    }
