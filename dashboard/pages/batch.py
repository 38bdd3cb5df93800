"""Batch: what could wait and is sent live all the same, what a batch would save, and what the batches did."""

from __future__ import annotations

import streamlit as st

from analytics.spend.batch import figures, outstanding_figure, verdict, waiting
from dashboard.charts.theme import palette
from dashboard.charts.zoom import chart_with_tasks
from dashboard.data import spend as data_spend
from dashboard.parts import links
from dashboard.parts.cards import plain_cards
from dashboard.parts.components import show_cards, show_table
from dashboard.parts.frame import answer, closing, csv_button, cut_off, opening
from dashboard.parts.notes import facts_note, note
from dashboard.parts.states import nothing_in_range
from dashboard.tables.sheet import rows_csv
from dashboard.views.batch import (
    MOST_BATCHES,
    batch_table,
    kind_table,
    share_chart,
    waiting_csv,
    waiting_table,
)


def show() -> None:
    """The page at `/batch`."""
    opened = opening("Batch", prices=True)
    if opened is None:
        return
    selection, status = opened
    found = data_spend.batch(selection.window, selection.filters)
    if not found.live:
        nothing_in_range(selection, status)
        return
    could_wait = waiting(found.live, found.depth)
    answer(verdict(could_wait, found.live))
    shown = [*figures(found.live, could_wait), outstanding_figure(found.batches)]
    show_cards(plain_cards(shown), key="figures")
    colours = palette(st.context.theme.type)
    picked = None
    if could_wait:
        st.subheader("Live, though nobody waits", anchor=False)
        picked = show_table(waiting_table(could_wait, colours).payload(), key="waiting")
        csv_button(lambda: waiting_csv(could_wait), "live-could-wait")
    if found.batches:
        st.subheader("Submitted and returned", anchor=False)
        show_table(batch_table(found.batches).payload(), key="batches")
        cut_off(MOST_BATCHES, len(found.batches))
        csv_button(lambda: rows_csv(found.batches), "batches")
    st.subheader("Who waits, and how it is sent", anchor=False)
    chart_with_tasks(share_chart(found.live, colours), key="shares", alt="Spend by latency class")
    note(
        "Cost of calls that started in the period. Click a bar to see its workload's tasks.",
        "batch_live",
        ways={},
    )
    st.subheader("Every kind of call", anchor=False)
    show_table(kind_table(found.live, colours).payload(), key="kinds")
    csv_button(lambda: rows_csv(found.live), "batch-live")
    facts_note("Batch discounts")
    closing(status)
    if picked is not None:
        links.go("workload", {"workload": picked})
