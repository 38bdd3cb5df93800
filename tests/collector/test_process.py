"""The collector as a process: it starts or says in one line why not, stops cleanly, and forgets nothing it promised."""

import http.client
import json
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.collector.conftest import RunningCollector, start_collector
from tests.collector.otlp_bodies import body
from tests.collector.test_receiver_http import post

Start = Callable[..., RunningCollector]


def test_stops_cleanly_and_finds_its_data_again(new_collector: Start) -> None:
    first = new_collector()
    assert post(first, body("kept")).status == 200
    assert first.stop() == 0
    assert not first.folder.run_file.exists()
    second = new_collector()
    count = second.client().command("SELECT count() FROM otel_traces WHERE ServiceName = 'kept'")
    assert count == 3
    assert second.stop(signal.SIGINT) == 0
    assert "Traceback" not in second.log


def test_run_json_tells_where_it_listens(collector: RunningCollector) -> None:
    info = json.loads(collector.folder.run_file.read_text())
    assert info["pid"] == collector.process.pid
    assert all(info[name] for name in ("clickhouse_port", "otlp_http_port", "otlp_grpc_port"))


def refused(folder: Path, tmp_path: Path, **settings: str) -> str:
    """The one line of a collector that does not start."""
    with pytest.raises(AssertionError) as raised:
        start_collector(folder, tmp_path / "second-log", **settings)
    assert raised.value
    lines = (tmp_path / "second-log").read_text().splitlines()
    assert len(lines) == 1, lines
    return lines[0]


def test_a_folder_in_use_is_one_line_with_its_holder(collector: RunningCollector, tmp_path: Path) -> None:
    line = refused(collector.folder.root, tmp_path)
    assert f"data folder {collector.folder.root} is in use by process {collector.process.pid}" in line


@pytest.mark.parametrize("name", ["otlp_http_port", "otlp_grpc_port", "clickhouse_port"])
def test_a_taken_port_is_one_line_with_its_holder(name: str, tmp_path: Path) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", "import socket,time; s=socket.create_server(('127.0.0.1',0));"
         "print(s.getsockname()[1],flush=True); time.sleep(60)"],
        stdout=subprocess.PIPE,
    )  # fmt: skip
    assert holder.stdout
    port = holder.stdout.readline().decode().strip()
    line = refused(tmp_path / "data", tmp_path, **{name: port})
    holder.kill()
    holder.wait()
    assert f"port {port} " in line
    assert f"process {holder.pid}" in line
    assert f"SPANLEDGER_{name.upper()}" in line


def test_a_mistyped_setting_is_one_line(tmp_path: Path) -> None:
    assert "did you mean SPANLEDGER_OTLP_HTTP_PORT?" in refused(
        tmp_path / "data", tmp_path, otlp_http_prot="1"
    )


def test_stopping_answers_what_is_under_way(new_collector: Start) -> None:
    running = new_collector()
    statuses: list[int] = []

    def send(number: int) -> None:
        try:
            statuses.append(post(running, body(f"last {number}", 400)).status)
        except (OSError, http.client.HTTPException):
            statuses.append(0)

    threads = [threading.Thread(target=send, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    time.sleep(0.05)
    assert running.stop() == 0
    for thread in threads:
        thread.join()
    promised = statuses.count(200)
    again = new_collector()
    sql = "SELECT uniqExact(ServiceName) FROM otel_traces WHERE ServiceName LIKE 'last %'"
    assert int(str(again.client().command(sql))) >= promised


def test_kill_9_during_load_loses_no_acknowledged_span(new_collector: Start) -> None:
    running = new_collector()
    acknowledged: set[str] = set()
    dead = threading.Event()

    def load(sender: int) -> None:
        number = 0
        while not dead.is_set():
            label = f"load {sender} {number}"
            number += 1
            try:
                if post(running, body(label, 50)).status == 200:
                    acknowledged.add(label)
            except (OSError, http.client.HTTPException):
                return

    threads = [threading.Thread(target=load, args=(sender,)) for sender in range(6)]
    for thread in threads:
        thread.start()
    time.sleep(2.5)
    running.process.send_signal(signal.SIGKILL)
    running.process.wait(10)
    dead.set()
    for thread in threads:
        thread.join()
    assert len(acknowledged) > 5
    again = new_collector()
    rows = again.client().query(
        "SELECT ServiceName, uniqExact(SpanId) FROM otel_traces WHERE ServiceName LIKE 'load %' GROUP BY ServiceName"
    )
    found = dict(rows.result_rows)
    assert {label: found.get(label) for label in acknowledged} == dict.fromkeys(acknowledged, 50)


def test_a_port_is_free_again_after_a_kill(new_collector: Start) -> None:
    first = new_collector()
    first.process.kill()
    first.process.wait(10)
    with socket.create_server(("127.0.0.1", first.info.otlp_http_port)):
        pass
    assert new_collector().info.pid != first.info.pid
