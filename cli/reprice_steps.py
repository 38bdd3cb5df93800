"""What `spanledger reprice` does before anything changes: looks, and asks.

In: a runner, a stretch of time, a book. Out: what moves, by model. Never: a change.
"""

import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from cli.errors import UsageError
from cli.moments import FIRST, LAST
from collector.engine.runner import Runner, rows
from collector.engine.typed import text


def whole_seconds(from_: datetime | None, to: datetime | None) -> tuple[datetime | None, datetime | None]:
    """The stretch in the whole seconds that a reprice goes by, no less than what was asked for."""
    start = None if from_ is None else from_.replace(microsecond=0)
    end = None if to is None else (to + timedelta(microseconds=999_999)).replace(microsecond=0)
    return start, end


@dataclass(frozen=True)
class Preview:
    """Rows of queries/reprice_preview, by the book named."""

    book: str
    rows: list[dict[str, Any]]


def preview(runner: Runner, from_: datetime | None, to: datetime | None, book: str | None) -> Preview:
    """What the calls of `[from_, to)` would cost. Raises UsageError for a book that the ledger has not loaded."""
    known = list(dict.fromkeys(str(row["version"]) for row in rows(runner, "keeper/book_versions")))
    if not known:
        raise UsageError("the ledger has no price book yet; start the collector once")
    wanted = book or known[0]
    if wanted not in known:
        raise UsageError(f"there is no price book {wanted!r}; the ledger has: {'; '.join(known)}")
    bounds = {"from_": _stamp(from_ or FIRST), "to_": _stamp(to or LAST), "book": text(wanted)}
    return Preview(wanted, rows(runner, "queries/reprice_preview", bounds))


def agreed() -> bool:
    """Whether the user, asked on the terminal, says yes; False where there is nobody to ask."""
    if not sys.stdin.isatty():
        return False
    print("Reprice? [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def _stamp(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}"
