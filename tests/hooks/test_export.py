"""Spans reach the collector or the file; a collector that is dead, slow or cross costs the agent nothing."""

from __future__ import annotations

import gzip
import json
import logging
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace import TracerProvider

import sdk_hooks
from sdk_hooks import attributes as names
from sdk_hooks import export, guard
from sdk_hooks.endpoint import endpoint_from, parse_headers
from tests.hooks.scripted_server import Reply, ScriptedServer

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch) -> None:
    guard._seen.clear()
    for name in list(os.environ):
        if name.startswith(("OTEL_", "SPANLEDGER_")):
            monkeypatch.delenv(name)


def run_task(provider: TracerProvider, **where: str) -> None:
    sdk_hooks.instrument(tracer_provider=provider, **where)  # type: ignore[arg-type]
    with sdk_hooks.task("triage", id="t-1"):
        pass


def test_spans_arrive_by_otlp(server: ScriptedServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "authorization=Bearer%20x, other=1")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip")
    server.add(Reply(body={}))
    run_task(TracerProvider(shutdown_on_exit=False), endpoint=server.url)
    assert sdk_hooks.flush()
    sdk_hooks.uninstrument()
    (request,) = server.requests
    assert request.path == "/v1/traces"
    assert request.headers["authorization"] == "Bearer x"
    decoded = ExportTraceServiceRequest.FromString(gzip.decompress(request.body))
    scope = decoded.resource_spans[0].scope_spans[0]
    assert (scope.scope.name, scope.spans[0].name) == ("sdk_hooks", "task triage")


def test_a_collector_that_comes_back_gets_everything(
    server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "FIRST_PAUSE_S", 0.05)
    server.add(Reply(503, {}), Reply(body={}), Reply(body={}))
    provider = TracerProvider(shutdown_on_exit=False)
    run_task(provider, endpoint=server.url)
    assert not sdk_hooks.flush()
    time.sleep(0.1)
    with sdk_hooks.task("second"):
        pass
    assert sdk_hooks.flush()
    sdk_hooks.uninstrument()
    bodies = [request.body for request in server.requests]
    assert bodies[0] == bodies[1] != bodies[2]


def test_a_dead_collector_is_one_log_line(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        run_task(TracerProvider(shutdown_on_exit=False), endpoint="http://127.0.0.1:1")
        for _ in range(20):
            with sdk_hooks.task("more"):
                pass
            sdk_hooks.flush()
        sdk_hooks.uninstrument()
    assert [record.name for record in caplog.records] == ["sdk_hooks"]
    assert "127.0.0.1:1" in caplog.text


def test_a_silent_collector_delays_nothing_for_long(server: ScriptedServer) -> None:
    hold = threading.Event()
    server.add(Reply(chunks=[b"x"], hold=hold))
    provider = TracerProvider(shutdown_on_exit=False)
    run_task(provider, endpoint=server.url)
    started = time.monotonic()
    with sdk_hooks.task("more"):
        pass
    assert time.monotonic() - started < 0.5
    assert not sdk_hooks.flush(timeout_s=0.3)
    sdk_hooks.uninstrument()
    assert time.monotonic() - started < 6
    hold.set()


def test_what_is_kept_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "KEPT_BYTES", 2000)
    monkeypatch.setattr(export, "encode", lambda spans: b"x" * 600)
    exporter = export.OtlpExporter(endpoint_from({}, base_url="http://127.0.0.1:1"))
    for _ in range(10):
        exporter.export([])
    assert exporter._waiting_bytes == sum(map(len, exporter._waiting)) == 1800


def test_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "deep" / "spans.jsonl"
    monkeypatch.setenv("SPANLEDGER_FILE", str(path))
    run_task(TracerProvider(shutdown_on_exit=False))
    with sdk_hooks.task("second") as task:
        task.outcome(True, useful_units=0.5)
    sdk_hooks.uninstrument()
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    spans = [s for line in lines for s in line["resourceSpans"][0]["scopeSpans"][0]["spans"]]
    assert [span["name"] for span in spans] == ["task triage", "task second"]
    assert len(spans[0]["traceId"]) == 32
    values = {entry["key"]: entry["value"] for entry in spans[1]["attributes"]}
    assert values[names.OUTCOME_SUCCESS] == {"boolValue": True}
    assert values[names.OUTCOME_USEFUL_UNITS] == {"doubleValue": 0.5}
    assert spans[0]["startTimeUnixNano"].isdigit()


def test_a_file_that_cannot_be_written(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    run_task(TracerProvider(shutdown_on_exit=False), file=str(tmp_path))
    sdk_hooks.flush()
    sdk_hooks.uninstrument()
    assert len(caplog.records) == 1


def test_endpoints() -> None:
    assert endpoint_from({}).url == "http://127.0.0.1:4318/v1/traces"
    base = {"OTEL_EXPORTER_OTLP_ENDPOINT": "https://host/prefix/"}
    assert endpoint_from(base).url == "https://host:443/prefix/v1/traces"
    full = {**base, "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://other:9/exact?x=1"}
    assert endpoint_from(full).url == "http://other:9/exact?x=1"
    assert endpoint_from(full, base_url="http://h:1").url == "http://h:1/v1/traces"
    assert endpoint_from({"OTEL_EXPORTER_OTLP_TIMEOUT": "soon"}).timeout_s == 10.0
    assert endpoint_from({"OTEL_EXPORTER_OTLP_TRACES_TIMEOUT": "2"}).timeout_s == 2.0
    assert parse_headers("a=1,b=x%2Cy,,bad, =z") == {"a": "1", "b": "x,y"}
    with pytest.raises(ValueError, match="no http"):
        endpoint_from({"OTEL_EXPORTER_OTLP_ENDPOINT": "host:4318"})


AGENT = """
import sys, time
import sdk_hooks
sdk_hooks.instrument(service_name="s")
with sdk_hooks.task("triage"):
    pass
print("agent done", flush=True)
"""


def run_agent(**environment: str) -> tuple[subprocess.CompletedProcess[str], float]:
    started = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", AGENT],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done, time.monotonic() - started


def test_a_process_flushes_at_its_end(server: ScriptedServer) -> None:
    server.add(Reply(body={}))
    done, _ = run_agent(OTEL_EXPORTER_OTLP_ENDPOINT=server.url)
    assert (done.returncode, done.stderr) == (0, "")
    decoded = ExportTraceServiceRequest.FromString(server.requests[0].body)
    assert decoded.resource_spans[0].scope_spans[0].spans[0].name == "task triage"
    resource = {a.key: a.value.string_value for a in decoded.resource_spans[0].resource.attributes}
    assert resource["service.name"] == "s"


def test_a_process_ends_soon_without_a_collector() -> None:
    done, took_s = run_agent(OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:1")
    assert done.returncode == 0
    assert len(done.stderr.splitlines()) == 1
    assert took_s < 10


def test_a_process_ends_soon_with_a_silent_collector(server: ScriptedServer) -> None:
    hold = threading.Event()
    server.add(Reply(chunks=[b"x"], hold=hold))
    done, took_s = run_agent(OTEL_EXPORTER_OTLP_ENDPOINT=server.url)
    hold.set()
    assert done.returncode == 0
    assert took_s < 12


def test_disabled_by_opentelemetry(server: ScriptedServer) -> None:
    done, _ = run_agent(OTEL_EXPORTER_OTLP_ENDPOINT=server.url, OTEL_SDK_DISABLED="true")
    assert (done.returncode, done.stderr, server.requests) == (0, "", [])
