"""An exchange as the Messages API streams it: message_start, content blocks, message_delta, message_stop."""

from __future__ import annotations

import json
from collections.abc import Iterator

from examples.wire.anthropic_messages import content_of, stop_reason, usage_of, write_message
from examples.wire.prompt import Exchange

PIECE_CHARACTERS = 48


def events(exchange: Exchange) -> Iterator[tuple[str, dict[str, object]]]:
    """(event name, data) in sending order.

    message_start carries a placeholder of one output token, the last message_delta the complete usage, as the
    API does.
    """
    usage = usage_of(exchange)
    started = dict(usage)
    started["output_tokens"] = 1
    started.pop("output_tokens_details", None)
    message = write_message(exchange) | {"content": [], "stop_reason": None, "usage": started}
    yield "message_start", {"type": "message_start", "message": message}
    yield "ping", {"type": "ping"}
    for index, block in enumerate(content_of(exchange)):
        yield from _block_events(index, block)
    ended = {"stop_reason": stop_reason(exchange), "stop_sequence": None}
    totals = {name: usage[name] for name in usage if name not in ("cache_creation", "service_tier")}
    yield "message_delta", {"type": "message_delta", "delta": ended, "usage": totals}
    yield "message_stop", {"type": "message_stop"}


def encode(name: str, data: dict[str, object]) -> bytes:
    """One server-sent event."""
    return f"event: {name}\ndata: {json.dumps(data)}\n\n".encode()


def _block_events(index: int, block: dict[str, object]) -> Iterator[tuple[str, dict[str, object]]]:
    kind = str(block["type"])
    shapes: dict[str, dict[str, object]] = {
        "text": {"type": "text", "text": ""},
        "thinking": {"type": "thinking", "thinking": "", "signature": ""},
        "tool_use": block | {"input": {}},
    }
    empty = shapes[kind]
    yield "content_block_start", {"type": "content_block_start", "index": index, "content_block": empty}
    for delta in _deltas(kind, block):
        yield "content_block_delta", {"type": "content_block_delta", "index": index, "delta": delta}
    yield "content_block_stop", {"type": "content_block_stop", "index": index}


def _deltas(kind: str, block: dict[str, object]) -> Iterator[dict[str, object]]:
    if kind == "tool_use":
        for piece in pieces(json.dumps(block["input"])):
            yield {"type": "input_json_delta", "partial_json": piece}
        return
    for piece in pieces(str(block[kind])):
        yield {"type": f"{kind}_delta", kind: piece}
    if kind == "thinking":
        yield {"type": "signature_delta", "signature": block["signature"]}


def pieces(text: str) -> Iterator[str]:
    """`text` cut as a stream would send it."""
    for start in range(0, len(text), PIECE_CHARACTERS):
        yield text[start : start + PIECE_CHARACTERS]
