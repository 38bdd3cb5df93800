"""Prices calls of the past anew, a slice at a time, and brings their tasks and sums up to date.

In: a reprice that was asked for. Out: llm_calls, tasks and calls_rollup at the prices in force; what a call was
first priced at stays. A first run adds what changed to tasks and sums; one that was begun before and broke off
sums them anew, so running it again changes nothing that is right. Only the keeper runs it, between batches.
"""

import contextlib
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from collector.engine.runner import Runner, rows
from collector.errors import CollectorError
from collector.keeper.batch import sum_minutes
from collector.prices.reprice_requests import Reprice, tell
from sql.catalogue import statement

DAY_S = 86_400
SLICE_CALLS = 500_000
SLICE_TASKS = 200_000
SAY_EVERY_S = 0.5
# Two threads read, price, sum and write side by side; `parallel_view_processing` lets both of them write.
WRITING = {
    "max_threads": "2",
    "max_insert_threads": "2",
    "parallel_view_processing": "1",
    "max_partitions_per_insert_block": "0",
    # Wide rows: a block of the usual million takes most of what a statement may use, and each thread holds one.
    "min_insert_block_size_rows": "50000",
    "min_insert_block_size_bytes": "0",
}
MERGING = {"final": "1", "do_not_merge_across_partitions_select_final": "1", **WRITING}
DIFFERENCES = ("task_differences", "sum_differences")


def carry_out(runner: Runner, wanted: Reprice, next_version: Callable[[], int]) -> Iterator[None]:
    """Does the work, one slice for each `next()`: calls with their sums, then tasks.

    Rows written anew are merged with the old ones afterwards: merging beside it takes a third of the time.
    """
    _try(runner, "SYSTEM STOP MERGES llm_calls")
    try:
        yield from _carry_out(runner, wanted, next_version)
    finally:
        _try(runner, "SYSTEM START MERGES llm_calls")


@dataclass(frozen=True, slots=True)
class Slice:
    """Calls that start in `[from_s, to_s)` (unix seconds), about `calls` of them."""

    from_s: int
    to_s: int
    calls: int


def _carry_out(runner: Runner, wanted: Reprice, next_version: Callable[[], int]) -> Iterator[None]:
    runner.run("SYSTEM RELOAD DICTIONARY {name:Identifier}", {"name": "price_range"})
    _forget(runner, DIFFERENCES)
    stretch = _stretch(wanted.from_s, wanted.to_s)
    slices = list(call_slices(rows(runner, "keeper/reprice_slices", stretch), wanted))
    days = list(task_slices(rows(runner, "keeper/reprice_task_days", stretch)))
    # Of the time that a reprice takes, tasks are about an eighth.
    calls = sum(part.calls for part in slices)
    total, done = calls + calls // 8, 0
    report = _Report(runner, wanted, total)
    report("calls", done)
    for part in slices:
        if wanted.is_begun:
            _price(runner, wanted, part, "llm_calls", "llm_calls", next_version())
            _sum_minutes(runner, part, next_version())
        else:
            _price(runner, wanted, part, "calls_before", "repriced", next_version())
            _add_sums(runner, part, next_version)
        done += part.calls
        report("calls", done)
        yield
    for place, ended in enumerate(days):
        if any(int(row["tasks"]) > int(row["long"]) for row in ended):
            _tasks(runner, wanted, ended, "short", next_version())
        report("tasks", done + calls // 8 * (place + 1) // len(days))
        yield
    long = [row for ended in days for row in ended if int(row["long"])]
    if long:
        _tasks(runner, wanted, long, "long", next_version())
    _forget(runner, DIFFERENCES)
    tell(runner, wanted, "done", total, total)


def call_slices(days: Sequence[dict[str, Any]], wanted: Reprice) -> Iterator[Slice]:
    """The stretch in parts of about SLICE_CALLS calls: parts of a day, or days; whole minutes, so that no sum is cut.

    `days` are rows of keeper/reprice_slices.
    """
    gathered: Slice | None = None
    for row in days:
        for part in _parts(int(row["day"]), int(row["calls"]), wanted):
            if gathered is not None and gathered.calls + part.calls <= SLICE_CALLS:
                gathered = Slice(gathered.from_s, part.to_s, gathered.calls + part.calls)
                continue
            if gathered is not None:
                yield gathered
            gathered = part
    if gathered is not None:
        yield gathered


def task_slices(days: Sequence[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """Rows of keeper/reprice_task_days, in groups of about SLICE_TASKS tasks."""
    gathered: list[dict[str, Any]] = []
    for row in days:
        if gathered and sum(int(one["tasks"]) for one in gathered) + int(row["tasks"]) > SLICE_TASKS:
            yield gathered
            gathered = []
        gathered.append(row)
    if gathered:
        yield gathered


def _parts(day_s: int, calls: int, wanted: Reprice) -> Iterator[Slice]:
    count = max(1, -(-calls // SLICE_CALLS))
    step = -(-DAY_S // count // 60) * 60
    for start in range(day_s, day_s + DAY_S, step):
        from_s, to_s = max(start, wanted.from_s), min(start + step, day_s + DAY_S, wanted.to_s)
        if from_s < to_s:
            yield Slice(from_s, to_s, calls // count)


class _Report:
    """Says how far a reprice is, at most twice a second."""

    def __init__(self, runner: Runner, wanted: Reprice, total: int) -> None:
        self._runner, self._wanted, self._total = runner, wanted, total
        self._said_at = float("-inf")

    def __call__(self, state: str, done: int) -> None:
        if time.monotonic() - self._said_at >= SAY_EVERY_S:
            tell(self._runner, self._wanted, state, done, self._total)
            self._said_at = time.monotonic()


def _price(runner: Runner, wanted: Reprice, part: Slice, calls: str, into: str, version: int) -> None:
    params = {
        "calls": calls,
        "into": into,
        "book": "",
        **_stretch(part.from_s, part.to_s),
        "changed": "true",
        "unpriced": "true" if wanted.unpriced_only else "false",
        "known": "true",
        "version": str(version),
    }
    runner.run(statement("keeper/price").text, params, MERGING)


def _add_sums(runner: Runner, part: Slice, next_version: Callable[[], int]) -> None:
    found = rows(runner, "keeper/reprice_moved")[0]
    if int(found["moved"]):
        _sum_minutes(runner, part, next_version())
    elif int(found["rows"]):
        params = {"from_": str(part.from_s), "to_": str(part.to_s), "version": str(next_version())}
        runner.run(statement("keeper/reprice_add_sums").text, params, WRITING)
    _forget(runner, ("sum_differences",))


def _sum_minutes(runner: Runner, part: Slice, version: int) -> None:
    found = rows(runner, "keeper/reprice_minutes", _stretch(part.from_s, part.to_s))
    sum_minutes(runner, [int(row["minute"]) for row in found], version)


def _tasks(
    runner: Runner, wanted: Reprice, ended: Sequence[dict[str, Any]], which: str, version: int
) -> None:
    first, last = (int(ended[place]["day"]) for place in (0, -1))
    params = {
        "first_day": _day(first),
        "last_day": _day(last),
        "long": "true" if which == "long" else "false",
        "version": str(version),
    }
    if wanted.is_begun:
        began = [int(row[f"{which}_from"]) for row in ended if int(row[f"{which}_from"])]
        params |= _stretch(min(began, default=first - DAY_S), last + DAY_S)
        runner.run(statement("keeper/reprice_tasks").text, params, MERGING)
    else:
        runner.run(statement("keeper/reprice_add_tasks").text, params, MERGING)


def _forget(runner: Runner, tables: Sequence[str]) -> None:
    for table in tables:
        runner.run("TRUNCATE TABLE {name:Identifier}", {"name": table})


def _try(runner: Runner, wish: str) -> None:
    """A statement that a server may not allow us; everything is right without it, only slower."""
    with contextlib.suppress(CollectorError):
        runner.run(wish)


def _stretch(from_s: int, to_s: int) -> dict[str, str]:
    return {
        name: f"{datetime.fromtimestamp(moment_s, UTC):%Y-%m-%d %H:%M:%S}"
        for name, moment_s in (("from_", from_s), ("to_", to_s))
    }


def _day(moment_s: int) -> str:
    return f"{datetime.fromtimestamp(moment_s, UTC):%Y-%m-%d}"
