"""Workload: one kind of task in depth: its figures, what its tasks and turns cost, its calls and limits, its models."""

from __future__ import annotations

import streamlit as st

from analytics.overview import Figure, figures, period
from analytics.periods import Window
from analytics.spend import call_kinds
from analytics.verdict import verdict
from dashboard.charts.figures import cost_spread, cost_trend, spoken_trend
from dashboard.charts.theme import palette
from dashboard.charts.zoom import chart_with_tasks, chart_with_zoom
from dashboard.data import pages as data
from dashboard.data import spend as data_spend
from dashboard.data.pages import Filters, OverviewData
from dashboard.parts import links
from dashboard.parts.behind import asks
from dashboard.parts.cards import cards_payload, plain_cards
from dashboard.parts.components import show_cards, show_table
from dashboard.parts.filters import Selection, filter_row
from dashboard.parts.frame import answer, csv_button, cut_off
from dashboard.parts.notes import footer, note, under_chart, under_zoom, unpriced_note
from dashboard.parts.price_choice import not_then
from dashboard.parts.states import nothing_in_range
from dashboard.parts.words import plain
from dashboard.tables.models import model_table
from dashboard.tables.sheet import rows_csv
from dashboard.tables.tasks import task_csv, task_table
from dashboard.views.calls import (
    MOST_TURNS,
    first_token_chart,
    flight_chart,
    join_sentence,
    kind_table,
    tier_sentence,
    turn_cost_chart,
    turn_table,
)
from dashboard.views.heat import heat_section
from dashboard.views.limits import headroom_table

DEAREST = 25
VIEWS = {
    "cost": "Cost per task",
    "hours": "Hours",
    "turns": "Turns",
    "calls": "Calls and limits",
    "models": "Models and tiers",
}


def show() -> None:
    """The page at `/workload`; without a workload in the address it shows all together and says so."""
    title = st.empty()
    selection = filter_row(prices=True)
    window, filters = selection.window, selection.filters
    title.title(plain(", ".join(filters.workload)) if filters.workload else "All workloads", anchor=False)
    status = data.status()
    found = data.workload(window, filters)
    now, before = (period(number, found.totals, found.trend, found.calls) for number in (0, 1))
    if now.tasks is None and not now.calls.calls:
        nothing_in_range(selection, status)
        return
    covered = status.first_call is not None and status.first_call <= window.previous
    shown = figures(now, before, covered=covered)
    answer(verdict(shown, found.spend, found.workloads, window.before_words, covered=covered))
    show_cards(cards_payload(shown, window, found.trend, found.calls), key="figures")
    unpriced_note(selection, now.calls.unpriced)
    view = st.segmented_control(
        "View", list(VIEWS), format_func=VIEWS.__getitem__, label_visibility="collapsed",
        **links.follow_one("view", "cost", list(VIEWS)),
    )  # fmt: skip
    if view == "turns":
        _turns(selection)
    elif view == "hours":
        heat_section(selection, now.tasks.tasks if now.tasks else 0)
    elif view == "calls":
        not_then("call_kinds")
        _calls(selection)
    elif view == "models":
        _models(selection)
    else:
        _cost(selection, found, shown)
    footer(status)


def _cost(selection: Selection, found: OverviewData, shown: list[Figure]) -> None:
    window, filters, colours = selection.window, selection.filters, palette(st.context.theme.type)
    left, right = st.columns([3, 2], gap="medium")
    with left:
        st.subheader("Cost per task", anchor=False)
        figure = cost_trend(window, found.trend, colours)
        chart_with_zoom(figure, key="trend", alt=spoken_trend(window, found.trend))
        scale = " Logarithmic scale." if figure.is_logarithmic else ""
        under_zoom(window, f"Tasks by when they ended.{scale}", "task_trend")
    with right:
        _spread(window, filters, shown)
    st.subheader("Dearest tasks", anchor=False)
    asks(data.list_parameters("", "cost", DEAREST), "task_list")
    rows = data.tasks(window, filters, "", "cost", DEAREST)
    opened = show_table(
        task_table(rows, colours, with_workload=len(filters.workload) != 1).payload(), key="dearest"
    )
    with st.container(horizontal=True):
        csv_button(lambda: task_csv(rows), "tasks")
        if st.button("All tasks", icon=":material/list:"):
            links.go("tasks")
    if opened is not None:
        links.go("task", {"id": opened})


def _spread(window: Window, filters: Filters, shown: list[Figure]) -> None:
    colours = palette(st.context.theme.type)
    st.subheader("How task cost is spread", anchor=False)
    bars = data.spread(window, filters)
    marks = [(figure.label[:3], figure.estimate.value) for figure in shown[:2]]
    if bars:
        chart_with_tasks(cost_spread(bars, marks, colours), key="spread", alt="Number of tasks by cost")
        note(
            "Priced tasks above $0, on a logarithmic scale. Click a bar to see its tasks.",
            "task_histogram",
            ways={"sort": "cost"},
        )
    else:
        st.caption("No priced task ended in the period.")


def _turns(selection: Selection) -> None:
    colours = palette(st.context.theme.type)
    rows, paths = data_spend.turns(selection.window, selection.filters)
    if not rows:
        st.caption("No call of the period reports its tokens.")
        return
    st.subheader("Cost of a call by its turn", anchor=False)
    chart_with_tasks(turn_cost_chart(rows, colours), key="turn cost", alt="P50 and P95 cost by turn")
    note(
        "Solid P95, dashed P50; the n-th call of an agent in a task. The three agents with most calls. Click a "
        "point to see the agent's tasks with at least so many calls.",
        "context_turns",
        ways={},
    )
    st.markdown(plain(join_sentence(paths)))
    show_table(turn_table(rows).payload(), key="turn table")
    cut_off(MOST_TURNS, len(rows))
    csv_button(lambda: rows_csv(rows), "turns")


def _calls(selection: Selection) -> None:
    colours, window = palette(st.context.theme.type), selection.window
    kinds, flight, limits = data_spend.calls(window, selection.filters)
    days = max(window.length.total_seconds() / 86_400, 1 / 24)
    show_cards(plain_cards(call_kinds.figures(kinds, flight, days, limits)), key="call figures")
    left, right = st.columns(2, gap="medium")
    with left:
        st.subheader("Calls in flight", anchor=False)
        chart_with_tasks(
            flight_chart(window, flight, colours),
            key="flight",
            alt="Most calls at once over time",
            window=window,
        )
        under_chart(
            window,
            "The highest number at one moment in each bar. Click one to see its tasks.",
            "calls_in_flight",
            ways={"sort": "latest"},
        )
    with right:
        st.subheader("Time to first token", anchor=False)
        if any(row.streamed for row in flight):
            figure = first_token_chart(window, flight, colours)
            chart_with_zoom(figure, key="first", alt="P50 and P99 to first token")
            under_zoom(
                window, "Streamed calls by when they started; solid P99, dashed P50.", "calls_in_flight"
            )
        else:
            st.caption("No call of the period is streamed and reports when its first chunk came.")
    st.subheader("Kinds of call", anchor=False)
    show_table(kind_table(kinds, days, colours).payload(), key="kinds")
    csv_button(lambda: rows_csv(kinds), "call-kinds")
    st.subheader("Rate limits", anchor=False)
    if not limits:
        st.caption("No call of the period tells its rate limit, and none was refused for one.")
        return
    show_table(headroom_table(limits).payload(), key="limits")
    csv_button(lambda: rows_csv(limits), "rate-limits")


def _models(selection: Selection) -> None:
    rows = data.models(selection.window, selection.filters)
    st.subheader("Models and tiers", anchor=False)
    st.markdown(plain(tier_sentence(rows)))
    show_table(model_table(rows, palette(st.context.theme.type)).payload(), key="models")
    csv_button(lambda: rows_csv(rows), "models")
