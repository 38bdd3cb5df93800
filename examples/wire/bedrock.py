"""Bedrock's Converse format, by way of the Messages format: a body -> a Messages body, an exchange -> JSON.
`cachePoint` marks the block before it, as `cache_control` does; usage leaves cached tokens out of the input."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator

from examples.wire import anthropic_stream
from examples.wire import aws_event_stream as frames
from examples.wire.anthropic_messages import stop_reason
from examples.wire.anthropic_stream import pieces
from examples.wire.prompt import Exchange, Json
from examples.wire.reading import as_map, maps, whole
from examples.wire.tokens import digest


def to_messages(model: str, body: Json) -> dict[str, object]:
    """The Messages body that asks the same."""
    config = as_map(body.get("toolConfig"))
    tools = [as_map(tool.get("toolSpec")) for tool in maps(config.get("tools")) if tool.get("toolSpec")]
    return {
        "model": model,
        "max_tokens": whole(as_map(body.get("inferenceConfig")), ("maxTokens",), 4096),
        "system": _blocks(body.get("system")),
        "messages": [
            {"role": one.get("role"), "content": _blocks(one.get("content"))}
            for one in maps(body.get("messages"))
        ],
        "tools": [
            {
                "name": tool.get("name"),
                "description": tool.get("description"),
                "input_schema": as_map(tool.get("inputSchema")).get("json"),
            }
            for tool in tools
        ],
    }


def write_converse(exchange: Exchange) -> dict[str, object]:
    """The whole answer of `Converse`."""
    return {
        "output": {"message": {"role": "assistant", "content": list(_content(exchange))}},
        "stopReason": stop_reason(exchange),
        "usage": usage_of(exchange),
        "metrics": {"latencyMs": round(exchange.answer.duration_s * 1000)},
    }


def converse_events(exchange: Exchange) -> list[bytes]:
    """The events of `ConverseStream`, framed; the usage comes in the last."""
    events = [frames.event("messageStart", {"role": "assistant"})]
    for index, block in enumerate(_content(exchange)):
        if "toolUse" in block:
            use = as_map(block["toolUse"])
            start = {"toolUse": {"toolUseId": use["toolUseId"], "name": use["name"]}}
            events.append(frames.event("contentBlockStart", {"contentBlockIndex": index, "start": start}))
        for delta in _deltas(block):
            events.append(frames.event("contentBlockDelta", {"contentBlockIndex": index, "delta": delta}))
        events.append(frames.event("contentBlockStop", {"contentBlockIndex": index}))
    events.append(frames.event("messageStop", {"stopReason": stop_reason(exchange)}))
    about = {"usage": usage_of(exchange), "metrics": {"latencyMs": round(exchange.answer.duration_s * 1000)}}
    return [*events, frames.event("metadata", about)]


def invoke_events(exchange: Exchange) -> list[bytes]:
    """Claude's own events as `InvokeModelWithResponseStream` frames them, Bedrock's counts in the last."""
    events = [data for name, data in anthropic_stream.events(exchange) if name != "ping"]
    metrics = {name: int(value) for name, value in _counts(exchange, "TokenCount").items()}
    events[-1] = events[-1] | {"amazon-bedrock-invocationMetrics": metrics}
    return [
        frames.event("chunk", {"bytes": base64.b64encode(json.dumps(event).encode()).decode()})
        for event in events
    ]


def invoke_headers(exchange: Exchange) -> dict[str, str]:
    """The counts that stand in the headers of every `InvokeModel` answer."""
    cache = exchange.cache
    return {
        "x-amzn-bedrock-input-token-count": str(cache.fresh_tokens),
        "x-amzn-bedrock-output-token-count": str(exchange.answer.output_tokens),
        "x-amzn-bedrock-cache-read-input-token-count": str(cache.read_tokens),
        "x-amzn-bedrock-cache-write-input-token-count": str(
            cache.write_short_tokens + cache.write_long_tokens
        ),
    }


def usage_of(exchange: Exchange) -> dict[str, object]:
    """Usage as Converse reports it; `totalTokens` is the sum of everything."""
    cache, answer = exchange.cache, exchange.answer
    usage: dict[str, object] = dict(_counts(exchange, "Tokens"))
    usage["totalTokens"] = cache.total_tokens + answer.output_tokens
    lifetimes = {"5m": cache.write_short_tokens, "1h": cache.write_long_tokens}
    details = [{"ttl": ttl, "inputTokens": tokens} for ttl, tokens in lifetimes.items() if tokens]
    if details:
        usage["cacheDetails"] = details
    return usage


def _counts(exchange: Exchange, ending: str) -> dict[str, int]:
    cache = exchange.cache
    middle = "Input" + ending
    return {
        f"input{ending}": cache.fresh_tokens,
        f"output{ending}": exchange.answer.output_tokens,
        f"cacheRead{middle}": cache.read_tokens,
        f"cacheWrite{middle}": cache.write_short_tokens + cache.write_long_tokens,
    }


def _blocks(content: object) -> list[dict[str, object]]:
    blocks: list[dict[str, object]] = []
    for block in maps(content):
        if "cachePoint" in block:
            if blocks:
                ttl = as_map(block["cachePoint"]).get("ttl") or "5m"
                blocks[-1] = blocks[-1] | {"cache_control": {"type": "ephemeral", "ttl": ttl}}
        elif "toolUse" in block:
            use = as_map(block["toolUse"])
            blocks.append(
                {
                    "type": "tool_use",
                    "id": use.get("toolUseId"),
                    "name": use.get("name"),
                    "input": use.get("input"),
                }
            )
        elif "toolResult" in block:
            result = as_map(block["toolResult"])
            blocks.append(
                {
                    "type": "tool_result",
                    "tool_use_id": result.get("toolUseId"),
                    "content": result.get("content"),
                }
            )
        elif "text" in block:
            blocks.append({"type": "text", "text": block["text"]})
    return blocks


def _content(exchange: Exchange) -> Iterator[dict[str, object]]:
    answer = exchange.answer
    if answer.thinking:
        signed = {"text": answer.thinking, "signature": digest(exchange.id, "signature")}
        yield {"reasoningContent": {"reasoningText": signed}}
    if answer.text:
        yield {"text": answer.text}
    for number, call in enumerate(answer.tool_calls):
        identifier = f"tooluse_{digest(exchange.id, number)[:22]}"
        use = {"toolUseId": identifier, "name": call.name, "input": json.loads(call.arguments)}
        yield {"toolUse": use}


def _deltas(block: dict[str, object]) -> Iterator[dict[str, object]]:
    if "text" in block:
        for piece in pieces(str(block["text"])):
            yield {"text": piece}
    elif "toolUse" in block:
        for piece in pieces(json.dumps(as_map(block["toolUse"])["input"])):
            yield {"toolUse": {"input": piece}}
    else:
        said = as_map(as_map(block["reasoningContent"])["reasoningText"])
        for piece in pieces(str(said["text"])):
            yield {"reasoningContent": {"text": piece}}
