"""What every page on spend begins and ends with: title, filters, the answer in words, CSV, small print.

In: a title. Out: what the page shows, or nothing when there is nothing to show yet.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from analytics.figures.numbers import count, plural
from analytics.rows import LedgerStatus
from analytics.verdict import Piece
from dashboard.data import pages as data
from dashboard.parts.components import show_table
from dashboard.parts.filters import DIMENSIONS, Selection, filter_row
from dashboard.parts.guide import first_run
from dashboard.parts.notes import footer
from dashboard.parts.words import sentence
from dashboard.tables.table import Table, table_csv


def opening(
    title: str, *, prices: bool = False, by: Sequence[str] = tuple(DIMENSIONS)
) -> tuple[Selection, LedgerStatus] | None:
    """Title and filter row; None when the ledger is empty and the first-run guide stands there instead.

    by: dimensions that the page can be narrowed by; those of the address that it cannot are not in force on it.
    """
    st.title(title, anchor=False)
    status = data.status()
    if not status.calls_seen and not status.tasks_seen:
        first_run()
        return None
    return filter_row(prices=prices, by=by), status


def answer(pieces: Sequence[Piece]) -> None:
    """The answer to the page's question, above everything else."""
    with st.container(key="verdict"):
        st.markdown(sentence(pieces))


def show_sheet(table: Table, *, key: str) -> str | None:
    """A table with the button that takes it away as it stands. Returns the id of the row just opened."""
    opened = show_table(table.payload(), key=key)
    csv_button(lambda: table_csv(table), key)
    return opened


def cut_off(shown: int, found: int) -> None:
    """Says of a table that it leaves rows out, and where they are."""
    if shown < found:
        st.caption(f"The first {count(shown)} of {plural(found, 'row')}; the CSV has them all.")


def csv_buttons(**texts: Callable[[], str]) -> None:
    """Buttons beside each other, one a sheet; underscores in names become spaces and hyphens."""
    with st.container(horizontal=True):
        for name, text in texts.items():
            label = "CSV" if len(texts) == 1 else f"CSV of {name.split('_')[-1]}"
            csv_button(text, name.replace("_", "-"), label)


def csv_button(text: Callable[[], str], name: str, label: str = "CSV") -> None:
    """A table's rows to take away; they are written when asked for."""
    st.download_button(
        label, text, f"{name}.csv", "text/csv", key=f"csv {name}", on_click="ignore",
        icon=":material/download:",
    )  # fmt: skip


def closing(status: LedgerStatus) -> None:
    """The last lines of a page."""
    footer(status)
