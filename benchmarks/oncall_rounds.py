"""A round of all default rules, and an investigation, over 20 million calls of 50 workloads.

Run: `python -m benchmarks oncall_rounds [--tasks 2000000] [--folder FOLDER]`. Fills a folder of its own; two threads;
medians, the first round cold; a replay once.
"""

from __future__ import annotations

import argparse
import itertools
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from analytics.investigate.ask import first_call, investigate
from analytics.investigate.question import Span, question
from benchmarks.table import print_table
from cli.typed_rows import TypedLedger
from collector.alerts.keeper import AlertKeeper, policy_of
from collector.alerts.replay import replay
from collector.config.model import parse_config
from collector.engine.embedded import EmbeddedEngine
from collector.engine.migrate import migrate
from sql.catalogue import parse
from sql.reading import EMBEDDED

ROUNDS = 5
WORKLOADS = 50
NOW = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
HANDLE = {**EMBEDDED, "readonly": "1"}
CONFIG = b"""budgets:
  - {all: true, period: month, limit_usd: 100000}
  - {workload: w7, period: week, limit_usd: 900}
"""
FILL = Path(__file__).parent / "oncall_rounds_fill"
LIMITS = {
    "max_threads": "2",
    "max_partitions_per_insert_block": "0",
    "max_bytes_before_external_group_by": "150000000",
}


def main(arguments: list[str]) -> None:
    """Runs the benchmark and prints its table."""
    parser = argparse.ArgumentParser(prog="benchmarks oncall_rounds")
    parser.add_argument("--tasks", type=int, default=2_000_000)
    parser.add_argument("--folder", help="keeps the ledger there; one that is filled is used as it is")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="spanledger-bench-") as temporary:
        folder = Path(options.folder or temporary, "engine")
        is_filled = folder.exists()
        engine = EmbeddedEngine(str(folder), "spanledger")
        try:
            migrate(engine, "spanledger")
            if not is_filled:
                print(f"filling {options.tasks:,} tasks with ten calls each", file=sys.stderr)
                _fill(engine, options.tasks)
            rows = _measure(engine, _end(engine))
        finally:
            engine.close()
    print_table(
        f"On call, {options.tasks * 10:,} calls, {WORKLOADS} workloads",
        ("work", "seconds", "of CPU, two threads", "goal"),
        rows,
    )


def _fill(engine: EmbeddedEngine, tasks: int) -> None:
    """Calls of fifty workloads, day by day, with their tasks and sums, merged as after some hours."""
    first = NOW - timedelta(days=28)
    for quarter in range(28 * 4):
        begin = first + timedelta(hours=6 * quarter)
        params = {"from_": str(int(begin.timestamp())), "tasks": str(tasks // 112), "day": str(quarter)}
        for name in ("calls", "tasks", "sums"):
            statement = parse(name, (FILL / f"{name}.sql").read_text(encoding="utf-8"))
            engine.run(statement.text, {k: v for k, v in params.items() if k in statement.parameters}, LIMITS)
    for table in ("llm_calls", "tasks", "calls_rollup"):
        engine.run("OPTIMIZE TABLE {name:Identifier} FINAL", {"name": table})


def _end(engine: EmbeddedEngine) -> datetime:
    """The whole hour after the last call."""
    last = json.loads(engine.run("SELECT toUnixTimestamp(max(started_at)) AS s FROM llm_calls"))["s"]
    return datetime.fromtimestamp(int(last) // 3600 * 3600 + 3600, UTC)


def _measure(engine: EmbeddedEngine, end: datetime) -> list[tuple[str, ...]]:
    clock = itertools.count()  # rounds of one moment would share their answers
    config = parse_config(CONFIG, "bench")
    keeper = AlertKeeper(engine, config, now=lambda: end + timedelta(seconds=next(clock)))
    rows = [
        ("a round of all default rules, the first", *_once(keeper.round), ""),
        ("a round of all default rules", *_medians(keeper.round), "2"),
        ("a look for runaway tasks", *_medians(keeper.look_for_runaways), ""),
    ]
    for hours in (1, 6, 24):
        rows.append((f"investigate {hours} h", *_medians(partial(_investigate, engine, end, hours)), "3"))
    again = partial(replay, engine, config, config.alerts, end - timedelta(days=6), end, policy_of)
    rows.append(("replay of six days", *_once(again), ""))
    return rows


def _investigate(engine: EmbeddedEngine, end: datetime, hours: int) -> None:
    with ThreadPoolExecutor(4) as workers:
        ledger = TypedLedger(_Direct(engine), workers)
        window = Span(end - timedelta(hours=hours), end)
        investigate(ledger, question(window, first_call(ledger)))


def _once(work: Callable[[], object]) -> tuple[str, str]:
    began, used = time.perf_counter(), time.process_time()
    work()
    return f"{time.perf_counter() - began:.2f}", f"{time.process_time() - used:.2f}"


class _Direct:
    """The engine as the command line sees a ledger; every query has a handle of its own."""

    where = "the benchmark's folder"

    def __init__(self, engine: EmbeddedEngine) -> None:
        self._engine = engine

    def query(self, sql: str, fmt: str, parameters: Mapping[str, str] | None = None) -> Iterator[bytes]:
        session = self._engine.session(HANDLE)
        try:
            yield session.run(sql, parameters, fmt).data
        finally:
            session.close()


def _medians(work: Callable[[], object]) -> tuple[str, str]:
    """Median seconds of the clock, and of CPU over all threads; the second is what a busy machine does not blur."""
    work()
    clock, cpu = [], []
    for _ in range(ROUNDS):
        began, used = time.perf_counter(), time.process_time()
        work()
        clock.append(time.perf_counter() - began)
        cpu.append(time.process_time() - used)
    return f"{statistics.median(clock):.2f}", f"{statistics.median(cpu):.2f}"
