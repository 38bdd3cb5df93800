"""What a page shows instead of figures: ledger away, nothing yet, nothing in range, nothing matches.

Each says what is the matter and what to do; none shows a traceback.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime, timedelta

import streamlit as st

from analytics.periods import ago, iso, stamp
from analytics.rows import LedgerStatus
from dashboard.data import pages as data
from dashboard.data.client import ledger
from dashboard.data.errors import DashboardError, LedgerUnreachable, NotForViewer
from dashboard.parts import links
from dashboard.parts.filters import Selection
from dashboard.parts.guide import first_run
from dashboard.parts.words import plain
from dashboard.serving import access

RETRY_S = 3


def shielded(show: Callable[[], None]) -> Callable[[], None]:
    """The page function, with ledger trouble shown in words and the page coming back by itself."""

    @functools.wraps(show)
    def page() -> None:
        # Stands beside the page and is seen only after a moment: most pages are there before.
        with st.container(key="waiting for the ledger"):
            waiting = st.empty()
        waiting.markdown("Waiting for the ledger…")
        try:
            show()
        except NotForViewer as error:
            _not_yours(error)
        except DashboardError as error:
            _trouble(error)
        waiting.empty()

    return page


def nothing_in_range(selection: Selection, status: LedgerStatus) -> None:
    """No task ended in the window: says whether a filter or the range is why, and offers the way out."""
    window, filters = selection.window, selection.filters
    if not status.calls_seen and not status.tasks_seen:
        first_run()
        return
    with st.container(border=True):
        if filters.any:
            named = "; ".join(
                f"{name}: {', '.join(values)}" for name, values in asdict(filters).items() if values
            )
            st.markdown(f"#### Nothing matches in {plain(window.words)}")
            st.markdown(f"The page is narrowed to {plain(named)}.")
            cleared = dict.fromkeys(asdict(filters))
            if st.button("Clear the filters", type="primary"):
                links.go(links.current(), cleared)
            return
        st.markdown(f"#### No task ended in {plain(window.words)}")
        last = status.last_task
        if last is None:
            st.markdown("No task has ended yet; calls are counted as soon as they arrive.")
            return
        now = datetime.now(UTC)
        if last >= window.to:
            st.markdown(f"Later ones exist; the latest ended {ago(last, now)}, at {stamp(last)} UTC.")
        else:
            st.markdown(f"The latest one ended {ago(last, now)}, at {stamp(last)} UTC.")
        end = last.replace(microsecond=0) + timedelta(seconds=1)
        if st.button("Show the day up to it", type="primary"):
            links.go(links.current(), {"range": None, "from": iso(end - timedelta(days=1)), "to": iso(end)})


def _not_yours(error: NotForViewer) -> None:
    viewer = access.current()
    st.info(plain(f"{error.what}. You see {viewer.words}. {error.advice}"), icon=":material/lock:")


def _trouble(error: DashboardError) -> None:
    with st.container(border=True):
        st.markdown(f"#### {plain(error.what)}")
        st.markdown(f"Address: `{error.where}`")
        st.markdown(plain(error.advice).replace("\\`", "`"))
        if st.button("Try again", type="primary", key="retry"):
            st.rerun()
    # A query that is refused would be refused again.
    if isinstance(error, LedgerUnreachable):
        _wait_for_ledger()


@st.fragment(run_every=RETRY_S)
def _wait_for_ledger() -> None:
    try:
        ledger().rows("ledger_status", LedgerStatus, {})
    except DashboardError:
        return
    data.status.clear()
    st.rerun()


def nothing_of_kind(what: str, advice: str) -> None:
    """The ledger holds calls, but none of the kind that the page is about."""
    with st.container(border=True):
        st.markdown(f"#### {plain(what)}")
        st.markdown(plain(advice))
