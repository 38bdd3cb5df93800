"""A real collector in its own process, on free ports and an empty folder, for the tests of this room."""

import http.client
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import clickhouse_connect
import pytest

from collector.paths import DataFolder
from collector.runfile import RunInfo, read_run_info

START_S = 60.0


@dataclass
class RunningCollector:
    """One collector process. `log` is everything it wrote to stderr so far."""

    process: "subprocess.Popen[bytes]"
    folder: DataFolder
    info: RunInfo
    log_path: Path

    @property
    def log(self) -> str:
        return self.log_path.read_text()

    @property
    def reader_password(self) -> str:
        return self.folder.reader_password()

    @property
    def writer_password(self) -> str:
        return self.folder.collector_password()

    def client(self, user: str = "default", **options: Any) -> Any:
        """An ordinary clickhouse-connect client."""
        password = self.reader_password if user == "default" else self.writer_password
        return clickhouse_connect.get_client(
            host="127.0.0.1",
            port=self.info.clickhouse_port,
            username=user,
            password=password,
            database=self.info.database,
            **options,
        )

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """End it and return its exit code."""
        self.process.send_signal(how)
        return self.process.wait(120)


@contextmanager
def slow_queries(collector: RunningCollector, count: int) -> Iterator[Callable[[], bool]]:
    """`count` queries of a minute and more under way, dropped in the end; tells whether one has been answered."""
    key = {"X-ClickHouse-User": "default", "X-ClickHouse-Key": collector.reader_password}
    sql = b"SELECT sleepEachRow(1) FROM numbers(100) SETTINGS max_block_size = 1"
    connections = [
        http.client.HTTPConnection("127.0.0.1", collector.info.clickhouse_port, timeout=60)
        for _ in range(count)
    ]
    try:
        for connection in connections:
            connection.request("POST", "/", sql, key)
        time.sleep(0.5)
        yield lambda: bool(select.select([connection.sock for connection in connections], [], [], 0)[0])
    finally:
        for connection in connections:
            connection.close()


def start_collector(folder: Path, log_path: Path, **settings: str) -> RunningCollector:
    """Start `python -m collector` on `folder` and wait until it answers."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SPANLEDGER_")}
    environment |= {
        "SPANLEDGER_DATA": str(folder),
        "SPANLEDGER_OTLP_HTTP_PORT": "0",
        "SPANLEDGER_OTLP_GRPC_PORT": "0",
        "SPANLEDGER_CLICKHOUSE_PORT": "0",
    }
    environment |= {f"SPANLEDGER_{name.upper()}": value for name, value in settings.items()}
    with log_path.open("ab") as log:
        process = subprocess.Popen([sys.executable, "-m", "collector"], env=environment, stderr=log)
    data = DataFolder(folder)
    until = time.monotonic() + START_S
    while time.monotonic() < until:
        info = read_run_info(data.run_file)
        if info is not None and info.pid == process.pid:
            return RunningCollector(process, data, info, log_path)
        if process.poll() is not None:
            break
        time.sleep(0.02)
    process.kill()
    raise AssertionError(f"the collector did not start: {log_path.read_text()}")


@pytest.fixture(scope="session")
def collector(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCollector]:
    """One collector for every test that changes nothing others see."""
    root = tmp_path_factory.mktemp("collector")
    running = start_collector(root / "data", root / "log", max_body_bytes=str(4 * 1024 * 1024))
    yield running
    assert running.stop() == 0
    assert "Traceback" not in running.log


@pytest.fixture
def new_collector(tmp_path: Path) -> Iterator[Callable[..., RunningCollector]]:
    """Starts collectors on this test's own folder; what still runs at the end is killed."""
    started: list[RunningCollector] = []

    def start(**settings: str) -> RunningCollector:
        started.append(start_collector(tmp_path / "data", tmp_path / "log", **settings))
        return started[-1]

    yield start
    for running in started:
        running.process.kill()
        running.process.wait(10)
