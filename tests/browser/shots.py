"""Screenshots of every page into shots/, light, dark, narrow and on a large screen, over the demo: `make shots`.

Names of pages as arguments take those alone.
"""

from __future__ import annotations

import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

import clickhouse_connect
from playwright.sync_api import Browser, Page

from dashboard.data.address import ledger_address
from dashboard.serving.settings import DashboardSettings
from examples import history
from tests.browser.driver import NARROW, WIDE, browser, page, settle
from tests.browser.stack import Stack, running

FOLDER = Path("shots")
FULL = (1920, 1080)
TALLEST = 5000
LOOKS = {"light": (False, WIDE), "dark": (True, WIDE), "narrow": (False, NARROW), "full": (False, FULL)}
QUIET_S = 4
LONGEST_S = 180


def main() -> int:
    """Plays the history into a fresh ledger and photographs it."""
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, browser() as launched:
        with running(Path(folder) / "empty") as stack:
            _photograph(launched, stack, {"first-run": "/"})
        with running(Path(folder) / "ledger") as stack:
            history.send(stack.otlp_http, weeks=4, seed=7, now=datetime.now(UTC))
            paths = _paths(_settled_task(stack))
            wanted = sys.argv[1:] or list(paths)
            _photograph(launched, stack, {name: paths[name] for name in wanted})
    return 0


def _paths(task_id: str) -> dict[str, str]:
    midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    began, ended = (f"{midnight - timedelta(days=days):%Y-%m-%dT%H:%M:%SZ}" for days in (3, 2))
    return {
        "overview": "/",
        "overview-unpriced": "/?workload=nightly-digest",
        "workload": "/workload?workload=support-triage",
        "workload-turns": "/workload?workload=coding-session&view=turns",
        "workload-calls": "/workload?workload=coding-session&view=calls",
        "useful": "/useful",
        "escalation": "/escalation",
        "caching": "/caching",
        "batch": "/batch",
        "context": "/context",
        "agents": "/agents",
        "changes": "/changes?range=30d",
        "review": "/review",
        "review-print": "/review?embed=true&embed_options=light_theme",
        "query": "/query?name=task_totals",
        "tasks": "/tasks?workload=research-planner",
        "task": f"/task?id={quote(task_id)}",
        "unknown-task": "/task?id=nobody",
        "prices": "/prices",
        "data-health": "/health",
        "investigate": "/investigate?range=24h",
        "investigate-bad-prompt": f"/investigate?workload=research-planner&from={began}&to={ended}",
        "alerts": "/alerts",
        "setup": "/setup",
        "nothing-matches": "/?workload=no-such-workload",
        "unreadable-link": "/?from=yesterday",
    }


def _settled_task(stack: Stack) -> str:
    """Id of an escalated task, once the keeper has caught up with the history."""
    address = ledger_address(DashboardSettings(data=stack.data))
    client = clickhouse_connect.get_client(
        host=address.host, port=address.port, username=address.username, password=address.password,
        database=address.database,
    )  # fmt: skip
    seen, since, end = -1, time.monotonic(), time.monotonic() + LONGEST_S
    while time.monotonic() < end:
        count = int(client.query("SELECT count() FROM tasks FINAL").result_rows[0][0])
        if count != seen:
            seen, since = count, time.monotonic()
        elif count and time.monotonic() - since > QUIET_S:
            break
        time.sleep(0.5)
    found = client.query(
        "SELECT task_id FROM tasks FINAL WHERE escalations >= 2 ORDER BY ended_at DESC LIMIT 1"
    )
    return str(found.result_rows[0][0])


def _photograph(on: Browser, stack: Stack, paths: dict[str, str]) -> None:
    for look, (dark, size) in LOOKS.items():
        with page(on, dark=dark, size=size) as (opened, watch):
            for name, path in paths.items():
                opened.goto(stack.dashboard + path)
                settle(opened)
                _whole(opened, size)
                target = FOLDER / f"{name}-{look}.png"
                opened.screenshot(path=target)
                opened.set_viewport_size({"width": size[0], "height": size[1]})
                print(target, *watch.errors)


def _whole(opened: Page, size: tuple[int, int]) -> None:
    """Makes the window as tall as the page: Streamlit scrolls inside it."""
    height = opened.evaluate("() => document.querySelector('[data-testid=\"stMain\"]').scrollHeight")
    opened.set_viewport_size({"width": size[0], "height": max(400, min(int(height) + 20, TALLEST))})
    settle(opened)


if __name__ == "__main__":
    sys.exit(main())
