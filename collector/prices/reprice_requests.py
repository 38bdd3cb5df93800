"""Asks for calls of the past to be priced anew, and follows how far that is.

In: a stretch of time, perhaps a book. Out: rows in reprices, which the keeper works off; progress.
Raises RepriceStuck in words for a user.
"""

import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from collector.engine.runner import Runner, execute, rows
from collector.engine.typed import numbers, strings, text
from collector.errors import CollectorError
from collector.prices.periods import BEGINNING_S, END_S, Period, with_period

POLL_S = 0.1
PATIENCE_S = 120.0

Progress = Callable[[int, int], None]
"""Called with (done, total) rows."""


class RepriceStuck(CollectorError):
    """The collector does not get on with a reprice, or says that it failed."""


@dataclass(frozen=True, slots=True)
class Reprice:
    """Calls that start in `[from_s, to_s)` (unix seconds); `unpriced_only`: those without a price.

    `is_begun`: it was begun before, and broke off, or so was one of the same calls that failed since.
    """

    id: str
    from_s: int
    to_s: int
    unpriced_only: bool = False
    is_begun: bool = False


def ask(runner: Runner, from_: datetime | None, to: datetime | None, book: str | None = None) -> str:
    """Asks the keeper to price the calls of `[from_, to)` anew; returns the id under which it says how far it is.

    With `book` the stretch is priced by that version from now on, without it by the newest again. None = no bound.
    Raises RepriceStuck when the ledger has no such book.
    """
    wanted = Reprice(
        uuid.uuid4().hex,
        BEGINNING_S if from_ is None else int(from_.timestamp()),
        END_S if to is None else min(END_S, -int(-to.timestamp() // 1)),
    )
    known = [str(row["version"]) for row in rows(runner, "keeper/book_versions")]
    if book is not None and book not in known:
        raise RepriceStuck(f"there is no price book {book!r}; known are: {', '.join(dict.fromkeys(known))}")
    _set_period(runner, Period(wanted.from_s, wanted.to_s, book or ""))
    tell(runner, wanted, "asked")
    return wanted.id


def ask_for_unpriced(runner: Runner) -> None:
    """Asks the keeper to price what has no price yet; nothing when every call has one."""
    found = rows(runner, "keeper/unpriced_exist")[0]
    if found["calls"]:
        wanted = Reprice(uuid.uuid4().hex, int(found["first"]), int(found["last"]) + 1, unpriced_only=True)
        tell(runner, wanted, "asked")


def follow(runner: Runner, asked: str, progress: Progress, patience_s: float = PATIENCE_S) -> int:
    """Waits for a reprice to be done; returns how many rows it went through.

    Raises RepriceStuck when it failed, or when nothing moved for `patience_s`.
    """
    seen, moved_at = ("", -1), time.monotonic()
    while True:
        found = rows(runner, "queries/reprice_state", {"id": asked})
        if not found:
            raise RepriceStuck(f"the ledger knows no reprice {asked}")
        row = found[0]
        state, done = str(row["state"]), int(row["done"])
        progress(done, int(row["total"]))
        if state == "done":
            return done
        if state == "failed":
            raise RepriceStuck(f"repricing failed: {row['problem']}; ask again, what is done stays done")
        if (state, done) != seen:
            seen, moved_at = (state, done), time.monotonic()
        elif time.monotonic() - moved_at > patience_s:
            raise RepriceStuck(f"nothing was repriced for {patience_s:.0f} s; is the collector running?")
        time.sleep(POLL_S)


def open_reprices(runner: Runner) -> list[Reprice]:
    """What was asked for and is not done, oldest first."""
    found = rows(runner, "keeper/reprices_open")
    failed = rows(runner, "keeper/reprices_failed") if found else []
    return [
        Reprice(
            str(row["id"]),
            int(row["from_"]),
            int(row["to_"]),
            row["scope"] == "unpriced",
            row["last_state"] != "asked" or any(_overlap(row, other) for other in failed),
        )
        for row in found
    ]


def _overlap(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return int(one["from_"]) < int(other["to_"]) and int(other["from_"]) < int(one["to_"])


def say_failed(runner: Runner, wanted: Reprice, problem: str) -> None:
    """Puts a reprice aside that cannot be carried out."""
    tell(runner, wanted, "failed", problem=problem)


def tell(
    runner: Runner, wanted: Reprice, state: str, done: int = 0, total: int = 0, problem: str = ""
) -> None:
    """Writes down how far a reprice is."""
    params = {
        "id": wanted.id,
        "state": state,
        "from_": str(wanted.from_s),
        "to_": str(wanted.to_s),
        "scope": "unpriced" if wanted.unpriced_only else "all",
        "done": str(done),
        "total": str(total),
        "problem": text(problem),
    }
    execute(runner, "keeper/reprice_ask", params)


def _set_period(runner: Runner, new: Period) -> None:
    found = rows(runner, "keeper/price_periods")
    known = [Period(int(row["valid_from"]), int(row["valid_to"]), str(row["book_version"])) for row in found]
    wanted = with_period(known, new)
    if wanted != with_period(known, Period(0, 0, "")):
        params = {
            "froms": numbers(period.from_s for period in wanted),
            "tos": numbers(period.to_s for period in wanted),
            "versions": strings(period.book for period in wanted),
        }
        execute(runner, "keeper/price_periods_set", params)
