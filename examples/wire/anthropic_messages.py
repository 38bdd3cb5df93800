"""Anthropic's Messages format: a decoded body -> neutral prompt and cache blocks, an exchange -> JSON.
Refuses what the API refuses: no model, no messages, no max_tokens, more than four cache breakpoints."""

from __future__ import annotations

import json

from examples.wire.prompt import Exchange, Hints, Json, Prompt, ToolSpec
from examples.wire.prompt_cache import MAX_BREAKPOINTS, Block
from examples.wire.reading import BadRequest, as_map, maps, whole
from examples.wire.tokens import canonical, digest, text_of


def read_prompt(body: Json, hints: Hints) -> Prompt:
    """The neutral prompt of one Messages body. Raises BadRequest naming the missing field."""
    for name in ("model", "messages", "max_tokens"):
        if not body.get(name):
            raise BadRequest(f"{name}: Field required")
    messages = maps(body["messages"])
    said = [text_of(message.get("content")) for message in messages if _is_said(message)]
    choice = as_map(body.get("tool_choice"))
    kind = str(choice.get("type") or "")
    wanted = as_map(as_map(body.get("output_config")).get("format"))
    return Prompt(
        model=str(body["model"]),
        task_text=said[0] if said else "",
        last_text=said[-1] if said else "",
        fingerprint=digest(body.get("system"), body["messages"], body.get("tools"), choice),
        tools=tuple(
            ToolSpec(str(tool.get("name")), as_map(tool.get("input_schema")))
            for tool in maps(body.get("tools"))
        ),
        forced_tool=str(choice.get("name")) if kind == "tool" else kind if kind in ("any", "none") else "",
        answer_schema=as_map(wanted.get("schema")) or None,
        tool_results=_results_since_said(messages),
        max_output_tokens=whole(body, ("max_tokens",), 4096),
        thinks=as_map(body.get("thinking")).get("type") in ("enabled", "adaptive"),
        hints=hints,
    )


def read_blocks(body: Json) -> list[Block]:
    """The prompt in the order in which it is cached: tools, system, messages."""
    blocks = [_block(tool) for tool in maps(body.get("tools"))]
    blocks += _content_blocks(body.get("system"), "system")
    for message in maps(body.get("messages")):
        blocks += _content_blocks(message.get("content"), str(message.get("role")))
    if body.get("cache_control") and blocks:
        # The top-level form marks the last block that can be cached.
        blocks[-1] = Block(blocks[-1].text, _ttl(as_map(body["cache_control"])))
    marks = sum(1 for block in blocks if block.ttl)
    if marks > MAX_BREAKPOINTS:
        raise BadRequest(f"A maximum of 4 blocks with cache_control may be provided. Found {marks}.")
    return blocks


def write_message(exchange: Exchange) -> dict[str, object]:
    """The whole answer as one JSON object."""
    return {
        "id": f"msg_{exchange.id}",
        "type": "message",
        "role": "assistant",
        "model": exchange.model,
        "content": content_of(exchange),
        "stop_reason": stop_reason(exchange),
        "stop_sequence": None,
        "usage": usage_of(exchange),
    }


def content_of(exchange: Exchange) -> list[dict[str, object]]:
    """The content blocks of the answer: thinking, text, tool use."""
    answer = exchange.answer
    blocks: list[dict[str, object]] = []
    if answer.thinking:
        blocks.append(
            {"type": "thinking", "thinking": answer.thinking, "signature": digest(exchange.id, "signature")}
        )
    if answer.text:
        blocks.append({"type": "text", "text": answer.text})
    for number, call in enumerate(answer.tool_calls):
        blocks.append(
            {
                "type": "tool_use",
                "id": f"toolu_{digest(exchange.id, number)[:24]}",
                "name": call.name,
                "input": json.loads(call.arguments),
            }
        )
    return blocks


def stop_reason(exchange: Exchange) -> str:
    """Why the answer ended, in Anthropic's words."""
    if exchange.answer.tool_calls:
        return "tool_use"
    return "max_tokens" if exchange.answer.truncated else "end_turn"


def usage_of(exchange: Exchange) -> dict[str, object]:
    """Usage as Anthropic reports it: `input_tokens` leaves cached tokens out."""
    cache, answer = exchange.cache, exchange.answer
    usage: dict[str, object] = {
        "input_tokens": cache.fresh_tokens,
        "cache_creation_input_tokens": cache.write_short_tokens + cache.write_long_tokens,
        "cache_read_input_tokens": cache.read_tokens,
        "cache_creation": {
            "ephemeral_5m_input_tokens": cache.write_short_tokens,
            "ephemeral_1h_input_tokens": cache.write_long_tokens,
        },
        "output_tokens": answer.output_tokens,
        "service_tier": exchange.service_tier,
    }
    if answer.thinking_tokens:
        usage["output_tokens_details"] = {"thinking_tokens": answer.thinking_tokens}
    return usage


def _is_said(message: Json) -> bool:
    return message.get("role") == "user" and not _results_in(message)


def _results_in(message: Json) -> int:
    return sum(1 for block in maps(message.get("content")) if block.get("type") == "tool_result")


def _results_since_said(messages: list[Json]) -> int:
    results = 0
    for message in reversed(messages):
        if _is_said(message):
            break
        results += _results_in(message)
    return results


def _content_blocks(content: object, role: str) -> list[Block]:
    if isinstance(content, str):
        return [Block(f"{role}: {content}")] if content else []
    return [_block(block, role) for block in maps(content)]


def _block(block: Json, role: str = "tool") -> Block:
    mark = as_map(block.get("cache_control"))
    plain = {name: value for name, value in block.items() if name != "cache_control"}
    text = str(plain["text"]) if set(plain) == {"type", "text"} else canonical(plain)
    return Block(f"{role}: {text}", _ttl(mark) if mark else None)


def _ttl(mark: Json) -> str:
    ttl = str(mark.get("ttl") or "5m")
    if ttl not in ("5m", "1h"):
        raise BadRequest(f"cache_control.ttl: Input should be '5m' or '1h', got '{ttl}'")
    return ttl
