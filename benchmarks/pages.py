"""Pages in real Chromium over 20 million calls: first useful paint, a filter change, every page, ten people at once.

Run: `python -m benchmarks pages [--tasks 2000000] [--data FOLDER]`. Fills a folder of its own (or uses the one named),
serves it by `spanledger up`, prints medians beside their goals. The ratio is to Streamlit's own floor: a page of the
same app that asks the ledger nothing. *Cold* is what nobody has asked, so that no kept answer helps; *kept* is what was
asked a moment before. Ten people: one is the browser that is measured, nine are websocket sessions
(`benchmarks.people`), because ten browsers on one machine measure the browsers. Processor time is that of the dashboard
and the collector together; queries are those that a run of a page's script asks.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import streamlit as st
from playwright.sync_api import Browser, Page
from streamlit.testing.v1 import AppTest

from analytics.periods import CLOCK_STEP, relative_window
from benchmarks.fill import fill_calls, sum_settled
from benchmarks.page_queries import folder
from benchmarks.people import Asking, crowd
from benchmarks.sessions import Counting, cpu_s, run_together
from benchmarks.table import print_table
from collector.engine.embedded import EmbeddedEngine
from collector.engine.migrate import migrate
from collector.paths import DataFolder
from dashboard.data import client
from dashboard.data.client import Ledger
from dashboard.data.pages import EVERY_TASK, Filters, parameters
from dashboard.serving.settings import DashboardSettings
from sql import catalogue
from tests.browser.driver import WIDE, browser, settle
from tests.browser.stack import running

NEW_FIGURE = """before => {
  const deep = root => {
    for (const e of root.querySelectorAll('*')) {
      if (e.matches('[data-figure="tasks"]')) return e.querySelector('.value').textContent;
      const inside = e.shadowRoot && deep(e.shadowRoot);
      if (inside) return inside;
    }
  };
  const now = deep(document);
  return now && now !== before;
}"""
ROUNDS = 3
PEOPLE = 10
PATIENCE_MS = 600_000
"""On a loaded machine ten people wait long; a figure that says so is worth more than none."""
FIGURE = '[data-figure="p50"] .value'
NOW = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
PAGES = (
    "overview", "escalation", "caching", "batch", "context", "agents", "useful", "tasks", "review", "changes",
    "workload?workload=support", "workload?workload=support&view=turns", "workload?workload=support&view=calls",
    "workload?workload=support&view=models", "workload?workload=support&view=hours", "investigate", "health", "prices",
    "alerts", "setup",
)  # fmt: skip
QUERIES = (
    "task_figures", "call_figures", "call_trend", "call_workloads", "filter_values", "task_list", "task_hours",
    "call_models",
    "task_histogram",
    "escalation_tiers", "escalation_depth", "escalation_signals", "escalation_trend", "cache_agents", "cache_writes",
    "batch_live", "batch_depth", "batch_outstanding", "context_turns", "context_growth", "context_models",
    "agent_costs", "agent_architectures", "agent_paths", "agent_messages", "call_kinds", "calls_in_flight",
)  # fmt: skip


def main(arguments: list[str]) -> None:
    """Runs the benchmark and prints its tables."""
    parser = argparse.ArgumentParser(prog="benchmarks pages")
    parser.add_argument("--tasks", type=int, default=2_000_000)
    parser.add_argument("--data", type=Path, default=None, help="a folder to fill once and use again")
    options = parser.parse_args(arguments)
    with folder(options.data) as data:
        if not (data / "filled").exists():
            _fill(data, options.tasks)
        newest = datetime.fromisoformat((data / "filled").read_text(encoding="utf-8"))
        with running(data) as stack, browser() as launched:
            screen = _screen(launched, stack.dashboard, stack.pid, newest)
            asked = _asked(data)
            queries = _queries(Ledger(DashboardSettings(data=data)))
    title = f"{options.tasks * 10:,} calls in {options.tasks:,} tasks"
    print_table(
        f"Pages in Chromium, {title}, median of {ROUNDS}",
        ("what", "measured", "goal", "against the floor", "processor time of the server"),
        screen,
    )
    print_table(
        f"Runs of the pages' scripts, {title}",
        ("page", "queries", "goal", "processor time of the script", "the same, answers kept"),
        asked,
    )
    print_table(
        f"Queries of the pages over HTTP, {title}, median of {ROUNDS}", ("query", "7 days", "goal"), queries
    )


def _fill(data: Path, tasks: int) -> None:
    folder = DataFolder(data)
    folder.create()
    engine = EmbeddedEngine(str(folder.engine), "spanledger")
    try:
        migrate(engine, "spanledger")
        print(f"filling {tasks:,} tasks with ten calls each", file=sys.stderr)
        fill_calls(engine, tasks, NOW)
        sum_settled(engine)
    finally:
        engine.close()
    (data / "filled").write_text(NOW.isoformat(), encoding="utf-8")


class _Measuring:
    """Rows of the table of what Chromium saw, made one by one."""

    def __init__(self, pid: int) -> None:
        self.rows: list[tuple[str, ...]] = []
        self._pid = pid
        self._floor = 0.0

    def median(self, what: str, goal: str, work: Callable[[], float]) -> None:
        """`work` gives seconds; the first thing measured is the floor."""
        spent = cpu_s(self._pid)
        took = _median(work)
        # The first of them is not counted in the median, but it costs the same.
        self.add(what, goal, took, (cpu_s(self._pid) - spent) / (ROUNDS + 1))

    def together(self, address: str, how: str, ask: Callable[[], str]) -> None:
        """All the others begin at the same moment, once; seconds until the slowest page is drawn whole."""
        spent = cpu_s(self._pid)
        found = run_together(address, [("", ask()) for _ in range(PEOPLE - 1)])
        each_s = (cpu_s(self._pid) - spent) / len(found)
        slowest_s = max(run.took_s for run in found)
        self.add(f"overview, {len(found)} sessions at once, each {how}, slowest", "", slowest_s, each_s)
        sent = statistics.median(run.sent_bytes for run in found) / 1000
        self.rows.append(("the same, sent to a session", f"{sent:.0f} kB", "", "", ""))

    def add(self, what: str, goal: str, took_s: float, cpu: float) -> None:
        self._floor = self._floor or took_s
        print(f"{what}: {_ms(took_s)}, {_ms(cpu)} of processor time", file=sys.stderr)
        self.rows.append((what, _ms(took_s), goal, f"{took_s / self._floor:.1f}", _ms(cpu)))


def _screen(on: Browser, address: str, pid: int, newest: datetime) -> list[tuple[str, ...]]:
    table = _Measuring(pid)
    asking = Asking(newest)
    week = f"{address}/?range=7d"
    with _opened(on) as page:
        for _ in range(2):
            page.goto(address)
            settle(page)
        nothing = f"{address}/query?name=none"
        table.median("nothing asked (floor)", "", lambda: _shown(page, nothing, "text=There is no query"))
        table.median("overview, first useful paint, kept", "", lambda: _shown(page, address, FIGURE))
        table.median("overview, first useful paint, cold", "1500 ms", lambda: _next_paint(page, address))
        table.median("overview, filter change, kept", "", lambda: _change(page, week, "24h"))
        _cold(table, "", page, address, asking, ("1500 ms", "500 ms"))
        for path in PAGES:
            table.median(f"{path}, drawn whole", "", lambda path=path: _settled(page, f"{address}/{path}"))  # type: ignore[misc]  # bound at once
        for how, ask in (
            ("a filter of their own over the last 7 days", asking.own_filter),
            ("a filter and a week of their own", asking.own_week),
        ):
            table.together(address, how, ask)
            with crowd(address, PEOPLE - 1, ask):
                _cold(table, f" among {PEOPLE}, each {how}", page, address, asking, ("3000 ms", "1000 ms"))
    return table.rows


def _cold(
    table: _Measuring, among: str, page: Page, address: str, asking: Asking, goals: tuple[str, str]
) -> None:
    """Looks through filters that nobody has used; the change is one from a day to the week."""
    paint, change = goals
    table.median(
        f"overview filtered, first useful paint, cold{among}",
        paint,
        lambda: _shown(page, f"{address}/?{asking.own_filter()}", FIGURE),
    )
    table.median(
        f"overview filtered, change to new figures, cold{among}",
        change,
        lambda: _change(page, f"{address}/?range=24h&{asking.own_filter()}", "7d"),
    )


def _next_paint(page: Page, address: str) -> float:
    """Without a filter a look is new once the window has moved on."""
    page.goto("about:blank")
    step_s = CLOCK_STEP.total_seconds()
    time.sleep(step_s - time.time() % step_s + 0.1)
    return _shown(page, address, FIGURE)


@contextmanager
def _opened(on: Browser) -> Iterator[Page]:
    context = on.new_context(viewport={"width": WIDE[0], "height": WIDE[1]}, locale="en-GB")
    try:
        yield context.new_page()
    finally:
        context.close()


def _shown(page: Page, address: str, what: str) -> float:
    page.goto("about:blank")
    began = time.perf_counter()
    page.goto(address, wait_until="commit")
    page.locator(what).first.wait_for(timeout=PATIENCE_MS)
    return time.perf_counter() - began


def _settled(page: Page, address: str) -> float:
    page.goto("about:blank")
    began = time.perf_counter()
    page.goto(address, wait_until="commit")
    settle(page, 120)
    # Settling looks three times, 0.2 s apart.
    return time.perf_counter() - began - 0.6


def _change(page: Page, address: str, to: str) -> float:
    page.goto(address)
    settle(page)
    before = page.locator('[data-figure="tasks"] .value').inner_text()
    began = time.perf_counter()
    page.get_by_text(to, exact=True).first.click()
    page.wait_for_function(
NEW_FIGURE,
        arg=before, timeout=PATIENCE_MS, polling=20,
    )  # fmt: skip
    return time.perf_counter() - began


def _asked(data: Path) -> list[tuple[str, ...]]:
    """Queries and processor time of a run of each page's script here, with nothing kept and with answers kept."""
    ledger = Counting(DashboardSettings(data=data))
    client.use(ledger)
    rows: list[tuple[str, ...]] = []
    for path in PAGES:
        name, _, query = path.partition("?")
        test = AppTest.from_string(
            f"from dashboard.navigation import show\nshow({name!r})", default_timeout=120
        )
        for key, value in parse_qsl(query):
            test.query_params[key] = value
        test.run()
        st.cache_data.clear()
        ledger.names.clear()
        first, asked = _cpu(test.run), len(ledger.names)
        again = min(_cpu(test.run) for _ in range(ROUNDS))
        rows.append((path, str(asked), "6", _ms(first), _ms(again)))
    client.use(None)
    return rows


def _cpu(work: Callable[[], object]) -> float:
    spent = time.process_time()
    work()
    return time.process_time() - spent


def _queries(ledger: Ledger) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    window = relative_window("7d", NOW + timedelta(seconds=1))
    given: dict[str, Any] = {
        **parameters(window, Filters()),
        **EVERY_TASK.parameters(),
        "width_h": 1,
        "search": "",
        "sort_by": "cost",
        "limit_": 200,
        "only_": "",
    }
    for name in QUERIES:
        assert catalogue.query(name)
        took = _median(lambda name=name: _timed(lambda: ledger.raw(name, given)))  # type: ignore[misc]  # bound at once
        rows.append((name, _ms(took), "300 ms"))
    return rows


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _median(measure: Callable[[], float]) -> float:
    measure()
    return statistics.median(measure() for _ in range(ROUNDS))


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms"
