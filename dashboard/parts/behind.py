"""What a page asks its queries beyond window and filters, put into the links of its figures, and read back from one.

In: parameters by query, on the page; an address, on the page of the query. Out: a query string; typed parameters.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlencode

import streamlit as st

from analytics.periods import iso
from dashboard.data.client import Parameter
from sql import catalogue

PREFIX: Final = "p."
_ASKED: Final = "spanledger_asked"


def forget() -> None:
    """Called on every run before the page."""
    st.session_state[_ASKED] = {}


def asks(given: Mapping[str, Parameter], *queries: str) -> None:
    """Says what the page asks these queries; only what a query names counts. Without any: all queries."""
    held: dict[str, dict[str, Parameter]] = st.session_state.setdefault(_ASKED, {})
    for query in queries or ("",):
        held.setdefault(query, {}).update(given)


def behind(query: str) -> str:
    """The query string that makes the page of a query ask what this page asked; empty where the filters say it all."""
    held: dict[str, dict[str, Parameter]] = st.session_state.get(_ASKED, {})
    given = {**held.get("", {}), **held.get(query, {})}
    if not given or query not in catalogue.names("queries"):
        return ""
    named = catalogue.query(query).parameters
    return urlencode(
        [(f"{PREFIX}{name}", _text(value)) for name, value in given.items() if name in named], doseq=True
    )


def with_behind(payload: dict[str, Any]) -> dict[str, Any]:
    """The payload of a component with what stands behind the queries that it names."""
    queries = {part.get("query", "") for name in ("figures", "columns") for part in payload.get(name, [])}
    found = {query: text for query in sorted(queries) if query and (text := behind(query))}
    return {**payload, "behind": found} if found else payload


def read(
    query: catalogue.Statement, address: Mapping[str, list[str]]
) -> tuple[dict[str, Parameter], list[str]]:
    """Parameters of a query that an address names, and a sentence for each that cannot be read.

    A list that is not named is empty, which queries take as all.
    """
    found: dict[str, Parameter] = {}
    faults = []
    for name, kind in query.parameters.items():
        values = address.get(PREFIX + name, [])
        if kind.startswith("Array"):
            found[name] = tuple(values)
        elif values:
            try:
                found[name] = _typed(kind, values[0])
            except ValueError:
                faults.append(f"“{PREFIX}{name}” cannot be read as {kind}: “{values[0][:60]}”.")
    return found, faults


def _typed(kind: str, text: str) -> Parameter:
    if kind.startswith("Date"):
        moment = datetime.fromisoformat(text)
        try:
            return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
        except OverflowError as error:
            raise ValueError(text) from error
    if kind.startswith("Float"):
        return float(text)
    return int(text) if kind.startswith(("UInt", "Int")) else text


def _text(value: Parameter) -> str | list[str]:
    if isinstance(value, datetime):
        return iso(value) if value.microsecond == 0 else value.astimezone(UTC).isoformat()
    return str(value) if isinstance(value, (str, int, float)) else list(value)
