"""Repricing every call of four weeks, each to another price, against a plain copy of the same rows.

Run: `python -m benchmarks reprice [--tasks 2000000]`; ten calls a task. Fills a folder of its own. Two threads.
"""

import argparse
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.fill import fill_calls
from benchmarks.table import print_table
from collector.config.model import parse_config
from collector.engine.embedded import EmbeddedEngine
from collector.engine.migrate import migrate
from collector.keeper.loop import Keeper
from collector.prices.reprice_requests import ask

NOW = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
DEARER = (
    b"prices: [{provider: anthropic, model: '*', factor: 1.1}, {provider: openai, model: '*', factor: 1.1}]"
)
COPY = "INSERT INTO copied SELECT * FROM llm_calls FINAL SETTINGS do_not_merge_across_partitions_select_final = 1"


def main(arguments: list[str]) -> None:
    """Runs the benchmark and prints its table."""
    parser = argparse.ArgumentParser(prog="benchmarks reprice")
    parser.add_argument("--tasks", type=int, default=2_000_000)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="spanledger-bench-") as folder:
        engine = EmbeddedEngine(str(Path(folder, "engine")), "spanledger")
        try:
            migrate(engine, "spanledger")
            _measure(engine, options.tasks)
        finally:
            engine.close()


def _measure(engine: EmbeddedEngine, tasks: int) -> None:
    print(f"filling {tasks:,} tasks with ten calls each", file=sys.stderr)
    fill_calls(engine, tasks, NOW)
    first = _reprice(
        engine, b"", "list prices in place of the made-up ones: every cost, task and sum changes"
    )
    again = _reprice(engine, b"", "the same book again: nothing changes")
    dearer = _reprice(engine, DEARER, "a contract of 10% more: every cost, task and sum changes")
    engine.run("CREATE TABLE copied AS llm_calls")
    began = time.perf_counter()
    engine.run(COPY)
    copy_s = time.perf_counter() - began
    calls = tasks * 10
    print_table(
        f"Repricing {calls:,} calls in {tasks:,} tasks; a plain copy of the calls takes {copy_s:.1f} s",
        ("what changes", "time", "calls a second", "20 million would take", "against the copy"),
        [
            (
                what,
                f"{taken:.1f} s",
                f"{calls / taken:,.0f}",
                f"{2e7 / calls * taken:.0f} s",
                f"{taken / copy_s:.2f}x",
            )
            for what, taken in (first, again, dearer)
        ],
    )


def _reprice(engine: EmbeddedEngine, config: bytes, what: str) -> tuple[str, float]:
    keeper = Keeper(engine, parse_config(config, "spanledger.yaml"))
    keeper.prepare()
    began = time.perf_counter()
    ask(engine, None, None)
    while keeper.reprice_step():
        pass
    return what, time.perf_counter() - began
