"""Agents: what does each cost, and what does working in several bring against one?"""

from __future__ import annotations

import streamlit as st

from analytics.figures.numbers import of_tasks
from analytics.spend.agents import comparisons
from analytics.spend.agents_words import figures, verdict
from dashboard.charts.theme import palette
from dashboard.charts.zoom import chart_with_tasks
from dashboard.data import spend as data_spend
from dashboard.parts import links
from dashboard.parts.cards import plain_cards
from dashboard.parts.components import show_cards, show_table
from dashboard.parts.frame import answer, closing, csv_button, opening
from dashboard.parts.notes import note
from dashboard.parts.states import nothing_in_range
from dashboard.parts.words import plain
from dashboard.tables.sheet import rows_csv
from dashboard.views.agents import agent_table, architecture_table, path_table, role_chart

RULES = (
    "Turns are calls per task. Overhead compares means with the workload's baseline (single_agent_baselines of "
    "spanledger.yaml, else its architecture named single), with a 95 % interval; it is no cause unless the tasks are "
    "alike. Efficiency is success divided by the relative turns (or USD). Error amplification is the failure rate over "
    "the baseline's, hidden under 30 judged tasks or above 95 % baseline success. Overhead tokens are an "
    "orchestrator's calls, and others' failed or discarded ones."
)


def show() -> None:
    """The page at `/agents`."""
    opened = opening("Agents", prices=True)
    if opened is None:
        return
    selection, status = opened
    found = data_spend.agents(selection.window, selection.filters)
    if not found.costs:
        nothing_in_range(selection, status)
        return
    chosen = st.query_params.get("baseline", "")
    compared = [
        one
        for one in comparisons(
            found.architectures, found.costs, found.paths, found.messages, chosen, found.baselines
        )
        if not selection.filters.workload or one.row.workload in selection.filters.workload
    ]
    costs = [
        row
        for row in found.costs
        if not selection.filters.workload or row.workload in selection.filters.workload
    ]
    if chosen and not any(row.architecture == chosen for row in found.architectures):
        st.warning(
            f"No task of the period has the architecture “{plain(chosen[:60])}”, named in the address.",
            icon=":material/compare_arrows:",
        )
    answer(verdict(compared))
    show_cards(plain_cards(figures(costs, compared)), key="figures")
    colours = palette(st.context.theme.type)
    st.subheader("Several agents against one", anchor=False)
    _baseline([row.architecture for row in found.architectures if row.architecture])
    said = "; ".join(f"{name} against {one.words}" for name, one in sorted(found.baselines.items()))
    if said and not chosen:
        st.caption(plain(f"Compared as spanledger.yaml states: {said}."))
    show_table(architecture_table(compared, colours).payload(), key="architectures")
    st.caption(plain(RULES))
    csv_button(lambda: rows_csv(found.architectures), "agent-architectures")
    st.subheader(f"Working together{of_tasks(found.paths[0].sampled if found.paths else 1)}", anchor=False)
    show_table(path_table(compared, colours).payload(), key="paths")
    csv_button(lambda: rows_csv(found.paths), "agent-paths")
    st.subheader("Planner and workers", anchor=False)
    chart_with_tasks(role_chart(costs, colours), key="roles", alt="Spend by role and workload")
    note(
        "Spend by role of the agent that made the call. Click a bar to see its tasks.", "agent_costs", ways={}
    )
    st.subheader("Every agent", anchor=False)
    picked = show_table(agent_table(costs, colours).payload(), key="agents")
    csv_button(lambda: rows_csv(costs), "agent-costs")
    closing(status)
    if picked is not None:
        workload, _, agent = picked.partition("\n")
        links.go("workload", {"workload": workload, "agent": agent or None})


def _baseline(architectures: list[str]) -> None:
    names = ["", *dict.fromkeys(architectures)]
    if len(names) > 2:
        st.selectbox(
            "Baseline",
            names,
            format_func=lambda name: name or "as stated, else “single”",
            width=280,
            **links.follow_one("baseline", "", names),
        )
