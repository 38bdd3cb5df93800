"""Tasks: the ones that ended in the window, dearest first, found by a part of their id."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from analytics.figures.numbers import plural, share, usd
from analytics.periods import Window
from analytics.rows import TaskRow, TaskTotals
from dashboard.charts.theme import palette
from dashboard.data import pages as data
from dashboard.parts import links
from dashboard.parts.behind import asks
from dashboard.parts.components import show_table
from dashboard.parts.filters import filter_row
from dashboard.parts.narrowing import NAMES, Narrowing, read_narrowing
from dashboard.parts.notes import footer
from dashboard.parts.states import nothing_in_range
from dashboard.parts.words import plain
from dashboard.tables.tasks import task_csv, task_table

ONLY = {
    "": "All tasks", "success": "Successes", "failed": "Failures", "open": "No outcome yet", "escalated": "Escalated",
    "unpriced": "With unpriced calls",
}  # fmt: skip
ORDERS = {"cost": "Dearest", "latest": "Latest", "duration": "Longest"}


def show() -> None:
    """The page at `/tasks`."""
    st.title("Tasks", anchor=False)
    selection = filter_row(prices=True)
    window, filters = selection.window, selection.filters
    with st.container(horizontal=True, vertical_alignment="bottom", key="task-row"):
        order = st.segmented_control(
            "Order", list(ORDERS), format_func=ORDERS.__getitem__, label_visibility="collapsed",
            **links.follow_one("sort", "cost", list(ORDERS)),
        )  # fmt: skip
        search = st.text_input(
            "Task id", placeholder="Part of a task id", label_visibility="collapsed", type="search", width=280,
            **links.follow_one("q"),
        )  # fmt: skip
        only = st.selectbox(
            "Only", list(ONLY), format_func=ONLY.__getitem__, label_visibility="collapsed", width=180,
            **links.follow_one("only", "", list(ONLY)),
        )  # fmt: skip
    narrowing, faults = read_narrowing({name: st.query_params.get(name, "") for name in NAMES})
    for fault in faults:
        st.warning(plain(fault), icon=":material/filter_alt_off:")
    _narrowed(narrowing)
    wanted = (search or "", order or "cost", data.MOST_TASKS, only or "", narrowing)
    asks(data.list_parameters(*wanted), "task_list")
    rows = data.tasks(window, filters, *wanted)
    if not rows:
        if narrowing != data.EVERY_TASK:
            said = ", ".join(narrowing.words().values())
            st.info(plain(f"No task of {window.words} matches: {said}."), icon=":material/search_off:")
        elif only:
            st.info(f"No task of the window matches “{ONLY[only]}”.", icon=":material/search_off:")
        elif search:
            st.info(f"No task of the window has “{plain(search)}” in its id.", icon=":material/search_off:")
        else:
            nothing_in_range(selection, data.status())
        return
    is_whole = not search and not only and narrowing == data.EVERY_TASK
    totals = data.totals(window, filters) if is_whole else None
    st.markdown(plain(_said(rows, totals, ORDERS[order or "cost"], window)))
    opened = show_table(
        task_table(rows, palette(st.context.theme.type), with_workload=len(filters.workload) != 1).payload(),
        key="tasks",
    )
    st.download_button(
        "CSV", lambda: task_csv(rows), "tasks.csv", "text/csv", on_click="ignore", icon=":material/download:"
    )
    footer(data.status())
    if opened is not None:
        links.go("task", {"id": opened})


def _said(rows: Sequence[TaskRow], totals: TaskTotals | None, order: str, window: Window) -> str:
    """How many tasks are listed and what they cost; `totals` of the window, None where the list is narrowed."""
    shown_usd = sum(row.cost_usd for row in rows)
    if totals is not None and len(rows) == totals.tasks:
        return f"{plural(totals.tasks, 'task')} ended in {window.words}: {usd(shown_usd)} in all."
    if totals is not None:
        part = share(shown_usd / totals.cost_usd) if totals.cost_usd else "–"
        of = f"{len(rows)} of {plural(totals.tasks, 'task')} that ended in {window.words}"
        return f"{order} {of}: {usd(shown_usd)}, {part} of what they all cost."
    if len(rows) == data.MOST_TASKS:
        return f"{order} {len(rows)} of the tasks that match."
    return f"{plural(len(rows), 'task')} of {window.words} match: {usd(shown_usd)} in all."


def _narrowed(narrowing: Narrowing) -> None:
    """What a chart narrowed the list to, each with a button that takes it away."""
    words = narrowing.words()
    if not words:
        return
    with st.container(horizontal=True, key="narrowed"):
        for name, text in words.items():
            st.button(
                plain(text), icon=":material/close:", icon_position="right", key=f"drop {name}",
                help="Show tasks without this", on_click=links.set_parameter, args=(name, None),
            )  # fmt: skip
