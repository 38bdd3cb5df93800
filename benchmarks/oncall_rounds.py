"""A round of all default rules, and an investigation, over 20 million calls of 50 workloads.

Run: `python -m benchmarks oncall_rounds [--tasks 2000000]`. Fills a folder of its own; two threads; warm medians, the first
round cold. The peer is the overview's five queries over a week of the same ledger, in the same run.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from analytics.investigate_ask import first_call, investigate
from analytics.investigate_question import Span, question
from benchmarks.fill import fill
from benchmarks.table import print_table
from cli.typed_rows import TypedLedger
from collector.alert_keeper import AlertKeeper
from collector.config import parse_config
from collector.engine import EmbeddedEngine
from collector.migrate import migrate

ROUNDS = 5
WORKLOADS = 50
NOW = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
HANDLE = {"max_threads": "2", "do_not_merge_across_partitions_select_final": "1", "readonly": "1"}
CONFIG = b"budgets:\n  - {all: true, period: month, limit_usd: 100000}\n  - {workload: w7, period: week, limit_usd: 900}\n"
SPREAD = Path(__file__).parent / "oncall_rounds_fill"


def main(arguments: list[str]) -> None:
    """Runs the benchmark and prints its table."""
    parser = argparse.ArgumentParser(prog="benchmarks oncall_rounds")
    parser.add_argument("--tasks", type=int, default=2_000_000)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="spanledger-bench-") as folder:
        engine = EmbeddedEngine(str(Path(folder, "engine")), "spanledger")
        try:
            migrate(engine, "spanledger")
            print(f"filling {options.tasks:,} tasks with ten calls each", file=sys.stderr)
            _fill(engine, options.tasks, Path(folder, "calls.parquet"))
            rows = _measure(engine)
        finally:
            engine.close()
    print_table(
        f"On call, {options.tasks * 10:,} calls, {WORKLOADS} workloads", ("work", "seconds", "goal"), rows
    )


def _fill(engine: EmbeddedEngine, tasks: int, parquet: Path) -> None:
    """The fill of the other benchmarks, its eight workloads spread over fifty, and the calls themselves."""
    from collector.typed import text
    from sql.catalogue import parse

    limits = {
        "max_threads": "2",
        "max_partitions_per_insert_block": "0",
        "max_bytes_before_external_group_by": "150000000",
    }
    fill(engine, tasks, NOW, parquet)
    for name in ("spread_tasks", "spread_rollup", "calls"):
        source = (SPREAD / f"{name}.sql").read_text(encoding="utf-8")
        statement = parse(name, source)
        for day in range(31):
            from_ = NOW - timedelta(days=30 - day)
            params = {
                "from_": str(int(from_.timestamp())),
                "to_": str(int((from_ + timedelta(days=1)).timestamp())),
                "unused": text(""),
            }
            engine.run(statement.text, {k: v for k, v in params.items() if k in statement.parameters}, limits)


def _measure(engine: EmbeddedEngine) -> list[tuple[str, ...]]:
    keeper = AlertKeeper(engine, parse_config(CONFIG, "bench"), now=lambda: NOW)
    began = time.perf_counter()
    keeper.round()
    cold_s = time.perf_counter() - began
    rows = [
        ("a round of all default rules, the first", f"{cold_s:.2f}", ""),
        ("a round of all default rules, warm", f"{_median_s(keeper.round):.2f}", "2"),
        ("a look for runaway tasks", f"{_median_s(keeper.look_for_runaways):.3f}", ""),
    ]
    for hours in (1, 6, 24):
        rows.append(
            (f"investigate {hours} h", f"{_median_s(lambda h=hours: _investigate(engine, h)):.2f}", "3")
        )  # type: ignore[misc]
    return rows


def _investigate(engine: EmbeddedEngine, hours: int) -> None:
    from concurrent.futures import ThreadPoolExecutor

    class Direct:
        where = "bench"

        def query(self, sql: str, fmt: str, parameters: dict[str, str] | None = None):  # type: ignore[no-untyped-def]
            session = engine.session(HANDLE)
            try:
                yield session.run(sql, parameters, fmt).data
            finally:
                session.close()

    with ThreadPoolExecutor(4) as workers:
        ledger = TypedLedger(Direct(), workers)
        window = Span(NOW - timedelta(hours=hours), NOW)
        investigate(ledger, question(window, first_call(ledger)))


def _median_s(work: Callable[[], object]) -> float:
    work()
    taken = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        work()
        taken.append(time.perf_counter() - began)
    return statistics.median(taken)
