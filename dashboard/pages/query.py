"""Query: the rows behind a number: what it asks, its SQL, its parameters here, and what it answers."""

from __future__ import annotations

import html

import streamlit as st

from analytics.figures.numbers import plural
from dashboard.data import pages as data
from dashboard.data.client import Parameter, asked_for
from dashboard.parts import behind, price_choice
from dashboard.parts.components import show_table
from dashboard.parts.filters import filter_row
from dashboard.parts.price_choice import not_then
from dashboard.parts.words import plain
from dashboard.serving import access
from dashboard.tables.query_rows import query_table
from dashboard.tables.sheet import cell
from dashboard.tables.table import csv_text
from sql import catalogue
from sql.then import IN_FORCE, has_then, priced_database


def show() -> None:
    """The page at `/query?name=`."""
    name = st.query_params.get("name", "")
    if name not in catalogue.names("queries"):
        st.title("Query", anchor=False)
        said = f"There is no query “{plain(name[:80])}”." if name else "The address names no query."
        st.info(f"{said} Figures and column heads lead to theirs.", icon=":material/link_off:")
        return
    name = asked_for(name)
    found = catalogue.query(name)
    st.title(plain(name), anchor=False)
    selection = filter_row(prices=True)
    with st.container(key="verdict"):
        st.markdown(plain(f"{found.purpose[:1].upper()}{found.purpose[1:]}: {found.grain}."))
    given = data.parameters(selection.window, selection.filters) | _own(found)
    missing = [parameter for parameter in found.parameters if parameter not in given]
    st.subheader("Rows", anchor=False)
    if missing:
        more = f"Its rows depend on more than the filters above: {', '.join(missing)}."
        st.caption(plain(f"{more} The page it belongs to gives these."))
    else:
        _rows(name, given)
    st.subheader("What the columns are", anchor=False)
    st.html("<ul>" + "".join(_column(part.strip()) for part in found.columns.split(";")) + "</ul>")
    st.caption(plain(f"Tables read: {found.tables}."))
    st.subheader("SQL", anchor=False)
    used = {key: value for key, value in given.items() if key in found.parameters}
    st.caption(
        plain("; ".join(f"{key} = {data.shown(value)}" for key, value in used.items()) or "No parameters.")
    )
    if price_choice.chosen() != IN_FORCE and has_then(found):
        at = priced_database(data.database(), price_choice.chosen())
        st.caption(
            plain(
                "At other prices: asked of the database beside the ledger's own, whose views have other costs: "
            )
            + f"`{at}`."
        )
    not_then(name)
    st.code(found.text, language="sql", wrap_lines=True)
    for view in catalogue.views_of(found):
        with st.expander(
            plain(f"The view {view.name.partition('_')[2]}: {view.purpose}"), icon=":material/table_view:"
        ):
            st.code(view.text, language="sql", wrap_lines=True)


def _column(said: str) -> str:
    """What the header says of one column, its name set apart."""
    name, _, rest = said.partition(" ")
    return f"<li><code>{html.escape(name)}</code> {html.escape(rest)}</li>"


def _own(found: catalogue.Statement) -> dict[str, Parameter]:
    """What the address gives beside window and filters. A viewer of a part gets none of it: it could name another's."""
    if access.current().is_narrow:
        return {}
    own, faults = behind.read(found, {name: st.query_params.get_all(name) for name in st.query_params})
    for fault in faults:
        st.warning(plain(fault), icon=":material/link_off:")
    known = ("workloads", "models", "agents", "environments", "tiers", "tenants")
    return {name: value for name, value in own.items() if value or name not in known}


def _rows(name: str, given: dict[str, Parameter]) -> None:
    columns, rows = data.raw(name, given)
    if not rows:
        st.caption("It answers with no rows here.")
        return
    show_table(query_table(name, columns, rows[: data.MOST_TASKS]).payload(), key="rows")
    shown = min(len(rows), data.MOST_TASKS)
    st.caption(
        plain(
            f"{shown} of {plural(len(rows), 'row')}." if shown < len(rows) else f"{plural(len(rows), 'row')}."
        )
    )
    st.download_button(
        "CSV", lambda: csv_text(columns, [[cell(value) for value in row] for row in rows]), f"{name}.csv", "text/csv",
        on_click="ignore", icon=":material/download:",
    )  # fmt: skip
