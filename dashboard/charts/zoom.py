"""Charts that lead on: a click opens the tasks behind a bar or point, a drag opens the time dragged over.

A chart has one of the two: Streamlit reports no click while dragging selects.

In: a figure whose traces say by `charts.aim` which tasks they stand for. Out: a jump to an address that holds them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import streamlit as st

from analytics.periods import Window, iso
from dashboard.charts.plain import Chart, Drawable
from dashboard.parts import links

CONFIG: dict[str, Any] = {"displayModeBar": False, "scrollZoom": False}
SHORTEST_S = 60
NAMED = "%{fullData.name}"


def chart_with_tasks(
    figure: Chart, *, key: str, alt: str, page: str = "tasks", window: Window | None = None
) -> None:
    """Draws a chart; a click on a bar or point leaves for the tasks behind it.

    window: its points are the buckets of that window.
    """
    _leave(figure, window, key, page)
    # A click takes the trace that the hover shows, so it must show one alone.
    figure.update_layout(dragmode=False, hovermode="closest")
    for trace in figure.data:
        if str(trace["hovertemplate"]).startswith(NAMED):
            place = "%{y}" if trace.get("orientation") == "h" else "%{x}"
            trace["hovertemplate"] = f"{place}<br>{trace['hovertemplate']}"
    st.plotly_chart(
        Drawable(figure),
        key=key,
        on_select=lambda: _remember(key),
        selection_mode="points",
        config=CONFIG,
        alt=alt,
    )


def chart_with_zoom(figure: Chart, *, key: str, alt: str) -> None:
    """Draws a chart over time; dragging across it leaves for that time on the same page."""
    _leave(figure, None, key, links.current())
    st.plotly_chart(
        Drawable(figure),
        key=key,
        on_select=lambda: _remember(key),
        selection_mode="box",
        config=CONFIG,
        alt=alt,
    )


def target(figure: Chart, window: Window | None, curve: int, point: int) -> dict[str, Any] | None:
    """Parameters of the address with the tasks behind a point; None where there are none."""
    if not 0 <= curve < len(figure.data):
        return None
    meta: Mapping[str, Any] = figure.data[curve].get("meta", {})
    found = dict(meta.get("to", {}))
    if "points" in meta:
        own = meta["points"][point] if 0 <= point < len(meta["points"]) else None
        if own is None:
            return None
        found.update(own)
    elif window is not None:
        start = window.from_ + timedelta(seconds=window.step_s * point)
        end = min(start + timedelta(seconds=window.step_s), window.to)
        shift = window.length if meta.get("before") else timedelta()
        found.update({"range": None, "from": iso(start - shift), "to": iso(end - shift)})
    return found or None


def _leave(figure: Chart, window: Window | None, key: str, page: str) -> None:
    """Goes where the last selection leads, if there is one."""
    chosen = st.session_state.pop(_chosen(key), None)
    if chosen is None:
        return
    if isinstance(chosen[0], datetime):
        links.go(links.current(), {"range": None, "from": iso(chosen[0]), "to": iso(chosen[1])})
    if (found := target(figure, window, *chosen)) is not None:
        links.go(page, found)


def _remember(key: str) -> None:
    """Keeps what was chosen, before the page runs: a figure that then differs has lost its selection."""
    selection = st.session_state[key].selection
    boxes, points = selection.box, selection.points
    if boxes:
        ends = sorted(_moment(end) for end in boxes[0]["x"])
        if (ends[1] - ends[0]).total_seconds() >= SHORTEST_S:
            st.session_state[_chosen(key)] = (ends[0], ends[1])
    elif points:
        st.session_state[_chosen(key)] = (int(points[0]["curve_number"]), int(points[0]["point_index"]))


def _chosen(key: str) -> str:
    return f"{key} chosen"


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(str(text).replace(" ", "T"))
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).replace(microsecond=0)
