"""By which prices a page adds up costs: the book in force, as each call was priced first, or one of the newest books.

The address carries it as `prices=then` or `prices=book:VERSION`; without it the book in force holds. A page that
`offer`s the choice is asked of the ledger by it: `access.kept` and the client read `chosen`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from analytics.figures.numbers import usd
from analytics.health.rows import PricingShare
from dashboard.parts import links
from dashboard.parts.words import plain
from sql.catalogue import query
from sql.then import FIRST, IN_FORCE, ONE_BOOK, Prices, book_of, has_then

CHOICES: Final = {IN_FORCE: "At the book in force", FIRST: "As priced then"}

_OFFERED: Final = "spanledger_prices_offered"
_BOOKS: Final = "spanledger_books"


def forget() -> None:
    """Called before every page: it offers no choice until it says so."""
    st.session_state[_OFFERED] = False


def offer(books: Sequence[str]) -> None:
    """The page from here on goes by the choice in the address, and says so where it is not the usual one.

    books: versions of the newest books, newest first; one alone priced everything and is no choice.
    """
    st.session_state[_OFFERED] = True
    st.session_state[_BOOKS] = tuple(books) if len(books) > 1 else ()
    wanted = book_of(st.query_params.get("prices", ""))
    if wanted and wanted not in books:
        st.warning(
            f"“{plain(wanted[:80])}” is none of the newest price books. Showing the book in force instead.",
            icon=":material/history:",
        )
    if chosen() != IN_FORCE:
        with st.container(horizontal=True, vertical_alignment="center", key="as-priced-then"):
            st.caption(f":material/history: {_said(chosen())}", width="content")
            st.button(CHOICES[IN_FORCE], type="tertiary", on_click=links.set_parameter, args=("prices", None))


def is_offered() -> bool:
    """Whether the running page goes by the choice."""
    return bool(st.session_state.get(_OFFERED, False))


def not_then(name: str) -> None:
    """Says that a part of the page stays at the book in force, where its query cannot be asked otherwise."""
    if chosen() != IN_FORCE and not has_then(query(name)):
        st.caption("This part does not go by the choice of prices: it reads no cost of a call.")


def chosen() -> Prices:
    """By which prices the running page asks. Outside a page (a test, a thread of ours) the book in force."""
    if get_script_run_ctx() is None or not is_offered():
        return IN_FORCE
    asked = st.query_params.get("prices", "")
    return asked if asked == FIRST or book_of(asked) in st.session_state.get(_BOOKS, ()) else IN_FORCE


def price_choice(*, with_books: bool = True) -> bool:
    """Draws the choice; True for as priced then. A list where there are several books, else two buttons."""
    books = [f"{ONE_BOOK}{one}" for one in st.session_state.get(_BOOKS, ())] if with_books else []
    known = [*CHOICES, *books]
    follow = links.follow_one("prices", IN_FORCE, known)
    if books:
        found = st.selectbox(
            "Prices", known, format_func=_name, label_visibility="collapsed", width=330, **follow
        )
    else:
        found = st.segmented_control(
            "Prices", known, format_func=_name, label_visibility="collapsed", **follow
        )
    return bool(found == FIRST)


def _name(prices: Prices) -> str:
    return CHOICES.get(prices, f"At {book_of(prices)}")


def _said(prices: Prices) -> str:
    if prices == FIRST:
        return (
            "Amounts are **as priced then**: what each call was first priced at, whatever was repriced since."
        )
    return f"Amounts are **at {plain(book_of(prices))}**: each call at that book's price of its own time."


def cost_line(rows: Sequence[PricingShare], then: bool) -> str:
    """What the calls cost by the choice, and by how much the other differs."""
    book, first = sum(row.list_usd for row in rows), sum(row.original_usd for row in rows)
    shown, other = (first, book) if then else (book, first)
    what = "as priced when they arrived" if then else "at the price book in force"
    rest = "at the book in force" if then else "as priced then"
    same = "the same" if abs(shown - other) < 5e-7 else usd(other)
    return f"The calls of the window cost {usd(shown)} {what} ({same} {rest})."
