"""Charts that open the time dragged over: the selection becomes an absolute window in the address."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import plotly.graph_objects as go
import streamlit as st

from analytics.periods import iso
from dashboard import links

CONFIG: dict[str, Any] = {"displayModeBar": False, "scrollZoom": False}


def chart_with_zoom(figure: go.Figure, *, key: str, alt: str) -> None:
    """Draws a chart over time; dragging across it leaves for that window on the same page."""
    event = st.plotly_chart(figure, key=key, on_select="rerun", selection_mode="box", config=CONFIG, alt=alt)
    boxes = event.selection.box
    if not boxes:
        return
    ends = sorted(_moment(end) for end in boxes[0]["x"])
    if (ends[1] - ends[0]).total_seconds() < 60:
        return
    links.go(links.current(), {"range": None, "from": iso(ends[0]), "to": iso(ends[1])})


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(str(text).replace(" ", "T"))
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).replace(microsecond=0)
