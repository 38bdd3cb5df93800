"""Workload: one kind of task in depth: its figures, how its cost is spread, its dearest tasks, its models."""

from __future__ import annotations

import streamlit as st

from analytics.overview import figures, period
from dashboard import data, links
from dashboard.cards import cards_payload
from dashboard.charts import cost_spread, cost_trend, spoken_trend
from dashboard.components import show_cards, show_table
from dashboard.filters import filter_row
from dashboard.model_table import model_table
from dashboard.notes import footer, under_chart, unpriced_note
from dashboard.states import nothing_in_range
from dashboard.task_table import task_csv, task_table
from dashboard.theme import palette
from dashboard.words import plain
from dashboard.zoom import CONFIG, chart_with_zoom

DEAREST = 25


def show() -> None:
    """The page at `/workload`; without a workload in the address it shows all together and says so."""
    title = st.empty()
    selection = filter_row()
    window, filters = selection.window, selection.filters
    title.title(plain(", ".join(filters.workload)) if filters.workload else "All workloads", anchor=False)
    status = data.status()
    found = data.overview(window, filters)
    now, before = (period(number, found.totals, found.trend, found.calls) for number in (0, 1))
    if now.tasks is None and not now.calls.calls:
        nothing_in_range(selection, status)
        return
    covered = status.first_call is not None and status.first_call <= window.previous
    shown = figures(now, before, covered=covered)
    show_cards(cards_payload(shown, window, found.trend, found.calls), key="figures")
    unpriced_note(selection, now.calls.unpriced)

    colours = palette(st.context.theme.type)
    models, bars = data.models_and_spread(window, filters)
    left, right = st.columns([3, 2], gap="medium")
    with left:
        st.subheader("Cost per task", anchor=False)
        figure = cost_trend(window, found.trend, colours)
        chart_with_zoom(figure, key="trend", alt=spoken_trend(window, found.trend))
        scale = " Logarithmic scale." if figure.layout.yaxis.type == "log" else ""
        under_chart(window, f"Tasks by when they ended.{scale} Drag over the chart to open that time.")
    with right:
        st.subheader("How task cost is spread", anchor=False)
        marks = [(figure.label[:3], figure.estimate.value) for figure in shown[:2]]
        if bars:
            st.plotly_chart(
                cost_spread(bars, marks, colours), key="spread", config=CONFIG, alt="Number of tasks by cost"
            )
            st.caption("Priced tasks above \\$0, on a logarithmic scale. Query: `task_histogram`.")
        else:
            st.caption("No priced task ended in the period.")

    st.subheader("Dearest tasks", anchor=False)
    rows = data.tasks(window, filters, "", "cost", DEAREST)
    opened = show_table(
        task_table(rows, colours, with_workload=len(filters.workload) != 1).payload(), key="dearest"
    )
    with st.container(horizontal=True):
        st.download_button(
            "CSV",
            lambda: task_csv(rows),
            "tasks.csv",
            "text/csv",
            on_click="ignore",
            icon=":material/download:",
        )
        if st.button("All tasks", icon=":material/list:"):
            links.go("tasks")
    st.subheader("Models", anchor=False)
    show_table(model_table(models, colours).payload(), key="models")
    footer(status)
    if opened is not None:
        links.go("task", {"id": opened})
