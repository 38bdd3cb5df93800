"""The pieces of a request in the order in which providers read it, whatever the provider's format.

In: the JSON of a request to Anthropic, OpenAI (chat or responses), Gemini or Bedrock. Out: Segments.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

TOOLS, SYSTEM, HISTORY, RESULTS, USER = "tools", "system", "history", "tool results", "user"
KINDS = (TOOLS, SYSTEM, HISTORY, RESULTS, USER)
"""Kinds of segments. history: turns before the last question, and what the model said after it."""

_SYSTEM_KEYS = ("system", "instructions", "systemInstruction", "system_instruction")
_TURN_KEYS = ("messages", "input", "contents", "prompt")
_RESULT_TYPES = frozenset(
    (
        "tool_result",
        "function_call_output",
        "custom_tool_call_output",
        "computer_call_output",
        "mcp_tool_result",
    )
)
_RESULT_KEYS = ("toolResult", "functionResponse", "function_response")
_BREAK_KEYS = ("cache_control", "cachePoint", "cache_point")


@dataclass(frozen=True)
class Segment:
    """A piece of a request. is_break: the cacheable prefix may end here; is_static: it does not depend on the case."""

    name: str
    kind: str
    text: str
    is_break: bool
    is_static: bool


def segments(request: Mapping[str, Any]) -> list[Segment]:
    """Tools, then system, then messages, as providers build the prefix of their cache."""
    config = request.get("config") or request.get("generationConfig")
    whole = {**config, **request} if isinstance(config, Mapping) else request
    found = [
        Segment(f"tool {_tool_name(tool, number)}", TOOLS, _text(tool), _is_break(tool), True)
        for number, tool in enumerate(_tools(whole), 1)
    ]
    for name in _SYSTEM_KEYS:
        for number, block in enumerate(_blocks(whole.get(name)), 1):
            title = f"{name} {number}" if number > 1 else name
            found.append(Segment(title, SYSTEM, _text(block), _is_break(block), True))
    turns = _list(next((whole[name] for name in _TURN_KEYS if name in whole), []))
    return found + _messages(turns)


def model_of(request: Mapping[str, Any]) -> str:
    """The model that a request asks for."""
    return str(request.get("model", request.get("modelId", "")))


def _messages(turns: Sequence[Any]) -> list[Segment]:
    asked = max((number for number, turn in enumerate(turns, 1) if _is_question(turn)), default=0)
    found = []
    for number, turn in enumerate(turns, 1):
        role = _role(turn)
        is_static = role in ("system", "developer")
        for part, block in enumerate(_content(turn), 1):
            if is_static:
                kind = SYSTEM
            elif role in ("tool", "function") or _is_result(block):
                kind = RESULTS
            else:
                kind = USER if number == asked else HISTORY
            name = f"{role} {number}" + (f".{part}" if part > 1 else "")
            title = role if is_static and part == 1 else name
            found.append(Segment(title, kind, _text(block), _is_break(block), is_static))
    return found


def _is_question(turn: object) -> bool:
    """Whether a person speaks here, rather than a tool answering in the user's name."""
    return _role(turn) == "user" and any(not _is_result(block) for block in _content(turn))


def _role(turn: object) -> str:
    if not isinstance(turn, Mapping):
        return "user"
    if "role" in turn:
        return str(turn["role"])
    kind = str(turn.get("type", "user"))
    if kind in _RESULT_TYPES:
        return "tool"
    return "assistant" if kind.endswith("_call") or kind == "reasoning" else "user"


def _content(turn: object) -> list[Any]:
    if not isinstance(turn, Mapping):
        return [turn]
    for name in ("content", "parts"):
        if name in turn:
            said = _blocks(turn[name])
            calls = turn.get("tool_calls") or turn.get("function_call")
            return [*said, *_list(calls)]
    return [turn]


def _is_result(block: object) -> bool:
    return isinstance(block, Mapping) and (
        block.get("type") in _RESULT_TYPES or any(key in block for key in _RESULT_KEYS)
    )


def _tools(request: Mapping[str, Any]) -> list[Any]:
    """Tool definitions, those of Gemini and Bedrock out of the lists they stand in."""
    config = request.get("toolConfig")
    given = request.get("tools") or (config.get("tools") if isinstance(config, Mapping) else None)
    found: list[Any] = []
    for tool in [*_list(given), *_list(request.get("functions"))]:
        inner = next(
            (tool[key] for key in ("functionDeclarations", "function_declarations") if key in tool), None
        ) if isinstance(tool, Mapping) else None  # fmt: skip
        found += [tool] if inner is None else _list(inner)
    return found


def _tool_name(tool: object, number: int) -> str:
    if isinstance(tool, Mapping):
        inner = tool.get("function") or tool.get("toolSpec")
        name = (
            tool.get("name")
            or (inner.get("name") if isinstance(inner, Mapping) else None)
            or tool.get("type")
        )
        if name:
            return str(name)
    return str(number)


def _text(block: object) -> str:
    if isinstance(block, str):
        return block
    if isinstance(block, Mapping):
        plain = {key: value for key, value in block.items() if key not in _BREAK_KEYS}
        if set(plain) <= {"type", "text"} and isinstance(plain.get("text"), str):
            return str(plain["text"])
        return json.dumps(plain, ensure_ascii=False, separators=(",", ":"), default=str) if plain else ""
    return json.dumps(block, ensure_ascii=False, default=str)


def _is_break(block: object) -> bool:
    return isinstance(block, Mapping) and any(block.get(key) for key in _BREAK_KEYS)


def _blocks(value: object) -> list[Any]:
    """Blocks of a text, a list of them, or Gemini's content around its parts."""
    if isinstance(value, Mapping) and "parts" in value:
        return _list(value["parts"])
    return _list(value)


def _list(value: object) -> list[Any]:
    if value is None or value == "":
        return []
    return list(value) if isinstance(value, (list, tuple)) else [value]
