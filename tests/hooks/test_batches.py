"""Batches: what is submitted stands with its custom ids, what returns is a call of the batch service class."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anthropic
import openai
import pytest

import sdk_hooks
from examples.provider_server import API_KEY, ProviderServer
from examples.wire.provider import Provider
from sdk_hooks import attributes as names
from tests.hooks.conftest import Spans, attributes

MODEL = "claude-haiku-4-5"


@pytest.fixture(scope="module")
def provider() -> Iterator[ProviderServer]:
    with ProviderServer(Provider(run="batches")) as running:
        yield running


@pytest.fixture
def claude(provider: ProviderServer, spans: Spans) -> anthropic.Anthropic:
    return anthropic.Anthropic(api_key=API_KEY, base_url=provider.anthropic_url, open_telemetry=False)


@pytest.fixture
def gpt(provider: ProviderServer, spans: Spans) -> openai.OpenAI:
    return openai.OpenAI(api_key=API_KEY, base_url=provider.openai_url)


def requests(*ids: str, model: str = MODEL) -> list[Any]:
    messages = [{"role": "user", "content": 'a secret with "custom_id": "no" in it'}]
    params = {"model": model, "max_tokens": 20, "messages": messages}
    return [{"custom_id": name, "params": params} for name in ids]


def in_state(spans: Spans, state: str) -> list[dict[str, Any]]:
    told = [attributes(span) for span in spans.all()]
    return [span for span in told if span.get(names.BATCH_STATE) == state]


def wait(claude: anthropic.Anthropic, batch_id: str) -> None:
    for _ in range(3):
        claude.messages.batches.retrieve(batch_id)


@pytest.mark.parametrize("beta", [False, True])
def test_message_batches(claude: anthropic.Anthropic, spans: Spans, beta: bool) -> None:
    batches: Any = claude.beta.messages.batches if beta else claude.messages.batches
    with sdk_hooks.task("digest", id="t1", tenant="acme"):
        batch = batches.create(requests=requests("a", "b"))
        wait(claude, batch.id)
        lines = list(batches.results(batch.id))
    (sent,) = in_state(spans, "submitted")
    assert sent[names.BATCH_CUSTOM_IDS] == ("a", "b")
    assert (sent[names.BATCH_ID], sent[names.BATCH_MODEL]) == (batch.id, MODEL)
    assert (sent[names.TASK_ID], sent[names.PROVIDER_NAME]) == ("t1", "anthropic")
    assert names.OPERATION_NAME not in sent
    back = in_state(spans, "returned")
    assert [span[names.BATCH_CUSTOM_ID] for span in back] == [line.custom_id for line in lines]
    for span, line in zip(back, lines, strict=True):
        usage = line.result.message.usage
        assert span[names.OUTPUT_TOKENS] == usage.output_tokens
        assert span[names.INPUT_TOKENS] == usage.input_tokens
        assert (span[names.SERVICE_CLASS], span[names.BATCH_RESULT]) == ("batch", "succeeded")
        assert (span[names.REQUEST_MODEL], span[names.TASK_ID]) == (MODEL, "t1")
        assert span[names.RESPONSE_ID] == line.result.message.id
    assert "secret" not in repr(spans.all()[0].attributes)


def test_each_request_to_its_own_task(claude: anthropic.Anthropic, spans: Spans) -> None:
    opened = sdk_hooks.task("digest", id="open", tenant="acme")
    with opened:
        pass
    whose = {"a": opened, "b": "told-by-id"}
    with sdk_hooks.task("nightly", id="around"), sdk_hooks.batch_tasks(whose):
        batch = claude.messages.batches.create(requests=requests("a", "b", "c"))
        wait(claude, batch.id)
        list(claude.messages.batches.results(batch.id))
    expected = {"a": "open", "b": "told-by-id", "c": "around"}
    assert {s[names.BATCH_CUSTOM_IDS]: s[names.TASK_ID] for s in in_state(spans, "submitted")} == {
        (name,): task for name, task in expected.items()
    }
    back = {s[names.BATCH_CUSTOM_ID]: s for s in in_state(spans, "returned")}
    assert {name: span[names.TASK_ID] for name, span in back.items()} == expected
    assert (back["a"][names.WORKLOAD], back["a"][names.TENANT]) == ("digest", "acme")
    trace = next(s.context.trace_id for s in spans.all() if s.name == "task digest" and s.context)
    assert trace in {s.context.trace_id for s in spans.calls() if s.context}


def test_what_fails_and_what_is_canceled(claude: anthropic.Anthropic, spans: Spans) -> None:
    broken = requests("bad")
    del broken[0]["params"]["max_tokens"]
    batch = claude.messages.batches.create(requests=broken)
    wait(claude, batch.id)
    list(claude.messages.batches.results(batch.id))
    other = claude.messages.batches.create(requests=requests("late"))
    claude.messages.batches.cancel(other.id)
    list(claude.messages.batches.results(other.id))
    failed, canceled = in_state(spans, "returned")
    assert (failed[names.BATCH_RESULT], failed[names.ERROR_TYPE]) == ("errored", "invalid_request_error")
    assert (canceled[names.BATCH_RESULT], canceled[names.ERROR_TYPE]) == ("canceled", "batch_canceled")
    assert names.OUTPUT_TOKENS not in failed
    assert not any(span.status.is_ok for span in spans.calls() if span.name.startswith("chat"))


def test_many_ids_take_several_spans(claude: anthropic.Anthropic, spans: Spans) -> None:
    ids = [f"{'x' * 50}-{number:03}" for number in range(250)]
    claude.messages.batches.create(requests=requests(*ids))
    sent = in_state(spans, "submitted")
    assert [name for span in sent for name in span[names.BATCH_CUSTOM_IDS]] == ids
    assert max(len(json.dumps(span[names.BATCH_CUSTOM_IDS])) for span in sent) < 4096
    assert max(len(span[names.BATCH_CUSTOM_IDS]) for span in sent) <= 100


def test_async_and_raw(provider: ProviderServer, spans: Spans) -> None:
    async def run() -> list[str]:
        client = anthropic.AsyncAnthropic(
            api_key=API_KEY, base_url=provider.anthropic_url, open_telemetry=False
        )
        async with client:
            raw: Any = await client.messages.batches.with_raw_response.create(requests=requests("a"))
            batch = await raw.parse() if asyncio.iscoroutinefunction(raw.parse) else raw.parse()
            for _ in range(3):
                await client.messages.batches.retrieve(batch.id)
            return [line.custom_id async for line in await client.messages.batches.results(batch.id)]

    assert asyncio.run(run()) == ["a"]
    assert [s[names.BATCH_CUSTOM_IDS] for s in in_state(spans, "submitted")] == [("a",)]
    assert [s[names.BATCH_CUSTOM_ID] for s in in_state(spans, "returned")] == ["a"]


def jsonl(*bodies: dict[str, Any], url: str = "/v1/chat/completions") -> bytes:
    lines = [
        {"custom_id": f"r{number}", "method": "POST", "url": url, "body": body}
        for number, body in enumerate(bodies)
    ]
    return "\n".join(json.dumps(line) for line in lines).encode()


CHAT: dict[str, Any] = {
    "model": "gpt-5.4-mini",
    "messages": [{"role": "user", "content": 'a secret with "custom_id": "no"'}],
}


@pytest.mark.parametrize("form", ["bytes", "path", "file", "tuple"])
def test_openai_batches(gpt: openai.OpenAI, spans: Spans, tmp_path: Path, form: str) -> None:
    content = jsonl(CHAT, CHAT, {"model": "gpt-5.4-mini"})
    path = tmp_path / "requests.jsonl"
    path.write_bytes(content)
    forms: dict[str, Any] = {"bytes": content, "path": path, "tuple": ("r.jsonl", content)}
    with sdk_hooks.task("digest", id="t1"), path.open("rb") as opened:
        file = gpt.files.create(file=forms.get(form, opened), purpose="batch")
        batch = gpt.batches.create(
            input_file_id=file.id, endpoint="/v1/chat/completions", completion_window="24h"
        )
        while batch.status != "completed":
            batch = gpt.batches.retrieve(batch.id)
        answers = gpt.files.content(batch.output_file_id or "").text
        gpt.files.content(batch.error_file_id or "")
    (sent,) = in_state(spans, "submitted")
    assert sent[names.BATCH_CUSTOM_IDS] == ("r0", "r1", "r2")
    assert (sent[names.BATCH_ID], sent[names.BATCH_MODEL]) == (batch.id, "gpt-5.4-mini")
    *good, bad = in_state(spans, "returned")
    usages = [json.loads(line)["response"]["body"]["usage"] for line in answers.splitlines()]
    assert [span[names.OUTPUT_TOKENS] for span in good] == [usage["completion_tokens"] for usage in usages]
    assert {span[names.BATCH_ID] for span in [*good, bad]} == {batch.id}
    assert {span[names.SERVICE_CLASS] for span in good} == {"batch"}
    assert (bad[names.BATCH_CUSTOM_ID], bad[names.BATCH_RESULT]) == ("r2", "errored")
    assert bad[names.ERROR_TYPE] == "invalid_request_error"


def test_openai_batches_of_other_endpoints_async(provider: ProviderServer, spans: Spans) -> None:
    async def run(url: str, body: dict[str, Any]) -> None:
        async with openai.AsyncOpenAI(api_key=API_KEY, base_url=provider.openai_url) as client:
            file = await client.files.create(file=jsonl(body, url=url), purpose="batch")
            endpoint: Any = url
            batch = await client.batches.create(
                input_file_id=file.id, endpoint=endpoint, completion_window="24h"
            )
            while batch.status != "completed":
                batch = await client.batches.retrieve(batch.id)
            await client.files.content(batch.output_file_id or "")

    asyncio.run(run("/v1/responses", {"model": "gpt-5.4", "input": "q"}))
    asyncio.run(run("/v1/embeddings", {"model": "text-embedding-3-small", "input": "q"}))
    answered, embedded = in_state(spans, "returned")
    assert answered[names.OUTPUT_TOKENS] > 0
    assert (embedded[names.OPERATION_NAME], embedded[names.OUTPUT_TOKENS]) == ("embeddings", 0)


def test_an_upload_of_another_process(gpt: openai.OpenAI, spans: Spans) -> None:
    sdk_hooks.uninstrument()
    file = gpt.files.create(file=jsonl(CHAT), purpose="batch")
    sdk_hooks.instrument(tracer_provider=spans.provider)
    batch = gpt.batches.create(
        input_file_id=file.id, endpoint="/v1/chat/completions", completion_window="24h"
    )
    (sent,) = in_state(spans, "submitted")
    assert (sent[names.BATCH_ID], sent[names.BATCH_CUSTOM_IDS]) == (batch.id, ())


def test_other_files_pass(gpt: openai.OpenAI, spans: Spans) -> None:
    file = gpt.files.create(file=b"notes", purpose="user_data")
    assert gpt.files.content(file.id).read() == b"notes"
    assert spans.all() == []


def test_told_by_hand(spans: Spans) -> None:
    with sdk_hooks.batch_tasks(lambda name: f"task-{name}"):
        sdk_hooks.batch_submitted("b1", ["x", "y"], provider="gcp.gemini", model="gemini-3-flash")
        sdk_hooks.batch_returned(
            "b1", "x", provider="gcp.gemini", model="gemini-3-flash", input_tokens=10, output_tokens=0
        )
        sdk_hooks.batch_returned("b1", "y", provider="gcp.gemini", model="gemini-3-flash", result="expired")
    assert [s[names.TASK_ID] for s in in_state(spans, "submitted")] == ["task-x", "task-y"]
    good, expired = in_state(spans, "returned")
    assert (good[names.TASK_ID], good[names.OUTPUT_TOKENS]) == ("task-x", 0)
    assert expired[names.ERROR_TYPE] == "batch_expired"
