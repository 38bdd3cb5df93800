"""Sums settled hours and days in the background, so that pages need not read their calls.

In: a runner, the clock. Out: rows in call_sums and the tables beside it, and summed_buckets saying which of them stand.
A bucket is taken back before anything in it changes, and summed anew later; until then its calls are read.
Only the keeper uses it, between batches. Never: sums that stand and differ from the calls.
"""

import logging
import time
from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from collector.engine.runner import Runner, execute, rows
from collector.engine.typed import numbers, strings
from collector.keeper.due import DAY_S, HOUR_S, Bucket, SumLimits, due

log = logging.getLogger(__name__)

STATEMENTS = {
    "start": (
        "keeper/sum_calls",
        "keeper/sum_levels",
        "keeper/sum_health",
        "keeper/sum_turns",
        "keeper/settle_calls",
        "keeper/sum_cache_runs",
        "keeper/sum_cache_gaps",
        "keeper/sum_flight",
    ),
    "end": ("keeper/sum_tasks",),
    "task": ("keeper/sum_task_levels",),
}
OF_TASKS = ("end", "task")
"""Bases that go by the end of tasks: their calls; and they themselves, whose outcomes change without their calls."""
OF_HOURS = frozenset({"keeper/settle_calls", "keeper/sum_flight", "keeper/sum_task_levels"})
"""Statements of which a day is no more than its hours."""
SAY_EVERY_S = 60.0
WORTH_SAYING = 48


@dataclass(frozen=True, slots=True)
class SumPace:
    """How often it looks for what is due, how long a changed hour is left in peace, how much of the time it works."""

    look_every_s: float = 900.0
    peace_s: float = 600.0
    most_busy: float = 0.15


class Summing:
    """The sums of one ledger. Not for several threads."""

    def __init__(
        self,
        runner: Runner,
        next_version: Callable[[], int],
        now_ns: Callable[[], int],
        limits: SumLimits | None = None,
        pace: SumPace | None = None,
    ) -> None:
        self._runner = runner
        self._next_version = next_version
        self._now_ns = now_ns
        self._limits = limits or SumLimits()
        self._pace = pace or SumPace()
        self._standing: dict[Bucket, int] | None = None
        self._doubted: dict[Bucket, int] = {}
        self._changed_at_s: dict[Bucket, int] = {}
        self._waiting: deque[Bucket] = deque()
        self._look_at_s = float("-inf")
        self._rest_until_s = float("-inf")
        self._found = 0
        self._said_at_s = float("-inf")

    def forget(self) -> None:
        """Another collector may have worked since: what stands is read anew."""
        self._standing = None
        self._doubted.clear()
        self._waiting.clear()
        self._look_at_s = float("-inf")

    def step(self) -> bool:
        """Sums one bucket, if one is due and it has rested long enough; whether it did."""
        began_s = time.monotonic()
        if began_s < self._rest_until_s:
            return False
        if not self._waiting and began_s >= self._look_at_s:
            self._look()
            self._look_at_s = began_s + self._pace.look_every_s
        if not self._waiting:
            return False
        self.sum(self._waiting.popleft())
        self._say()
        self._rest_until_s = time.monotonic() + (time.monotonic() - began_s) * (1 / self._pace.most_busy - 1)
        return True

    def sum_all(self) -> int:
        """Sums everything that is due, without a rest; returns how many buckets that were."""
        self._look()
        count = len(self._waiting)
        while self._waiting:
            self.sum(self._waiting.popleft())
        return count

    def sum(self, bucket: Bucket) -> None:
        """Sums one bucket from what stands now."""
        version = self._next_version()
        given = {
            "bucket": str(bucket.start_s),
            "bucket_s": str(bucket.length_s),
            "from_": _stamp(bucket.start_s),
            "to_": _stamp(bucket.end_s),
            "version": str(version),
        }
        for name in STATEMENTS[bucket.basis]:
            if bucket.length_s == DAY_S and name in OF_HOURS:
                continue
            execute(self._runner, name, given)
        self._mark({bucket: version})

    def before_change(self, minutes: Sequence[int]) -> None:
        """To be asked before a batch writes the calls of these minutes (unix seconds) and their tasks.

        Asks the ledger only when one of them is not younger than all that is summed.
        """
        last_s = max((bucket.end_s for bucket in (*self._stands(), *self._waiting)), default=0)
        if not minutes or min(minutes) >= last_s:
            return
        for day in sorted({minute - minute % DAY_S for minute in minutes}):
            execute(self._runner, "keeper/batch_changed", {"from_": str(day), "to_": str(day + DAY_S)})
        found = [
            Bucket(row["basis"], HOUR_S, int(row["hour"]))
            for row in rows(self._runner, "keeper/summed_changed")
        ]
        self.take_back(found)

    def take_back(self, hours: Iterable[Bucket]) -> None:
        """The sums of these hours, and of their days, stand no longer.

        Nor do those of the next hour, in which a call may still run.
        """
        standing = self._stands()
        changed = set(hours)
        changed |= {hour.next for hour in changed if hour.basis == "start"}
        affected = {bucket for hour in changed for bucket in (hour, hour.day)}
        for bucket in affected:
            self._doubted.pop(bucket, None)
        # A day waits behind its hours, and would stand with one of them missing.
        self._waiting = deque(bucket for bucket in self._waiting if bucket not in affected)
        gone = affected & standing.keys()
        now_s = self._now_ns() // 1_000_000_000
        self._mark(dict.fromkeys(gone, 0))
        for bucket in gone:
            self._changed_at_s[bucket] = now_s

    def doubt(self, from_s: int, to_s: int) -> None:
        """Takes back what stands for calls that started in `[from_s, to_s)` and for their tasks, until `trust`."""
        found = {
            bucket: sums
            for bucket, sums in self._stands().items()
            if bucket.end_s > from_s and (bucket.start_s < to_s or bucket.basis != "start")
        }
        self._waiting.clear()
        self._mark(dict.fromkeys(found, 0))
        self._doubted.update(found)

    def trust(self, from_s: int, changed: frozenset[int] | None) -> None:
        """Ends the doubt. Sums stand again of hours without a changed call (unix seconds; None = all may have one).

        Nor do those stand of tasks that may have one of those calls, by when they began and ended.
        """
        if changed is not None:
            hours = {Bucket("start", HOUR_S, hour) for hour in changed}
            pairs = rows(self._runner, "keeper/task_hours", {"from_": _stamp(from_s)}) if changed else ()
            in_order = sorted(changed)
            for row in pairs:
                began, ended = int(row["began"]), int(row["ended"])
                if bisect_right(in_order, ended) > bisect_left(in_order, began):
                    hours |= {Bucket(basis, HOUR_S, ended) for basis in OF_TASKS}
            gone = hours | {hour.day for hour in hours}
            self._mark({bucket: sums for bucket, sums in self._doubted.items() if bucket not in gone})
        self._doubted.clear()
        self._look_at_s = float("-inf")

    def _stands(self) -> dict[Bucket, int]:
        if self._standing is None:
            self._standing = {
                Bucket(row["basis"], int(row["bucket_s"]), int(row["bucket"])): int(row["sums"])
                for row in rows(self._runner, "keeper/summed_marks")
            }
        return self._standing

    def _mark(self, sums: Mapping[Bucket, int]) -> None:
        """The ledger first, memory after: a statement that fails leaves what stands unknown, so it is read anew."""
        if not sums:
            return
        standing, self._standing = self._stands(), None
        buckets = list(sums)
        given = {
            "bases": strings(bucket.basis for bucket in buckets),
            "sizes": numbers(bucket.length_s for bucket in buckets),
            "buckets": numbers(bucket.start_s for bucket in buckets),
            "versions": numbers(sums[bucket] for bucket in buckets),
            "revision": str(self._next_version()),
        }
        execute(self._runner, "keeper/summed_mark", given)
        for bucket, version in sums.items():
            standing.pop(bucket, None)
            if version:
                standing[bucket] = version
        self._standing = standing

    def _look(self) -> None:
        """Lists what is due. Hours that changed a short while ago may change again, and wait."""
        now_s = self._now_ns() // 1_000_000_000
        found = rows(
            self._runner, "keeper/hours_of_calls", {"from_": "0", "to_": str(now_s - now_s % HOUR_S)}
        )
        calls = {
            Bucket(basis, HOUR_S, int(row["hour"])): int(row["calls"])
            for row in found
            for basis in (OF_TASKS if row["basis"] == "end" else (row["basis"],))
        }
        peace_s = now_s - self._pace.peace_s
        self._changed_at_s = {b: at for b, at in self._changed_at_s.items() if at > peace_s}
        restless = {bucket.day for bucket in self._changed_at_s}
        listed = due(calls, self._stands(), now_s, self._limits)
        self._waiting = deque(
            bucket
            for bucket in listed
            if bucket not in self._changed_at_s
            and bucket not in self._doubted
            and not (bucket.length_s == DAY_S and bucket in restless)
        )
        self._found = len(self._waiting)

    def _say(self) -> None:
        """Tells how far a long line is: after an upgrade, an import or a reprice."""
        if self._found < WORTH_SAYING or (time.monotonic() - self._said_at_s < SAY_EVERY_S and self._waiting):
            return
        self._said_at_s = time.monotonic()
        log.info(
            "summing past hours for the pages: %d of %d done", self._found - len(self._waiting), self._found
        )


def _stamp(moment_s: int) -> str:
    return f"{datetime.fromtimestamp(moment_s, UTC):%Y-%m-%d %H:%M:%S}"
