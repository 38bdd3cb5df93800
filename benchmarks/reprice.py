"""Repricing every call of four weeks, each to another price, against a plain copy of the same rows.

Run: `python -m benchmarks reprice [--tasks 2000000] [--days 28]`; ten calls a task. Fills a folder of its own. Two
threads: how many were busy is CPU and waiting for a CPU over wall clock, so that it can be told on a machine that
others use too. The folder is filled in a process of its own, so that the peak of memory is that of repricing. Needs
Linux.
"""

import argparse
import multiprocessing
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.fill import DAY_S, DAYS, fill_calls
from benchmarks.table import print_table
from collector.config.model import parse_config
from collector.engine.embedded import EmbeddedEngine
from collector.engine.migrate import migrate
from collector.engine.runner import rows
from collector.keeper.loop import Keeper
from collector.keeper.reprice import MERGING, SLICE_CALLS
from collector.prices.reprice_requests import ask

NOW = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
DEARER = (
    b"prices: [{provider: anthropic, model: '*', factor: 1.1}, {provider: openai, model: '*', factor: 1.1}]"
)
ONE_MODEL = b"prices: [{provider: anthropic, model: 'claude-opus-4-5', factor: 1.1}]"
COPY = (
    "INSERT INTO copied SELECT * FROM llm_calls"
    " WHERE started_at >= toDateTime({from_:UInt32}, 'UTC') AND started_at < toDateTime({to_:UInt32}, 'UTC')"
    " SETTINGS optimize_on_insert = 0"
)


GOAL_CALLS, GOAL_S, GOAL_MIB = 20_000_000, 60.0, 1024.0


@dataclass(frozen=True)
class Taken:
    """What something took: wall clock, CPU of this process, and its threads' waiting for a CPU."""

    what: str
    wall_s: float
    cpu_s: float
    waited_s: float

    @property
    def busy(self) -> float:
        """Threads that had work, on average."""
        return (self.cpu_s + self.waited_s) / self.wall_s


def main(arguments: list[str]) -> None:
    """Runs the benchmark and prints its table."""
    parser = argparse.ArgumentParser(prog="benchmarks reprice")
    parser.add_argument("--tasks", type=int, default=2_000_000)
    parser.add_argument(
        "--days", type=int, default=DAYS, help="days they lie in; a part of 20 million needs fewer"
    )
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="spanledger-bench-") as folder:
        print(f"filling {options.tasks:,} tasks with ten calls each", file=sys.stderr)
        filling = multiprocessing.get_context("spawn").Process(
            target=_fill, args=(folder, options.tasks, options.days)
        )
        filling.start()
        filling.join()
        if filling.exitcode:
            raise SystemExit("filling the ledger failed")
        engine = _open(folder)
        try:
            _measure(engine, options.tasks)
        finally:
            engine.close()


def _open(folder: str) -> EmbeddedEngine:
    return EmbeddedEngine(str(Path(folder, "engine")), "spanledger")


def _fill(folder: str, tasks: int, days: int) -> None:
    engine = _open(folder)
    try:
        migrate(engine, "spanledger")
        fill_calls(engine, tasks, NOW, days)
    finally:
        engine.close()


def _measure(engine: EmbeddedEngine, tasks: int) -> None:
    engine.run("CREATE TABLE copied AS llm_calls")
    copy = _taken("a plain copy of the calls", lambda: _copy(engine))
    engine.run("DROP TABLE copied")
    found = [
        _reprice(engine, b"", "list prices in place of the made-up ones: every cost, task and sum changes"),
        _reprice(engine, b"", "the same book again: nothing changes"),
        _reprice(engine, ONE_MODEL, "a contract on one model: a quarter of the calls, most tasks"),
        _reprice(engine, DEARER, "a contract of 10% more: nearly every call, every task and sum"),
    ]
    calls = tasks * 10
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print_table(
        f"Repricing {calls:,} calls in {tasks:,} tasks, goal {GOAL_CALLS:,} in {GOAL_S:.0f} s;"
        f" a plain copy of the calls takes {copy.wall_s:.1f} s, {copy.cpu_s:.1f} CPU s;"
        f" peak {peak:,.0f} of {GOAL_MIB:,.0f} MiB",
        (
            "what changes",
            "time",
            "20 million by that",
            "CPU",
            "threads busy",
            "CPU a million calls",
            "against the copy",
        ),
        [
            (
                one.what,
                f"{one.wall_s:.1f} s",
                f"{one.wall_s / calls * GOAL_CALLS:.0f} s",
                f"{one.cpu_s:.1f} s",
                f"{one.busy:.1f}",
                f"{one.cpu_s / calls * 1e6:.2f} s",
                f"{one.cpu_s / copy.cpu_s:.2f}x",
            )
            for one in found
        ],
    )


def _copy(engine: EmbeddedEngine) -> None:
    """In pieces: all at once does not fit into what a statement may use."""
    everything = {"from_": "1970-01-01 00:00:00", "to_": "2100-01-01 00:00:00"}
    for day in rows(engine, "keeper/reprice_slices", everything):
        pieces = -(-int(day["calls"]) // SLICE_CALLS)
        for place in range(pieces):
            bounds = (int(day["day"]) + DAY_S * (place + more) // pieces for more in (0, 1))
            engine.run(COPY, dict(zip(("from_", "to_"), map(str, bounds), strict=True)), MERGING)


def _reprice(engine: EmbeddedEngine, config: bytes, what: str) -> Taken:
    # As some time after the last one: its rows are merged with those they replace.
    for table in ("llm_calls", "tasks", "calls_rollup"):
        engine.run("OPTIMIZE TABLE {name:Identifier} FINAL", {"name": table})
    keeper = Keeper(engine, parse_config(config, "spanledger.yaml"))
    keeper.prepare()

    def work() -> None:
        ask(engine, None, None)
        while keeper.reprice_step():
            pass

    return _taken(what, work)


def _taken(what: str, work: Callable[[], None]) -> Taken:
    before, waited_s, began = resource.getrusage(resource.RUSAGE_SELF), _waited_s(), time.perf_counter()
    work()
    wall_s, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_SELF)
    cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    # Threads that ended take their waiting with them.
    return Taken(what, wall_s, cpu_s, max(0.0, _waited_s() - waited_s))


def _waited_s() -> float:
    """Seconds that threads of this process could have run and had no CPU."""
    found = 0
    for thread in Path("/proc/self/task").iterdir():
        with suppress(FileNotFoundError):
            found += int((thread / "schedstat").read_text().split()[1])
    return found / 1e9
