"""Gemini's generateContent format: a decoded body -> neutral prompt, an exchange -> JSON, whole or in pieces.
Zero counts are left out of the JSON, as the API does; thoughts are counted apart from candidates."""

from __future__ import annotations

import json
from collections.abc import Iterator

from examples.wire.anthropic_stream import pieces
from examples.wire.prompt import Exchange, Hints, Json, Prompt, ToolSpec
from examples.wire.reading import BadRequest, as_map, maps, whole
from examples.wire.tokens import canonical, digest

_MODES = {"ANY": "any", "NONE": "none"}


def read_prompt(model: str, body: Json, hints: Hints) -> Prompt:
    """The neutral prompt of one body. Raises BadRequest when there are no contents."""
    contents = maps(body.get("contents"))
    if not contents:
        raise BadRequest("* GenerateContentRequest.contents: contents is not specified")
    said = [_text(content) for content in contents if _is_said(content)]
    generation = as_map(body.get("generationConfig"))
    tools = [
        ToolSpec(str(one.get("name")), as_map(one.get("parametersJsonSchema") or one.get("parameters")))
        for tool in maps(body.get("tools"))
        for one in maps(tool.get("functionDeclarations"))
    ]
    mode = as_map(as_map(body.get("toolConfig")).get("functionCallingConfig")).get("mode")
    thinking = as_map(generation.get("thinkingConfig"))
    return Prompt(
        model=model,
        task_text=said[0] if said else "",
        last_text=said[-1] if said else "",
        fingerprint=digest(body.get("systemInstruction"), contents, body.get("tools"), mode),
        tools=tuple(tools),
        forced_tool=_MODES.get(str(mode), ""),
        answer_schema=as_map(generation.get("responseJsonSchema") or generation.get("responseSchema"))
        or None,
        tool_results=_results_since_said(contents),
        max_output_tokens=whole(generation, ("maxOutputTokens",), 4096),
        thinks=bool(thinking) and thinking.get("thinkingBudget") != 0,
        hints=hints,
    )


def prompt_text(body: Json) -> str:
    """The text that implicit caching compares: instructions, tools, then the contents in order."""
    parts = [canonical(body[name]) for name in ("systemInstruction", "tools") if body.get(name)]
    parts += [f"{one.get('role')}: {canonical(one.get('parts'))}" for one in maps(body.get("contents"))]
    return "\n".join(parts)


def write_response(exchange: Exchange) -> dict[str, object]:
    """The whole answer as one JSON object."""
    return _response(exchange, list(_parts(exchange)), finish_reason(exchange), usage_of(exchange))


def chunks(exchange: Exchange) -> Iterator[dict[str, object]]:
    """The pieces of a stream. Each has the counts so far; the last the final ones and the finish reason."""
    final = usage_of(exchange)
    so_far = {"promptTokenCount": final["promptTokenCount"], "totalTokenCount": final["promptTokenCount"]}
    parts: list[dict[str, object]] = []
    for part in _parts(exchange):
        text = part.get("text")
        if isinstance(text, str):
            parts += [part | {"text": piece} for piece in pieces(text)]
        else:
            parts.append(part)
    for part in parts[:-1]:
        yield _response(exchange, [part], None, so_far)
    yield _response(exchange, parts[-1:], finish_reason(exchange), final)


def encode(chunk: dict[str, object]) -> bytes:
    """One server-sent event."""
    return f"data: {json.dumps(chunk)}\r\n\r\n".encode()


def usage_of(exchange: Exchange) -> dict[str, object]:
    """Usage as Gemini reports it: the prompt includes cached tokens, the candidates exclude thoughts."""
    cache, answer = exchange.cache, exchange.answer
    counts = {
        "promptTokenCount": cache.total_tokens,
        "cachedContentTokenCount": cache.read_tokens,
        "candidatesTokenCount": answer.output_tokens - answer.thinking_tokens,
        "thoughtsTokenCount": answer.thinking_tokens,
        "totalTokenCount": cache.total_tokens + answer.output_tokens,
    }
    return {name: value for name, value in counts.items() if value}


def finish_reason(exchange: Exchange) -> str:
    """Why the answer ended, in Gemini's words; a function call is no reason of its own."""
    return "MAX_TOKENS" if exchange.answer.truncated else "STOP"


def _response(
    exchange: Exchange, parts: list[dict[str, object]], finish: str | None, usage: dict[str, object]
) -> dict[str, object]:
    candidate: dict[str, object] = {"content": {"role": "model", "parts": parts}, "index": 0}
    if finish:
        candidate["finishReason"] = finish
    return {
        "candidates": [candidate],
        "usageMetadata": usage,
        "modelVersion": exchange.model,
        "responseId": exchange.id,
    }


def _parts(exchange: Exchange) -> Iterator[dict[str, object]]:
    answer = exchange.answer
    if answer.thinking:
        yield {"text": answer.thinking, "thought": True}
    if answer.text:
        yield {"text": answer.text}
    for call in answer.tool_calls:
        yield {"functionCall": {"name": call.name, "args": json.loads(call.arguments)}}


def _text(content: Json) -> str:
    return "\n".join(str(part["text"]) for part in maps(content.get("parts")) if part.get("text"))


def _results_in(content: Json) -> int:
    return sum(1 for part in maps(content.get("parts")) if part.get("functionResponse"))


def _is_said(content: Json) -> bool:
    return content.get("role") in (None, "user") and not _results_in(content)


def _results_since_said(contents: list[Json]) -> int:
    results = 0
    for content in reversed(contents):
        if _is_said(content):
            break
        results += _results_in(content)
    return results
