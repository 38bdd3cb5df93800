"""The first-run guide: two lines to send data, and a watch that notices the first call."""

from __future__ import annotations

import streamlit as st

from analytics.rows import LedgerStatus
from dashboard.data import pages as data
from dashboard.data.address import otlp_endpoint
from dashboard.data.client import ledger
from dashboard.data.errors import DashboardError
from dashboard.serving.settings import DashboardSettings

POLL_S = 2

HOOKS = """import anthropic
import sdk_hooks

sdk_hooks.instrument(endpoint="{endpoint}")

with sdk_hooks.task("support"):
    anthropic.Anthropic().messages.create(...)"""

ENVIRONMENT = """export OTEL_EXPORTER_OTLP_ENDPOINT="{endpoint}"
export OTEL_EXPORTER_OTLP_PROTOCOL="http/protobuf\""""


def first_run() -> None:
    """Endpoint, snippets, and the watch."""
    st.markdown("#### Nothing has arrived yet. Two lines send the first call.")
    _watch()
    ways()


def ways() -> None:
    """How to send calls here, ready to copy."""
    endpoint = otlp_endpoint(DashboardSettings())
    st.markdown("**OTLP endpoint** (HTTP; protobuf or JSON)")
    st.code(endpoint, language=None)
    left, right = st.columns(2, gap="medium")
    with left:
        st.markdown("**A Python agent**, with the hooks of SpanLedger")
        st.code("pip install ./sdk_hooks  # in a checkout of SpanLedger", language=None, wrap_lines=True)
        st.code(HOOKS.format(endpoint=endpoint), language="python", wrap_lines=True)
    with right:
        st.markdown("**Any agent** that already has OpenTelemetry GenAI instrumentation")
        st.code(ENVIRONMENT.format(endpoint=endpoint), language="bash", wrap_lines=True)
        st.caption(
            "Then start the agent as always. Prompts and completions are not stored unless switched on."
        )


@st.fragment(run_every=POLL_S)
def _watch() -> None:
    try:
        now = ledger().rows("ledger_status", LedgerStatus, {})[0]
    except DashboardError:
        # The page says what is the matter.
        data.status.clear()
        st.rerun()
    if now.calls_seen or now.tasks_seen:
        data.status.clear()
        st.rerun()
    st.info("Waiting for the first call; this page notices it by itself.", icon=":material/hourglass_empty:")
