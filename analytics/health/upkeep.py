"""Findings on how the ledger is kept: what waits, what fails, how old the price book is.

In: rows of the health queries, the time. Out: findings. Pure.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from analytics.figures.numbers import count, plural, seconds
from analytics.health.finding import Finding
from analytics.health.rows import BookLoaded, LedgerLoad

OLD_BOOK = timedelta(days=45)
BEHIND_S = 60.0


def waiting(load: LedgerLoad) -> Iterator[Finding]:
    """How far recomputing is behind."""
    behind = load.behind_s or 0.0
    if behind <= BEHIND_S:
        what = (
            f"{count(load.waiting_keys)} keys wait, {seconds(behind)} behind"
            if load.waiting_keys
            else "up to date"
        )
        yield Finding("waiting_keys", "ok", "Recomputing", what, "nothing to do", "ledger_health")
        return
    yield Finding(
        "waiting_keys", "error", "Recomputing",
        f"{count(load.waiting_keys)} keys wait to be recomputed, {seconds(behind)} behind: newest figures are missing",
        "see that the collector runs, and its log for `failed`", "ledger_health",
    )  # fmt: skip


def failing(load: LedgerLoad) -> Iterator[Finding]:
    """What of the keeper's work fails now, and the traces it set aside."""
    if load.trouble:
        yield Finding(
            "keeper_trouble", "error", "Recomputing fails", load.trouble,
            "free what it asks for (memory, disk), or report it; it is tried again by itself", "ledger_health",
        )  # fmt: skip
    if load.set_aside:
        yield Finding(
            "set_aside", "error", "Set aside",
            f"{plural(load.set_aside, 'trace')} cannot be recomputed and {'is' if load.set_aside == 1 else 'are'} "
            f"missing from the figures: {load.set_aside_problem}",
            "report it; table set_aside names them, each is tried again every hour and by `spanledger rebuild`",
            "ledger_health",
        )  # fmt: skip


def book(books: Sequence[BookLoaded], now: datetime) -> Iterator[Finding]:
    """Which price book is in force, and whether it is old."""
    newest = next((book for book in books if book.is_newest), None)
    if newest is None:
        yield Finding(
            "price_book",
            "error",
            "Price book",
            "there is none, so nothing has a price",
            "start the collector once",
            "price_books",
        )
        return
    age = now - newest.loaded_at
    yield Finding(
        "price_book", "warning" if age > OLD_BOOK else "ok", "Price book",
        f"{newest.version}, in force since {newest.loaded_at:%Y-%m-%d}, {plural(newest.rows, 'model')}",
        "update genai-prices, then `spanledger prices refresh`" if age > OLD_BOOK else "nothing to do", "price_books",
    )  # fmt: skip
