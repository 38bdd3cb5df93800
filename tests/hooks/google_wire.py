"""Answers of Gemini's API in its wire format, with token counts that tests know."""

from __future__ import annotations

import json
from typing import Any

from tests.hooks.scripted_server import Reply

USAGE: dict[str, Any] = {
    "promptTokenCount": 2400,
    "cachedContentTokenCount": 2000,
    "toolUsePromptTokenCount": 100,
    "candidatesTokenCount": 30,
    "thoughtsTokenCount": 20,
    "totalTokenCount": 2550,
}


def content(text: str = "the answer", finish: str | None = "STOP", **usage: Any) -> dict[str, Any]:
    candidate: dict[str, Any] = {"content": {"role": "model", "parts": [{"text": text}]}, "index": 0}
    if finish:
        candidate["finishReason"] = finish
    return {
        "candidates": [candidate],
        "usageMetadata": {**USAGE, **usage},
        "modelVersion": "gemini-3-flash-001",
        "responseId": "resp_g",
    }


def content_stream(*, stop_after: int | None = None, cut: bool = False) -> Reply:
    pieces = [
        content("the ", None, candidatesTokenCount=1, thoughtsTokenCount=0, totalTokenCount=2501),
        content("ans", None, candidatesTokenCount=9, totalTokenCount=2529),
        content("wer"),
    ]
    chunks = [f"data: {json.dumps(piece)}\r\n\r\n".encode() for piece in pieces][:stop_after]
    return Reply(chunks=chunks, cut=cut)


def refusal(status: int = 429, name: str = "RESOURCE_EXHAUSTED") -> dict[str, Any]:
    return {"error": {"code": status, "message": "slow down", "status": name}}
