"""Addresses: the window and the filters stand in them, pages carry them along, widgets follow them.

The address is the only truth: a widget takes its value from it before it is drawn and writes back on change.
Streamlit's own binding of widgets to parameters forbids a jump that sets them, so it is not used.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NoReturn
from urllib.parse import urlencode

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.navigation.page import StreamlitPage

from dashboard.parts.words import plain

SHARED: Final = ("range", "from", "to", "workload", "model", "agent", "environment", "tier", "prices")
_PAGES: Final = "spanledger_pages"
_HERE: Final = "spanledger_here"
_KEPT: Final = "spanledger_kept"
_NOTICES: Final = "spanledger_notices"
_TIMES: Final = "spanledger_times"

Parameters = Mapping[str, str | Sequence[str] | None]


def remember(pages: dict[str, StreamlitPage], here: str) -> None:
    """Called on every run before the page: pages reach each other through it, without importing each other.

    A click in the menu drops the parameters; they are put back when the page has changed and none is left.
    """
    before = st.session_state.get(_HERE)
    st.session_state[_PAGES] = pages
    st.session_state[_HERE] = here
    st.session_state[_TIMES] = {}
    if before not in (None, here) and not parameters():
        st.query_params.update(st.session_state.get(_KEPT, {}))
    st.session_state[_KEPT] = parameters()


def current() -> str:
    """Name of the page being shown."""
    return str(st.session_state[_HERE])


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
    return _address(name, parameters(changed))


def hrefs(name: str, parameter: str, values: Iterable[str]) -> list[str]:
    """Relative addresses of a page, one for each value of a parameter; many cost no more than one."""
    shared = parameters()
    return [_address(name, {**shared, parameter: [value]}) for value in values]


def _address(name: str, given: Mapping[str, Sequence[str]]) -> str:
    query = urlencode(given, doseq=True)
    path = page(name).url_path
    return f"{path or '.'}?{query}" if query else path or "."


def go(name: str, changed: Parameters | None = None) -> NoReturn:
    """Leaves for a page."""
    st.switch_page(page(name), query_params=parameters(changed))


def shows(times: Mapping[str, str]) -> None:
    """Says which fixed times stand behind what the address names relative to now, or not at all."""
    st.session_state[_TIMES] = dict(times)


def fix_times() -> None:
    """A way to this very view with fixed times, where its address moves with the clock."""
    times: dict[str, str] = st.session_state.get(_TIMES, {})
    if not times or any(name in st.query_params for name in times):
        return
    said = "Puts these times into the address: it then shows the same whenever it is opened."
    if st.button("Fix the times", icon=":material/link:", type="tertiary", help=said, key="fix times"):
        kept = {name: st.query_params.get_all(name) for name in st.query_params if name != "range"}
        st.switch_page(page(current()), query_params={**kept, **times})


def follow_one(name: str, default: str = "", known: Sequence[str] | None = None) -> dict[str, Any]:
    """Arguments that make a widget of one value follow the parameter `name`; an unknown value counts as none."""
    value: str | None = st.query_params.get(name, default)
    if known is not None and value not in known:
        if value:
            _unknown(name, value)
        value = default if default in known else None
    st.session_state[name] = value
    return {"key": name, "on_change": _write_one, "args": (name, default)}


def _unknown(name: str, value: str) -> None:
    """Says above the page that its address asks for what there is not; the page shows itself as without it."""
    box: DeltaGenerator | None = st.session_state.get(_NOTICES)
    if box is not None:
        said = plain(f"“{value[:60]}” is no choice of “{name}” in the address.")
        box.warning(said, icon=":material/link_off:")


def notices() -> None:
    """Makes room above the page for what its address says wrongly."""
    st.session_state[_NOTICES] = st.container(key="notices")


def follow_many(name: str) -> dict[str, Any]:
    """Arguments that make a widget of several values follow the repeatable parameter `name`."""
    st.session_state[name] = list(dict.fromkeys(st.query_params.get_all(name)))
    return {"key": name, "on_change": write, "args": (name,)}


def write(name: str) -> None:
    """Puts a widget's values into the address."""
    set_parameter(name, st.session_state[name])


def set_parameter(name: str, value: str | Sequence[str] | None) -> None:
    """Sets a parameter of the address; empty takes it out."""
    if value:
        st.query_params[name] = value
    elif name in st.query_params:
        del st.query_params[name]


def _write_one(name: str, default: str) -> None:
    value = st.session_state[name]
    set_parameter(name, None if value == default else value)
