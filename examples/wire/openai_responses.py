"""OpenAI's Responses format: a decoded body -> neutral prompt, an exchange -> a response object.
A `previous_response_id` puts the earlier input and output in front; the server keeps them for that."""

from __future__ import annotations

from dataclasses import dataclass, field

from examples.wire.openai_chat import forced_tool, service_tier
from examples.wire.prompt import Exchange, Hints, Json, Prompt, ToolSpec
from examples.wire.reading import BadRequest, as_list, as_map, maps, whole
from examples.wire.tokens import canonical, digest, text_of


@dataclass
class ResponseStore:
    """Input and output items of the responses given so far, by response id."""

    _items: dict[str, list[Json]] = field(default_factory=dict)

    def items_of(self, body: Json) -> list[Json]:
        """All input items of a body, earlier ones first. Raises BadRequest for an unknown earlier id."""
        earlier = body.get("previous_response_id")
        if earlier and str(earlier) not in self._items:
            raise BadRequest(f"Previous response with id '{earlier}' not found.")
        given = body.get("input")
        own: list[Json] = [{"role": "user", "content": given}] if isinstance(given, str) else maps(given)
        return [*self._items.get(str(earlier), []), *own]

    def keep(self, exchange: Exchange, items: list[Json]) -> None:
        """Keeps what a later `previous_response_id` may refer to."""
        self._items[f"resp_{exchange.id}"] = [*items, *output_items(exchange)]


def read_prompt(body: Json, items: list[Json], hints: Hints) -> Prompt:
    """The neutral prompt of one body with its full input. Raises BadRequest naming what is missing."""
    if not body.get("model"):
        raise BadRequest("Missing required parameter: 'model'.")
    if not items:
        raise BadRequest("Missing required parameter: 'input'.")
    said = [text_of(item.get("content")) for item in items if item.get("role") == "user"]
    wanted = as_map(as_map(body.get("text")).get("format"))
    effort = as_map(body.get("reasoning")).get("effort")
    return Prompt(
        model=str(body["model"]),
        task_text=said[0] if said else "",
        last_text=said[-1] if said else "",
        fingerprint=digest(body.get("instructions"), items, body.get("tools"), wanted),
        tools=tuple(
            ToolSpec(str(tool.get("name")), as_map(tool.get("parameters")))
            for tool in maps(body.get("tools"))
            if tool.get("type") == "function"
        ),
        forced_tool=forced_tool(body.get("tool_choice")),
        answer_schema=as_map(wanted.get("schema")) or None,
        tool_results=_results_since_said(items),
        max_output_tokens=whole(body, ("max_output_tokens",), 4096),
        thinks=effort not in (None, "none", "minimal"),
        hints=hints,
    )


def prompt_text(body: Json, items: list[Json]) -> str:
    """The text that prefix caching compares: tools, instructions, then the items in order."""
    parts = [canonical(tool) for tool in maps(body.get("tools"))]
    parts.append(str(body.get("instructions") or ""))
    parts += [_item_text(item) for item in items]
    return "\n".join(parts)


def cache_ttl(body: Json) -> str:
    """How long written prefixes live: "30m", or "12h" where the body asks for it."""
    return "12h" if as_map(body.get("prompt_cache_options")).get("ttl") == "12h" else "30m"


def write_response(exchange: Exchange, body: Json, *, status: str = "completed") -> dict[str, object]:
    """The response object; output and usage only once it has ended."""
    ended = status != "in_progress"
    cut_short = ended and exchange.answer.truncated
    return {
        "id": f"resp_{exchange.id}",
        "object": "response",
        "created_at": exchange.created,
        "status": "incomplete" if cut_short else status,
        "incomplete_details": {"reason": "max_output_tokens"} if cut_short else None,
        "error": None,
        "instructions": body.get("instructions"),
        "metadata": body.get("metadata") or {},
        "model": exchange.model,
        "output": output_items(exchange) if ended else [],
        "parallel_tool_calls": True,
        "previous_response_id": body.get("previous_response_id"),
        "service_tier": service_tier(body),
        "temperature": 1.0,
        "tool_choice": body.get("tool_choice") or "auto",
        "tools": as_list(body.get("tools")),
        "top_p": 1.0,
        "usage": usage_of(exchange) if ended else None,
    }


def output_items(exchange: Exchange) -> list[Json]:
    """The output: a reasoning item, then tool calls or the message."""
    answer = exchange.answer
    items: list[Json] = []
    if answer.thinking:
        items.append({"type": "reasoning", "id": f"rs_{exchange.id}", "summary": []})
    for number, call in enumerate(answer.tool_calls):
        items.append(
            {
                "type": "function_call",
                "id": f"fc_{digest(exchange.id, number)[:24]}",
                "call_id": f"call_{digest(exchange.id, number)[:24]}",
                "name": call.name,
                "arguments": call.arguments,
                "status": "completed",
            }
        )
    if answer.text:
        items.append(
            {
                "type": "message",
                "id": f"msg_{exchange.id}",
                "role": "assistant",
                "status": "incomplete" if answer.truncated else "completed",
                "content": [{"type": "output_text", "text": answer.text, "annotations": [], "logprobs": []}],
            }
        )
    return items


def usage_of(exchange: Exchange) -> dict[str, object]:
    """Usage as the Responses API reports it, with the two lifetimes of cache writes apart."""
    cache, answer = exchange.cache, exchange.answer
    return {
        "input_tokens": cache.total_tokens,
        "input_tokens_details": {
            "cached_tokens": cache.read_tokens,
            "cache_write_tokens": cache.write_short_tokens + cache.write_long_tokens,
            "cache_write_tokens_details": {
                "ttl_30m_tokens": cache.write_short_tokens,
                "ttl_12h_tokens": cache.write_long_tokens,
            },
        },
        "output_tokens": answer.output_tokens,
        "output_tokens_details": {"reasoning_tokens": answer.thinking_tokens},
        "total_tokens": cache.total_tokens + answer.output_tokens,
    }


def _item_text(item: Json) -> str:
    if "role" in item:
        return f"{item['role']}: {text_of(item.get('content'))}"
    return canonical({name: value for name, value in item.items() if name not in ("id", "status")})


def _results_since_said(items: list[Json]) -> int:
    results = 0
    for item in reversed(items):
        if item.get("role") == "user":
            break
        results += item.get("type") == "function_call_output"
    return results
