"""A response as the Responses API streams it: created, items with their parts and deltas, completed."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator

from examples.wire.anthropic_stream import pieces
from examples.wire.openai_responses import write_response
from examples.wire.prompt import Exchange, Json
from examples.wire.reading import maps

Event = dict[str, object]


def events(exchange: Exchange, body: Json) -> Iterator[Event]:
    """The events in sending order, numbered from 0."""
    for number, event in enumerate(_unnumbered(exchange, body)):
        yield event | {"sequence_number": number}


def encode(event: Event) -> bytes:
    """One server-sent event, named by its type."""
    return f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode()


def _unnumbered(exchange: Exchange, body: Json) -> Iterator[Event]:
    begun = write_response(exchange, body, status="in_progress")
    yield {"type": "response.created", "response": begun}
    yield {"type": "response.in_progress", "response": begun}
    ended = write_response(exchange, body)
    for index, item in zip(itertools.count(), maps(ended["output"]), strict=False):
        yield from _item_events(index, item)
    yield {"type": f"response.{ended['status']}", "response": ended}


def _item_events(index: int, item: Json) -> Iterator[Event]:
    where: Event = {"output_index": index}
    kind = str(item["type"])
    begun = {**item, "status": "in_progress"}
    if kind == "message":
        begun["content"] = []
    if kind == "function_call":
        begun["arguments"] = ""
    if kind == "reasoning":
        begun.pop("status")
    yield {"type": "response.output_item.added", "item": begun} | where
    if kind == "message":
        yield from _message_events(item, where)
    if kind == "function_call":
        at = where | {"item_id": item["id"]}
        for piece in pieces(str(item["arguments"])):
            yield {"type": "response.function_call_arguments.delta", "delta": piece} | at
        done = {"name": item["name"], "arguments": item["arguments"]}
        yield {"type": "response.function_call_arguments.done"} | done | at
    yield {"type": "response.output_item.done", "item": item} | where


def _message_events(item: Json, where: Event) -> Iterator[Event]:
    part = maps(item["content"])[0]
    at = where | {"item_id": item["id"], "content_index": 0}
    empty = {**part, "text": ""}
    yield {"type": "response.content_part.added", "part": empty} | at
    for piece in pieces(str(part["text"])):
        yield {"type": "response.output_text.delta", "delta": piece, "logprobs": []} | at
    yield {"type": "response.output_text.done", "text": part["text"], "logprobs": []} | at
    yield {"type": "response.content_part.done", "part": part} | at
