"""Weeks of history, sent over the same OTLP/HTTP path as live spans, with back-dated times.
In: an endpoint, a seed and `now`; out: what was sent. The same arguments send the same spans again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from examples.past.oracle import Totals, expected
from examples.past.plan import Task
from examples.past.requests import bodies
from examples.past.sender import Endpoint, Progress, SendError, send_all
from examples.past.story import UNKNOWN_MODEL
from examples.past.weeks import plan

__all__ = ["HistorySummary", "SendError", "Task", "Totals", "plan", "requests", "send", "totals"]


@dataclass(frozen=True)
class HistorySummary:
    """What was sent: by workload, and from when to when (aware UTC)."""

    spans: int
    totals: dict[str, Totals]
    from_: datetime
    to: datetime

    @property
    def tasks(self) -> int:
        """Tasks of all workloads."""
        return sum(totals.tasks for totals in self.totals.values())

    @property
    def calls(self) -> int:
        """Calls of all workloads."""
        return sum(totals.calls for totals in self.totals.values())


def totals(*, weeks: int = 4, seed: int = 7, now: datetime) -> dict[str, Totals]:
    """What a ledger must say of the history, by workload; see `Totals`. Computed from the plan alone."""
    return expected(plan(weeks=weeks, seed=seed, now=now), (UNKNOWN_MODEL,))


def requests(*, weeks: int = 4, seed: int = 7, now: datetime) -> Iterator[bytes]:
    """The history as uncompressed OTLP request bodies of 512 spans."""
    for _, body in bodies(plan(weeks=weeks, seed=seed, now=now)):
        yield body


def send(
    endpoint: str,
    *,
    weeks: int = 4,
    seed: int = 7,
    now: datetime,
    progress: Progress | None = None,
    token: str = "",
) -> HistorySummary:
    """Sends the history to `endpoint` (such as http://127.0.0.1:4318) and waits until all of it was taken.

    progress is called with (spans taken, spans in all). token is sent as a bearer token where one is needed.
    Raises ValueError for a bad endpoint or a `now` without time zone, SendError when a body is refused.
    """
    target = Endpoint.of(endpoint, token)
    tasks = plan(weeks=weeks, seed=seed, now=now)
    found = expected(tasks, (UNKNOWN_MODEL,))
    spans = send_all(target, bodies(tasks), sum(part.spans for part in found.values()), progress)
    begin_ns = min((task.started_ns for task in tasks), default=int(now.timestamp() * 1e9))
    return HistorySummary(spans, found, datetime.fromtimestamp(begin_ns / 1e9, now.tzinfo), now)
