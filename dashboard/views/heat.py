"""The heat map as a section of a page: its query runs when what stands above it has been drawn."""

from __future__ import annotations

import streamlit as st

from dashboard.charts.heat import FEWEST, heat_map, heat_window, spoken_heat, width_of
from dashboard.charts.theme import palette
from dashboard.charts.zoom import chart_with_tasks
from dashboard.data import pages as data
from dashboard.parts.behind import asks
from dashboard.parts.filters import Selection
from dashboard.parts.notes import under_chart


def heat_section(selection: Selection, tasks: int) -> None:
    """P95 by day and part of the day; `tasks` of the window decide how wide a part is. Nothing under two days."""
    window = heat_window(selection.window)
    if window is None:
        return
    width_h = width_of(window, tasks)
    st.subheader("When tasks are dear", anchor=False)
    asks({"width_h": width_h, "from_": window.from_, "to_": window.to}, "task_hours")
    rows = data.hours(window, selection.filters, width_h)
    if not rows:
        st.caption("No task ended in the period.")
        return
    colours = palette(st.context.theme.type)
    chart_with_tasks(
        heat_map(window, rows, width_h, colours),
        key="heat",
        alt=spoken_heat(rows, width_h),
    )
    part = "each hour" if width_h == 1 else f"every {width_h} hours"
    fuller = "brighter" if colours.name == "dark" else "darker"
    under_chart(
        window,
        f"P95 cost per task of {part}, {fuller} is dearer; empty: under {FEWEST} priced tasks. Click a cell to see its "
        "tasks.",
        "task_hours",
        ways={"sort": "cost"},
    )
