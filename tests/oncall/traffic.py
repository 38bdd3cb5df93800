"""History put into the ledger past the ingest path: sums by hour or minute, and tasks."""

import json
import random
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from tests.ledger.ledger import Ledger

HOUR = timedelta(hours=1)
Usd = Callable[[datetime], float]


def sums(
    ledger: Ledger, workload: str, begin: datetime, end: datetime, usd: Usd, step: timedelta = HOUR, **of: Any
) -> None:
    """Rows of calls_rollup, one every `step`; an amount below zero leaves the bucket out (a gap)."""
    rows = []
    at = begin
    while at < end:
        amount = usd(at)
        if amount >= 0:
            rows.append(
                {
                    "minute": f"{at:%Y-%m-%d %H:%M:%S}",
                    "bucket_s": 3600 if step >= HOUR else 60,
                    "workload": workload,
                    "provider": "anthropic",
                    "model": "m",
                    "tier": "standard",
                    "agent": "a",
                    "calls": 100,
                    "list_cost_usd": f"{amount:.9f}",
                    "version": 1,
                    **of,
                }
            )
        at += step
    insert(ledger, "calls_rollup", rows)


def tasks(ledger: Ledger, workload: str, ends: Iterable[datetime], usd: Usd, **of: Any) -> None:
    """Rows of tasks."""
    rows = [
        {
            "task_id": f"{workload}-{number}-{end.timestamp()}", "workload": workload, "calls": 10, "status": "ok",
            "started_at": f"{end - timedelta(seconds=20):%Y-%m-%d %H:%M:%S.%f}",
            "ended_at": f"{end:%Y-%m-%d %H:%M:%S.%f}",
            "list_cost_usd": f"{usd(end):.9f}", "version": int(end.timestamp() * 1e9), **of,
        }
        for number, end in enumerate(ends)
    ]  # fmt: skip
    insert(ledger, "tasks", rows)


def insert(ledger: Ledger, table: str, rows: list[dict[str, Any]]) -> None:
    """Rows as JSON."""
    ledger.engine.insert_raw(table, "JSONEachRow", "\n".join(json.dumps(row) for row in rows).encode(), {})


def daily(
    level: float, seed: int = 1, noise: float = 0.1, zone_shift: Callable[[datetime], int] = lambda _: 0
) -> Usd:
    """A working day's rhythm with a little noise, the same for the same moment."""

    def usd(at: datetime) -> float:
        hour = (at.hour + zone_shift(at)) % 24
        rhythm = 1.0 + 2.0 * (8 <= hour < 18) * (at.weekday() < 5)
        return level * rhythm * random.Random(f"{seed}{at.isoformat()}").lognormvariate(0, noise)

    return usd


def raised(usd: Usd, begin: datetime, end: datetime, times: float) -> Usd:
    """The same, `times` as much in [begin, end)."""
    return lambda at: usd(at) * (times if begin <= at < end else 1)


def state(ledger: Ledger, rule: str) -> list[Mapping[str, Any]]:
    """Firings of a rule, oldest first."""
    return ledger.rows(f"SELECT * FROM alerts FINAL WHERE rule = '{rule}' ORDER BY started_at, fingerprint")
