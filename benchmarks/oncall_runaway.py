"""How soon a runaway task wakes somebody: from its spans' arrival to the message at a webhook.

Run: `python -m benchmarks oncall_runaway [--times 5] [--load 2000]`. A real collector with the embedded engine, real
OTLP over HTTP beside a load of other spans, a real receiver. Seconds of the clock, from the answer to the last span.
"""

from __future__ import annotations

import argparse
import http.client
import json
import statistics
import tempfile
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from benchmarks.ingest import Collector, ask, collector, send, wait_until_priced
from benchmarks.spans import requests
from benchmarks.table import print_table

WORKLOAD = "runaway-bench"
MODEL = "claude-sonnet-4-5"
USUAL_TASKS, RUNAWAY_CALLS = 150, 400
PATIENCE_S = 180
CONFIG = """receivers:
  - {{name: hook, kind: alertmanager, url: "{url}"}}
alerts:
  notify: [hook]
"""


def main(arguments: list[str]) -> None:
    """Runs the benchmark and prints its table."""
    parser = argparse.ArgumentParser(prog="benchmarks oncall_runaway")
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--load", type=float, default=2_000, help="other spans a second meanwhile; 0 = none")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="spanledger-bench-") as folder, _receiver() as hook:
        file = Path(folder, "spanledger.yaml")
        file.write_text(CONFIG.format(url=hook.url), encoding="utf-8")
        with collector(config=str(file)) as target:
            for number in range(USUAL_TASKS):
                _post(target, f"usual-{number}", 1)
            wait_until_priced(target)
            with _load(target, options.load):
                took = [_one(target, hook) for _ in range(options.times)]
    print_table(
        f"A runaway task of {RUNAWAY_CALLS} calls, {options.load:,.0f} other spans a second, {options.times} times",
        ("from the arrival of its last span to", "median s", "slowest s", "goal"),
        [
            (what, f"{statistics.median(found):.1f}", f"{max(found):.1f}", "60")
            for what, found in (
                ("the alert in the ledger", [each[0] for each in took]),
                ("the message at the receiver", [each[1] for each in took]),
            )
        ],
    )


def _one(target: Collector, hook: _Hook) -> tuple[float, float]:
    """Seconds to the alert in the ledger, and to the message."""
    task = f"runaway-{uuid.uuid4().hex[:12]}"
    _post(target, task, RUNAWAY_CALLS)
    arrived = time.time()
    while task not in hook.seen:
        if time.time() - arrived > PATIENCE_S:
            raise SystemExit(f"no message about {task} within {PATIENCE_S} s")
        time.sleep(0.05)
    (started,) = ask(
        target,
        f"SELECT toUnixTimestamp64Micro(started_at) / 1e6 FROM alerts FINAL WHERE scope['task'] = '{task}'",
    ).split()
    return float(started) - arrived, hook.seen[task] - arrived


def _post(target: Collector, task: str, calls: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", target.otlp_port, timeout=60)
    try:
        connection.request(
            "POST", "/v1/traces", json.dumps(runaway_body(task, calls)), {"Content-Type": "application/json"}
        )
        answer = connection.getresponse()
        if answer.status != 200:
            raise SystemExit(f"the collector answered {answer.status}: {answer.read()[:200]!r}")
    finally:
        connection.close()


def runaway_body(task: str, calls: int) -> dict[str, Any]:
    """One task as the hooks would report it, in OTLP JSON."""
    now = time.time_ns()
    spans = [_span(task, now - (calls - number) * 1_000_000) for number in range(calls)]
    scope = {"scope": {"name": "sdk_hooks"}, "spans": spans}
    return {"resourceSpans": [{"resource": {"attributes": []}, "scopeSpans": [scope]}]}


def _span(task: str, begin_ns: int) -> dict[str, Any]:
    texts = {
        "gen_ai.operation.name": "chat", "gen_ai.provider.name": "anthropic", "spanledger.task.id": task,
        "gen_ai.request.model": MODEL, "gen_ai.response.model": MODEL, "spanledger.workload": WORKLOAD,
    }  # fmt: skip
    numbers = {"gen_ai.usage.input_tokens": 20_000, "gen_ai.usage.output_tokens": 500}
    attributes = [{"key": key, "value": {"stringValue": value}} for key, value in texts.items()]
    attributes += [{"key": key, "value": {"intValue": str(value)}} for key, value in numbers.items()]
    return {
        "traceId": uuid.uuid5(uuid.NAMESPACE_OID, task).hex, "spanId": uuid.uuid4().hex[:16], "name": "chat", "kind": 3,
        "startTimeUnixNano": str(begin_ns), "endTimeUnixNano": str(begin_ns + 900_000), "attributes": attributes,
    }  # fmt: skip


class _Hook:
    """When each task was first told of."""

    def __init__(self) -> None:
        self.seen: dict[str, float] = {}
        self.url = ""


@contextmanager
def _receiver() -> Iterator[_Hook]:
    hook = _Hook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            for alert in body["alerts"]:
                hook.seen.setdefault(alert["labels"].get("task", ""), time.time())
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    hook.url = f"http://127.0.0.1:{server.server_address[1]}/hook"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield hook
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def _load(target: Collector, rate: float) -> Iterator[None]:
    """Other spans, until it is left."""
    if rate <= 0:
        yield
        return
    stop = threading.Event()
    bodies = list(requests(8))

    def keep_on() -> None:
        turn = 0
        while not stop.is_set():
            turn += 1
            send(target, bodies, seconds=2, rate=rate, first_round=turn * 10**6)

    thread = threading.Thread(target=keep_on, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(60)
