"""Fills a ledger with many tasks at once, past the ingest path, and writes the same calls to Parquet.

In: an engine with the schema, a count, the newest moment. Out: rows in tasks and calls_rollup, a Parquet file.
Never: random numbers; everything follows from the number of the task.
"""

import time
from datetime import datetime
from itertools import count
from pathlib import Path

from collector.engine.embedded import EmbeddedEngine
from collector.engine.typed import text
from collector.keeper.summing import Summing
from sql.catalogue import parse

HERE = Path(__file__).parent / "fill"
CHUNK = 100_000
DAY_S = 86_400
DAYS = 28
LIMITS = {
    "max_partitions_per_insert_block": "0",
    "max_threads": "1",
    "max_bytes_before_external_group_by": "150000000",
    "max_insert_threads": "1",
    # Wide rows: a block of the usual million takes most of what a statement may use.
    "min_insert_block_size_rows": "60000",
    "min_insert_block_size_bytes": "0",
}


def fill(engine: EmbeddedEngine, tasks: int, now: datetime, parquet: Path) -> None:
    """Tasks of ten calls spread over the four weeks before `now`, partitions merged as after some hours."""
    params = {
        "tasks": str(tasks),
        "now": str(int(now.timestamp())),
        "days": str(DAYS),
        "file": text(str(parquet)),
    }
    _run(engine, "calls", params)
    for first in range(0, tasks, CHUNK):
        _run(engine, "tasks", {"from_": str(first), "to_": str(first + CHUNK)})
    today = int(now.timestamp()) // DAY_S
    for day in range(today - 30, today + 2):
        _run(engine, "rollup", {"from_": str(day * DAY_S), "to_": str((day + 1) * DAY_S)})
    _run(engine, "parquet", params)
    for table in ("tasks", "calls_rollup"):
        engine.run("OPTIMIZE TABLE {name:Identifier} FINAL", {"name": table})


def fill_calls(engine: EmbeddedEngine, tasks: int, now: datetime, days: int = DAYS) -> None:
    """The same tasks and sums, and their calls in llm_calls, by the day, partitions merged as after some hours."""
    _run(engine, "calls", {"tasks": str(tasks), "now": str(int(now.timestamp())), "days": str(days)})
    for first in range(0, tasks, CHUNK):
        _run(engine, "tasks", {"from_": str(first), "to_": str(first + CHUNK)})
    today = int(now.timestamp()) // DAY_S
    for day in range(today - 30, today + 2):
        for name in ("rollup", "llm_calls"):
            _run(
                engine, name, {"from_": str(day * DAY_S), "to_": str((day + 1) * DAY_S), "tasks": str(tasks)}
            )
    engine.run("DROP TABLE bench_calls")
    _run(engine, "names", {})
    for table in ("tasks", "calls_rollup", "llm_calls"):
        engine.run("OPTIMIZE TABLE {name:Identifier} FINAL", {"name": table})


def sum_settled(engine: EmbeddedEngine) -> int:
    """What the keeper sums in the background over some hours; returns how many hours and days that were."""
    return Summing(engine, count(time.time_ns()).__next__, time.time_ns).sum_all()


def _run(engine: EmbeddedEngine, name: str, params: dict[str, str]) -> None:
    statement = parse(name, (HERE / f"{name}.sql").read_text(encoding="utf-8"))
    used = {key: value for key, value in params.items() if key in statement.parameters}
    engine.run(statement.text, used, LIMITS)
