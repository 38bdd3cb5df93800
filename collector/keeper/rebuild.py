"""Applies a changed spanledger.yaml, or a newer price book, to what is already in the ledger.

In: a runner, a range of time. Out: every trace in it touched, and recomputed once `rebuild` returns.
The work is the running collector's; it has read the changed file before it takes the first of the traces.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime

from collector.engine.runner import Runner, execute, rows
from collector.errors import CollectorError

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
END = datetime(2106, 1, 1, tzinfo=UTC)
POLL_S = 0.2
PATIENCE_S = 120.0

Progress = Callable[[int, int], None]
"""Called with (done, total) keys that wait; of a rebuild there is one a span."""


class KeeperIdle(CollectorError):
    """Nothing was recomputed for a long time."""


def rebuild(
    runner: Runner,
    from_: datetime | None,
    to: datetime | None,
    progress: Progress,
    *,
    poll_s: float = POLL_S,
    patience_s: float = PATIENCE_S,
) -> int:
    """Has every trace with a span that started in `[from_, to)` recomputed, and waits; None = no bound.

    Returns how many traces there were. Raises KeeperIdle when the collector gets on with none for `patience_s`.
    """
    traces = touch_range(runner, from_, to)
    caught_up(runner, progress, poll_s=poll_s, patience_s=patience_s)
    return traces


def caught_up(
    runner: Runner, progress: Progress, *, poll_s: float = POLL_S, patience_s: float = PATIENCE_S
) -> int:
    """Waits until the collector has recomputed everything that waits now; returns how many keys that were.

    Raises KeeperIdle when it gets on with none for `patience_s`.
    """
    waiting = _waiting(runner)
    total, left = sum(waiting.values()), sum(waiting.values())
    moved_at = time.monotonic()
    while left:
        time.sleep(poll_s)
        now = _waiting(runner)
        still = sum(count for part, count in waiting.items() if part in now)
        if still < left:
            left, moved_at = still, time.monotonic()
            progress(total - left, total)
        elif time.monotonic() - moved_at > patience_s:
            raise KeeperIdle(
                f"{left} keys still wait after {patience_s:.0f} s without progress; is the collector running?"
            )
    progress(total, total)
    return total


def touch_range(runner: Runner, from_: datetime | None, to: datetime | None) -> int:
    """Marks every trace with a span that started in `[from_, to)` as to be recomputed; None = no bound.

    Returns how many traces that are.
    """
    bounds = {"from_": _moment(from_ or BEGINNING), "to_": _moment(to or END)}
    traces = int(rows(runner, "keeper/traces_within", bounds)[0]["traces"])
    execute(runner, "keeper/touch_again", bounds)
    return traces


def _waiting(runner: Runner) -> dict[str, int]:
    return {str(row["name"]): int(row["rows"]) for row in rows(runner, "keeper/touched_parts")}


def _moment(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}"
