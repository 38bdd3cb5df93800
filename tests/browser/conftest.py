"""One Chromium and one served dashboard for the browser tests."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser

from tests.browser import driver

START_S = 90


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def served(tasks: int, port: int = 0, settings: Mapping[str, str] | None = None) -> Iterator[str]:
    """The dashboard over `tasks` made-up tasks; its address. settings: SPANLEDGER_* and secrets that they name."""
    port = port or free_port()
    command = [sys.executable, "-m", "tests.dashboard.serve", str(port), str(tasks)]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SPANLEDGER_")}
    process = subprocess.Popen(command, env={**environment, **(settings or {})}, stdout=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    try:
        _wait(address, process)
        yield address
    finally:
        process.terminate()
        process.wait(20)


def _wait(address: str, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + START_S
    while time.monotonic() < end:
        if process.poll() is not None:
            raise AssertionError(f"the dashboard ended with code {process.returncode}")
        try:
            with urllib.request.urlopen(f"{address}/_stcore/health", timeout=2) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.2)
    raise AssertionError("the dashboard did not answer in time")


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """The browser; tests are skipped where there is none."""
    if driver.chrome() is None:
        pytest.skip("no Chromium; set CHROME to its path")
    with driver.browser() as launched:
        yield launched


@pytest.fixture(scope="package")
def full() -> Iterator[str]:
    """A dashboard over four weeks of traffic."""
    with served(3000) as address:
        yield address


@pytest.fixture(scope="package")
def empty() -> Iterator[str]:
    """A dashboard over a ledger that holds nothing."""
    with served(0) as address:
        yield address
