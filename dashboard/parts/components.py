"""Our browser components: key figures, table, waterfall, report. Plain HTML in a shadow root, no build step.

In: payloads of plain values; everything from outside reaches the page as text, or escaped inside a report.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer

from dashboard.parts.behind import with_behind

ASSETS: Final = Path(__file__).parents[1] / "assets"
ROOT: Final = '<div class="root"></div>'


def _component(name: str) -> ComponentRenderer:
    def read(suffix: str) -> str:
        return "\n".join((ASSETS / f"{part}{suffix}").read_text("utf-8") for part in ("shared", name))

    return st.components.v2.component(f"spanledger_{name}", html=ROOT, css=read(".css"), js=read(".js"))


_CARDS: Final = _component("cards")
_TABLE: Final = _component("table")
_WATERFALL: Final = _component("waterfall")
_REPORT: Final = _component("report")


def show_cards(payload: dict[str, Any], *, key: str) -> None:
    """Key figures as `dashboard.parts.cards` lays them out."""
    _CARDS(data=with_behind(payload), key=key)


def show_table(payload: dict[str, Any], *, key: str) -> str | None:
    """A table as `dashboard.tables.table` lays it out. Returns the id of the row just opened."""
    opened = _TABLE(data=with_behind(payload), key=key, on_open_change=_nothing).get("open")
    return str(opened) if opened is not None else None


def show_waterfall(payload: dict[str, Any], *, key: str) -> None:
    """A task's steps as `dashboard.charts.waterfall` lays them out."""
    _WATERFALL(data=payload, key=key)


def show_report(text: str, *, key: str) -> None:
    """A report of `dashboard.report.html`, in a root of its own: `st.html` would take its charts out."""
    _REPORT(data={"html": text}, key=key)


def _nothing() -> None:
    """Opening a row needs the rerun, not a callback."""
