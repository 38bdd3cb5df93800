"""Each internal function of the hooks is made to raise in turn: the agent gets its results all the same.

The functions are found, not listed. Left out is only what the agent itself calls, and the guard.
"""

from __future__ import annotations

import asyncio
import importlib
import inspect
import json
import logging
import os
import pkgutil
from collections.abc import Iterator
from contextvars import copy_context
from types import ModuleType
from typing import Any

import anthropic
import boto3
import openai
import pytest
from google import genai
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

import sdk_hooks
from sdk_hooks import guard
from tests.hooks import bedrock_wire, google_wire, wire
from tests.hooks.scripted_server import Reply, ScriptedServer

os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")
litellm: Any = pytest.importorskip("litellm")

ASK: dict[str, Any] = {"model": "m", "max_tokens": 5, "messages": [{"role": "user", "content": "q"}]}
CHAT: dict[str, Any] = {"model": "m", "messages": [{"role": "user", "content": "q"}]}


def modules() -> Iterator[ModuleType]:
    for found in pkgutil.walk_packages(sdk_hooks.__path__, "sdk_hooks."):
        yield importlib.import_module(found.name)


def is_public(owner: object, name: str) -> bool:
    """Whether the agent itself calls it."""
    if isinstance(owner, type):
        # A method of the SDK's interfaces: whoever calls it is not us.
        if any(name in vars(base) for base in owner.__mro__[1:] if "opentelemetry.sdk" in base.__module__):
            return True
        named = owner in vars(sdk_hooks).values() or owner.__name__ == "Extracted"
        return named and not name.startswith("_")
    return name in sdk_hooks.__all__


def targets() -> list[tuple[object, str]]:
    found: list[tuple[object, str]] = []
    for module in [sdk_hooks, *modules()]:
        if module is guard:
            continue
        for name, value in vars(module).items():
            if getattr(value, "__module__", None) != module.__name__:
                continue
            if inspect.isfunction(value) and not is_public(module, name):
                found.append((module, name))
            if inspect.isclass(value):
                found += [
                    (value, method)
                    for method, function in vars(value).items()
                    if inspect.isfunction(function)
                    and not method.startswith("__")
                    and not is_public(value, method)
                    and not getattr(value, "_is_protocol", False)
                ]
    return found


def label(target: tuple[object, str]) -> str:
    owner, name = target
    return f"{getattr(owner, '__module__', '')}.{getattr(owner, '__qualname__', owner.__name__)}.{name}"  # type: ignore[attr-defined]


def broken(*args: Any, **kwargs: Any) -> Any:
    raise RuntimeError("made to fail")


def break_everywhere(monkeypatch: pytest.MonkeyPatch, owner: object, name: str) -> None:
    """Replace a function also where other modules imported it."""
    original = vars(owner)[name]
    monkeypatch.setattr(owner, name, broken)
    if isinstance(owner, ModuleType):
        for module in [sdk_hooks, *modules()]:
            for other, value in list(vars(module).items()):
                if value is original:
                    monkeypatch.setattr(module, other, broken)


def scenario(server: ScriptedServer, provider: TracerProvider, path: str) -> list[Any]:
    """A bit of everything; gives what the agent sees."""
    seen: list[Any] = []
    server.replies.clear()
    sdk_hooks.instrument(tracer_provider=provider, file=path, content=True, complete_stream_usage=True)
    sdk_hooks.set_limits(sdk_hooks.Limit("task", usd=9, calls=99, action=seen.append), shared=False)
    gpt = openai.OpenAI(api_key="k", base_url=f"{server.url}/v1", max_retries=0)
    plain = anthropic.Anthropic(api_key="k", base_url=server.url, max_retries=0, open_telemetry=False)
    native = plain.with_options(open_telemetry={"tracer_provider": provider})
    with sdk_hooks.task("triage", id="t", unit="ticket") as task, sdk_hooks.agent("a"), sdk_hooks.step("s"):
        server.add(Reply(body=wire.completion()))
        seen.append(gpt.chat.completions.create(**CHAT).model_dump())
        server.add(wire.chat_stream(usage=True))
        seen.append(
            [
                chunk.model_dump()
                for chunk in gpt.chat.completions.create(
                    **CHAT, stream=True, stream_options={"include_usage": True}
                )
            ]
        )
        server.add(Reply(429, {"error": {"type": "busy"}}))
        with pytest.raises(openai.RateLimitError):
            gpt.responses.create(model="m", input="q")
        for claude in (plain, native):
            server.add(Reply(body=wire.message()))
            seen.append(claude.messages.create(**ASK).model_dump())
            server.add(wire.anthropic_stream())
            with claude.messages.stream(**ASK) as stream:
                seen.append("".join(stream.text_stream))
            server.add(Reply(body=wire.message()))
            with claude.messages.with_streaming_response.create(**ASK) as raw:
                seen.append(raw.parse().id)
            server.add(wire.anthropic_stream())
            with claude.messages.with_streaming_response.create(**ASK, stream=True) as raw:
                seen.append(list(raw.iter_lines()))
        server.add(Reply(body=wire.response("queued")), Reply(body=wire.response()))
        seen.append(gpt.responses.create(model="m", input="q", background=True).status)
        seen.append(gpt.responses.retrieve("resp_1").status)
        server.add(wire.anthropic_stream())
        raw_stream = plain.messages.create(**ASK, stream=True)
        seen.append(next(raw_stream).type)
        raw_stream.close()
        with sdk_hooks.cascade("c") as cascade:
            for attempt in cascade.attempts("nano", "premium"):
                attempt.escalate(signal="schema")
                seen.append(attempt.tier)
        with sdk_hooks.tool("t"), sdk_hooks.call_context(tier="nano"):
            carrier: dict[str, str] = {}
            sdk_hooks.inject(carrier)
        with (
            sdk_hooks.extract(carrier),
            trace.get_tracer("x", tracer_provider=provider).start_as_current_span(
                "foreign", attributes={"gen_ai.operation.name": "chat"}
            ),
        ):
            server.add(Reply(body=wire.completion()))
            seen.append(gpt.chat.completions.create(**CHAT).id)
        task.outcome(True, useful_units=1)
        seen.append(type(sdk_hooks.current_task()) in (sdk_hooks.Task, type(None)))
        seen += other_clients(server)
    sdk_hooks.record_outcome("t", success=False)
    seen.append([decorated_function(2), list(decorated_generator())])
    sdk_hooks.check_limits()
    sdk_hooks.set_limits()
    sdk_hooks.flush()
    sdk_hooks.uninstrument()
    return seen


def other_clients(server: ScriptedServer) -> list[Any]:
    """What the agent sees of google-genai, botocore and litellm, whole and streamed."""
    seen: list[Any] = []
    gemini = genai.Client(api_key="k", http_options=genai.types.HttpOptions(base_url=server.url))
    server.add(Reply(body=google_wire.content()), google_wire.content_stream())
    seen.append(gemini.models.generate_content(model="m", contents="q").text)
    seen.append([piece.text for piece in gemini.models.generate_content_stream(model="m", contents="q")])
    server.add(Reply(body=google_wire.content()), google_wire.content_stream())
    seen.append(asyncio.run(gemini_async(gemini)))
    server.add(Reply(body={"embeddings": [{"values": [0.5]}]}))
    seen.append(gemini.models.embed_content(model="m", contents="q").embeddings is not None)
    keys = {"aws_access_key_id": "a", "aws_secret_access_key": "b", "region_name": "eu-central-1"}
    bedrock: Any = boto3.client("bedrock-runtime", endpoint_url=server.url, **keys)
    ask: Any = {"modelId": "m", "messages": [{"role": "user", "content": [{"text": "q"}]}]}
    server.add(Reply(body=bedrock_wire.converse()), bedrock_wire.converse_stream())
    seen.append(bedrock.converse(**ask)["output"])
    seen.append(len(list(bedrock.converse_stream(**ask)["stream"])))
    server.add(bedrock_wire.invoked(), bedrock_wire.invoked_stream(), bedrock_wire.converse_stream())
    seen.append(len(bedrock.invoke_model(modelId="m", body="{}")["body"].read()))
    seen.append(len(list(bedrock.invoke_model_with_response_stream(modelId="m", body="{}")["body"])))
    bedrock.converse_stream(**ask)["stream"].close()
    return seen + through_litellm(server) + batches(server)


async def gemini_async(gemini: genai.Client) -> list[Any]:
    answer = await gemini.aio.models.generate_content(model="m", contents="q")
    stream = await gemini.aio.models.generate_content_stream(model="m", contents="q")
    return [answer.text, *[piece.text async for piece in stream]]


def through_litellm(server: ScriptedServer) -> list[Any]:
    ask: Any = {"model": "anthropic/m", "messages": CHAT["messages"], "max_tokens": 5}
    to: Any = {"api_base": server.url, "api_key": "k"}
    server.add(Reply(body=wire.message()), wire.anthropic_stream(), Reply(body=wire.message()))
    seen = [litellm.completion(**ask, **to).choices[0].message.content]
    seen.append(
        "".join(
            piece.choices[0].delta.content or "" for piece in litellm.completion(**ask, **to, stream=True)
        )
    )
    seen.append(asyncio.run(litellm.acompletion(**ask, **to)).choices[0].message.content)
    server.add(Reply(body=wire.completion()))
    over_gpt = {
        "model": "openai/m",
        "messages": CHAT["messages"],
        "api_base": f"{server.url}/v1",
        "api_key": "k",
    }
    seen.append(litellm.completion(**over_gpt).id)
    return seen


def batches(server: ScriptedServer) -> list[Any]:
    """What the agent sees of a batch of each kind, from its submission to its answers."""
    claude = anthropic.Anthropic(api_key="k", base_url=server.url, max_retries=0, open_telemetry=False)
    batch = {"id": "b", "processing_status": "ended", "results_url": f"{server.url}/results"}
    good = {"custom_id": "a", "result": {"type": "succeeded", "message": wire.message()}}
    bad = {"custom_id": "b", "result": {"type": "expired"}}
    lines = [json.dumps(line).encode() + b"\n" for line in (good, bad)]
    with sdk_hooks.batch_tasks({"a": "t", "b": sdk_hooks.task("never opened")}):
        server.add(Reply(body=batch), Reply(body=batch), Reply(chunks=lines), Reply(body=batch))
        server.add(Reply(chunks=lines))
        requests: Any = [{"custom_id": name, "params": ASK} for name in ("a", "b")]
        seen: list[Any] = [claude.messages.batches.create(requests=requests).id]
        seen.append([line.custom_id for line in claude.messages.batches.results("b")])
        seen.append(asyncio.run(results_async(server.url)))
        gpt = openai.OpenAI(api_key="k", base_url=f"{server.url}/v1", max_retries=0)
        made = {"id": "b", "output_file_id": "out", "status": "completed"}
        answer = {"custom_id": "a", "response": {"status_code": 200, "body": wire.completion()}}
        server.add(Reply(body={"id": "file"}), Reply(body=made), Reply(body=made))
        server.add(Reply(chunks=[json.dumps(answer).encode()]))
        seen.append(gpt.files.create(file=b'{"custom_id": "a", "body": {"model": "m"}}', purpose="batch").id)
        endpoint: Any = "/v1/chat/completions"
        seen.append(gpt.batches.create(input_file_id="file", endpoint=endpoint, completion_window="24h").id)
        seen.append(gpt.batches.retrieve("b").status)
        seen.append(len(gpt.files.content("out").content))
    sdk_hooks.batch_submitted("b", ["x"])
    sdk_hooks.batch_returned("b", "x", provider="p", model="m")
    return seen


async def results_async(url: str) -> list[str]:
    async with anthropic.AsyncAnthropic(api_key="k", base_url=url, open_telemetry=False) as client:
        return [line.custom_id async for line in await client.messages.batches.results("b")]


@sdk_hooks.task("decorated")
def decorated_function(number: int) -> int:
    return number + 1


@sdk_hooks.agent("decorated")
def decorated_generator() -> Iterator[int]:
    yield 1
    yield 2


@pytest.fixture(scope="module")
def server() -> Iterator[ScriptedServer]:
    running = ScriptedServer()
    yield running
    running.close()


@pytest.fixture(scope="module")
def expected(server: ScriptedServer, tmp_path_factory: pytest.TempPathFactory) -> list[Any]:
    return scenario(server, provider(), str(tmp_path_factory.mktemp("out") / "spans.jsonl"))


def provider() -> TracerProvider:
    made = TracerProvider(shutdown_on_exit=False)
    made.add_span_processor(SimpleSpanProcessor(InMemorySpanExporter()))
    return made


@pytest.mark.parametrize("target", targets(), ids=label)
def test_a_fault_stays_inside(
    target: tuple[object, str],
    server: ScriptedServer,
    expected: list[Any],
    tmp_path: Any,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    guard._seen.clear()
    try:
        with monkeypatch.context() as patch:
            break_everywhere(patch, *target)
            with caplog.at_level(logging.WARNING, "sdk_hooks"):
                # A scope that cannot be left must not leak into the next test.
                seen = copy_context().run(scenario, server, provider(), str(tmp_path / "spans.jsonl"))
    finally:
        sdk_hooks.uninstrument()
    assert seen == expected
    faults = [record for record in caplog.records if "fault in the hooks" in record.message]
    assert len(faults) <= 1


def test_the_search_finds_functions() -> None:
    names = {label(target) for target in targets()}
    assert len(names) > 100
    assert "sdk_hooks.call.Call.finish" in names


def test_ending_twice_counts_once(server: ScriptedServer) -> None:
    made = TracerProvider(shutdown_on_exit=False)
    memory = InMemorySpanExporter()
    made.add_span_processor(SimpleSpanProcessor(memory))
    sdk_hooks.instrument(tracer_provider=made)
    client = openai.OpenAI(api_key="k", base_url=f"{server.url}/v1")
    server.replies.clear()
    server.add(wire.chat_stream(usage=True))
    stream = client.chat.completions.create(**CHAT, stream=True)
    list(stream)
    stream.close()
    stream.response.close()
    assert list(stream) == []
    del stream
    task = sdk_hooks.task("t")
    with task:
        pass
    task.__exit__(None, None, None)
    sdk_hooks.uninstrument()
    assert [span.name for span in memory.get_finished_spans()] == ["chat m", "task t"]
