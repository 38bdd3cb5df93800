"""Task: why did this one cost that? Its facts, its cost beside its kind's, every step of it."""

from __future__ import annotations

import streamlit as st

from analytics.figures.numbers import plural
from analytics.rows import TaskDetail
from dashboard.charts.theme import palette
from dashboard.charts.waterfall import waterfall_payload
from dashboard.data import pages as data
from dashboard.parts import links, price_choice
from dashboard.parts.behind import asks
from dashboard.parts.components import show_table, show_waterfall
from dashboard.parts.frame import csv_button, csv_buttons
from dashboard.parts.notes import footer, note
from dashboard.parts.words import plain, sentence
from dashboard.tables.sheet import rows_csv
from dashboard.views.task_beside import comparison_csv, comparison_table
from dashboard.views.task_facts import headline, quick_facts


def show() -> None:
    """The page at `/task?id=`."""
    task_id = st.query_params.get("id", "")
    if not task_id:
        st.title("Task", anchor=False)
        st.info("The address names no task. Open one from the list.", icon=":material/link_off:")
        _to_tasks()
        return
    price_choice.offer(data.books())
    found = data.task(task_id)
    if found is None:
        st.title("Task", anchor=False)
        st.warning(
            f"The ledger does not know the task “{plain(task_id[:120])}”.", icon=":material/search_off:"
        )
        _to_tasks()
        return
    task = found.task
    asks({"task_id": task.task_id, "from_": task.started_at, "to_": task.ended_at})
    with st.container(key="back"):
        if st.button(plain(task.workload or "Workload"), icon=":material/arrow_back:", type="tertiary"):
            links.go("workload", {"workload": task.workload})
    st.title(plain(task.task_id), anchor=False)
    with st.container(key="verdict"):
        st.markdown(sentence(headline(task, found.calls, found.usual)))
    with st.container(horizontal=True, gap="large", key="facts"):
        for label, value, about in quick_facts(task, found.calls):
            st.metric(label, plain(value), help=about or None, width="content")
    _beside(found.task)
    st.subheader("Steps", anchor=False)
    if not found.calls and not found.spans:
        st.info("Its steps are not stored any more, or it made none.", icon=":material/history:")
        return
    show_waterfall(
        waterfall_payload(task, found.calls, found.spans, palette(st.context.theme.type)), key="steps"
    )
    csv_buttons(task_calls=lambda: rows_csv(found.calls), task_spans=lambda: rows_csv(found.spans))
    if len(found.calls) < task.calls:
        st.caption(f"The first {len(found.calls)} of {plural(task.calls, 'call')} are shown.")
    note("Times are UTC.", "task", "task_calls", "task_spans")
    footer(data.status())


def _beside(task: TaskDetail) -> None:
    """Another task beside this one, named in the address as `with`."""
    other_id = st.query_params.get("with", "")
    with st.popover("Compare ✓" if other_id else "Compare", icon=":material/compare_arrows:"):
        st.text_input("With the task", placeholder="A task id", **links.follow_one("with"))
        st.caption("Copy an id from the list of tasks.")
    if not other_id:
        return
    other = data.task(other_id)
    if other is None:
        st.warning(
            f"The ledger does not know the task “{plain(other_id[:120])}”.", icon=":material/search_off:"
        )
        return
    show_table(comparison_table(task, other.task).payload(), key="compared")
    with st.container(horizontal=True):
        if st.button("Open the other", icon=":material/open_in_new:"):
            links.go("task", {"id": other_id})
        csv_button(lambda: comparison_csv(task, other.task), "two-tasks")


def _to_tasks() -> None:
    if st.button("All tasks", type="primary"):
        links.go("tasks")
