"""Pages in real Chromium over 20 million calls: first useful paint, a filter change, every page, ten people at once.

Run: `python -m benchmarks pages [--tasks 2000000] [--data FOLDER]`. Fills a folder of its own (or uses the one named),
serves it by `spanledger up`, prints medians beside their goals. The ratio is to Streamlit's own floor: a page of the
same app that asks the ledger nothing. Ten people: one is the browser that is measured, nine are websocket sessions with
filters of their own (`benchmarks.sessions`), because ten browsers on one machine measure the browsers. Processor
time is that of the dashboard and the collector together; queries are those that a run of a page's script asks.
"""

import argparse
import statistics
import sys
import threading
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

from analytics.periods import relative_window
from benchmarks.fill import fill_calls, sum_settled
from benchmarks.page_queries import folder
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
THINKS_S = 2.0
"""How long each of the others looks at new figures before asking for more."""
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
    "task_figures", "call_trend", "call_workloads", "filter_values", "task_list", "task_hours", "call_models",
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
        with running(data) as stack, browser() as launched:
            screen = _screen(launched, stack.dashboard, stack.pid)
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


def _screen(on: Browser, address: str, pid: int) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []

    def measured(what: str, goal: str, work: Callable[[], float], floor: float | None = None) -> float:
        spent = cpu_s(pid)
        took = _median(work)
        # The first of them is not counted in the median, but it costs the same.
        each = (cpu_s(pid) - spent) / (ROUNDS + 1)
        print(f"{what}: {_ms(took)}, {_ms(each)} of processor time", file=sys.stderr)
        rows.append((what, _ms(took), goal, f"{took / (floor or took):.1f}", _ms(each)))
        return took

    with _opened(on) as page:
        for _ in range(2):
            page.goto(address)
            settle(page)
        nothing = f"{address}/query?name=none"
        floor = measured("nothing asked (floor)", "", lambda: _shown(page, nothing, "text=There is no query"))
        measured("overview, first useful paint", "1500 ms", lambda: _shown(page, address, FIGURE), floor)
        measured(
            "overview, filter change to new figures", "500 ms", lambda: _filter_change(page, address), floor
        )
        for path in PAGES:
            measured(f"{path}, drawn whole", "", lambda path=path: _settled(page, f"{address}/{path}"), floor)  # type: ignore[misc]  # bound at once
        # Nine others, each with a filter of their own, so that nobody is served from another's answer.
        others = PEOPLE - 1
        spent = cpu_s(pid)
        together = run_together(address, [("", _filter(number)) for number in range(others)])
        each = (cpu_s(pid) - spent) / others
        slowest = max(run.took_s for run in together)
        sent = statistics.median(run.sent_bytes for run in together) / 1000
        rows += [
            (
                f"overview, {others} sessions at once, slowest",
                _ms(slowest),
                "",
                f"{slowest / floor:.1f}",
                _ms(each),
            ),
            ("the same, sent to a session", f"{sent:.0f} kB", "", "", ""),
        ]
        with _crowd(address, others):
            measured(
                f"overview, first useful paint among {PEOPLE}",
                "3000 ms",
                lambda: _shown(page, address, FIGURE),
                floor,
            )
            measured(
                f"overview, filter change among {PEOPLE}",
                "1000 ms",
                lambda: _filter_change(page, address),
                floor,
            )
    return rows


def _filter(number: int) -> str:
    """Filters and a week that no answer is kept for: the time itself makes every look another."""
    tier, agent = ("nano", "standard", "premium")[number % 3], ("planner", "worker")[number % 2]
    to = NOW - timedelta(minutes=time.time_ns() % 10_000)
    from_ = to - timedelta(days=7)
    return f"tier={tier}&agent={agent}&from={from_:%Y-%m-%dT%H:%M:%SZ}&to={to:%Y-%m-%dT%H:%M:%SZ}"


@contextmanager
def _crowd(address: str, people: int) -> Iterator[None]:
    """So many others ask for new figures over and over."""
    ended = threading.Event()

    def work() -> None:
        while not ended.is_set():
            run_together(address, [("", _filter(number)) for number in range(people)])
            ended.wait(THINKS_S)

    crowd = threading.Thread(target=work)
    crowd.start()
    try:
        yield
    finally:
        ended.set()
        crowd.join()


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


def _filter_change(page: Page, address: str) -> float:
    page.goto(f"{address}/?range=7d")
    settle(page)
    before = page.locator('[data-figure="tasks"] .value').inner_text()
    began = time.perf_counter()
    page.get_by_text("24h", exact=True).first.click()
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
