"""Answers in the providers' wire formats, with token counts that tests know."""

from __future__ import annotations

import json
from typing import Any

from tests.hooks.scripted_server import Reply

RATE_LIMITS = {
    "Anthropic-RateLimit-Tokens-Remaining": "79000",
    "Anthropic-RateLimit-Requests-Remaining": "49",
    "Anthropic-RateLimit-Tokens-Limit": "80000",
    "Anthropic-RateLimit-Requests-Limit": "50",
    "request-id": "req_1",
}
OPENAI_RATE_LIMITS = {
    "x-ratelimit-remaining-tokens": "149000",
    "x-ratelimit-remaining-requests": "59",
    "x-ratelimit-limit-tokens": "150000",
    "x-ratelimit-limit-requests": "60",
}

ANTHROPIC_USAGE: dict[str, Any] = {
    "input_tokens": 100,
    "cache_read_input_tokens": 2000,
    "cache_creation_input_tokens": 300,
    "cache_creation": {"ephemeral_5m_input_tokens": 120, "ephemeral_1h_input_tokens": 180},
    "output_tokens": 50,
    "output_tokens_details": {"thinking_tokens": 20},
    "service_tier": "priority",
}


def message(**usage: Any) -> dict[str, Any]:
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "claude-sonnet-5-20260101",
        "content": [{"type": "text", "text": "the answer"}],
        "stop_reason": "end_turn",
        "stop_sequence": None,
        "usage": {**ANTHROPIC_USAGE, **usage},
    }


def anthropic_events() -> list[tuple[str, dict[str, Any]]]:
    start = message(output_tokens=3)
    start["content"] = []
    start["stop_reason"] = None
    delta_usage = {"output_tokens": 50, "output_tokens_details": {"thinking_tokens": 20}}
    text = {"type": "text_delta"}
    return [
        ("message_start", {"type": "message_start", "message": start}),
        (
            "content_block_start",
            {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        ),
        (
            "content_block_delta",
            {"type": "content_block_delta", "index": 0, "delta": {**text, "text": "the "}},
        ),
        (
            "content_block_delta",
            {"type": "content_block_delta", "index": 0, "delta": {**text, "text": "answer"}},
        ),
        ("content_block_stop", {"type": "content_block_stop", "index": 0}),
        (
            "message_delta",
            {
                "type": "message_delta",
                "delta": {"stop_reason": "end_turn", "stop_sequence": None},
                "usage": delta_usage,
            },
        ),
        ("message_stop", {"type": "message_stop"}),
    ]


def anthropic_stream(*, stop_after: int | None = None, cut: bool = False) -> Reply:
    events = anthropic_events()[:stop_after]
    chunks = [f"event: {name}\ndata: {json.dumps(data)}\n\n".encode() for name, data in events]
    return Reply(chunks=chunks, headers=RATE_LIMITS, cut=cut)


def completion() -> dict[str, Any]:
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": "gpt-6-sol-2026-05-05",
        "service_tier": "flex",
        "choices": [
            {
                "index": 0,
                "finish_reason": "stop",
                "logprobs": None,
                "message": {"role": "assistant", "content": "the answer", "refusal": None},
            }
        ],
        "usage": chat_usage(),
    }


def chat_usage() -> dict[str, Any]:
    return {
        "prompt_tokens": 1000,
        "completion_tokens": 80,
        "total_tokens": 1080,
        "prompt_tokens_details": {"cached_tokens": 600, "cache_write_tokens": 256},
        "completion_tokens_details": {"reasoning_tokens": 30},
    }


def chat_stream(*, usage: bool, stop_after: int | None = None, cut: bool = False) -> Reply:
    head = {
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": "gpt-6-sol-2026-05-05",
    }

    def chunk(delta: dict[str, Any], finish: str | None = None) -> dict[str, Any]:
        choice = {"index": 0, "delta": delta, "finish_reason": finish, "logprobs": None}
        return {**head, "choices": [choice]}

    parts: list[dict[str, Any]] = [
        chunk({"role": "assistant", "content": ""}),
        chunk({"content": "the "}),
        chunk({"content": "answer"}),
        chunk({}, "stop"),
    ]
    if usage:
        parts = [{**part, "usage": None} for part in parts]
        parts.append({**head, "choices": [], "usage": chat_usage(), "service_tier": "default"})
    chunks = [f"data: {json.dumps(part)}\n\n".encode() for part in parts] + [b"data: [DONE]\n\n"]
    return Reply(chunks=chunks[:stop_after], headers=OPENAI_RATE_LIMITS, cut=cut)


def response(status: str = "completed") -> dict[str, Any]:
    usage = {
        "input_tokens": 1000,
        "input_tokens_details": {
            "cached_tokens": 600,
            "cache_write_tokens": 256,
            "cache_write_tokens_details": {"ttl_30m_tokens": 56, "ttl_12h_tokens": 200},
        },
        "output_tokens": 80,
        "output_tokens_details": {"reasoning_tokens": 30},
        "total_tokens": 1080,
    }
    text = {"type": "output_text", "text": "the answer", "annotations": []}
    return {
        "id": "resp_1",
        "object": "response",
        "created_at": 1,
        "model": "gpt-6-sol-2026-05-05",
        "status": status,
        "service_tier": "priority",
        "error": None,
        "incomplete_details": None,
        "instructions": None,
        "metadata": {},
        "output": [
            {"id": "m", "type": "message", "role": "assistant", "status": "completed", "content": [text]}
        ],
        "parallel_tool_calls": True,
        "temperature": 1,
        "tool_choice": "auto",
        "tools": [],
        "top_p": 1,
        "usage": usage if status == "completed" else None,
    }


def response_stream(*, stop_after: int | None = None) -> Reply:
    delta = {
        "type": "response.output_text.delta",
        "item_id": "m",
        "output_index": 0,
        "content_index": 0,
        "delta": "the answer",
        "logprobs": [],
        "sequence_number": 1,
    }
    events: list[dict[str, Any]] = [
        {"type": "response.created", "response": response("in_progress"), "sequence_number": 0},
        delta,
        {"type": "response.completed", "response": response(), "sequence_number": 2},
    ]
    chunks = [f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode() for event in events]
    return Reply(chunks=chunks[:stop_after], headers=OPENAI_RATE_LIMITS)
