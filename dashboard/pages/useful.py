"""Useful output: what does a unit of it cost and take, how often does work succeed, and what is not known yet?"""

from __future__ import annotations

import streamlit as st

from analytics.spend.useful import figures, total_of, unit_lines, unit_of, verdict
from dashboard.charts.theme import palette
from dashboard.charts.zoom import chart_with_tasks, chart_with_zoom
from dashboard.data import spend as data_spend
from dashboard.parts import links
from dashboard.parts.cards import plain_cards
from dashboard.parts.components import show_cards, show_table
from dashboard.parts.frame import answer, closing, csv_button, opening
from dashboard.parts.notes import under_chart, under_zoom
from dashboard.parts.states import nothing_in_range
from dashboard.parts.words import plain
from dashboard.tables.sheet import rows_csv
from dashboard.views.useful import (
    FEW_TASKS,
    cost_course,
    outcome_bars,
    spoken_course,
    token_course,
    unit_table,
)


def show() -> None:
    """The page at `/useful`."""
    opened = opening("Useful output", prices=True)
    if opened is None:
        return
    selection, status = opened
    window = selection.window
    rows = data_spend.useful(window, selection.filters)
    now = total_of(rows, 0)
    if now is None:
        nothing_in_range(selection, status)
        return
    covered = status.first_call is not None and status.first_call <= window.previous
    shown = figures(rows, covered=covered)
    answer(verdict(rows, shown))
    show_cards(plain_cards(shown, window.before_words), key="figures")
    colours, unit = palette(st.context.theme.type), unit_of(rows)
    st.subheader("How tasks ended", anchor=False)
    chart_with_tasks(
        outcome_bars(window, rows, colours), key="outcomes", alt="Tasks by outcome over time", window=window
    )
    under_chart(
        window,
        "Tasks by when they ended; those without an outcome yet stand apart. Click a bar to see its tasks.",
        "useful_output",
        ways={},
    )
    course = cost_course(window, rows, colours)
    if course.data:
        left, right = st.columns(2, gap="medium")
        basis = f"Dotted: the period before. Under {FEW_TASKS} tasks with an outcome are left out."
        with left:
            st.subheader(plain(f"Cost per {unit}"), anchor=False)
            chart_with_zoom(course, key="cost course", alt=spoken_course(rows))
            under_zoom(window, basis, "useful_output")
        with right:
            st.subheader(plain(f"Tokens per {unit}"), anchor=False)
            chart_with_zoom(
                token_course(window, rows, colours), key="token course", alt="Tokens per unit over time"
            )
            under_zoom(window, basis, "useful_output")
    st.subheader("By workload and unit", anchor=False)
    found = unit_lines(rows, covered=covered)
    picked = show_table(unit_table(found).payload(), key="units")
    csv_button(lambda: rows_csv(rows), "useful-output")
    closing(status)
    if picked is not None:
        links.go("workload", {"workload": picked})
