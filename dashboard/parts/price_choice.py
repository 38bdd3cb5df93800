"""By which prices a page adds up costs: the book in force, or as each call was priced first.

The address carries it as `prices=then`; without it the book in force holds. A page that `offer`s the choice is asked
of the ledger by it: `access.kept` and the client read `chosen`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from analytics.figures.numbers import usd
from analytics.health.rows import PricingShare
from dashboard.parts import links
from sql.catalogue import query
from sql.then import Prices, has_then

CHOICES: Final = {"book": "At the book in force", "then": "As priced then"}

_OFFERED: Final = "spanledger_prices_offered"


def forget() -> None:
    """Called before every page: it offers no choice until it says so."""
    st.session_state[_OFFERED] = False


def offer() -> None:
    """The page from here on goes by the choice in the address, and says so where it is not the usual one."""
    st.session_state[_OFFERED] = True
    if chosen() == "then":
        with st.container(horizontal=True, vertical_alignment="center", key="as-priced-then"):
            st.caption(
                ":material/history: Amounts are **as priced then**: what each call was first priced at, whatever a "
                "reprice made of it since.",
                width="content",
            )
            st.button(
                "At the book in force", type="tertiary", on_click=links.set_parameter, args=("prices", None)
            )


def is_offered() -> bool:
    """Whether the running page goes by the choice."""
    return bool(st.session_state.get(_OFFERED, False))


def not_then(name: str) -> None:
    """Says that a part of the page stays at the book in force, where its query cannot be asked otherwise."""
    if chosen() == "then" and not has_then(query(name)):
        st.caption("This part stays at the book in force: what it reads is not kept as priced then.")


def chosen() -> Prices:
    """By which prices the running page asks. Outside a page (a test, a thread of ours) the book in force."""
    if get_script_run_ctx() is None or not is_offered():
        return "book"
    return "then" if st.query_params.get("prices") == "then" else "book"


def price_choice() -> bool:
    """Draws the choice; True for as priced then."""
    chosen = st.segmented_control(
        "Prices", list(CHOICES), format_func=CHOICES.__getitem__, label_visibility="collapsed",
        **links.follow_one("prices", "book", list(CHOICES)),
    )  # fmt: skip
    return bool(chosen == "then")


def cost_line(rows: Sequence[PricingShare], then: bool) -> str:
    """What the calls cost by the choice, and by how much the other differs."""
    book, first = sum(row.list_usd for row in rows), sum(row.original_usd for row in rows)
    shown, other = (first, book) if then else (book, first)
    what = "as priced when they arrived" if then else "at the price book in force"
    rest = "at the book in force" if then else "as priced then"
    same = "the same" if abs(shown - other) < 5e-7 else usd(other)
    return f"The calls of the window cost {usd(shown)} {what} ({same} {rest})."
