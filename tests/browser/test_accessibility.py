"""Every page by axe-core, WCAG 2 A and AA, in both themes. Skipped where axe-core cannot be had."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.driver import page, settle

pytestmark = pytest.mark.browser

RULES = "wcag2a", "wcag2aa", "wcag21a", "wcag21aa"
PATHS = {
    "overview": "/",
    "workload": "/workload?workload=support-triage",
    "workload turns": "/workload?workload=coding-session&view=turns",
    "workload calls": "/workload?workload=coding-session&view=calls",
    "useful": "/useful",
    "workload hours": "/workload?view=hours",
    "narrowed tasks": "/tasks?cost=0.0001..&depth=1&top=premium",
    "escalation": "/escalation",
    "caching": "/caching",
    "batch": "/batch",
    "context": "/context",
    "agents": "/agents",
    "investigate": "/investigate?range=24h",
    "alerts": "/alerts",
    "review": "/review",
    "review print": "/review?embed=true&embed_options=light_theme",
    "changes": "/changes?range=30d",
    "data health": "/health",
    "prices": "/prices",
    "query": "/query?name=task_totals",
    "unknown task": "/task?id=nobody",
    "tasks": "/tasks",
    "setup": "/setup",
    "unreadable window": "/?from=yesterday",
    "nothing matches": "/?workload=none-such",
}


@pytest.fixture(scope="package")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Source of axe-core: AXE names the file, else npm fetches it."""
    if named := os.environ.get("AXE"):
        return Path(named).read_text(encoding="utf-8")
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("axe-core needs npm, or AXE with the path of axe.min.js")
    folder = tmp_path_factory.mktemp("axe")
    command = [npm, "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(folder), "axe-core@4"]
    if subprocess.run(command, capture_output=True, timeout=120).returncode:
        pytest.skip("npm cannot fetch axe-core here")
    return (folder / "node_modules/axe-core/axe.min.js").read_text(encoding="utf-8")


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("name", [*PATHS, "task"])
def test_page_is_accessible(chromium: Browser, full: str, axe: str, name: str, dark: bool) -> None:
    with page(chromium, dark=dark) as (opened, _):
        if name == "task":
            opened.goto(full + "/workload?workload=support-triage")
            settle(opened)
            opened.locator("tr.open a").first.click()
            opened.wait_for_url("**/task?*")
            settle(opened)
            opened.locator(".row").nth(2).click()
        else:
            opened.goto(full + PATHS[name])
            settle(opened)
        opened.evaluate(axe)
        options = {"runOnly": list(RULES)}
        found = opened.evaluate("options => axe.run(document, options)", options)["violations"]
        assert [(one["id"], [node["html"][:120] for node in one["nodes"]]) for one in found] == []
