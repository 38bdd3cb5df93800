"""Setup: is data arriving? What the ledger holds, and how to send it more."""

from __future__ import annotations

from datetime import UTC, datetime

import streamlit as st

from analytics.periods import ago
from dashboard.data import pages as data
from dashboard.data.client import ledger
from dashboard.parts.guide import first_run, ways


def show() -> None:
    """The page at `/setup`."""
    st.title("Setup", anchor=False)
    status = data.status()
    if not status.calls_seen and not status.tasks_seen:
        first_run()
        return
    now = datetime.now(UTC)
    with st.container(horizontal=True, gap="large", key="facts"):
        st.metric("Latest call", ago(status.last_call, now) if status.last_call else "none", width="content")
        st.metric("Latest task", ago(status.last_task, now) if status.last_task else "none", width="content")
        st.metric("First call", ago(status.first_call, now) if status.first_call else "none", width="content")
        st.metric("Ledger", ledger().address.shown.split("//")[1], width="content")
    st.subheader("Send more", anchor=False)
    ways()
