"""The pages, their addresses and their place in the menu. Hidden ones are reached by links."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from dashboard.pages import (
    agents,
    alerts,
    batch,
    caching,
    changes,
    context,
    escalation,
    health,
    investigate,
    overview,
    prices,
    query,
    review,
    setup,
    task,
    tasks,
    useful,
    workload,
)
from dashboard.parts import behind, links, price_choice
from dashboard.parts.states import shielded
from dashboard.serving import access

ICON: Final = str(Path(__file__).with_name("assets") / "icon.png")
LOGO: Final = str(Path(__file__).with_name("assets") / "logo.svg")
STYLE: Final = Path(__file__).with_name("assets") / "page.css"

OF_TENANTS: Final = (
    "overview", "workload", "tasks", "useful", "escalation", "caching", "batch", "context", "agents", "review",
    "changes", "task", "query",
)  # fmt: skip
"""Pages that can be narrowed to single tenants; the first stands where the overview does for others."""

FRONT, WORK, SPEND, REVIEW, ON_CALL, LEDGER = "", "Work", "Spend", "Reviews", "On call", "Ledger"
"""Groups of the menu in their order; pages of the first stand beside the groups."""


@dataclass(frozen=True)
class Entry:
    """One page: its address below `/`, its function, its title, its group."""

    name: str
    show: Callable[[], None]
    title: str
    group: str = FRONT
    hidden: bool = False


ENTRIES: Final = (
    Entry("overview", overview.show, "Overview"),
    Entry("workload", workload.show, "Workload", WORK),
    Entry("tasks", tasks.show, "Tasks", WORK),
    Entry("useful", useful.show, "Useful output", WORK),
    Entry("escalation", escalation.show, "Escalation", SPEND),
    Entry("caching", caching.show, "Caching", SPEND),
    Entry("batch", batch.show, "Batch", SPEND),
    Entry("context", context.show, "Context growth", SPEND),
    Entry("agents", agents.show, "Agents", SPEND),
    Entry("review", review.show, "Weekly review", REVIEW),
    Entry("changes", changes.show, "Changes", REVIEW),
    Entry("prices", prices.show, "Prices", LEDGER),
    Entry("health", health.show, "Data health", LEDGER),
    Entry("investigate", investigate.show, "Investigate", ON_CALL),
    Entry("alerts", alerts.show, "Alerts", ON_CALL),
    Entry("setup", setup.show, "Setup", LEDGER),
    Entry("task", task.show, "Task", hidden=True),
    Entry("query", query.show, "Query", hidden=True),
)


def show(first: str = "overview") -> None:
    """Runs the page of the address; `first` is the one without a path."""
    st.set_page_config(layout="wide", page_icon=ICON)
    if not access.log_in():
        st.navigation([_shut(entry, first) for entry in ENTRIES], position="hidden")
        return
    narrow = bool(access.current().tenants)
    first = OF_TENANTS[0] if narrow and first not in OF_TENANTS else first
    pages = {entry.name: _page(entry, first, narrow) for entry in ENTRIES}
    menu: dict[str, list[StreamlitPage]] = {
        group: [pages[entry.name] for entry in ENTRIES if entry.group == group]
        for group in (FRONT, WORK, SPEND, REVIEW, ON_CALL, LEDGER)
    }
    chosen = st.navigation({group: found for group, found in menu.items() if found}, position="top")
    st.logo(LOGO, size="large")
    st.html(STYLE)
    links.remember(pages, next(name for name, one in pages.items() if one == chosen))
    price_choice.forget()
    behind.forget()
    links.notices()
    chosen.run()
    access.way_out()


def _closed() -> None:
    """Stands for all pages while nobody has logged in."""


def _shut(entry: Entry, first: str) -> StreamlitPage:
    """Knows the address, so that Streamlit does not lay its own notice over the login."""
    at_first = entry.name == first
    return st.Page(_closed, title="SpanLedger", url_path=None if at_first else entry.name, default=at_first)


def _page(entry: Entry, first: str, narrow: bool) -> StreamlitPage:
    return st.Page(
        shielded(entry.show),
        title=entry.title,
        url_path=entry.name if entry.name != first else None,
        default=entry.name == first,
        visibility="hidden" if entry.hidden or (narrow and entry.name not in OF_TENANTS) else "visible",
    )
