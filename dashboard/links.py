"""Addresses of pages, with the window and the filters carried along.

In: a page's name and parameters. Out: relative addresses, or the jump itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NoReturn
from urllib.parse import urlencode

import streamlit as st
from streamlit.navigation.page import StreamlitPage

SHARED: Final = ("range", "from", "to", "workload", "model", "agent", "environment", "tier")
_PAGES: Final = "spanledger_pages"

Parameters = Mapping[str, str | Sequence[str] | None]


def remember_pages(pages: dict[str, StreamlitPage]) -> None:
    """Called by the entry on every run, so that pages can lead to each other without importing each other."""
    st.session_state[_PAGES] = pages


def page(name: str) -> StreamlitPage:
    """The page of that name."""
    found: dict[str, StreamlitPage] = st.session_state[_PAGES]
    return found[name]


def parameters(changed: Parameters | None = None) -> dict[str, list[str]]:
    """The address's shared parameters with some set, or taken out by None."""
    kept = {name: st.query_params.get_all(name) for name in SHARED}
    for name, value in (changed or {}).items():
        kept[name] = [] if value is None else [value] if isinstance(value, str) else list(value)
    return {name: values for name, values in kept.items() if values}


def href(name: str, changed: Parameters | None = None) -> str:
    """Relative address of a page."""
    query = urlencode(parameters(changed), doseq=True)
    path = page(name).url_path
    return f"{path or '.'}?{query}" if query else path or "."


def go(name: str, changed: Parameters | None = None) -> NoReturn:
    """Leaves for a page."""
    st.switch_page(page(name), query_params=parameters(changed))
