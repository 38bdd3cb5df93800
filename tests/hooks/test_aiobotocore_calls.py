"""Bedrock through aiobotocore, on which aioboto3 stands; runs where it is installed, as it pins an older botocore."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from sdk_hooks import attributes as names
from tests.hooks import bedrock_wire as wire
from tests.hooks.conftest import Spans
from tests.hooks.scripted_server import Reply, ScriptedServer

session = pytest.importorskip("aiobotocore.session")

ASK: dict[str, Any] = {"modelId": "m", "messages": [{"role": "user", "content": [{"text": "q"}]}]}


def ask(server: ScriptedServer, how: Callable[[Any], Awaitable[Any]]) -> Any:
    keys = {"aws_access_key_id": "a", "aws_secret_access_key": "b", "region_name": "eu-central-1"}

    async def main() -> Any:
        made = session.get_session().create_client("bedrock-runtime", endpoint_url=server.url, **keys)
        async with made as client:
            return await how(client)

    return asyncio.run(main())


async def whole(client: Any) -> Any:
    return (await client.converse(**ASK))["stopReason"]


async def streamed(client: Any) -> Any:
    return [event async for event in (await client.converse_stream(**ASK))["stream"]]


async def invoked(client: Any) -> Any:
    body = (await client.invoke_model(modelId="m", body="{}"))["body"]
    assert type(body).__name__ == "StreamingBody"
    return await body.read()


async def invoked_inside(client: Any) -> Any:
    async with (await client.invoke_model(modelId="m", body="{}"))["body"] as raw:
        return await raw.read()


async def invoked_in_pieces(client: Any) -> Any:
    return [piece async for piece in (await client.invoke_model(modelId="m", body="{}"))["body"]]


async def invoked_stream(client: Any) -> Any:
    answer = await client.invoke_model_with_response_stream(modelId="m", body="{}")
    return [event async for event in answer["body"]]


@pytest.mark.parametrize(
    ("how", "reply"),
    [
        (whole, Reply(body=wire.converse())),
        (streamed, wire.converse_stream()),
        (invoked, wire.invoked()),
        (invoked_inside, wire.invoked()),
        (invoked_in_pieces, wire.invoked()),
        (invoked_stream, wire.invoked_stream()),
    ],
)
def test_each_is_one_exact_call(how: Any, reply: Reply, server: ScriptedServer, spans: Spans) -> None:
    server.add(reply)
    assert ask(server, how)
    call = spans.call()
    assert call[names.PROVIDER_NAME] == "aws.bedrock"
    assert (call[names.INPUT_TOKENS], call[names.OUTPUT_TOKENS]) == (2400, 50)
    assert (call[names.CACHE_READ_TOKENS], call[names.CACHE_WRITE_TOKENS]) == (2000, 300)
    assert names.USAGE_MISSING_REASON not in call


def test_a_stream_left_early_and_a_refusal(server: ScriptedServer, spans: Spans) -> None:
    async def left(client: Any) -> None:
        stream = (await client.converse_stream(**ASK))["stream"]
        async for _ in stream:
            break
        stream.close()

    server.add(wire.converse_stream())
    ask(server, left)
    assert spans.call()[names.USAGE_MISSING_REASON] == "closed_early"
    spans.exporter.clear()
    server.add(Reply(400, {"message": "no"}, headers={"x-amzn-errortype": "ValidationException"}))
    with pytest.raises(Exception, match="ValidationException"):
        ask(server, whole)
    assert spans.call()[names.ERROR_TYPE] == "ValidationException"
