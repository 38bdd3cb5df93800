"""Plotly lines and bars of a few series, over time or over a number. Pure; imports no Streamlit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from analytics.figures.numbers import count
from dashboard.charts.figures import Target, aim, blank_figure, short_name
from dashboard.charts.plain import Chart, bar, scatter
from dashboard.charts.theme import Palette

Places = Sequence[datetime] | Sequence[int] | Sequence[float] | Sequence[str]


@dataclass(frozen=True)
class Series:
    """One line or bar series; None leaves a gap. `texts` stand in the hover, else the value.

    to: the tasks that it stands for; points: those of each point; before: over the period before.
    """

    name: str
    values: Sequence[float | None]
    colour: str
    dash: str = "solid"
    width: float = 2.5
    texts: Sequence[str] = ()
    to: Target | None = None
    points: Sequence[Target | None] | None = None
    before: bool = False

    @property
    def meta(self) -> dict[str, Any]:
        return aim(self.to, self.points, before=self.before)


def lines(
    places: Places, series: Sequence[Series], colours: Palette, *, height: int = 300, y: dict[str, Any] | None = None,
    x: dict[str, Any] | None = None, words: Callable[[float | None], str] = count,
) -> Chart:  # fmt: skip
    """Lines over common places."""
    figure = blank_figure(colours, height)
    for one in series:
        alone = _alone(one.values)
        figure.add_trace(
            scatter(
                x=list(places),
                y=list(one.values),
                name=short_name(one.name),
                mode="lines+markers",
                marker={
                    "size": [6 if each else 1 for each in alone],
                    "opacity": [int(each) for each in alone],
                },
                line={"color": one.colour, "width": one.width, "dash": one.dash},
                customdata=list(one.texts) or [words(value) for value in one.values],
                hovertemplate="%{fullData.name}: %{customdata}<extra></extra>",
                meta=one.meta,
                connectgaps=False,
                # A point at the edge is drawn whole.
                cliponaxis=False,
                opacity=0.55 if one.before else 1,
            )
        )
    figure.update_layout(legend={"traceorder": "normal"})
    figure.update_yaxes(rangemode="tozero", **(y or {}))
    figure.update_xaxes(**(x or {}))
    return figure


def bars(
    places: Places, series: Sequence[Series], colours: Palette, *, height: int = 300, y: dict[str, Any] | None = None,
    x: dict[str, Any] | None = None, words: Callable[[float | None], str] = count, mode: str = "stack",
) -> Chart:  # fmt: skip
    """Bars over common places, stacked or side by side."""
    figure = blank_figure(colours, height)
    for one in series:
        figure.add_trace(
            bar(
                x=list(places),
                y=list(one.values),
                name=short_name(one.name),
                marker={"color": one.colour, "line": {"width": 0}},
                customdata=list(one.texts) or [words(value) for value in one.values],
                hovertemplate="%{fullData.name}: %{customdata}<extra></extra>",
                meta=one.meta,
                **_over_its_time(places),
            )
        )
    figure.update_layout(barmode=mode, legend={"traceorder": "normal"})
    figure.update_yaxes(rangemode="tozero", **(y if y is not None else whole(_highest(series, mode))))
    # Left alone, the browser takes names that look like numbers, amounts or days for such.
    figure.update_xaxes(
        **({"type": "category"} if any(isinstance(place, str) for place in places[:1]) else {}), **(x or {})
    )
    return figure


def whole(highest: float) -> dict[str, Any]:
    """An axis of things that are counted: no ticks between one and two."""
    return {"dtick": 1} if highest < 6 else {}


def _highest(series: Sequence[Series], mode: str) -> float:
    """The top of the highest bar."""
    columns = [
        [value or 0.0 for value in column] for column in zip(*(one.values for one in series), strict=True)
    ]
    return max((sum(column) if mode == "stack" else max(column) for column in columns), default=0.0)


def ranked(
    names: Sequence[str], series: Sequence[Series], colours: Palette, *, words: Callable[[float | None], str],
    x: dict[str, Any] | None = None,
) -> Chart:  # fmt: skip
    """Lying bars, one line a name, the first on top."""
    figure = blank_figure(colours, 60 + 34 * max(1, len(names)))
    for one in series:
        figure.add_trace(
            bar(
                y=[short_name(name) for name in names],
                x=list(one.values),
                name=short_name(one.name),
                orientation="h",
                marker={"color": one.colour, "line": {"width": 0}},
                customdata=list(one.texts) or [words(value) for value in one.values],
                hovertemplate="%{fullData.name}: %{customdata}<extra></extra>",
                meta=one.meta,
            )
        )
    figure.update_layout(barmode="stack", legend={"traceorder": "normal"}, hovermode="y unified", bargap=0.35)
    figure.update_yaxes(autorange="reversed", showgrid=False, type="category")
    figure.update_xaxes(showgrid=True, gridcolor=colours.border, tickangle=0, **(x or {}))
    return figure


def _over_its_time(places: Places) -> dict[str, Any]:
    """A bar of a bucket covers the bucket instead of standing around its start."""
    first, second = (*places[:2], None, None)[:2]
    if not isinstance(first, datetime) or not isinstance(second, datetime):
        return {}
    return {"offset": 0, "width": (second - first).total_seconds() * 1000 * 0.84}


def _alone(values: Sequence[float | None]) -> list[bool]:
    around = [None, *values, None]
    return [left is None and right is None for left, right in zip(around[:-2], around[2:], strict=True)]
