"""Answers that are not what the API promises, or not what the agent asked for: each is a call all the same."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import Any

import anthropic
import boto3
import openai
import pydantic
import pytest

from sdk_hooks import attributes as names
from sdk_hooks.guard import shield
from tests.hooks import wire
from tests.hooks.conftest import Spans
from tests.hooks.scripted_server import Reply, ScriptedServer

ASK: dict[str, Any] = {"model": "m", "max_tokens": 5, "messages": [{"role": "user", "content": "q"}]}
CHAT: dict[str, Any] = {"model": "m", "messages": [{"role": "user", "content": "q"}]}
JUNK: list[Any] = ["text", [1], 7, True, {"a": [1]}, None]


class Label(pydantic.BaseModel):
    label: str


@pytest.mark.parametrize("junk", JUNK, ids=repr)
@pytest.mark.parametrize("field", ["usage", "stop_reason", "id", "model"])
def test_a_message_with_a_wrong_field(
    field: str, junk: Any, claude: anthropic.Anthropic, server: ScriptedServer, spans: Spans
) -> None:
    server.add(Reply(body={**wire.message(), field: junk}))
    claude.messages.create(**ASK)
    call = spans.call()
    assert (names.INPUT_TOKENS in call) is (field != "usage")


@pytest.mark.parametrize("junk", JUNK, ids=repr)
@pytest.mark.parametrize(
    "field",
    ["cache_creation", "output_tokens_details", "server_tool_use", "iterations", "service_tier", "speed"],
)
def test_a_usage_with_a_wrong_field(
    field: str, junk: Any, claude: anthropic.Anthropic, server: ScriptedServer, spans: Spans
) -> None:
    server.add(Reply(body=wire.message(**{field: junk})))
    claude.messages.create(**ASK)
    call = spans.call()
    assert (call[names.INPUT_TOKENS], call[names.OUTPUT_TOKENS]) == (2400, 50)


@pytest.mark.parametrize("junk", JUNK, ids=repr)
@pytest.mark.parametrize("field", ["usage", "choices", "service_tier", "id"])
def test_a_completion_with_a_wrong_field(
    field: str, junk: Any, gpt: openai.OpenAI, server: ScriptedServer, spans: Spans
) -> None:
    server.add(Reply(body={**wire.completion(), field: junk}))
    gpt.chat.completions.create(**CHAT)
    assert (names.INPUT_TOKENS in spans.call()) is (field != "usage")


@pytest.mark.parametrize("body", ["<html>", [1], None, 7], ids=repr)
def test_an_answer_that_is_no_object(
    body: Any, gpt: openai.OpenAI, server: ScriptedServer, spans: Spans
) -> None:
    server.add(Reply(body=body))
    assert gpt.chat.completions.create(**CHAT) == body
    assert spans.call()[names.USAGE_MISSING_REASON] == "not_reported"


def test_an_answer_that_the_agent_wants_as_text(
    gpt: openai.OpenAI, server: ScriptedServer, spans: Spans
) -> None:
    server.add(Reply(body=wire.completion()))
    assert "the answer" in gpt.post("/chat/completions", body=CHAT, cast_to=str)
    assert spans.call()[names.OUTPUT_TOKENS] == 80


def test_an_answer_that_fails_the_agents_schema_is_billed(
    claude: anthropic.Anthropic, server: ScriptedServer, spans: Spans
) -> None:
    server.add(Reply(body=wire.message()))
    with pytest.raises(pydantic.ValidationError):
        claude.messages.parse(**ASK, output_format=Label)
    call = spans.call()
    assert call[names.ERROR_TYPE]
    assert (call[names.INPUT_TOKENS], call[names.OUTPUT_TOKENS]) == (2400, 50)
    assert names.USAGE_MISSING_REASON not in call


def test_a_completion_that_fails_the_agents_schema_is_billed(
    gpt: openai.OpenAI, async_gpt: openai.AsyncOpenAI, server: ScriptedServer, spans: Spans
) -> None:
    cut = wire.completion()
    cut["choices"][0]["finish_reason"] = "length"
    server.add(Reply(body=cut), Reply(body=wire.response()))
    with pytest.raises(openai.LengthFinishReasonError):
        gpt.chat.completions.parse(**CHAT, response_format=Label)

    async def ask() -> None:
        async with async_gpt:
            await async_gpt.responses.parse(model="m", input="q", text_format=Label)

    with pytest.raises(pydantic.ValidationError):
        asyncio.run(ask())
    calls = [dict(span.attributes or {}) for span in spans.calls()]
    assert [call[names.OUTPUT_TOKENS] for call in calls] == [80, 80]
    assert [call[names.ERROR_TYPE] for call in calls] == ["LengthFinishReasonError", "ValidationError"]


def test_searches_and_place_are_told(
    claude: anthropic.Anthropic, gpt: openai.OpenAI, server: ScriptedServer, spans: Spans
) -> None:
    searched = {"web_search_requests": 3, "web_fetch_requests": 0}
    server.add(Reply(body=wire.message(server_tool_use=searched, inference_geo="us")))
    claude.messages.create(**ASK)
    call = spans.call()
    assert (call[names.WEB_SEARCHES], call[names.INFERENCE_GEO]) == (3, "us")
    spans.exporter.clear()
    tools = {"tool_usage": {"web_search": {"num_requests": 2}}}
    server.add(Reply(body={**wire.response(), **tools}))
    gpt.responses.create(model="m", input="q")
    assert spans.call()[names.WEB_SEARCHES] == 2


def test_a_fault_is_told_of_without_what_it_quotes(
    server: ScriptedServer, spans: Spans, caplog: pytest.LogCaptureFixture
) -> None:
    keys = {"aws_access_key_id": "a", "aws_secret_access_key": "b", "region_name": "eu-central-1"}
    bedrock: Any = boto3.client("bedrock-runtime", endpoint_url=server.url, **keys)
    server.add(Reply(chunks=[b'{"a": "\xff the secret answer"}']))
    with caplog.at_level(logging.WARNING, "sdk_hooks"):
        assert b"secret" in bedrock.invoke_model(modelId="m", body="{}")["body"].read()
        assert caplog.text == ""
        shield(json.loads, b'"\xff the secret answer"')
    assert spans.call()[names.USAGE_MISSING_REASON] == "body_not_parsed"
    assert "UnicodeDecodeError" in caplog.text
    assert "secret" not in caplog.text
