"""Caching: what do prompt caches save, and where are they paid for in vain? Hit rate, saving and findings per agent."""

from __future__ import annotations

import streamlit as st

from analytics.spend.caching import cache_lines, figures, verdict
from dashboard.charts.theme import palette
from dashboard.charts.zoom import chart_with_tasks, chart_with_zoom
from dashboard.data import spend as data_spend
from dashboard.parts import links
from dashboard.parts.cards import plain_cards
from dashboard.parts.components import show_cards, show_table
from dashboard.parts.frame import answer, closing, csv_button, csv_buttons, opening
from dashboard.parts.notes import facts_note, note, under_zoom
from dashboard.parts.states import nothing_in_range
from dashboard.tables.sheet import rows_csv
from dashboard.views.caching import cache_table, finding_csv, finding_table, hit_chart, saving_chart


def show() -> None:
    """The page at `/caching`."""
    opened = opening("Caching", prices=True)
    if opened is None:
        return
    selection, status = opened
    window = selection.window
    found = data_spend.caching(window, selection.filters)
    if not found.agents:
        nothing_in_range(selection, status)
        return
    lines = cache_lines(found.agents, found.writes)
    shown = figures(lines)
    answer(verdict(lines, shown))
    show_cards(plain_cards(shown), key="figures")
    colours = palette(st.context.theme.type)
    findings = finding_table(lines)
    if findings.lines:
        st.subheader("What is wrong, and why", anchor=False)
        show_table(findings.payload(), key="findings")
        csv_button(lambda: finding_csv(lines), "caching-findings")
    left, right = st.columns([3, 2], gap="medium")
    with left:
        st.subheader("Hit rate", anchor=False)
        chart_with_zoom(hit_chart(window, found.calls, colours), key="hits", alt="Cache hit rate over time")
        under_zoom(window, "Calls by when they started; dotted: the period before.", "call_trend")
    with right:
        st.subheader("Saved or lost, by agent", anchor=False)
        if any(line.saved_usd for line in lines):
            chart_with_tasks(saving_chart(lines, colours), key="savings", alt="Saved or lost by agent")
            note(
                "Reads saved, less what writes cost on top. Click a bar to see the agent's tasks.",
                "cache_agents",
                ways={},
            )
        else:
            note("No call of the period read from a cache or wrote to one.", "cache_agents")
    st.subheader("Every agent and model", anchor=False)
    picked = show_table(cache_table(lines, colours).payload(), key="agents")
    csv_buttons(cache_agents=lambda: rows_csv(found.agents), cache_writes=lambda: rows_csv(found.writes))
    facts_note("Minimum prefixes and batch and cache rules")
    closing(status)
    if picked is not None:
        workload, _, agent = picked.partition("\n")
        links.go("workload", {"workload": workload, "agent": agent or None})
