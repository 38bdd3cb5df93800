"""The clients of the same packages for other platforms: Claude on Bedrock, Vertex AI, Foundry; OpenAI on Azure."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Callable
from typing import Any

import anthropic
import httpx
import openai
import pytest

from examples.wire import aws_event_stream as frames
from sdk_hooks import attributes as names
from sdk_hooks.providers.anthropic_messages import AnthropicMessages
from sdk_hooks.providers.openai_api import ChatCompletions
from sdk_hooks.servers import server_of
from tests.hooks import wire
from tests.hooks.conftest import Spans, attributes
from tests.hooks.scripted_server import Reply, ScriptedServer

ASK: dict[str, Any] = {
    "model": "claude-sonnet-5",
    "max_tokens": 64,
    "messages": [{"role": "user", "content": "a secret question"}],
}
CLAUDE = {
    names.REQUEST_MODEL: "claude-sonnet-5",
    names.INPUT_TOKENS: 2400,
    names.CACHE_READ_TOKENS: 2000,
    names.CACHE_WRITE_TOKENS: 300,
    names.CACHE_WRITE_LONG_TOKENS: 180,
    names.OUTPUT_TOKENS: 50,
    names.FINISH_REASONS: ("end_turn",),
    names.USAGE_MISSING_REASON: None,
}
AWS = {"aws_region": "eu-central-1", "aws_access_key": "a", "aws_secret_key": "b"}
VERTEX = {"region": "us-east5", "project_id": "p", "access_token": "t"}

Make = Callable[..., Any]


def bedrock(server: ScriptedServer, kind: Make) -> Any:
    return kind(base_url=server.url, max_retries=0, **AWS)


def vertex(server: ScriptedServer, kind: Make) -> Any:
    return kind(base_url=server.url, max_retries=0, **VERTEX)


def foundry(server: ScriptedServer, kind: Make) -> Any:
    return kind(base_url=server.url, api_key="k", max_retries=0)


PLATFORMS: list[Any] = [
    pytest.param(bedrock, "AnthropicBedrock", "aws.bedrock", id="bedrock"),
    pytest.param(vertex, "AnthropicVertex", "gcp.vertex_ai", id="vertex"),
    pytest.param(foundry, "AnthropicFoundry", "", id="foundry"),
]


def stream_of(make: Any) -> Reply:
    """Bedrock wraps each event into AWS's binary framing; the others stream as Anthropic does."""
    if make is not bedrock:
        return wire.anthropic_stream()
    chunks = [
        frames.event("chunk", {"bytes": base64.b64encode(json.dumps(data).encode()).decode()})
        for _, data in wire.anthropic_events()
    ]
    return Reply(chunks=chunks, headers={"content-type": frames.MEDIA_TYPE})


def part(span: dict[str, Any], of: dict[str, Any]) -> dict[str, Any]:
    return {name: span.get(name) for name in of}


@pytest.mark.parametrize("own_spans", [False, True], ids=["own", "native"])
@pytest.mark.parametrize(("make", "kind", "provider"), PLATFORMS)
def test_claude_elsewhere(
    server: ScriptedServer, spans: Spans, make: Any, kind: str, provider: str, own_spans: bool
) -> None:
    option = {"tracer_provider": spans.provider} if own_spans else False
    client = make(server, getattr(anthropic, kind)).with_options(open_telemetry=option)
    server.add(Reply(body=wire.message()), stream_of(make))
    client.messages.create(**ASK)
    events = list(client.messages.create(**ASK, stream=True))
    assert events[-1].type == "message_stop"
    whole, streamed = (attributes(span) for span in spans.calls())
    assert part(whole, CLAUDE) == CLAUDE
    assert part(streamed, CLAUDE) == CLAUDE
    if provider:
        assert {whole[names.PROVIDER_NAME], streamed[names.PROVIDER_NAME]} == {provider}


@pytest.mark.parametrize(("make", "kind", "provider"), PLATFORMS)
def test_claude_elsewhere_async(
    server: ScriptedServer, spans: Spans, make: Any, kind: str, provider: str
) -> None:
    async def run() -> None:
        client = make(server, getattr(anthropic, f"Async{kind}")).with_options(open_telemetry=False)
        await client.messages.create(**ASK)
        async for _ in await client.messages.create(**ASK, stream=True):
            continue

    server.add(Reply(body=wire.message()), stream_of(make))
    asyncio.run(run())
    assert [part(attributes(span), CLAUDE) for span in spans.calls()] == [CLAUDE, CLAUDE]


GPT = {
    names.PROVIDER_NAME: "azure.ai.openai",
    names.REQUEST_MODEL: "my-deployment",
    names.RESPONSE_MODEL: "gpt-6-sol-2026-05-05",
    names.INPUT_TOKENS: 1000,
    names.OUTPUT_TOKENS: 80,
    names.CACHE_READ_TOKENS: 600,
}


@pytest.mark.parametrize("deployment", [None, "my-deployment"])
def test_azure(server: ScriptedServer, spans: Spans, deployment: str | None) -> None:
    azure: Any = openai.AzureOpenAI(
        api_key="k", azure_endpoint=server.url, api_version="2026-01-01", azure_deployment=deployment
    )
    messages = [{"role": "user", "content": "a secret question"}]
    server.add(Reply(body=wire.completion()), wire.chat_stream(usage=True), Reply(body=wire.response()))
    azure.chat.completions.create(model="my-deployment", messages=messages)
    list(azure.chat.completions.create(model="my-deployment", messages=messages, stream=True))
    azure.responses.create(model="my-deployment", input="q")
    assert "/deployments/my-deployment/" in server.requests[0].path
    assert [part(attributes(span), GPT) for span in spans.calls()] == [GPT] * 3


def test_azure_async(server: ScriptedServer, spans: Spans) -> None:
    async def run() -> None:
        azure = openai.AsyncAzureOpenAI(api_key="k", azure_endpoint=server.url, api_version="2026-01-01")
        async with azure:
            await azure.chat.completions.create(model="my-deployment", messages=[])

    server.add(Reply(body=wire.completion()))
    asyncio.run(run())
    assert part(spans.call(), GPT) == GPT


@pytest.mark.parametrize("name", ["AnthropicBedrock", "AsyncAnthropicVertex", "AzureOpenAI", "OpenAI"])
def test_a_client_of_a_platform_that_does_not_say_so(name: str) -> None:
    """As clients of a year ago, at an address that says nothing either."""
    expected = {
        "AnthropicBedrock": "aws.bedrock",
        "AsyncAnthropicVertex": "gcp.vertex_ai",
        "AzureOpenAI": "azure.ai.openai",
        "OpenAI": "openai",
    }
    client = type(name, (), {"base_url": httpx.URL("http://proxy.example/v1")})()
    api = AnthropicMessages() if "Anthropic" in name else ChatCompletions()
    assert server_of(client, api)[names.PROVIDER_NAME] == expected[name]
