"""Prices: what the models in use cost and why, which have no price, and what another price book would say."""

from __future__ import annotations

from datetime import UTC, datetime

import streamlit as st

from analytics.figures.numbers import plural, usd
from analytics.health.rows import BookLoaded
from analytics.periods import Window, ago
from analytics.price_rows import SeenModel, rule_to_paste
from analytics.verdict import Piece
from dashboard.charts.theme import palette
from dashboard.data import health as data_health
from dashboard.data import pages as data
from dashboard.parts import links
from dashboard.parts.behind import asks
from dashboard.parts.components import show_table
from dashboard.parts.frame import answer, closing, csv_button, cut_off, opening
from dashboard.parts.price_choice import price_choice
from dashboard.parts.words import plain
from dashboard.tables.prices import moved_table, row_table, seen_table
from dashboard.tables.sheet import rows_csv


def show() -> None:
    """The page at `/prices`."""
    opened = opening("Prices", by=())
    if opened is None:
        return
    selection, status = opened
    window, now = selection.window, datetime.now(UTC)
    seen = data_health.seen_models(window.from_, window.to)
    books = data_health.books()
    rows = data_health.book_rows("")
    asks({"book": "", "provider": "", "model": "", "seen_only": 1}, "price_rows")
    answer(_answer(seen, books, now))
    if not seen:
        closing(status)
        return
    colours = palette(st.context.theme.type)
    then = price_choice(with_books=False)
    show_table(seen_table(seen[: data.MOST_TASKS], rows, now, colours, then=then).payload(), key="seen")
    cut_off(data.MOST_TASKS, len(seen))
    st.caption(
        plain(
            "USD a million tokens, for an ordinary call today. The small words say how a name leads to its row."
        )
    )
    csv_button(lambda: rows_csv(seen), "models")
    _unknown(seen)
    st.subheader("Price rows of these models", anchor=False)
    used = {(one.book_provider, one.book_model) for one in seen}
    of_seen = [row for row in rows if (row.provider, row.model) in used]
    with st.container(horizontal=True, key="which-rows"):
        past = st.toggle("Past and coming prices too", key="past rows")
        own = st.toggle("Only your own prices and the overlay", key="own rows")
    of_seen = [
        row
        for row in of_seen
        if (past or row.valid_from <= now < row.valid_to)
        and (not own or row.source in ("override", "overlay"))
    ]
    show_table(row_table(of_seen[: data.MOST_TASKS], colours).payload(), key="rows")
    cut_off(data.MOST_TASKS, len(of_seen))
    csv_button(lambda: rows_csv(of_seen), "price rows")
    _another_book(window, books)
    closing(status)


def _answer(seen: list[SeenModel], books: list[BookLoaded], now: datetime) -> list[Piece]:
    newest = next((book for book in books if book.is_newest), None)
    if newest is None:
        return [Piece("There is no price book yet, so nothing has a price; start the collector once.")]
    if not seen:
        said = f"; the price book is {newest.version}, loaded {ago(newest.loaded_at, now)}."
        return [Piece("No model was called in the window", strong=True), Piece(said)]
    unknown = sum(not one.book_model for one in seen)
    state = f"{plural(unknown, 'model')} without a price" if unknown else "every one has a price"
    return [
        Piece(plural(len(seen), "model"), True),
        Piece(" in the window, "),
        Piece(state, True),
        Piece(f"; priced by {newest.version}, loaded {ago(newest.loaded_at, now)}."),
    ]


def _unknown(seen: list[SeenModel]) -> None:
    unknown = [one for one in seen if not one.book_model]
    if not unknown:
        return
    st.subheader("Models without a price", anchor=False)
    calls = sum(one.calls for one in unknown)
    st.markdown(
        plain(
            f"{plural(calls, 'call')} have no cost. Put prices into spanledger.yaml; they are priced within seconds."
        )
    )
    lines = "\n".join(rule_to_paste(one.provider, one.model) for one in unknown[:20])
    st.code(f"prices:\n{lines}", language="yaml", wrap_lines=True)


def _another_book(window: Window, books: list[BookLoaded]) -> None:
    st.subheader("What the calls would cost by another price book", anchor=False)
    versions = list(dict.fromkeys(book.version for book in books))[:8]
    chosen = st.selectbox(
        "Price book", versions, index=None, placeholder="Choose a book to compare with",
        **links.follow_one("book", "", versions),
    )  # fmt: skip
    if not chosen:
        return
    asks({"book": chosen}, "reprice_preview")
    moved = data_health.by_book(window.from_, window.to, chosen)
    now_usd, book_usd = sum(float(row.now_usd) for row in moved), sum(float(row.book_usd) for row in moved)
    st.markdown(
        plain(
            f"The calls of the window cost {usd(now_usd)} as they stand and {usd(book_usd)} by {chosen}. "
            "`spanledger reprice` puts that in force."
        ).replace("\\`", "`")
    )
    show_table(moved_table(moved[: data.MOST_TASKS]).payload(), key="moved")
    cut_off(data.MOST_TASKS, len(moved))
    csv_button(lambda: rows_csv(moved), "by another book")
