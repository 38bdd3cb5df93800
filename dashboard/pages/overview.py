"""Overview: is anything off right now? An answer in words, eight figures, their course, every workload."""

from __future__ import annotations

import streamlit as st

from analytics.overview import figures, period
from analytics.verdict import verdict
from dashboard.charts.figures import cost_trend, spend_bars, spoken_trend
from dashboard.charts.theme import palette
from dashboard.charts.zoom import chart_with_tasks, chart_with_zoom
from dashboard.data import pages as data
from dashboard.parts import links
from dashboard.parts.cards import cards_payload
from dashboard.parts.components import show_cards, show_table
from dashboard.parts.filters import filter_row
from dashboard.parts.guide import first_run
from dashboard.parts.notes import footer, under_chart, under_zoom, unpriced_note
from dashboard.parts.states import nothing_in_range
from dashboard.parts.words import sentence
from dashboard.tables.workloads import workload_csv, workload_table
from dashboard.views.heat import heat_section


def show() -> None:
    """The page at `/`."""
    st.title("Overview", anchor=False)
    status = data.status()
    if not status.calls_seen and not status.tasks_seen:
        first_run()
        return
    selection = filter_row(prices=True)
    window = selection.window
    found = data.overview(window, selection.filters)
    now, before = (period(number, found.totals, found.trend, found.calls) for number in (0, 1))
    if now.tasks is None and not now.calls.calls:
        nothing_in_range(selection, status)
        return
    covered = status.first_call is not None and status.first_call <= window.previous
    shown = figures(now, before, covered=covered)
    with st.container(key="verdict"):
        st.markdown(
            sentence(verdict(shown, found.spend, found.workloads, window.before_words, covered=covered))
        )
    show_cards(cards_payload(shown, window, found.trend, found.calls), key="figures")
    unpriced_note(selection, now.calls.unpriced)

    colours = palette(st.context.theme.type)
    left, right = st.columns([3, 2], gap="medium")
    with left:
        st.subheader("Cost per task", anchor=False)
        figure = cost_trend(window, found.trend, colours)
        chart_with_zoom(figure, key="trend", alt=spoken_trend(window, found.trend))
        scale = " Logarithmic scale." if figure.is_logarithmic else ""
        under_zoom(window, f"Tasks by when they ended.{scale}", "task_trend")
    with right:
        st.subheader("Spend by workload", anchor=False)
        chart_with_tasks(
            spend_bars(window, found.spend, colours),
            key="spend",
            alt="Spend by workload over time",
            window=window,
        )
        under_chart(
            window,
            "Calls by when they started. Click a bar to see the tasks that ended then.",
            "call_workloads",
            ways={},
        )

    st.subheader("Workloads", anchor=False)
    opened = show_table(workload_table(found, window, covered).payload(), key="workloads")
    st.download_button(
        "CSV",
        lambda: workload_csv(found),
        "workloads.csv",
        "text/csv",
        on_click="ignore",
        icon=":material/download:",
    )
    heat_section(selection, now.tasks.tasks if now.tasks else 0)
    footer(status)
    if opened is not None:
        links.go("workload", {"workload": opened})
