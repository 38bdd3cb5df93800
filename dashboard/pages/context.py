"""Context growth: how long do prompts get, where are they cut back, and who pays for their length?"""

from __future__ import annotations

import streamlit as st

from analytics.figures.numbers import of_tasks
from analytics.spend.context import figures, verdict
from dashboard.charts.theme import palette
from dashboard.charts.zoom import chart_with_tasks
from dashboard.data import spend as data_spend
from dashboard.parts import links
from dashboard.parts.cards import plain_cards
from dashboard.parts.components import show_cards, show_table
from dashboard.parts.frame import answer, closing, csv_button, csv_buttons, opening
from dashboard.parts.notes import facts_note, note
from dashboard.parts.states import nothing_in_range
from dashboard.tables.sheet import rows_csv
from dashboard.views.context import growth_table, lengths_chart, model_table, turn_chart


def show() -> None:
    """The page at `/context`."""
    opened = opening("Context growth", prices=True)
    if opened is None:
        return
    selection, status = opened
    found = data_spend.context(selection.window, selection.filters)
    if not found.models:
        nothing_in_range(selection, status)
        return
    answer(verdict(found.models, found.growth))
    show_cards(plain_cards(figures(found.growth, found.models)), key="figures")
    colours = palette(st.context.theme.type)
    left, right = st.columns([3, 2], gap="medium")
    with left:
        st.subheader("Input tokens by turn", anchor=False)
        chart, shown = turn_chart(found.turns, found.growth, colours)
        chart_with_tasks(chart, key="turns", alt="Input tokens by turn, P50 and P95")
        note(
            f"{shown} Solid P95, dashed P50; the last turn stands for all later ones. Click a point to see the "
            "agent's tasks with at least so many calls.",
            "context_turns",
            ways={},
        )
    with right:
        st.subheader("Longest prompts and their cliffs", anchor=False)
        chart_with_tasks(
            lengths_chart(found.models, colours), key="lengths", alt="P95 and longest prompt by agent"
        )
        note(
            "The line marks the length above which every token costs more. Click a bar to see the agent's tasks.",
            "context_models",
            ways={},
        )
    st.subheader(f"How prompts grow{of_tasks(found.growth[0].sampled if found.growth else 1)}", anchor=False)
    picked = None
    if found.growth:
        picked = show_table(growth_table(found.growth).payload(), key="growth")
    else:
        st.caption("No agent of the period made a second call in a task, so no prompt could grow.")
    csv_buttons(context_growth=lambda: rows_csv(found.growth), context_turns=lambda: rows_csv(found.turns))
    st.subheader("Distance to windows and price cliffs", anchor=False)
    show_table(model_table(found.models).payload(), key="models")
    csv_button(lambda: rows_csv(found.models), "context-models")
    facts_note("Context windows")
    closing(status)
    if picked is not None:
        workload, _, agent = picked.partition("\n")
        links.go("workload", {"workload": workload, "agent": agent or None, "view": "turns"})
