"""Prices calls of the past anew, a slice at a time, and sums their tasks and minutes anew.

In: a reprice that was asked for. Out: llm_calls, tasks and calls_rollup at the prices in force; what a call was
first priced at stays. Running it again, or after it broke off anywhere, changes nothing that is right.
Only the keeper runs it, between batches.
"""

import contextlib
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from collector.engine.runner import Runner, rows
from collector.errors import CollectorError
from collector.keeper.batch import sum_minutes
from collector.prices.reprice_requests import Reprice, tell
from sql.catalogue import statement

DAY_S = 86_400
SLICE_CALLS = 1_000_000
SAY_EVERY_S = 0.5
MERGING = {"final": "1", "do_not_merge_across_partitions_select_final": "1"}


def carry_out(runner: Runner, wanted: Reprice, next_version: Callable[[], int]) -> Iterator[None]:
    """Does the work, one slice for each `next()`: calls, then tasks and sums, which add them up.

    Rows written anew are merged with the old ones afterwards: merging beside it takes a third of the time.
    """
    _try(runner, "SYSTEM STOP MERGES llm_calls")
    try:
        yield from _carry_out(runner, wanted, next_version)
    finally:
        _try(runner, "SYSTEM START MERGES llm_calls")


def _carry_out(runner: Runner, wanted: Reprice, next_version: Callable[[], int]) -> Iterator[None]:
    runner.run("SYSTEM RELOAD DICTIONARY {name:Identifier}", {"name": "price_range"})
    stretch = {"from_": _stamp(wanted.from_s), "to_": _stamp(wanted.to_s)}
    slices = [
        part
        for row in rows(runner, "keeper/reprice_slices", stretch)
        for part in _slices(int(row["day"]), int(row["calls"]), wanted)
    ]
    ended = rows(runner, "keeper/reprice_task_days", stretch)
    # Of the time that a reprice takes, pricing is about half, tasks and sums about a quarter each.
    calls = sum(count for _, _, count in slices)
    total, done = 2 * calls, 0
    report = _Report(runner, wanted, total)
    report("calls", done)
    for from_s, to_s, count in slices:
        _price(runner, wanted, from_s, to_s, next_version())
        done += count
        report("calls", done)
        yield
    for place, row in enumerate(ended):
        if int(row["tasks"]) > int(row["long"]):
            _sum_tasks(runner, int(row["day"]), int(row["short_from"]), next_version())
        report("tasks", done + calls // 2 * (place + 1) // len(ended))
        yield
    _sum_long_tasks(runner, ended, next_version())
    done += calls // 2
    for from_s, to_s, count in slices:
        found = rows(runner, "keeper/reprice_minutes", {"from_": _stamp(from_s), "to_": _stamp(to_s)})
        sum_minutes(runner, [int(row["minute"]) for row in found], next_version())
        done += count - count // 2
        report("sums", min(done, total))
        yield
    tell(runner, wanted, "done", total, total)


def _try(runner: Runner, wish: str) -> None:
    """A statement that a server may not allow us; everything is right without it, only slower."""
    with contextlib.suppress(CollectorError):
        runner.run(wish)


class _Report:
    """Says how far a reprice is, at most twice a second."""

    def __init__(self, runner: Runner, wanted: Reprice, total: int) -> None:
        self._runner, self._wanted, self._total = runner, wanted, total
        self._said_at = float("-inf")

    def __call__(self, state: str, done: int) -> None:
        if time.monotonic() - self._said_at >= SAY_EVERY_S:
            tell(self._runner, self._wanted, state, done, self._total)
            self._said_at = time.monotonic()


def _slices(day_s: int, calls: int, wanted: Reprice) -> Iterator[tuple[int, int, int]]:
    """A day in parts of about SLICE_CALLS calls, cut to the stretch; whole minutes, so that no sum is cut."""
    count = max(1, -(-calls // SLICE_CALLS))
    step = -(-DAY_S // count // 60) * 60
    for start in range(day_s, day_s + DAY_S, step):
        from_s, to_s = max(start, wanted.from_s), min(start + step, day_s + DAY_S, wanted.to_s)
        if from_s < to_s:
            yield from_s, to_s, calls // count


def _price(runner: Runner, wanted: Reprice, from_s: int, to_s: int, version: int) -> None:
    params = {
        "calls": "llm_calls",
        "into": "llm_calls",
        "book": "",
        "from_": _stamp(from_s),
        "to_": _stamp(to_s),
        "changed": "true",
        "unpriced": "true" if wanted.unpriced_only else "false",
        "version": str(version),
    }
    runner.run(statement("keeper/price").text, params, MERGING)


def _sum_tasks(runner: Runner, day_s: int, first_s: int, version: int) -> None:
    params = {
        "first_day": _day(day_s),
        "last_day": _day(day_s),
        "long": "false",
        "from_": _stamp(first_s),
        "to_": _stamp(day_s + DAY_S),
        "version": str(version),
    }
    runner.run(statement("keeper/reprice_tasks").text, params, MERGING)


def _sum_long_tasks(runner: Runner, ended: list[dict[str, object]], version: int) -> None:
    days = [row for row in ended if int(str(row["long"]))]
    if not days:
        return
    first, last = int(str(days[0]["day"])), int(str(days[-1]["day"]))
    params = {
        "first_day": _day(first),
        "last_day": _day(last),
        "long": "true",
        "from_": _stamp(min(int(str(row["long_from"])) for row in days)),
        "to_": _stamp(last + DAY_S),
        "version": str(version),
    }
    runner.run(statement("keeper/reprice_tasks").text, params, MERGING)


def _stamp(moment_s: int) -> str:
    return f"{datetime.fromtimestamp(moment_s, UTC):%Y-%m-%d %H:%M:%S}"


def _day(moment_s: int) -> str:
    return f"{datetime.fromtimestamp(moment_s, UTC):%Y-%m-%d}"
