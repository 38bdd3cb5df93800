"""A runaway task through a running collector: real OTLP in, the embedded engine, a message at a real receiver."""

import json
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from benchmarks.oncall_runaway import runaway_body
from tests.collector.conftest import RunningCollector, new_collector
from tests.oncall.receivers import Hook, http_receiver

__all__ = ["new_collector"]

PATIENCE_S = 240
CONFIG = """receivers:
  - {{name: hook, kind: alertmanager, url: "{url}"}}
alerts:
  notify: [hook]
"""


def post(running: RunningCollector, task: str, calls: int) -> None:
    request = urllib.request.Request(
        f"http://127.0.0.1:{running.info.otlp_http_port}/v1/traces",
        json.dumps(runaway_body(task, calls)).encode(),
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        assert answer.status == 200


def until(ready: Callable[[], bool]) -> None:
    begun = time.monotonic()
    while not ready() and time.monotonic() - begun < PATIENCE_S:
        time.sleep(0.1)
    assert ready()


def test_a_runaway_task_is_told_within_a_minute_of_its_spans_arrival(
    tmp_path: Path, hook: Hook, new_collector: Callable[..., RunningCollector]
) -> None:
    (tmp_path / "spanledger.yaml").write_text(CONFIG.format(url=hook.url()), encoding="utf-8")
    running = new_collector(config=str(tmp_path / "spanledger.yaml"))
    for number in range(120):
        post(running, f"usual-{number}", 1)
    until(lambda: rows(running, "SELECT count() AS n FROM tasks FINAL")[0]["n"] == 120)
    post(running, "the-runaway", 60)
    until(lambda: any("the-runaway" in json.dumps(taken.body) for taken in hook.taken))
    (found,) = rows(
        running,
        "SELECT dateDiff('millisecond', arrived, started_at) / 1000 AS after_s, severity "
        "FROM alerts FINAL CROSS JOIN (SELECT max(ingested_at) AS arrived FROM spans WHERE trace_id IN "
        "(SELECT trace_id FROM llm_calls WHERE task_id = 'the-runaway')) AS s "
        "WHERE rule = 'runaway-task' AND scope['task'] = 'the-runaway'",
    )
    assert found["severity"] == "page"
    assert 0 <= found["after_s"] < 60
    assert running.stop() == 0
    assert "Traceback" not in running.log


def rows(running: RunningCollector, sql: str) -> list[dict[str, Any]]:
    with running.client() as client:
        found = client.query(sql)
        return [dict(row) for row in found.named_results()]


@pytest.fixture
def hook() -> Iterator[Hook]:
    with http_receiver() as one:
        yield one
