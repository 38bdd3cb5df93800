"""Plotly figures as plain values: what a chart says, sent to the browser as it stands.

Plotly's own objects check every value they are given, two thirds of the processor time of a page's script; here a test
has Plotly check every chart of every page instead. In: traces as dictionaries, parts of the layout as Plotly names
them. Out: a figure that Streamlit draws. Imports no Streamlit. Never: an unknown name is refused here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import plotly.io
from plotly.basedatatypes import BaseFigure

Trace = dict[str, Any]


def _axes() -> dict[str, Any]:
    return {"xaxis": {}, "yaxis": {}}


@dataclass
class Chart:
    """Traces and a layout. The methods are Plotly's of the same names, for the arguments that our charts give."""

    data: list[Trace] = field(default_factory=list)
    layout: dict[str, Any] = field(default_factory=_axes)

    def add_trace(self, trace: Trace) -> None:
        """One more line or group of bars, drawn over those before."""
        self.data.append(trace)

    def update_layout(self, **parts: Any) -> None:
        """Sets parts of the layout; a dictionary changes what it names and leaves the rest."""
        _merge(self.layout, parts)

    def update_xaxes(self, **parts: Any) -> None:
        """Sets parts of the axis across."""
        _merge(self.layout["xaxis"], parts)

    def update_yaxes(self, **parts: Any) -> None:
        """Sets parts of the axis upwards."""
        _merge(self.layout["yaxis"], parts)

    def add_shape(self, **shape: Any) -> None:
        """A line or box in the places of the axes."""
        self.layout.setdefault("shapes", []).append(shape)

    def add_vline(self, *, x: Any, line: Mapping[str, Any]) -> None:
        """A line from the bottom to the top."""
        self.add_shape(type="line", xref="x", yref="y domain", x0=x, x1=x, y0=0, y1=1, line=dict(line))

    def add_vrect(self, *, x0: Any, x1: Any, fillcolor: str, opacity: float) -> None:
        """A shaded stretch from the bottom to the top."""
        self.add_shape(
            type="rect", xref="x", yref="y domain", x0=x0, x1=x1, y0=0, y1=1, fillcolor=fillcolor, opacity=opacity,
            line={"width": 0},
        )  # fmt: skip

    def add_annotation(self, **annotation: Any) -> None:
        """A few words at a place."""
        self.layout.setdefault("annotations", []).append({"xref": "x", "yref": "y", **annotation})

    @property
    def is_logarithmic(self) -> bool:
        """Whether the axis upwards is."""
        return bool(self.layout["yaxis"].get("type") == "log")

    def to_dict(self) -> dict[str, Any]:
        """As the browser takes it, with the template in force."""
        return {
            "data": self.data,
            "layout": {"template": _template(plotly.io.templates.default), **self.layout},
        }


class Drawable(BaseFigure):  # type: ignore[misc]  # plotly has no types
    """A figure as Streamlit takes it without a check: it checks what is no object of Plotly's."""

    def __init__(self, chart: Chart) -> None:
        self._chart = chart

    def to_dict(self) -> dict[str, Any]:
        """Traces and layout."""
        return self._chart.to_dict()


def scatter(**parts: Any) -> Trace:
    """A line or points."""
    return {"type": "scatter", **parts}


def bar(**parts: Any) -> Trace:
    """A group of bars."""
    return {"type": "bar", **parts}


@cache
def _template(name: str | None) -> dict[str, Any]:
    """The look that Streamlit registers and the browser then colours."""
    found: dict[str, Any] = plotly.io.templates[name].to_plotly_json() if name else {"layout": {}}
    return found


def _merge(into: dict[str, Any], parts: Mapping[str, Any]) -> None:
    for name, value in parts.items():
        if not isinstance(value, Mapping):
            into[name] = value
            continue
        if not isinstance(into.get(name), dict):
            into[name] = {}
        _merge(into[name], value)
