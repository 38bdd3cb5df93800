"""The overview's queries over 20 million calls in 2 million tasks, warm, against DuckDB over Parquet of the same calls.

Run: `python -m benchmarks queries [--tasks 2000000]`. Fills a folder of its own, prints one table of medians and
ratios of the same run. Two threads each. `--pages` times the queries of every other page instead.
"""

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb

from benchmarks import page_queries
from benchmarks.fill import fill
from benchmarks.table import print_table
from collector.engine.embedded import EmbeddedEngine
from collector.engine.migrate import migrate
from sql.catalogue import query
from sql.reading import EMBEDDED

ROUNDS = 7
NOW = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
HANDLE = {**EMBEDDED, "readonly": "1"}

DUCKDB = {
    "task_totals": """
        SELECT ended >= $from AS period, count(*), sum(usd), quantile_cont(usd, [0.5, 0.95]) FROM
        (SELECT task_id, max(started_at) AS ended, sum(usd) AS usd FROM calls GROUP BY task_id)
        WHERE ended >= $before AND ended < $to GROUP BY 1""",
    "task_trend": """
        SELECT date_trunc('hour', ended), quantile_cont(usd, [0.5, 0.95]) FROM
        (SELECT task_id, max(started_at) AS ended, sum(usd) AS usd FROM calls GROUP BY task_id)
        WHERE ended >= $before AND ended < $to GROUP BY 1""",
    "task_workloads": """
        SELECT ended >= $from AS period, workload, count(*), sum(usd), quantile_cont(usd, [0.5, 0.95]) FROM
        (SELECT task_id, workload, max(started_at) AS ended, sum(usd) AS usd FROM calls GROUP BY ALL)
        WHERE ended >= $before AND ended < $to GROUP BY ALL""",
    "call_trend": """
        SELECT date_trunc('hour', started_at), count(*), sum(usd) FROM calls
        WHERE started_at >= $before AND started_at < $to GROUP BY 1""",
    "call_workloads": """
        SELECT started_at >= $from, workload, count(*), sum(usd), sum(cache_read), sum(fresh + cache_read) FROM calls
        WHERE started_at >= $before AND started_at < $to GROUP BY ALL""",
}


def main(arguments: list[str]) -> None:
    """Runs the benchmark and prints its table."""
    parser = argparse.ArgumentParser(prog="benchmarks queries")
    parser.add_argument("--tasks", type=int, default=2_000_000)
    parser.add_argument("--pages", action="store_true", help="time the queries of all other pages instead")
    parser.add_argument("--days", type=int, default=page_queries.DAYS, help="with --pages: the window")
    parser.add_argument(
        "--data", type=Path, default=None, help="with --pages: a folder to fill once and use again"
    )
    options = parser.parse_args(arguments)
    if options.pages:
        with page_queries.folder(options.data) as data:
            page_queries.run(data, options.days)
        return
    with tempfile.TemporaryDirectory(prefix="spanledger-bench-") as folder:
        engine = EmbeddedEngine(str(Path(folder, "engine")), "spanledger")
        try:
            migrate(engine, "spanledger")
            parquet = Path(folder, "calls.parquet")
            print(f"filling {options.tasks:,} tasks with ten calls each", file=sys.stderr)
            fill(engine, options.tasks, NOW, parquet)
            rows = [row for days in (7, 28) for row in _compare(engine, parquet, days)]
        finally:
            engine.close()
    print_table(
        f"Overview queries, {options.tasks * 10:,} calls in {options.tasks:,} tasks, warm, median of {ROUNDS}",
        ("query", "window", "ledger", "goal", "DuckDB on Parquet of the calls", "ledger against DuckDB"),
        rows,
    )


def _compare(engine: EmbeddedEngine, parquet: Path, days: int) -> list[tuple[str, ...]]:
    window = timedelta(days=days)
    step_s = 6 * 3600 if days == 7 else 24 * 3600
    # The page asks for its window and the one before; data reaches back four weeks.
    bounds = {"previous_from": _text(NOW - 2 * window), "from_": _text(NOW - window), "to_": _text(NOW)}
    session = engine.session(HANDLE)
    peer = duckdb.connect()
    peer.execute("SET threads = 2")
    peer.execute(f"CREATE VIEW calls AS SELECT * FROM read_parquet('{parquet}')")
    times = {"before": NOW - 2 * window, "from": NOW - window, "to": NOW}
    rows = []
    for name, peer_sql in DUCKDB.items():
        found = query(name)
        given = {**bounds, "step_s": str(step_s), **found.no_filter}
        params = {key: value for key, value in given.items() if key in found.parameters}
        used = {key: value for key, value in times.items() if f"${key}" in peer_sql}
        ours_ms = _median_ms(lambda text=found.text, p=params: session.run(text, p, "Native"))
        peer_ms = _median_ms(lambda text=peer_sql, u=used: peer.execute(text, u).to_arrow_table())
        goal = "150 ms" if days == 7 else "400 ms"
        ratio = f"{peer_ms / ours_ms:.1f}x faster"
        rows.append((name, f"{days} days", f"{ours_ms:.0f} ms", goal, f"{peer_ms:.0f} ms", ratio))
    session.close()
    peer.close()
    return rows


def _median_ms(work: Callable[[], object]) -> float:
    work()
    taken = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        work()
        taken.append((time.perf_counter() - began) * 1000)
    return statistics.median(taken)


def _text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S")
