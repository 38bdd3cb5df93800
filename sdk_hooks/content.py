"""What was asked and answered, as text for a span. Called only when recording content is switched on.

Takes a call's request or its whole response, gives JSON in the shape of OpenTelemetry's GenAI messages.
"""

from __future__ import annotations

import json
from typing import Any

from sdk_hooks.attributes import INPUT_MESSAGES, SYSTEM_INSTRUCTIONS
from sdk_hooks.providers.report import field

MAX_CHARACTERS = 100_000
"""Longer content is cut: a span is no archive, and exporters refuse huge requests."""


def input_content(body: dict[str, Any]) -> dict[str, str]:
    """The messages and system instructions of a request, as attributes."""
    content: dict[str, str] = {}
    asked = body.get("messages") or body.get("input") or body.get("contents")
    if asked:
        messages = [{"role": "user", "content": asked}] if isinstance(asked, str) else asked
        content[INPUT_MESSAGES] = _json([_message(message) for message in messages])
    system = body.get("system") or body.get("instructions") or body.get("systemInstruction")
    if system:
        content[SYSTEM_INSTRUCTIONS] = _json(_parts(field(system, "parts") or system))
    return content


def output_content(response: Any) -> str | None:
    """The answer of a whole response; None where there is none."""
    choices = field(response, "choices")
    if choices:
        messages = [_message(field(choice, "message") or choice) for choice in choices]
    elif candidates := field(response, "candidates"):
        messages = [_message(field(candidate, "content")) for candidate in candidates]
    elif told := field(field(response, "output"), "message"):
        messages = [_message(told)]
    else:
        answer = field(response, "content") or field(response, "output")
        messages = [{"role": "assistant", "parts": _parts(answer)}] if answer else []
    return _json(messages) if messages else None


def streamed_content(pieces: list[str] | None) -> str | None:
    """The answer put together from the pieces of its text; None where there are none."""
    return _json([_message({"role": "assistant", "content": "".join(pieces)})]) if pieces else None


def _message(message: Any) -> dict[str, Any]:
    told = field(message, "content") or field(message, "parts")
    return {"role": field(message, "role") or "user", "parts": _parts(told)}


def _parts(content: Any) -> list[Any]:
    if isinstance(content, str):
        return [{"type": "text", "content": content}]
    return [_part(block) for block in content or ()]


def _part(block: Any) -> Any:
    words = field(block, "text")
    if isinstance(words, str):
        return {"type": "text", "content": words}
    return block.model_dump(mode="json") if hasattr(block, "model_dump") else block


def _json(value: Any) -> str:
    return json.dumps(value, default=str, ensure_ascii=False)[:MAX_CHARACTERS]
