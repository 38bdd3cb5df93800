"""Reads what alert rules judge; keeps the hours of the past weeks, which do not change much, between rounds.

In: a runner. Out: grids, measured numbers, tasks. Never: more than the rules of a round ask for.
"""

import time
from collections.abc import Sequence, Set
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from analytics.alerts.limits import Measured
from analytics.alerts.model import Scope
from analytics.alerts.runaway import ChangedTask, UsualTasks
from analytics.alerts.shift import Hours
from collector.alerts.grid import Cells, SpendGrid, cells_of, hours_of
from collector.alerts.times import moment_of, second_text, text_of
from collector.context_windows import context_window
from collector.engine.runner import Runner, each_row, rows
from collector.engine.typed import strings

HISTORY = timedelta(weeks=8)
FRESH = timedelta(hours=2)
"""What is read again every round; what is older now and then, for spans and imports that come later still."""

LEAST_WAIT_S, WAIT_PER_READ_S = 50.0, 300.0
"""Seconds between reads of the whole history: at least the one, and the other for every second that a read takes."""

USUAL = timedelta(days=14)
USUAL_FRESH = timedelta(minutes=10)
USUAL_NEW = timedelta(seconds=20)
"""The same where a large task is of a workload that was still learning: it may have learned since."""
BUCKET_S = 300
BURN_DAYS = timedelta(days=3, hours=1)
HOUR_S = 3600


@dataclass
class _Kept:
    """`whole_at`: the end of what was read whole; `read_to`: of what was read last."""

    cells: Cells
    whole_at: datetime
    read_to: datetime
    again_s: float


Key = tuple[str, Scope]
Answer = dict[str, list[Measured]]
"""By measure."""


class AlertReader:
    """Reads the ledger for one collector. Not for several threads at once."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner
        self._kept: dict[tuple[tuple[str, ...], int], _Kept] = {}
        self._usual: tuple[datetime, dict[str, UsualTasks]] | None = None
        self._answers: dict[tuple[str, ...], Answer] = {}
        self._answers_to: datetime | None = None
        self._baselines: dict[tuple[str, ...], tuple[datetime, dict[Key, Measured]]] = {}

    def hours(self, by: Sequence[str], end: datetime, wanted: Set[Scope] = frozenset()) -> Hours:
        """Hourly cost of the eight weeks before `end`, a whole hour: by scope, those in `wanted` whatever they cost."""
        names = tuple(by)
        cells = self._cells(names, end)
        everything = cells if names == ("workload",) else self._cells(("workload",), end)
        return hours_of(cells, end, int(HISTORY.total_seconds()) // HOUR_S, everything, wanted)

    def forget(self) -> None:
        """Reads everything anew, as after a change of prices."""
        self._kept.clear()
        self._baselines.clear()
        self._usual = None

    def without_incidents(self, hours: Hours, end: datetime) -> Hours:
        """The hours with past incidents unknown, so that no plan learns from them; the last day is left as it is."""
        found = rows(self._runner, "keeper/alert_incidents", {"from_": text_of(end - HISTORY)})
        if not found:
            return hours
        cost, last = hours.cost.copy(), hours.cost.shape[1] - 24
        for row in found:
            scope = tuple(sorted((str(k), str(v)) for k, v in row["scope"].items()))
            low = max(0, int(row["from_s"]) // HOUR_S - hours.first_hour)
            high = min(last, -(-int(row["to_s"]) // HOUR_S) - hours.first_hour)
            for number, each in enumerate(hours.scopes):
                if each == scope and low < high:
                    cost[number, low:high] = np.nan
        return Hours(hours.scopes, hours.first_hour, cost)

    def spends(self, by: str, now: datetime, hours: Hours) -> SpendGrid:
        """Spend of the last three days in buckets of five minutes, by workload or tenant."""
        cells = self._cells((by,), now, BURN_DAYS, BUCKET_S)
        return SpendGrid(cells, BUCKET_S, now - BURN_DAYS, now, hours)

    def usual_tasks(self, now: datetime, fresh: timedelta = USUAL_FRESH) -> dict[str, UsualTasks]:
        """What tasks usually cost, by workload; read again when older than `fresh`."""
        if self._usual is None or not timedelta(0) <= now - self._usual[0] < fresh:
            params = {"from_": text_of(now - USUAL), "to_": text_of(now)}
            found = {
                str(row["workload"]): UsualTasks(
                    int(row["tasks"]), float(row["p95_usd"]), float(row["p99_calls"])
                )
                for row in rows(self._runner, "queries/alert_usual_tasks", params)
            }
            self._usual = (now, found)
        return self._usual[1]

    def changed_tasks(
        self, since_ns: int, ended_after: datetime, min_usd: float, min_calls: int
    ) -> list[ChangedTask]:
        """Large tasks that the keeper wrote from `since_ns` on."""
        params = {
            "since": str(max(0, since_ns)),
            "from_": text_of(ended_after),
            "min_usd": str(min_usd),
            "min_calls": str(min_calls),
        }
        return [
            ChangedTask(
                task_id=str(row["task_id"]),
                workload=str(row["workload"]),
                cost_usd=float(row["cost_usd"]),
                calls=int(row["calls"]),
                unpriced_calls=int(row["unpriced_calls"]),
                started_at=moment_of(row["started_at"]),
                ended_at=moment_of(row["ended_at"]),
                agents=tuple(row["agents"]),
            )
            for row in rows(self._runner, "queries/alert_changed_tasks", params)
        ]

    def measured(
        self, query: str, measure: str, by: Sequence[str], before: datetime, from_: datetime, to: datetime
    ) -> list[Measured]:
        """Numbers of one measure by scope, beside those of [before, from_) where the two differ.

        Rules of a round that ask the same share the answer. Times before are read once an hour, by whole hours.
        """
        wanted = "context_tokens" if measure == "context_use" else measure
        answer = self._answer(query, by, from_, to)
        found = answer.get(wanted, [])
        if before < from_:
            known = self._baseline(query, by, before, from_)
            found = [_beside(each, known.get((wanted, each.scope))) for each in found]
        return _of_window(found) if measure == "context_use" else found

    def _answer(self, query: str, by: Sequence[str], from_: datetime, to: datetime) -> Answer:
        if self._answers_to != to:
            self._answers.clear()
            self._answers_to = to
        key = (query, *by, text_of(from_))
        if key not in self._answers:
            self._answers[key] = self._asked(query, by, from_, to)
        return self._answers[key]

    def _asked(self, query: str, by: Sequence[str], from_: datetime, to: datetime) -> Answer:
        as_text = second_text if query == "alert_sums" else text_of
        params = {"from_": as_text(from_), "to_": as_text(to), "by": strings(by)}
        scopes: dict[Scope, Scope] = {}
        found: Answer = {}
        for row in each_row(self._runner, f"queries/{query}", params):
            found.setdefault(str(row["measure"]), []).append(_measured(row, by, scopes))
        return found

    def _baseline(
        self, query: str, by: Sequence[str], before: datetime, from_: datetime
    ) -> dict[Key, Measured]:
        end = self._baseline_end(from_)
        key = (query, *by, str(from_ - before))
        kept = self._baselines.get(key)
        if kept is None or kept[0] != end:
            answer = self._asked(query, by, end - (from_ - before), end)
            found = {(measure, each.scope): each for measure, listed in answer.items() for each in listed}
            kept = self._baselines[key] = (end, found)
        return kept[1]

    def _baseline_end(self, moment: datetime) -> datetime:
        return moment.replace(minute=0, second=0, microsecond=0)

    def _cells(
        self, by: tuple[str, ...], end: datetime, reach: timedelta = HISTORY, bucket_s: int = HOUR_S
    ) -> Cells:
        """Spend by scope and bucket: what is kept with what is fresh, or all of it anew."""
        kept = self._kept.get((by, bucket_s))
        if kept is None or end < kept.whole_at - FRESH or time.monotonic() >= kept.again_s:
            began_s = time.monotonic()
            cells = self._read(by, end - reach, end, bucket_s)
            done_s = time.monotonic()
            wait_s = max(LEAST_WAIT_S, WAIT_PER_READ_S * (done_s - began_s))
            self._kept[(by, bucket_s)] = _Kept(cells, end, end, done_s + wait_s)
            return cells
        # What a pause between two rounds has added is fresh too.
        again_from = min(end, kept.read_to) - FRESH
        first, border = (int(moment.timestamp()) // bucket_s for moment in (end - reach, again_from))
        fresh = self._read(by, datetime.fromtimestamp(border * bucket_s, UTC), end, bucket_s)
        for scope in {*kept.cells, *fresh}:
            old = {at: usd for at, usd in kept.cells.get(scope, {}).items() if first <= at < border}
            kept.cells[scope] = {**old, **fresh.get(scope, {})}
        kept.read_to = end
        return kept.cells

    def _read(self, by: tuple[str, ...], from_: datetime, to: datetime, bucket_s: int = HOUR_S) -> Cells:
        params = {
            "from_": second_text(from_), "to_": second_text(to), "by": strings(by), "bucket_s": str(bucket_s),
        }  # fmt: skip
        name = "alert_tenant_hours" if "tenant" in by else "alert_hours"
        return cells_of(each_row(self._runner, f"queries/{name}", params), by)


def _measured(row: dict[str, Any], by: Sequence[str], scopes: dict[Scope, Scope]) -> Measured:
    """`scopes`: those met before; a scope with several measures is kept once."""
    scope: Scope = tuple(sorted((name, str(row[name])) for name in by))
    scope = scopes.setdefault(scope, scope)
    value = row["value"]
    return Measured(scope, None if value is None else float(value), int(row["sample"]))


def _beside(now: Measured, before: Measured | None) -> Measured:
    return now if before is None else replace(now, baseline=before.value, baseline_sample=before.sample)


def _of_window(found: Sequence[Measured]) -> list[Measured]:
    """Tokens as a share of the model's context window; models whose window nobody knows are left out."""
    shares = []
    for each in found:
        window = context_window(dict(each.scope).get("model", ""))
        if window and each.value is not None:
            shares.append(Measured(each.scope, each.value / window, each.sample))
    return shares
