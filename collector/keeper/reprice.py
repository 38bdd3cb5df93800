"""Prices calls of the past anew, some days at a time, and brings their tasks and sums up to date.

In: a reprice that was asked for. Out: llm_calls, tasks and calls_rollup at the prices in force; what a call was
first priced at stays. The calls of a large day are priced in a copy that shares its files, so that only the columns
of prices are written, and take the place of the day at once; calls of small days are written anew, as planning the
other way takes longer. Only the keeper runs it, between batches.
"""

import contextlib
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

from collector.engine.runner import Runner, execute, rows
from collector.engine.typed import strings
from collector.errors import CollectorError
from collector.keeper.batch import DAY_S, HOUR_S, MINUTE_S, sum_minutes
from collector.prices.reprice_requests import Reprice, tell
from sql.catalogue import statement
from sql.reading import BY_PARTITION

SLICE_CALLS = 500_000
LARGE_SLICE_CALLS = 1_500_000
LARGE_DAY_CALLS = 150_000
SLICE_TASKS = 200_000
MOST_PARTS = 6
SAY_EVERY_S = 0.5
# Two threads read, sum and write side by side.
WRITING = {
    "max_threads": "2",
    "max_insert_threads": "2",
    "max_partitions_per_insert_block": "0",
    # Wide rows: a block of the usual million takes most of what a statement may use, and each thread holds one.
    "min_insert_block_size_rows": "50000",
    "min_insert_block_size_bytes": "0",
}
MERGING = {"final": "1", **BY_PARTITION, **WRITING}
WAITING = {"mutations_sync": "1"}


class CallsCameBetween(CollectorError):
    """Somebody wrote calls of a day while it was priced anew; nothing of that day was changed."""


@dataclass(frozen=True, slots=True)
class Slice:
    """Whole days `[first_s, last_s]` (unix seconds of their starts), all large or none, with about `calls` calls."""

    first_s: int
    last_s: int
    days: tuple[str, ...]
    calls: int
    is_large: bool


@dataclass(frozen=True, slots=True)
class Changed:
    """Minutes (unix seconds) with a call whose price changed, and whether one may go to another row of their sums."""

    minutes: Sequence[int]
    may_move: bool = True


def carry_out(
    runner: Runner, wanted: Reprice, next_version: Callable[[], int]
) -> Generator[None, None, frozenset[int] | None]:
    """Does the work, one slice for each `next()`: calls with their sums, then tasks.

    Returns the hours (unix seconds) that have a call whose price changed; None = not known, as it broke off before.
    """
    _try(runner, "SYSTEM STOP MERGES llm_calls")
    execute(runner, "keeper/reprice_end")
    try:
        return (yield from _carry_out(_OnTwoThreads(runner), wanted, next_version))
    finally:
        _try(runner, statement("keeper/reprice_end").text)
        _try(runner, "SYSTEM START MERGES llm_calls")


def call_slices(days: Sequence[dict[str, Any]]) -> Iterator[Slice]:
    """Rows of keeper/reprice_slices, in groups of at most SLICE_CALLS calls, or of large days LARGE_SLICE_CALLS."""
    for is_large, alike in groupby(days, key=_is_large):
        for group in _groups(alike, "calls", LARGE_SLICE_CALLS if is_large else SLICE_CALLS):
            yield _slice(group)


def task_slices(days: Sequence[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """Rows of keeper/reprice_task_days, in groups of about SLICE_TASKS tasks."""
    return _groups(days, "tasks", SLICE_TASKS)


def _groups(days: Iterable[dict[str, Any]], what: str, most: int) -> Iterator[list[dict[str, Any]]]:
    gathered: list[dict[str, Any]] = []
    for row in days:
        if gathered and sum(int(one[what]) for one in gathered) + int(row[what]) > most:
            yield gathered
            gathered = []
        gathered.append(row)
    if gathered:
        yield gathered


def _is_large(day: Mapping[str, Any]) -> bool:
    return int(day["calls"]) >= LARGE_DAY_CALLS


def _slice(days: Sequence[dict[str, Any]]) -> Slice:
    first_s, last_s = (int(days[place]["day"]) for place in (0, -1))
    names = tuple(f"{datetime.fromtimestamp(int(row['day']), UTC):%Y%m%d}" for row in days)
    return Slice(first_s, last_s, names, sum(int(row["calls"]) for row in days), _is_large(days[0]))


def _carry_out(
    runner: Runner, wanted: Reprice, next_version: Callable[[], int]
) -> Generator[None, None, frozenset[int] | None]:
    for dictionary in ("price_range", "first_price"):
        runner.run("SYSTEM RELOAD DICTIONARY {name:Identifier}", {"name": dictionary})
    stretch = _stretch(wanted.from_s, wanted.to_s)
    slices = list(call_slices(rows(runner, "keeper/reprice_slices", stretch)))
    # Of the time that a reprice takes, tasks are about a fifth.
    calls = sum(part.calls for part in slices)
    total, done = calls + calls // 4, 0
    report = _Report(runner, wanted, total)
    report("calls", done)
    changed: set[int] = set()
    for part in slices:
        price = _price_in_copy if part.is_large else _price_anew
        found = price(runner, wanted, part, next_version())
        changed |= {minute - minute % HOUR_S for minute in found.minutes}
        _sum(runner, _all_minutes(runner, wanted, part) if wanted.is_begun else found, next_version())
        done += part.calls
        report("calls", done)
        yield
    # Listed only now: a batch between two slices may have moved a task to another day, or begun one earlier.
    ended = rows(runner, "keeper/reprice_task_days", stretch)
    days = list(task_slices([row for row in ended if wanted.is_begun or _holds(row, changed)]))
    for place, group in enumerate(days):
        _tasks(runner, wanted, group, "short", next_version())
        report("tasks", done + calls // 4 * (place + 1) // len(days))
        yield
    _tasks(runner, wanted, [row for group in days for row in group], "long", next_version())
    tell(runner, wanted, "done", total, total)
    return None if wanted.is_begun else frozenset(changed)


class _Report:
    """Says how far a reprice is, at most twice a second."""

    def __init__(self, runner: Runner, wanted: Reprice, total: int) -> None:
        self._runner, self._wanted, self._total = runner, wanted, total
        self._said_at = float("-inf")

    def __call__(self, state: str, done: int) -> None:
        if time.monotonic() - self._said_at >= SAY_EVERY_S:
            tell(self._runner, self._wanted, state, done, self._total)
            self._said_at = time.monotonic()


@dataclass(frozen=True)
class _OnTwoThreads:
    """A runner whose statements use two threads where nothing else is said."""

    inner: Runner

    def run(
        self,
        sql: str,
        params: Mapping[str, str] | None = None,
        settings: Mapping[str, str] | None = None,
        fmt: str = "JSONEachRow",
    ) -> bytes:
        """As the runner inside."""
        return self.inner.run(sql, params, {**WRITING, **(settings or {})}, fmt)

    def insert_raw(self, table: str, fmt: str, data: bytes, settings: Mapping[str, str]) -> object:
        """As the runner inside."""
        return self.inner.insert_raw(table, fmt, data, settings)

    def settled(self) -> AbstractContextManager[int]:
        """As the runner inside."""
        return self.inner.settled()


def _price_anew(runner: Runner, wanted: Reprice, part: Slice, version: int) -> Changed:
    """Writes calls whose price changes anew."""
    params = {
        "calls": "llm_calls",
        "into": "llm_calls",
        "book": "",
        **_within(wanted, part),
        "changed": "true",
        "unpriced": "true" if wanted.unpriced_only else "false",
        "known": "true",
        "version": str(version),
    }
    runner.run(statement("keeper/price").text, params, MERGING)
    return _all_minutes(runner, wanted, part, version)


def _price_in_copy(runner: Runner, wanted: Reprice, part: Slice, _: int) -> Changed:
    """The same by pricing a copy of the days; calls keep the version under which they were written."""
    before = _parts(runner, part.days)
    execute(runner, "keeper/reprice_begin")
    for day in before:
        execute(runner, "keeper/reprice_take", {"day": day})
        # One that broke off may have left calls of a day twice; joined they are once again.
        if before[day][0] > (1 if wanted.is_begun else MOST_PARTS):
            execute(runner, "keeper/reprice_join", {"day": day})
    scope = {
        "from_": str(wanted.from_s),
        "to_": str(wanted.to_s),
        "unpriced": "true" if wanted.unpriced_only else "false",
    }
    runner.run(statement("keeper/reprice_calls").text, scope, WAITING)
    bounds = {"first_day": _day(part.first_s), "last_day": _day(part.last_s)}
    found = rows(runner, "keeper/reprice_changed", bounds)
    minutes = [int(row["minute"]) for row in found]
    after = _parts(runner, part.days)
    given = {f"{datetime.fromtimestamp(minute, UTC):%Y%m%d}" for minute in minutes}
    for day in sorted(given | before.keys() if wanted.is_begun else given):
        # A day may have its first call since the days were listed. And only this keeper writes calls, unless it
        # lost its lease: those of another must not be lost.
        if day not in before or after.get(day, (0, -1))[1] != before[day][1]:
            raise CallsCameBetween(f"calls of {day} were written while it was repriced; it is tried again")
        execute(runner, "keeper/reprice_give", {"day": day})
    execute(runner, "keeper/reprice_end")
    return Changed(minutes, any(row["moved"] for row in found))


def _parts(runner: Runner, days: Sequence[str]) -> dict[str, tuple[int, int]]:
    """Of each day that has calls: how many parts, number of the newest insert."""
    found = rows(runner, "keeper/reprice_parts", {"days": strings(days)})
    return {str(row["day"]): (int(row["parts"]), int(row["newest"])) for row in found}


def _all_minutes(runner: Runner, wanted: Reprice, part: Slice, version: int = 0) -> Changed:
    params = {**_within(wanted, part), "version": str(version)}
    return Changed([int(row["minute"]) for row in rows(runner, "keeper/reprice_minutes", params)])


def _sum(runner: Runner, changed: Changed, version: int) -> None:
    minutes = changed.minutes
    if minutes:
        bounds = {"from_": str(minutes[0]), "to_": str(minutes[-1] + MINUTE_S)}
        slices = rows(runner, "keeper/reprice_slices_of_sums", bounds)[0]["slices"]
        sum_minutes(runner, minutes, version, take_back=changed.may_move or bool(slices))


def _within(wanted: Reprice, part: Slice) -> dict[str, str]:
    return _stretch(max(wanted.from_s, part.first_s), min(wanted.to_s, part.last_s + DAY_S))


def _holds(ended: Mapping[str, Any], changed: set[int]) -> bool:
    """Whether a task that ended on this day may have a call in one of the hours."""
    began = [int(ended[name]) for name in ("short_from", "long_from") if int(ended[name])]
    first_s = min(began, default=int(ended["day"]))
    return any(first_s - HOUR_S < hour < int(ended["day"]) + DAY_S for hour in changed)


def _tasks(
    runner: Runner, wanted: Reprice, listed: Sequence[dict[str, Any]], which: str, version: int
) -> None:
    """Sums tasks anew that ended on the listed days, from the first start that stands now: batches move them."""
    if not listed:
        return
    first, last = (int(listed[place]["day"]) for place in (0, -1))
    now = rows(runner, "keeper/reprice_task_days", _stretch(max(wanted.from_s, first), wanted.to_s))
    # Days between that are not listed count too: their tasks are summed with the others.
    starts = [int(row[f"{which}_from"]) for row in now if int(row["day"]) <= last]
    began = [start for start in starts if start]
    if not began:
        return
    params = {
        "first_day": _day(first),
        "last_day": _day(last),
        "long": "true" if which == "long" else "false",
        "version": str(version),
        **_stretch(min(began), last + DAY_S),
    }
    runner.run(statement("keeper/reprice_tasks").text, params, MERGING)


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
