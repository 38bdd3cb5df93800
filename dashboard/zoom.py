"""Charts that open the time dragged over: the selection becomes an absolute window in the address."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import plotly.graph_objects as go
import streamlit as st

from analytics.periods import iso
from dashboard import links

CONFIG: dict[str, Any] = {"displayModeBar": False, "scrollZoom": False}
SHORTEST_S = 60


def chart_with_zoom(figure: go.Figure, *, key: str, alt: str) -> None:
    """Draws a chart over time; dragging across it leaves for that window on the same page."""
    chosen = st.session_state.pop(_chosen(key), None)
    if chosen is not None:
        links.go(links.current(), {"range": None, "from": iso(chosen[0]), "to": iso(chosen[1])})
    st.plotly_chart(
        figure, key=key, on_select=lambda: _remember(key), selection_mode="box", config=CONFIG, alt=alt
    )


def _remember(key: str) -> None:
    """Keeps what was dragged over, before the page runs: a figure that then differs has lost its selection."""
    boxes = st.session_state[key].selection.box
    if not boxes:
        return
    ends = sorted(_moment(end) for end in boxes[0]["x"])
    if (ends[1] - ends[0]).total_seconds() >= SHORTEST_S:
        st.session_state[_chosen(key)] = (ends[0], ends[1])


def _chosen(key: str) -> str:
    return f"{key} dragged over"


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(str(text).replace(" ", "T"))
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).replace(microsecond=0)
