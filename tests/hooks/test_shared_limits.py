"""Limits shared between processes by way of a real collector, and what holds where there is none."""

from __future__ import annotations

import logging
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import openai
import pytest
from opentelemetry.sdk.trace import TracerProvider

import sdk_hooks
from sdk_hooks import BudgetExceeded, Decision, Limit, guard
from sdk_hooks.endpoint import endpoint_from
from sdk_hooks.guardrail_counters import Spend
from sdk_hooks.guardrail_ledger import FRESH_S, LedgerReader, spend_endpoint
from tests.collector.conftest import RunningCollector, start_collector
from tests.hooks import wire
from tests.hooks.scripted_server import Reply, ScriptedServer

ROOT = Path(__file__).parents[2]
WAIT_S = 30.0
CHAT: dict[str, Any] = {"model": "gpt-4.1", "messages": [{"role": "user", "content": "q"}]}

OTHER_PROCESS = """
import sys, openai, sdk_hooks
endpoint, provider = sys.argv[1:]
sdk_hooks.instrument(service_name="other", endpoint=endpoint)
client = openai.OpenAI(api_key="k", base_url=provider + "/v1", max_retries=0)
with sdk_hooks.task("triage", id="shared-task", tenant="acme"):
    for _ in range(3):
        client.chat.completions.create(model="gpt-4.1", messages=[{"role": "user", "content": "q"}])
assert sdk_hooks.flush(20)
"""


@pytest.fixture(scope="module")
def collector(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCollector]:
    root = tmp_path_factory.mktemp("limits")
    running = start_collector(root / "data", root / "log", token="s3cret")
    yield running
    assert running.stop() == 0


@pytest.fixture
def hooked() -> Iterator[Callable[..., None]]:
    guard._seen.clear()

    def start(**options: Any) -> None:
        provider = TracerProvider(shutdown_on_exit=False)
        sdk_hooks.instrument(tracer_provider=provider, **options)

    yield start
    sdk_hooks.set_limits()
    sdk_hooks.uninstrument()


def until(condition: Callable[[], Any], what: str) -> Any:
    deadline = time.monotonic() + WAIT_S
    while time.monotonic() < deadline:
        if found := condition():
            return found
        time.sleep(0.05)
    raise AssertionError(f"not within {WAIT_S} s: {what}")


def from_the_ledger() -> list[Decision]:
    found = sdk_hooks.check_limits()
    return found if found and all(d.source == "ledger" and d.spent for d in found) else []


def test_what_another_process_spent_counts(
    collector: RunningCollector, server: ScriptedServer, hooked: Callable[..., None]
) -> None:
    endpoint = f"http://127.0.0.1:{collector.info.otlp_http_port}"
    # Calls with one response id are one call to the ledger.
    server.add(*(Reply(body={**wire.completion(), "id": f"answer {number}"}) for number in range(4)))
    environment = {**os.environ, "OTEL_EXPORTER_OTLP_HEADERS": "authorization=Bearer s3cret"}
    subprocess.run(
        [sys.executable, "-c", OTHER_PROCESS, endpoint, server.url],
        env={**environment, "PYTHONPATH": str(ROOT)},
        check=True,
        timeout=60,
    )
    hooked(endpoint=endpoint, headers={"authorization": "Bearer s3cret"})
    client = openai.OpenAI(api_key="k", base_url=f"{server.url}/v1", max_retries=0)
    sdk_hooks.set_limits(
        Limit("task", calls=4),
        Limit("workload", tokens=10**9),
        Limit("tenant", usd=100),
        Limit("workload", usd=99),
    )
    with sdk_hooks.task("triage", id="shared-task", tenant="acme"):
        task, tokens, tenant_usd, usd = until(from_the_ledger, "the ledger's figures of all scopes")
        client.chat.completions.create(**CHAT)
        # Three of the other process and one of this, which the ledger has not seen when it is counted.
        assert (task.spent, task.name) == (3, "shared-task")
        with pytest.raises(BudgetExceeded, match=r"4 calls of 4 calls \(ledger: all processes") as refused:
            client.chat.completions.create(**CHAT)
    assert refused.value.decision.source == "ledger"
    assert task.age_s is not None
    assert tokens.spent > 0
    assert tenant_usd.spent == usd.spent > 0
    assert len(server.requests) == 4


def test_without_a_collector_this_process_counts_alone(
    server: ScriptedServer, hooked: Callable[..., None], caplog: pytest.LogCaptureFixture
) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        dead = f"http://127.0.0.1:{free.getsockname()[1]}"
        hooked(endpoint=dead)
        client = openai.OpenAI(api_key="k", base_url=f"{server.url}/v1", max_retries=0)
        server.add(*(Reply(body=wire.completion()) for _ in range(2)))
        with caplog.at_level(logging.WARNING, "sdk_hooks"), sdk_hooks.task("triage"):
            sdk_hooks.set_limits(Limit("workload", calls=2), Limit("task", calls=50))
            client.chat.completions.create(**CHAT)
            until(lambda: "this process's own calls only" in caplog.text, "the one warning")
            client.chat.completions.create(**CHAT)
            with pytest.raises(BudgetExceeded, match="local: this process alone"):
                client.chat.completions.create(**CHAT)
    assert len([r for r in caplog.records if "own calls only" in r.message]) == 1


def test_a_collector_that_hangs_holds_no_call_up(server: ScriptedServer, hooked: Callable[..., None]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        hooked(endpoint=f"http://127.0.0.1:{silent.getsockname()[1]}")
        sdk_hooks.set_limits(Limit("task", calls=2))
        client = openai.OpenAI(api_key="k", base_url=f"{server.url}/v1", max_retries=0)
        server.add(*(Reply(body=wire.completion()) for _ in range(2)))
        with sdk_hooks.task("triage"):
            client.chat.completions.create(**CHAT)
            asked, _ = silent.accept()
            # The question is out and will never be answered; calls go on meanwhile.
            assert asked.recv(4) == b"GET "
            client.chat.completions.create(**CHAT)
            with pytest.raises(BudgetExceeded, match="local"):
                client.chat.completions.create(**CHAT)
        asked.close()


@pytest.mark.parametrize("options", [{"file": "spans.jsonl"}, {"export": False}])
def test_where_no_collector_is_named_none_is_asked(
    options: dict[str, Any],
    server: ScriptedServer,
    hooked: Callable[..., None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    for name in ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"):
        monkeypatch.delenv(name, raising=False)
    if "file" in options:
        options = {"file": tmp_path / "spans.jsonl"}
    hooked(**options)
    with caplog.at_level(logging.WARNING, "sdk_hooks"), sdk_hooks.task("triage"):
        sdk_hooks.set_limits(Limit("task", calls=1))
        (decision,) = sdk_hooks.check_limits()
    assert decision.source == "local"
    assert caplog.records == []


class Scripted(LedgerReader):
    """A reader whose answers the test gives; it is driven by the test, not by a thread."""

    def __init__(self, clock: Callable[[], float]) -> None:
        super().__init__(lambda: endpoint_from({}), clock)
        self.asked: list[tuple[str, list[str]]] = []
        self.answers: list[Any] = []

    def _start(self) -> None:
        return

    def _get(self, endpoint: Any, kind: str, names: list[str]) -> Any:
        self.asked.append((kind, names))
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def told(name: str, calls: int) -> dict[str, Any]:
    row = {"name": name, "cost_usd": "1.5", "tokens": 10, "calls": calls, "unpriced_calls": 0}
    return {"lag_s": 0.5, "spend": [row]}


def test_figures_are_fetched_anew_and_go_stale() -> None:
    guard._seen.clear()
    now = [1000.0]
    reader = Scripted(lambda: now[0])
    key = ("workload", "triage")
    assert reader.figure(key) is None
    reader.answers = [told("triage", 7)]
    reader.refresh()
    figure = reader.figure(key)
    assert figure is not None
    assert (figure.spend, figure.lag_s) == (Spend(Decimal("1.5"), 10, 7, 0), 0.5)
    now[0] += 1
    reader.refresh()
    assert len(reader.asked) == 1
    now[0] += 5
    reader.answers = [OSError("away"), told("triage", 9)]
    pause_s = reader.refresh()
    assert (len(reader.asked), pause_s) == (2, 5.0)
    now[0] += 1
    reader.refresh()
    assert len(reader.asked) == 2, "an absent collector is not asked again at once"
    assert reader.figure(key) == figure
    now[0] += FRESH_S
    assert reader.figure(key) is None
    reader.refresh()
    assert reader.figure(key).spend.calls == 9  # type: ignore[union-attr]
    # What has not been used for an hour is no longer asked for.
    now[0] += 3601
    reader.refresh()
    assert len(reader.asked) == 3


@pytest.mark.parametrize(
    "answer",
    [
        None,
        [],
        {},
        {"spend": 3},
        {"lag_s": "x", "spend": []},
        {"lag_s": 0, "spend": [{"name": "a", "cost_usd": "?"}]},
    ],
)
def test_an_answer_that_is_none_counts_as_away(answer: Any) -> None:
    guard._seen.clear()
    reader = Scripted(lambda: 1000.0)
    reader.figure(("task", "a"))
    reader.answers = [answer]
    assert reader.refresh() >= 5.0
    assert reader.figure(("task", "a")) is None


def test_many_tasks_are_asked_for_together() -> None:
    reader = Scripted(time.monotonic)
    for number in range(250):
        reader.figure(("task", str(number)))
    reader.answers = [{"lag_s": 0, "spend": []}]
    reader.refresh()
    ((kind, names),) = reader.asked
    assert (kind, len(names)) == ("task", 100)
    # One that the ledger does not know has spent nothing there.
    assert reader.figure(("task", names[0])).spend == Spend()  # type: ignore[union-attr]


def test_a_forked_process_asks_by_itself() -> None:
    reader = LedgerReader(lambda: None, time.monotonic)
    reader.figure(("task", "a"))
    assert any(t.name == "spanledger-limits" for t in threading.enumerate())
    reader._pid = -1
    before = reader._thread
    reader.figure(("task", "a"))
    assert reader._thread is not before
    reader.stop()


def test_where_spending_is_read() -> None:
    with_path = spend_endpoint(endpoint_from({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4318/base"}))
    assert with_path is not None
    assert with_path.url == "http://c:4318/base/v1/spend"
    assert spend_endpoint(endpoint_from({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://c/other"})) is None
    assert spend_endpoint(None) is None
