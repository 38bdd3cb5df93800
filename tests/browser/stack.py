"""The real thing for a test: `spanledger up` on free ports with a data folder of its own."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

START_S = 90


@dataclass(frozen=True)
class Stack:
    """Addresses of a running ledger."""

    dashboard: str
    otlp_http: str
    data: Path
    pid: int


@contextmanager
def running(data: Path) -> Iterator[Stack]:
    """A ledger that is stopped at the end; its output is in `<data>.log`."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SPANLEDGER_")}
    ports = ("OTLP_HTTP", "OTLP_GRPC", "CLICKHOUSE", "DASHBOARD")
    environment.update({f"SPANLEDGER_{port}_PORT": "0" for port in ports})
    process = subprocess.Popen(
        [sys.executable, "-m", "cli", "up", "--data", str(data)],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    said: list[str] = []
    reader = threading.Thread(target=lambda: said.extend(process.stdout or ()), daemon=True)
    reader.start()
    try:
        yield _addresses(process, said, data)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def _addresses(process: subprocess.Popen[str], said: list[str], data: Path) -> Stack:
    end = time.monotonic() + START_S
    while time.monotonic() < end:
        text = "".join(said)
        found = {
            name: re.search(rf"^\s*{name}\s+(http://\S+)", text, re.MULTILINE)
            for name in ("dashboard", "OTLP/HTTP")
        }
        if all(found.values()):
            return Stack(found["dashboard"][1], found["OTLP/HTTP"][1], data, process.pid)  # type: ignore[index]  # all found
        if process.poll() is not None:
            raise AssertionError(f"spanledger up ended with code {process.returncode}:\n{text}")
        time.sleep(0.1)
    raise AssertionError(f"spanledger up did not get ready:\n{''.join(said)}")
