"""`spanledger up` for real: a ledger comes up on free ports, takes a call, answers, and stops cleanly."""

import json
import os
import re
import signal
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from cli.exit_codes import ExitCode
from cli.preflight import free_port
from collector.processes import is_alive
from collector.runfile import read_run_info
from tests.cli.runs import clean_environment, command, spanledger

FREE_PORTS = {
    "SPANLEDGER_OTLP_HTTP_PORT": "0",
    "SPANLEDGER_OTLP_GRPC_PORT": "0",
    "SPANLEDGER_CLICKHOUSE_PORT": "0",
    "SPANLEDGER_DASHBOARD_PORT": "0",
}
TRACE = "0af7651916cd43dd8448eb211c80319c"


@contextmanager
def running(*arguments: str, **environment: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, str]]]:
    """`spanledger ARGUMENTS --json` once it is ready, with the addresses it printed."""
    process = subprocess.Popen(
        command(*arguments, "--json"),
        env=clean_environment(**{**FREE_PORTS, **environment}),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            _, said = process.communicate(timeout=30)
            pytest.fail(f"it did not come up: {said}")
        yield process, json.loads(line)
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate()


def stop(process: subprocess.Popen[str], number: signal.Signals = signal.SIGINT) -> tuple[int, str]:
    process.send_signal(number)
    _, said = process.communicate(timeout=60)
    return process.returncode, said


def send_call(endpoint: str) -> None:
    """One task with one call, as OTLP JSON."""
    end_ns = time.time_ns()
    attributes = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "anthropic",
        "gen_ai.request.model": "claude-haiku-4-5",
        "gen_ai.response.model": "claude-haiku-4-5",
    }
    usage = {"gen_ai.usage.input_tokens": 1000, "gen_ai.usage.output_tokens": 100}
    span: dict[str, Any] = {
        "traceId": TRACE,
        "spanId": "b7ad6b7169203331",
        "name": "chat claude-haiku-4-5",
        "kind": 3,
        "startTimeUnixNano": str(end_ns - 10**9),
        "endTimeUnixNano": str(end_ns),
        "attributes": [{"key": key, "value": {"stringValue": value}} for key, value in attributes.items()]
        + [{"key": key, "value": {"intValue": str(value)}} for key, value in usage.items()],
    }
    body = {"resourceSpans": [{"resource": {}, "scopeSpans": [{"scope": {}, "spans": [span]}]}]}
    request = urllib.request.Request(
        f"{endpoint}/v1/traces", json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        assert answer.status == 200


def ask(data: Path, statement: str, *more: str) -> list[dict[str, Any]]:
    done = spanledger("sql", statement, "--data", str(data), "--format", "JSONEachRow", *more)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_up_takes_a_call_answers_and_stops_cleanly(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with running("up", "--no-dashboard", "--data", str(data)) as (process, addresses):
        assert addresses["dashboard"] == ""
        info = read_run_info(data / "run.json")
        assert info is not None
        assert info.otlp_http_url == addresses["otlp_http"]
        send_call(addresses["otlp_http"])
        assert ask(data, "SELECT count() AS n FROM spans") == [{"n": 1}]
        by_day = "SELECT getSetting('do_not_merge_across_partitions_select_final') AS by_day"
        assert ask(data, by_day) == [{"by_day": True}]
        deadline = time.monotonic() + 30
        while ask(data, "SELECT count() AS n FROM llm_calls FINAL") != [{"n": 1}]:
            assert time.monotonic() < deadline
        status = spanledger("status", "--json", "--data", str(data))
        assert status.returncode == 0
        assert json.loads(status.stdout)["health"]["spans"] == 1
        code, said = stop(process)
        assert code == 0, said
        assert "Traceback" not in said
    assert not is_alive(info.pid)
    assert not (data / "run.json").exists()
    # Nobody runs now: the folder itself answers, and says what the collector said.
    assert ask(data, "SELECT toString(list_cost_usd) AS usd FROM llm_calls FINAL") == [{"usd": "0.0015"}]
    status = spanledger("status", "--data", str(data))
    assert status.returncode == ExitCode.UNAVAILABLE
    assert "not running" in status.stdout
    assert "1 spans, 1 calls, 1 tasks" in status.stdout


def test_up_with_the_dashboard_tells_where_everything_is(tmp_path: Path) -> None:
    process = subprocess.Popen(
        command("up", "--data", str(tmp_path / "data")),
        env=clean_environment(**FREE_PORTS),
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        said = ""
        while "Ctrl-C" not in said:
            line = process.stdout.readline()
            assert line, process.stderr and process.stderr.read()
            said += line
        dashboard = re.search(r"dashboard +(\S+)", said)
        assert dashboard
        with urllib.request.urlopen(dashboard[1], timeout=10) as page:
            assert page.status == 200
        assert "user default, password in data/clickhouse-password" in said
        otlp = re.search(r"OTLP/HTTP +(\S+)", said)
        assert otlp
        send_call(otlp[1])
        assert [path.name for path in tmp_path.iterdir()] == ["data"], "nothing is left where the user stands"
        assert re.search(r'^  sdk_hooks\.instrument\(.*endpoint="http://127\.0\.0\.1:\d+"', said, re.M)
        code, _ = stop(process, signal.SIGTERM)
        assert code == 0
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate()


def test_a_second_up_on_the_same_folder_names_the_first(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with running("up", "--no-dashboard", "--data", str(data)) as (process, _):
        info = read_run_info(data / "run.json")
        assert info is not None
        second = spanledger("up", "--data", str(data), **FREE_PORTS)
        assert second.returncode == ExitCode.USAGE
        assert re.fullmatch(
            rf"spanledger: data folder {data} is in use by process {info.pid} \(.*collector.*\); .*\n",
            second.stderr,
        )
        assert stop(process)[0] == 0


def test_a_taken_port_is_one_line_with_its_holder(tmp_path: Path) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        given = {**FREE_PORTS, "SPANLEDGER_OTLP_GRPC_PORT": str(port)}
        done = spanledger("up", "--data", str(tmp_path / "data"), **given)
    assert done.returncode == ExitCode.USAGE
    assert done.stderr.startswith(
        f"spanledger: port {port} (OTLP over gRPC) is taken by process {os.getpid()} ("
    )
    assert len(done.stderr.splitlines()) == 1


def test_one_port_wanted_twice_is_said(tmp_path: Path) -> None:
    port = str(free_port("127.0.0.1"))
    given = {**FREE_PORTS, "SPANLEDGER_OTLP_GRPC_PORT": port, "SPANLEDGER_OTLP_HTTP_PORT": port}
    done = spanledger("up", "--data", str(tmp_path / "data"), **given)
    assert done.returncode == ExitCode.USAGE
    assert f"port {port} is wanted twice" in done.stderr


def test_a_killed_collector_is_started_again_with_its_data(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with running("up", "--no-dashboard", "--data", str(data)) as (process, addresses):
        send_call(addresses["otlp_http"])
        first = read_run_info(data / "run.json")
        assert first is not None
        os.kill(first.pid, signal.SIGKILL)
        deadline = time.monotonic() + 60
        while True:
            info = read_run_info(data / "run.json")
            if info is not None and info.pid != first.pid:
                break
            assert time.monotonic() < deadline
            time.sleep(0.1)
        assert info.otlp_http_url == addresses["otlp_http"]
        assert ask(data, "SELECT count() AS n FROM spans") == [{"n": 1}]
        assert stop(process)[0] == 0


def test_a_wrong_configuration_stops_up_before_anything_starts(tmp_path: Path) -> None:
    (tmp_path / "spanledger.yaml").write_text("budgt: []\n")
    done = spanledger("up", cwd=tmp_path, **FREE_PORTS)
    assert done.returncode == ExitCode.USAGE
    assert done.stderr == "spanledger: spanledger.yaml:1: budgt is not a name here; did you mean budgets?\n"
    assert not (tmp_path / "spanledger-data").exists()
