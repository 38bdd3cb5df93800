"""One call of botocore's bedrock-runtime is one exact span; other services and operations make none."""

from __future__ import annotations

import gc
import json
from typing import Any

import boto3
import botocore.config
import botocore.exceptions
import pytest

import sdk_hooks
from sdk_hooks import attributes as names
from tests.hooks import bedrock_wire as wire
from tests.hooks.conftest import Spans, attributes
from tests.hooks.scripted_server import Reply, ScriptedServer

MODEL = "eu.anthropic.claude-sonnet-5-v1:0"
ASK: dict[str, Any] = {
    "modelId": MODEL,
    "messages": [{"role": "user", "content": [{"text": "a secret question"}]}],
}
COUNTS = {
    names.OPERATION_NAME: "chat",
    names.PROVIDER_NAME: "aws.bedrock",
    names.REQUEST_MODEL: MODEL,
    names.FINISH_REASONS: ("end_turn",),
    names.INPUT_TOKENS: 2400,
    names.CACHE_READ_TOKENS: 2000,
    names.CACHE_WRITE_TOKENS: 300,
    names.OUTPUT_TOKENS: 50,
    names.RETRIES: 0,
    names.SERVER_ADDRESS: "127.0.0.1",
    names.USAGE_MISSING_REASON: None,
}
CONVERSE = {**COUNTS, names.CACHE_WRITE_LONG_TOKENS: 180, names.SERVICE_CLASS: "priority"}
INVOKE_BODY = json.dumps({"anthropic_version": "bedrock-2023-05-31", "max_tokens": 5, "messages": []})


def client(server: ScriptedServer, service: str = "bedrock-runtime", attempts: int = 1) -> Any:
    config = botocore.config.Config(retries={"total_max_attempts": attempts, "mode": "standard"})
    return boto3.client(
        service,
        region_name="eu-central-1",
        endpoint_url=server.url,
        aws_access_key_id="a",
        aws_secret_access_key="b",
        config=config,
    )


@pytest.fixture
def bedrock(server: ScriptedServer, spans: Spans) -> Any:
    return client(server)


def part(span: dict[str, Any], of: dict[str, Any]) -> dict[str, Any]:
    return {name: span.get(name) for name in of}


def test_converse(bedrock: Any, server: ScriptedServer, spans: Spans) -> None:
    server.add(Reply(body=wire.converse()))
    answer = bedrock.converse(**ASK)
    assert answer["output"]["message"]["content"][0]["text"] == "the answer"
    assert part(spans.call(), CONVERSE) == CONVERSE
    assert "secret" not in repr(spans.call())
    assert spans.calls()[0].name == f"chat {MODEL}"


def test_converse_stream(bedrock: Any, server: ScriptedServer, spans: Spans) -> None:
    server.add(wire.converse_stream())
    answer = bedrock.converse_stream(**ASK)
    assert type(answer["stream"]).__name__ == "EventStream"
    assert len(list(answer["stream"])) == 6
    expected = {**CONVERSE, names.REQUEST_STREAM: True}
    assert part(spans.call(), expected) == expected
    assert 0 < spans.call()[names.TIME_TO_FIRST_CHUNK] < 10


@pytest.mark.parametrize("leave", ["close", "drop", "break"])
def test_a_stream_left_early(bedrock: Any, server: ScriptedServer, spans: Spans, leave: str) -> None:
    server.add(wire.converse_stream())
    answer = bedrock.converse_stream(**ASK)
    for _ in answer["stream"]:
        break
    if leave == "close":
        answer["stream"].close()
    del answer, _
    gc.collect()
    reason = spans.call()[names.USAGE_MISSING_REASON]
    assert reason == "closed_early" if leave == "close" else reason in ("dropped", "closed_early")
    assert names.OUTPUT_TOKENS not in spans.call()


def test_an_error_in_the_stream(bedrock: Any, server: ScriptedServer, spans: Spans) -> None:
    server.add(wire.converse_stream(stop_after=2, fault="throttlingException"))
    with pytest.raises(botocore.exceptions.ClientError):
        list(bedrock.converse_stream(**ASK)["stream"])
    assert spans.call()[names.ERROR_TYPE] == "throttlingException"
    assert spans.call()[names.USAGE_MISSING_REASON] == "stream_broken"


def test_a_truncated_stream(bedrock: Any, server: ScriptedServer, spans: Spans) -> None:
    server.add(wire.converse_stream(stop_after=3))
    list(bedrock.converse_stream(**ASK)["stream"])
    assert spans.call()[names.USAGE_MISSING_REASON] == "stream_truncated"


def test_a_cut_stream(bedrock: Any, server: ScriptedServer, spans: Spans) -> None:
    server.add(wire.converse_stream(stop_after=3, cut=True))
    with pytest.raises(Exception, match=r".+"):
        list(bedrock.converse_stream(**ASK)["stream"])
    assert spans.call()[names.USAGE_MISSING_REASON] == "stream_broken"
    assert not spans.calls()[0].status.is_ok


def test_a_refusal_and_a_retry(server: ScriptedServer, spans: Spans) -> None:
    def refusal() -> Reply:
        return Reply(429, {"message": "slow"}, headers={"x-amzn-errortype": "ThrottlingException"})

    twice = client(server, attempts=2)
    server.add(refusal(), Reply(body=wire.converse()), refusal(), refusal())
    twice.converse(**ASK)
    with pytest.raises(botocore.exceptions.ClientError):
        twice.converse(**ASK)
    answered, refused = (attributes(span) for span in spans.calls())
    assert part(answered, CONVERSE) == {**CONVERSE, names.RETRIES: 1}
    assert (refused[names.ERROR_TYPE], refused[names.HTTP_STATUS_CODE]) == ("ThrottlingException", 429)
    assert refused[names.RETRIES] == 1
    assert names.USAGE_MISSING_REASON not in refused


def test_nobody_listening(spans: Spans) -> None:
    gone: Any = type("Gone", (), {"url": "http://127.0.0.1:1"})()
    with pytest.raises(botocore.exceptions.EndpointConnectionError):
        client(gone).converse(**ASK)
    assert spans.call()[names.ERROR_TYPE] == "connection_error"


@pytest.mark.parametrize("read", ["whole", "pieces", "lines"])
def test_invoke_model(bedrock: Any, server: ScriptedServer, spans: Spans, read: str) -> None:
    server.add(wire.invoked())
    body = bedrock.invoke_model(modelId=MODEL, body=INVOKE_BODY)["body"]
    assert spans.all() == []
    if read == "whole":
        text = body.read()
    elif read == "pieces":
        text = b"".join(body.iter_chunks(100))
    else:
        text = b"\n".join(body.iter_lines())
    assert json.loads(text)["id"] == "msg_1"
    expected = {**COUNTS, names.CACHE_WRITE_LONG_TOKENS: 180, names.REASONING_TOKENS: 20}
    assert part(spans.call(), expected) == expected


def test_a_body_nobody_reads_is_counted_by_its_headers(
    bedrock: Any, server: ScriptedServer, spans: Spans
) -> None:
    server.add(wire.invoked())
    answer = bedrock.invoke_model(modelId=MODEL, body=INVOKE_BODY)
    del answer
    gc.collect()
    span = spans.call()
    assert (span[names.INPUT_TOKENS], span[names.OUTPUT_TOKENS]) == (2400, 50)


def test_invoke_model_in_a_format_without_counts(bedrock: Any, server: ScriptedServer, spans: Spans) -> None:
    server.add(wire.invoked({"outputs": [{"text": "the answer", "stop_reason": "stop"}]}))
    bedrock.invoke_model(modelId="mistral.mistral-large", body="{}")["body"].read()
    assert spans.call()[names.OUTPUT_TOKENS] == 50


def test_invoke_model_stream(bedrock: Any, server: ScriptedServer, spans: Spans) -> None:
    server.add(wire.invoked_stream())
    answer = bedrock.invoke_model_with_response_stream(modelId=MODEL, body=INVOKE_BODY)
    assert len(list(answer["body"])) == 7
    expected = {**COUNTS, names.CACHE_WRITE_LONG_TOKENS: 180, names.RESPONSE_ID: "msg_1"}
    assert part(spans.call(), expected) == expected


def test_an_invoked_stream_left_early_knows_its_input(
    bedrock: Any, server: ScriptedServer, spans: Spans
) -> None:
    server.add(wire.invoked_stream())
    answer = bedrock.invoke_model_with_response_stream(modelId=MODEL, body=INVOKE_BODY)
    next(iter(answer["body"]))
    answer["body"].close()
    assert spans.call()[names.INPUT_TOKENS] == 2400
    assert names.OUTPUT_TOKENS not in spans.call()
    assert spans.call()[names.USAGE_MISSING_REASON] == "closed_early"


def test_embeddings(bedrock: Any, server: ScriptedServer, spans: Spans) -> None:
    reply = Reply(body={"embedding": [0.5]}, headers={"x-amzn-bedrock-input-token-count": "9"})
    server.add(reply)
    bedrock.invoke_model(modelId="amazon.titan-embed-text-v2:0", body="{}")["body"].read()
    span = spans.named("embeddings amazon.titan-embed-text-v2:0")
    assert (span[names.INPUT_TOKENS], span[names.OUTPUT_TOKENS]) == (9, 0)


def test_others_pass(server: ScriptedServer, spans: Spans) -> None:
    server.add(Reply(body={"inputTokens": 3}), Reply(body={}))
    client(server).count_tokens(modelId=MODEL, input={"converse": {"messages": ASK["messages"]}})
    client(server, "lambda").invoke(FunctionName="f")["Payload"].read()
    assert spans.all() == []


def test_content_only_when_switched_on(server: ScriptedServer, spans: Spans) -> None:
    sdk_hooks.instrument(tracer_provider=spans.provider, content=True)
    server.add(Reply(body=wire.converse()))
    client(server).converse(**ASK, system=[{"text": "be kind"}])
    span = spans.call()
    assert "a secret question" in span[names.INPUT_MESSAGES]
    assert "be kind" in span[names.SYSTEM_INSTRUCTIONS]
    assert "the answer" in span[names.OUTPUT_MESSAGES]


def test_other_peoples_spans_are_completed(bedrock: Any, server: ScriptedServer, spans: Spans) -> None:
    tracer = spans.provider.get_tracer("opentelemetry.instrumentation.botocore.bedrock-runtime")
    server.add(Reply(body=wire.converse()))
    with tracer.start_as_current_span("chat", attributes={names.OPERATION_NAME: "chat"}):
        bedrock.converse(**ASK)
    assert len(spans.all()) == 1
    assert part(spans.call(), CONVERSE) == CONVERSE


def read_lines(body: Any) -> bytes:
    return b"".join(body.readlines())


def read_into(body: Any) -> bytes:
    buffer = bytearray(100_000)
    return bytes(buffer[: body.readinto(buffer)])


def read_exactly(body: Any) -> bytes:
    piece = body.read(100_000)
    body.close()
    return bytes(piece)


@pytest.mark.parametrize("read", [read_lines, read_into, read_exactly, lambda body: body.read(-1)])
def test_every_way_to_read_a_body(read: Any, bedrock: Any, server: ScriptedServer, spans: Spans) -> None:
    server.add(wire.invoked())
    body = bedrock.invoke_model(modelId="m", body="{}")["body"]
    assert b"the answer" in read(body)
    call = spans.call()
    assert (call[names.INPUT_TOKENS], call[names.CACHE_WRITE_LONG_TOKENS]) == (2400, 180)
    assert names.USAGE_MISSING_REASON not in call


def test_a_body_that_is_never_read_lacks_no_usage(bedrock: Any, server: ScriptedServer, spans: Spans) -> None:
    server.add(wire.invoked())
    bedrock.invoke_model(modelId="m", body="{}")["body"].close()
    call = spans.call()
    assert (call[names.INPUT_TOKENS], call[names.OUTPUT_TOKENS]) == (2400, 50)
    assert names.USAGE_MISSING_REASON not in call
