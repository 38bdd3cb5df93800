"""Chromium over a served dashboard: launch, open, wait until a page is settled."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from playwright.sync_api import Browser, ConsoleMessage, Page, Request, sync_playwright

ARGUMENTS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-dev-shm-usage",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
WIDE, NARROW = (1440, 900), (390, 844)
SETTLED = """() => {
  const app = document.querySelector('[data-testid="stApp"]');
  if (!app || app.dataset.testScriptState !== 'notRunning') return false;
  if (!document.querySelector('[data-testid="stElementContainer"]')) return false;
  if (document.querySelector('[data-testid="stSkeleton"], [data-stale="true"]')) return false;
  for (const chart of document.querySelectorAll('[data-testid="stPlotlyChart"]'))
    if (!chart.querySelector('.main-svg')) return false;
  return true;
}"""
# Streamlit asks for these below the path of a deep link too and expects the 404.
PROBES = ("_stcore/health", "_stcore/host-config", "_stcore/script-health-check")


@dataclass
class Watch:
    """What went wrong while a page was open."""

    errors: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)

    def on_console(self, message: ConsoleMessage) -> None:
        source = message.location.get("url", "")
        if message.type == "error" and not any(probe in source for probe in PROBES):
            self.errors.append(f"{message.text} ({source})")

    def on_request(self, request: Request) -> None:
        if not request.url.startswith(("http://127.0.0.1", "http://localhost", "data:", "blob:")):
            self.foreign.append(request.url)


def chrome() -> str | None:
    """Path of the browser: CHROME, else Debian's, else whatever is on the path."""
    named = os.environ.get("CHROME")
    return (
        named or shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    )


@contextmanager
def browser() -> Iterator[Browser]:
    """A headless Chromium."""
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chrome(), args=list(ARGUMENTS))
        try:
            yield launched
        finally:
            launched.close()


@contextmanager
def page(on: Browser, *, dark: bool = False, size: tuple[int, int] = WIDE) -> Iterator[tuple[Page, Watch]]:
    """A fresh page and what is wrong with it so far."""
    context = on.new_context(
        viewport={"width": size[0], "height": size[1]},
        color_scheme="dark" if dark else "light",
        locale="en-GB",
    )
    opened, watch = context.new_page(), Watch()
    opened.on("console", watch.on_console)
    opened.on("pageerror", lambda error: watch.errors.append(str(error)))
    opened.on("request", watch.on_request)
    try:
        yield opened, watch
    finally:
        context.close()


def settle(opened: Page, timeout_s: float = 30) -> None:
    """Waits until the page has run and drawn everything, and stayed so for a moment."""
    for _ in range(3):
        opened.wait_for_function(SETTLED, timeout=timeout_s * 1000)
        opened.wait_for_timeout(200)
