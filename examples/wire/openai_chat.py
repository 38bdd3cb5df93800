"""OpenAI's Chat Completions format: a decoded body -> neutral prompt, an exchange -> JSON or chunks.
Usage comes with a stream only when `stream_options.include_usage` asks for it, as the API does."""

from __future__ import annotations

import json
from collections.abc import Iterator

from examples.wire.anthropic_stream import pieces
from examples.wire.prompt import Exchange, Hints, Json, Prompt, ToolSpec
from examples.wire.reading import BadRequest, as_map, maps, whole
from examples.wire.tokens import canonical, digest, text_of

DONE = b"data: [DONE]\n\n"
SERVICE_TIERS = {"auto": "default", "": "default", "standard": "default"}


def read_prompt(body: Json, hints: Hints) -> Prompt:
    """The neutral prompt of one Chat Completions body. Raises BadRequest naming the missing field."""
    for name in ("model", "messages"):
        if not body.get(name):
            raise BadRequest(f"Missing required parameter: '{name}'.")
    messages = maps(body["messages"])
    said = [text_of(m.get("content")) for m in messages if m.get("role") == "user"]
    wanted = as_map(as_map(body.get("response_format")).get("json_schema"))
    choice = body.get("tool_choice")
    return Prompt(
        model=str(body["model"]),
        task_text=said[0] if said else "",
        last_text=said[-1] if said else "",
        fingerprint=digest(body["messages"], body.get("tools"), choice, wanted),
        tools=tuple(_tool(as_map(tool.get("function"))) for tool in maps(body.get("tools"))),
        forced_tool=forced_tool(choice),
        answer_schema=as_map(wanted.get("schema")) or None,
        tool_results=_results_since_said(messages),
        max_output_tokens=whole(body, ("max_completion_tokens", "max_tokens"), 4096),
        thinks=body.get("reasoning_effort") not in (None, "none", "minimal"),
        hints=hints,
    )


def prompt_text(body: Json) -> str:
    """The text that prefix caching compares: tools, then the messages in order."""
    parts = [canonical(tool) for tool in maps(body.get("tools"))]
    parts += [f"{m.get('role')}: {_message_text(m)}" for m in maps(body.get("messages"))]
    return "\n".join(parts)


def write_completion(exchange: Exchange) -> dict[str, object]:
    """The whole answer as one JSON object."""
    answer = exchange.answer
    message: dict[str, object] = {"role": "assistant", "content": answer.text or None, "refusal": None}
    if answer.tool_calls:
        message["tool_calls"] = _tool_calls(exchange)
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": finish_reason(exchange)}
    return _frame(exchange, "chat.completion") | {"choices": [choice], "usage": usage_of(exchange)}


def chunks(exchange: Exchange, include_usage: bool) -> Iterator[dict[str, object]]:
    """The chunks of a stream, without the closing `[DONE]`."""
    frame = _frame(exchange, "chat.completion.chunk")

    def chunk(delta: dict[str, object], finish: str | None = None) -> dict[str, object]:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        extra: dict[str, object] = {"usage": None} if include_usage else {}
        return frame | {"choices": [choice]} | extra

    yield chunk({"role": "assistant", "content": "" if exchange.answer.text else None})
    for piece in pieces(exchange.answer.text):
        yield chunk({"content": piece})
    for index, call in enumerate(_tool_calls(exchange)):
        function = as_map(call["function"])
        yield chunk(
            {"tool_calls": [call | {"index": index, "function": {"name": function["name"], "arguments": ""}}]}
        )
        for piece in pieces(str(function["arguments"])):
            yield chunk({"tool_calls": [{"index": index, "function": {"arguments": piece}}]})
    yield chunk({}, finish_reason(exchange))
    if include_usage:
        yield frame | {"choices": [], "usage": usage_of(exchange)}


def encode(chunk: dict[str, object]) -> bytes:
    """One server-sent event without a name."""
    return f"data: {json.dumps(chunk)}\n\n".encode()


def usage_of(exchange: Exchange) -> dict[str, object]:
    """Usage as Chat Completions reports it: `prompt_tokens` is the whole prompt, cached parts included."""
    cache, answer = exchange.cache, exchange.answer
    return {
        "prompt_tokens": cache.total_tokens,
        "completion_tokens": answer.output_tokens,
        "total_tokens": cache.total_tokens + answer.output_tokens,
        "prompt_tokens_details": {
            "cached_tokens": cache.read_tokens,
            "cache_write_tokens": cache.write_short_tokens + cache.write_long_tokens,
            "audio_tokens": 0,
        },
        "completion_tokens_details": {
            "reasoning_tokens": answer.thinking_tokens,
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    }


def finish_reason(exchange: Exchange) -> str:
    """Why the answer ended, in OpenAI's words."""
    if exchange.answer.tool_calls:
        return "tool_calls"
    return "length" if exchange.answer.truncated else "stop"


def service_tier(body: Json) -> str:
    """The tier that answers: what was asked for, where `auto` and nothing are `default`."""
    asked = str(body.get("service_tier") or "")
    return SERVICE_TIERS.get(asked, asked)


def forced_tool(choice: object) -> str:
    """A tool's name, "any", "none", or "" when the model may choose."""
    if isinstance(choice, str):
        return {"required": "any", "none": "none"}.get(choice, "")
    chosen = as_map(choice)
    return str(as_map(chosen.get("function")).get("name") or chosen.get("name") or "")


def _frame(exchange: Exchange, kind: str) -> dict[str, object]:
    return {
        "id": f"chatcmpl-{exchange.id}",
        "object": kind,
        "created": exchange.created,
        "model": exchange.model,
        "service_tier": exchange.service_tier,
    }


def _tool(function: Json) -> ToolSpec:
    return ToolSpec(str(function.get("name")), as_map(function.get("parameters")))


def _tool_calls(exchange: Exchange) -> list[dict[str, object]]:
    return [
        {
            "id": f"call_{digest(exchange.id, number)[:24]}",
            "type": "function",
            "function": {"name": call.name, "arguments": call.arguments},
        }
        for number, call in enumerate(exchange.answer.tool_calls)
    ]


def _message_text(message: Json) -> str:
    calls = message.get("tool_calls")
    return text_of(message.get("content")) + (canonical(calls) if calls else "")


def _results_since_said(messages: list[Json]) -> int:
    results = 0
    for message in reversed(messages):
        if message.get("role") == "user":
            break
        results += message.get("role") == "tool"
    return results
