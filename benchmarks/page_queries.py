"""Every query that a page asks, over the default window of a ledger of 20 million calls in four weeks, warm.

Run: `python -m benchmarks queries --pages [--days 7] [--data FOLDER]`. Fills as many days as dense as that ledger's
(five million calls a week; a query reads no day outside its window), or uses the folder that a run before has filled.
A query's time is its best of three, beside the processor time it took, of which two threads have twice as much; the
last column marks those over the goal. The ratio is to counting the calls of the same window.
"""

import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks.fill import fill_calls, sum_settled
from benchmarks.table import print_table
from collector.config.model import Config
from collector.engine.embedded import EmbeddedEngine
from collector.engine.migrate import migrate
from collector.engine.session import EngineSession
from collector.paths import DataFolder
from collector.prices.keeper import PriceKeeper
from dashboard.data.pages import SAMPLE_ABOVE
from sql.catalogue import parse, query
from sql.reading import EMBEDDED

DAYS = 7
TASKS_A_WEEK = 500_000
ROUNDS = 3
GOAL_MS = 300
HANDLE = {**EMBEDDED, "readonly": "1"}
FLOOR = parse(
    "floor",
    """-- purpose: the least that a query over calls costs
-- grain: one row
SELECT count(), sum(cityHash64(started_at)) FROM llm_calls FINAL
WHERE started_at >= {from_:DateTime64(6,'UTC')} AND started_at < {to_:DateTime64(6,'UTC')}""",
)
DEEP = (
    "escalation_tiers", "escalation_depth", "escalation_signals", "escalation_trend", "cache_agents", "cache_writes",
    "batch_live", "batch_depth", "batch_outstanding", "context_turns", "context_growth", "context_models",
    "agent_costs", "agent_architectures", "agent_paths", "agent_messages", "call_kinds", "calls_in_flight",
    "review_calls", "review_weeks", "review_days", "review_releases", "review_facts", "bridge_cells", "useful_output",
    "task_hours",
    "health_pricing", "health_notes", "health_folds", "health_conventions", "health_examples", "unpriced_calls",
    "health_late_spans", "health_rejected_spans", "ledger_health", "price_models",
    "investigate_leaves", "investigate_trend", "investigate_changes", "investigate_health", "investigate_tasks",
    "investigate_outcomes",
    "task_figures", "task_totals", "task_histogram", "task_list", "call_figures", "call_trend", "call_workloads",
    "call_models",
    "filter_values", "task_filter_values", "stated", "change_days", "change_levels", "price_books",
)  # fmt: skip
"""Queries of every page; `benchmarks queries` compares those of the overview with a peer."""


@contextmanager
def folder(given: Path | None) -> Iterator[Path]:
    """The folder named, made if missing, or one that is deleted afterwards."""
    if given is not None:
        given.mkdir(parents=True, exist_ok=True)
        yield given
        return
    with tempfile.TemporaryDirectory(prefix="spanledger-bench-") as made:
        yield Path(made)


def run(data: Path, days: int = DAYS, names: tuple[str, ...] = DEEP) -> None:
    """Fills the folder unless it is filled, and prints the table, slowest first."""
    folder = DataFolder(data)
    folder.create()
    engine = EmbeddedEngine(str(folder.engine), "spanledger")
    try:
        mark = data / "filled"
        migrate(engine, "spanledger")
        # Its price steps are what the queries on long contexts look for.
        PriceKeeper(engine, Config()).load_book()
        if not mark.exists():
            now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
            tasks = TASKS_A_WEEK * days // 7
            print(f"filling {tasks:,} tasks with ten calls each", file=sys.stderr)
            fill_calls(engine, tasks, now, days)
            mark.write_text(now.isoformat())
        print(f"{sum_settled(engine)} hours and days summed", file=sys.stderr)
        session = engine.session(HANDLE)
        try:
            rows = _measured(session, datetime.fromisoformat(mark.read_text()), days, names)
        finally:
            session.close()
    finally:
        engine.close()
    print_table(
        f"Queries of the pages, {days} days of a ledger of 20,000,000 calls in four weeks "
        f"({TASKS_A_WEEK * 10 * days // 7:,} calls in the window), warm, best of {ROUNDS}",
        ("query", "took", "processor time", "against counting the calls", f"over {GOAL_MS} ms"),
        rows,
    )


def _measured(
    session: EngineSession, now: datetime, days: int, names: tuple[str, ...]
) -> list[tuple[str, ...]]:
    # A page's window begins and ends inside an hour.
    given = _parameters(now - timedelta(minutes=25), days)
    floor_s, floor_cpu_s = _best(lambda: session.run(FLOOR.text, _used(FLOOR.parameters, given), "Native"))
    found = [("count of the calls (floor)", floor_s, floor_cpu_s)]
    for name in names:
        statement = query(name)
        used = _used(statement.parameters, given)
        found.append((name, *_best(lambda text=statement.text, p=used: session.run(text, p, "Native"))))  # type: ignore[misc]  # bound at once
        print(f"{name}: {found[-1][1] * 1000:.0f} ms", file=sys.stderr)
    return [_row(*row, floor_cpu_s) for row in sorted(found, key=lambda row: -row[1])]


def _row(name: str, took_s: float, cpu_s: float, floor_cpu_s: float) -> tuple[str, ...]:
    over = "over" if took_s * 1000 > GOAL_MS else ""
    return name, f"{took_s * 1000:.0f} ms", f"{cpu_s * 1000:.0f} ms", f"{cpu_s / floor_cpu_s:.1f}", over


def _best(work: Callable[[], object]) -> tuple[float, float]:
    """The least wall time and the least processor time of all threads, in seconds."""
    took, cpu = [], []
    for _ in range(ROUNDS):
        began, spent = time.perf_counter(), time.process_time()
        work()
        took.append(time.perf_counter() - began)
        cpu.append(time.process_time() - spent)
    return min(took), min(cpu)


def _parameters(now: datetime, days: int) -> dict[str, str]:
    from_, to = _text(now - timedelta(days=days)), _text(now)
    bases = {f"base{n}_{end}": value for n in range(1, 5) for end, value in (("from", from_), ("to", to))}
    names = (
        "workloads",
        "models",
        "agents",
        "environments",
        "tiers",
        "tenants",
        "prompt_versions",
        "changes",
    )
    return {
        "previous_from": _text(now - timedelta(days=2 * days)), "from_": from_, "to_": to, "before": from_,
        "step_s": str((6 if days <= 7 else 24) * 3600), "width_h": "1", "kind": "", "value": "",
        "search": "", "sort_by": "cost", "limit_": "200", "only_": "", "least_usd": "0", "most_usd": "1e30",
        "depth": "-1", "top": "", "least_calls": "0", "sample_above": str(SAMPLE_ABOVE), "weeks": "3",
        **bases, **dict.fromkeys((*names, "task_ids", "new_prompt_versions", "new_changes"), "[]"),
    }  # fmt: skip


def _used(parameters: dict[str, str], given: dict[str, str]) -> dict[str, str]:
    return {name: given[name] for name in parameters}


def _text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S")
