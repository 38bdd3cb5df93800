"""Escalation: does starting at a cheap tier pay? Rates, break-even, abandoned spend, cost of tasks by depth."""

from __future__ import annotations

import streamlit as st

from analytics.spend.escalation import figures, steps, verdict
from dashboard.charts.theme import palette
from dashboard.charts.zoom import chart_with_tasks, chart_with_zoom
from dashboard.data import spend as data_spend
from dashboard.parts import links
from dashboard.parts.cards import plain_cards
from dashboard.parts.components import show_cards, show_table
from dashboard.parts.frame import answer, closing, csv_button, opening
from dashboard.parts.notes import note, under_zoom
from dashboard.parts.states import nothing_of_kind
from dashboard.tables.sheet import rows_csv
from dashboard.views.escalation import depth_chart, depth_table, rate_chart, signal_table, step_table


def show() -> None:
    """The page at `/escalation`."""
    opened = opening("Escalation", prices=True)
    if opened is None:
        return
    selection, status = opened
    window = selection.window
    found = data_spend.escalation(window, selection.filters)
    if not any(row.attempts for row in found.tiers) and not found.depths:
        nothing_of_kind(
            f"No cascade ran in {window.words}",
            "Tries at rising tiers are recorded with sdk_hooks.cascade(...), or by the attributes "
            "spanledger.cascade.id and spanledger.attempt. A wider range or fewer filters may show some.",
        )
        return
    covered = status.first_call is not None and status.first_call <= window.previous
    ladder = steps(found.tiers)
    shown = figures(found.tiers, found.depths, found.trend, covered=covered)
    answer(verdict(ladder, shown))
    show_cards(plain_cards(shown, window.before_words), key="figures")
    colours = palette(st.context.theme.type)
    st.subheader("Does starting low pay?", anchor=False)
    picked = show_table(step_table(ladder, colours).payload(), key="steps")
    csv_button(lambda: rows_csv(found.tiers), "escalation-tiers")
    left, right = st.columns([3, 2], gap="medium")
    with left:
        st.subheader("Escalation rate by tier", anchor=False)
        chart_with_zoom(
            rate_chart(window, found.trend, colours),
            key="rates",
            alt="Escalation rate of each tier",
        )
        under_zoom(
            window,
            "Calls by when they started; dotted: the period before. Under 10 tries are left out.",
            "escalation_trend",
            only="escalated",
        )
    with right:
        st.subheader("Cost of a task by how far it went", anchor=False)
        chart_with_tasks(
            depth_chart(found.depths, colours), key="depths", alt="P50 and P95 cost by escalations"
        )
        note("Tasks that ended in the period. Click a bar to see its tasks.", "escalation_depth", ways={})
    show_table(depth_table(found.depths, colours).payload(), key="depth table")
    csv_button(lambda: rows_csv(found.depths), "escalation-depth")
    if found.signals:
        st.subheader("Why answers were not good enough", anchor=False)
        show_table(signal_table(found.signals, colours).payload(), key="signals")
        csv_button(lambda: rows_csv(found.signals), "escalation-signals")
    closing(status)
    if picked is not None:
        links.go("tasks", {"workload": picked, "only": "escalated"})
