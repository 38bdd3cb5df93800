"""By which prices a page adds up costs: the book in force, or as each call was priced first.

The address carries it as `prices=then`; without it the book in force holds.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import streamlit as st

from analytics.health_rows import PricingShare
from analytics.numbers import usd
from dashboard import links

CHOICES: Final = {"book": "At the book in force", "then": "As priced then"}


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
