"""The context crosses threads, asyncio tasks and processes, and is never sent to a provider."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import openai
import pytest
from opentelemetry import baggage, trace

import sdk_hooks
from sdk_hooks import attributes as names
from tests.hooks import wire
from tests.hooks.conftest import Spans, attributes
from tests.hooks.scripted_server import Reply, ScriptedServer


def mark(spans: Spans, name: str) -> None:
    trace.get_tracer("t", tracer_provider=spans.provider).start_span(name).end()


def test_threads(spans: Spans) -> None:
    with sdk_hooks.task("triage", id="t-1"):
        thread = threading.Thread(target=mark, args=(spans, "thread"))
        thread.start()
        thread.join()
    assert spans.named("thread")[names.TASK_ID] == "t-1"
    parent = next(span for span in spans.all() if span.name == "thread").parent
    assert parent is not None


def test_a_subclass_of_thread(spans: Spans) -> None:
    class Worker(threading.Thread):
        def run(self) -> None:
            mark(spans, "worker")

    with sdk_hooks.task("triage", id="t-1"):
        worker = Worker()
        worker.start()
        worker.join()
    assert spans.named("worker")[names.TASK_ID] == "t-1"


def test_jobs_of_a_pool_keep_their_own_contexts(spans: Spans) -> None:
    with ThreadPoolExecutor(2, thread_name_prefix="mine") as pool:
        for number in range(4):
            with sdk_hooks.task("triage", id=f"t-{number}"):
                pool.submit(mark, spans, f"job {number}").result()
        pool.submit(mark, spans, "outside").result()
    for number in range(4):
        assert spans.named(f"job {number}")[names.TASK_ID] == f"t-{number}"
    assert names.TASK_ID not in spans.named("outside")


def test_concurrent_asyncio_tasks(spans: Spans) -> None:
    async def one(number: int) -> None:
        async with sdk_hooks.task("triage", id=f"t-{number}"):
            await asyncio.sleep(0.001 * (number % 7))
            await asyncio.to_thread(mark, spans, f"job {number}")

    async def run() -> None:
        await asyncio.gather(*(one(number) for number in range(200)))

    asyncio.run(run())
    found = {span.name: attributes(span)[names.TASK_ID] for span in spans.all() if "job" in span.name}
    assert found == {f"job {number}": f"t-{number}" for number in range(200)}


def test_across_processes(spans: Spans) -> None:
    carrier: dict[str, str] = {}
    with (
        sdk_hooks.task("triage ü", id="t-1", tenant="acme, inc"),
        sdk_hooks.agent("planner"),
        sdk_hooks.call_context(tier="nano"),
    ):
        sdk_hooks.inject(carrier)
    assert set(carrier) == {"traceparent", "baggage"}
    with sdk_hooks.extract(carrier):
        assert baggage.get_all() == {}
        mark(spans, "far")
    mark(spans, "after")
    far = spans.named("far")
    assert (far[names.TASK_ID], far[names.TENANT]) == ("t-1", "acme, inc")
    assert (far[names.WORKLOAD], far[names.AGENT_NAME]) == ("triage ü", "planner")
    assert names.TIER not in far
    assert names.TASK_ID not in spans.named("after")
    traces = {span.context.trace_id for span in spans.all() if span.name in ("far", "task triage ü")}
    assert len(traces) == 1


def test_an_empty_or_broken_carrier_changes_nothing(spans: Spans) -> None:
    for carrier in ({}, {"traceparent": "nonsense", "baggage": "=;=,"}):
        with sdk_hooks.task("triage", id="t-1"), sdk_hooks.extract(carrier):
            mark(spans, "inside")
    assert all(attributes(span)[names.TASK_ID] == "t-1" for span in spans.all() if span.name == "inside")


def test_nothing_of_it_reaches_the_provider(gpt: openai.OpenAI, server: ScriptedServer, spans: Spans) -> None:
    server.add(Reply(body=wire.completion()))
    with sdk_hooks.task("triage-secret", id="task-secret", tenant="tenant-secret"):
        gpt.chat.completions.create(model="m", messages=[])
    sent = server.requests[0]
    assert "secret" not in repr(sent.headers)
    assert b"secret" not in sent.body
    assert "baggage" not in sent.headers


def test_a_scope_left_by_another_task_is_no_error(spans: Spans, caplog: pytest.LogCaptureFixture) -> None:
    async def answer() -> AsyncIterator[int]:
        with sdk_hooks.task("t"):
            yield 1
            yield 2

    async def main() -> None:
        # As web servers do with an answer that streams.
        streamed = answer()
        await asyncio.create_task(anext_of(streamed))
        await asyncio.create_task(close(streamed))

    async def anext_of(streamed: AsyncIterator[int]) -> None:
        await streamed.__anext__()

    async def close(streamed: Any) -> None:
        await streamed.aclose()

    asyncio.run(main())
    assert caplog.text == ""
    assert [span.name for span in spans.all()] == ["task t"]
    assert sdk_hooks.current_task() is None
