"""Answers of Amazon Bedrock's runtime in its wire formats, with token counts that tests know."""

from __future__ import annotations

import base64
import json
from typing import Any

from examples.wire import aws_event_stream as frames
from tests.hooks.scripted_server import Reply
from tests.hooks.wire import anthropic_events, message

CONVERSE_USAGE: dict[str, Any] = {
    "inputTokens": 100,
    "outputTokens": 50,
    "totalTokens": 2450,
    "cacheReadInputTokens": 2000,
    "cacheWriteInputTokens": 300,
    "cacheDetails": [{"ttl": "5m", "inputTokens": 120}, {"ttl": "1h", "inputTokens": 180}],
}
HEADER_COUNTS = {
    "x-amzn-bedrock-input-token-count": "100",
    "x-amzn-bedrock-output-token-count": "50",
    "x-amzn-bedrock-cache-read-input-token-count": "2000",
    "x-amzn-bedrock-cache-write-input-token-count": "300",
}
METRICS = {
    "inputTokenCount": 100,
    "outputTokenCount": 50,
    "cacheReadInputTokenCount": 2000,
    "cacheWriteInputTokenCount": 300,
    "invocationLatency": 900,
    "firstByteLatency": 300,
}


def converse() -> dict[str, Any]:
    return {
        "output": {"message": {"role": "assistant", "content": [{"text": "the answer"}]}},
        "stopReason": "end_turn",
        "usage": CONVERSE_USAGE,
        "metrics": {"latencyMs": 900},
        "serviceTier": {"type": "priority"},
    }


def converse_stream(*, stop_after: int | None = None, cut: bool = False, fault: str = "") -> Reply:
    chunks = [
        frames.event("messageStart", {"role": "assistant"}),
        frames.event("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": "the "}}),
        frames.event("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": "answer"}}),
        frames.event("contentBlockStop", {"contentBlockIndex": 0}),
        frames.event("messageStop", {"stopReason": "end_turn"}),
        frames.event(
            "metadata",
            {
                "usage": CONVERSE_USAGE,
                "metrics": {"latencyMs": 900},
                "serviceTier": {"type": "priority"},
            },
        ),
    ][:stop_after]
    if fault:
        chunks.append(frames.exception(fault, "broken"))
    return Reply(chunks=chunks, headers={"content-type": frames.MEDIA_TYPE}, cut=cut)


def invoked(body: dict[str, Any] | None = None) -> Reply:
    return Reply(body=body or message(), headers=HEADER_COUNTS)


def invoked_stream(*, stop_after: int | None = None) -> Reply:
    """Claude's own stream, each event in base64 in a chunk, the last with Bedrock's counts."""
    events = [data for _, data in anthropic_events()]
    events[-1] = {**events[-1], "amazon-bedrock-invocationMetrics": METRICS}
    chunks = [
        frames.event("chunk", {"bytes": base64.b64encode(json.dumps(data).encode()).decode()})
        for data in events
    ]
    return Reply(chunks=chunks[:stop_after], headers={"content-type": frames.MEDIA_TYPE})
