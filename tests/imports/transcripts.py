"""Transcripts as the tools write them, line by line, with the quirks of the real ones."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

CANARY = "canary-5f3e the launch code is 0000"
SESSION = "3f6c1a52-9f0e-4c41-9a6e-1c2b3d4e5f60"


def claude_user(at: str, text: str = CANARY, **fields: Any) -> dict[str, Any]:
    """What the user said, or a tool's result."""
    return {
        "parentUuid": None,
        "isSidechain": False,
        "userType": "external",
        "cwd": "/home/dev/src/shop",
        "sessionId": SESSION,
        "version": "2.1.197",
        "gitBranch": "main",
        "type": "user",
        "message": {"role": "user", "content": text},
        "uuid": f"user-{at}",
        "timestamp": at,
        **fields,
    }


def claude_answer(
    at: str,
    message_id: str,
    usage: Mapping[str, Any] | None = None,
    *,
    stop_reason: str | None = "end_turn",
    request_id: str | None = "",
    model: str = "claude-sonnet-4-5-20250929",
    **fields: Any,
) -> dict[str, Any]:
    """One line of a message of the model; `request_id` '' makes one out of the message id, None leaves it out."""
    line = {
        "parentUuid": f"user-{at}",
        "isSidechain": False,
        "userType": "external",
        "cwd": "/home/dev/src/shop",
        "sessionId": SESSION,
        "version": "2.1.197",
        "gitBranch": "main",
        "message": {
            "id": message_id,
            "type": "message",
            "role": "assistant",
            "model": model,
            "content": [{"type": "text", "text": CANARY}],
            "stop_reason": stop_reason,
            "stop_sequence": None,
            "usage": dict(usage if usage is not None else claude_usage()),
        },
        "requestId": request_id or f"req_{message_id}",
        "type": "assistant",
        "uuid": f"{message_id}-{at}",
        "timestamp": at,
        **fields,
    }
    if request_id is None:
        del line["requestId"]
    return line


def claude_usage(output: int = 611, **fields: Any) -> dict[str, Any]:
    """Usage as the Messages API returns it."""
    return {
        "input_tokens": 1013,
        "cache_creation_input_tokens": 3764,
        "cache_read_input_tokens": 20211,
        "cache_creation": {"ephemeral_5m_input_tokens": 3307, "ephemeral_1h_input_tokens": 457},
        "output_tokens": output,
        "service_tier": "standard",
        **fields,
    }


def codex_meta(at: str, session: str, **fields: Any) -> dict[str, Any]:
    """The first line of a rollout."""
    payload = {
        "id": session,
        "timestamp": at,
        "cwd": "/home/dev/src/shop",
        "originator": "codex_cli_rs",
        "cli_version": "0.169.0",
        "source": "cli",
        "model_provider": "openai",
        "base_instructions": {"text": CANARY},
        **fields,
    }
    return {"timestamp": at, "type": "session_meta", "payload": payload}


def codex_turn(at: str, turn: str = "turn-1", model: str = "gpt-5.4-mini") -> dict[str, Any]:
    """What a turn runs with."""
    payload = {"turn_id": turn, "cwd": "/home/dev/src/shop", "approval_policy": "never", "model": model}
    return {"timestamp": at, "type": "turn_context", "payload": payload}


def codex_count(at: str, total: Sequence[int] | None, last: Sequence[int] | None) -> dict[str, Any]:
    """A count of tokens: input, cached, output, reasoning; of the session so far, and of the last call."""
    info = None
    if total is not None or last is not None:
        info = {"model_context_window": 258400}
        if total is not None:
            info["total_token_usage"] = _codex_usage(total)
        if last is not None:
            info["last_token_usage"] = _codex_usage(last)
    payload = {"type": "token_count", "info": info, "rate_limits": {"primary": {"used_percent": 4.0}}}
    return {"timestamp": at, "type": "event_msg", "payload": payload}


def codex_text(at: str) -> dict[str, Any]:
    """What was said."""
    message = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": CANARY}]}
    return {"timestamp": at, "type": "response_item", "payload": message}


def write(path: Path, lines: Sequence[Mapping[str, Any] | str]) -> Path:
    """The lines as a file; text stands as it is."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{line if isinstance(line, str) else json.dumps(line)}\n" for line in lines))
    return path


def _codex_usage(counts: Sequence[int]) -> dict[str, int]:
    names = ("input_tokens", "cached_input_tokens", "output_tokens", "reasoning_output_tokens")
    return {**dict(zip(names, counts, strict=True)), "total_tokens": counts[0] + counts[2]}
