"""The filter row under a page's title, kept in the address.

In: the address and what the ledger offers. Out: a window and filters, and a plain notice for what could
not be read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import streamlit as st

from analytics.periods import (
    DEFAULT_RANGE,
    RANGES,
    UnreadableWindow,
    Window,
    absolute_window,
    iso,
    relative_window,
)
from dashboard.data import pages as data
from dashboard.data.pages import Filters
from dashboard.parts import links, price_choice
from dashboard.parts.words import plain
from dashboard.serving import access

DIMENSIONS: Final = {
    "workload": "Workloads",
    "model": "Models",
    "agent": "Agents",
    "environment": "Environments",
    "tier": "Tiers",
}
USUAL, WIDE, NARROW = 165, 213, 152
"""Widths in px: what is chosen can be read, and five of them still stand in one row."""


@dataclass(frozen=True)
class Selection:
    """What the page shows."""

    window: Window
    filters: Filters


def filter_row(
    now: datetime | None = None, *, prices: bool = False, by: Sequence[str] = tuple(DIMENSIONS)
) -> Selection:
    """Draws the row and reads it. A window that cannot be read becomes the default one, with a notice.

    prices: the page can be asked as priced then; the choice stands in its last lines.
    by: dimensions that it can be narrowed by.
    """
    moment = now or datetime.now(UTC)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="filter-row"):
        window, notice = _window(moment)
        filters = _filters(window, by)
    if notice:
        st.warning(f"{plain(notice)} Showing the last 7 days instead.", icon=":material/schedule:")
    links.shows({"from": iso(window.from_), "to": iso(window.to)})
    if prices:
        price_choice.offer(data.books())
    return Selection(window, filters)


def _window(now: datetime) -> tuple[Window, str]:
    from_text, to_text = st.query_params.get("from", ""), st.query_params.get("to", "")
    asked = st.query_params.get("range", DEFAULT_RANGE)
    custom = bool(from_text or to_text)
    st.session_state["range"] = asked if asked in RANGES and not custom else None
    st.segmented_control(
        "Range", list(RANGES), key="range", label_visibility="collapsed", on_change=_write_range
    )
    with st.popover("Custom ✓" if custom else "Custom", key="custom", help="A window between two times, UTC"):
        st.caption("Times are UTC, like 2026-11-20T04:05:00Z. An empty end means now.")
        st.text_input("From", placeholder="2026-11-13T00:00:00Z", **links.follow_one("from"))
        st.text_input("To", placeholder="2026-11-20T00:00:00Z", **links.follow_one("to"))
        if custom:
            st.button("Back to a range", on_click=_forget_bounds, width="stretch")
    try:
        window = absolute_window(from_text, to_text, now) if custom else relative_window(asked, now)
    except UnreadableWindow as error:
        return relative_window(DEFAULT_RANGE, now), str(error)
    return window, ""


def _write_range() -> None:
    _forget_bounds()
    chosen = st.session_state["range"] or DEFAULT_RANGE
    links.set_parameter("range", None if chosen == DEFAULT_RANGE else chosen)


def _forget_bounds() -> None:
    links.set_parameter("from", None)
    links.set_parameter("to", None)


def _filters(window: Window, by: Sequence[str]) -> Filters:
    offered = data.offered(window) if by else {}
    chosen: dict[str, tuple[str, ...]] = {}
    is_narrowed = any(name in st.query_params for name in DIMENSIONS)
    for name in by:
        label = DIMENSIONS[name]
        # A link may name what the window does not hold; it must still be shown as the filter in force.
        linked = st.query_params.get_all(name)
        values = list(dict.fromkeys([*offered.get(name, []), *linked]))
        if name == "environment" and len(values) < 2 and not linked:
            continue
        st.multiselect(
            label,
            values,
            placeholder=f"All {label.lower()}",
            label_visibility="collapsed",
            width=WIDE if linked else NARROW if is_narrowed else USUAL,
            **links.follow_many(name),
        )
        chosen[name] = tuple(dict.fromkeys(linked))
    chosen["workload"] = access.narrowed(chosen.get("workload", ()))
    return Filters(**chosen)
