"""Session transcripts of Claude Code (`~/.claude/projects/**/*.jsonl`): one call a message of the model.

In: lines, and the path for what only it says. Out: calls and what was left out. No text of a message is read.
A message is written once for every block it streams, with what was known of its usage then, and copied into the file of
a session that goes on with it; only the line that names a stop reason has the final count of output.
"""

import json
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from cli.importers.json_items import Found
from cli.importers.records import Call, Item, Skipped, mapping, moment, money, service_class, text, whole

SOURCE = "claude_code"
LINE_TYPES = frozenset(("user", "assistant", "system", "summary", "progress", "queue-operation"))
OPEN_MESSAGES = 512
SYNTHETIC = "<synthetic>"
PARTIAL = "output_partial"
"""Note on a call whose transcript holds only what was known while it streamed."""


@dataclass(slots=True)
class _Message:
    """One message of the model as its lines tell it so far."""

    first: dict[str, Any]
    started_at: datetime
    best: dict[str, Any]
    rank: tuple[bool, int]
    request_id: str
    prompt: str


def is_mine(found: dict[str, Any]) -> bool:
    """Whether a line is one of a transcript."""
    kind = text(found.get("type"))
    if kind == "assistant":
        return "message" in found and ("uuid" in found or "sessionId" in found)
    return kind in LINE_TYPES and bool({"uuid", "sessionId", "leafUuid"} & found.keys())


def read(found: Iterable[Found], path: Path, task_from: str = "session") -> Iterator[Item]:
    """Calls of one transcript. `task_from` session or prompt: what becomes a task."""
    messages: OrderedDict[str, _Message] = OrderedDict()
    reader = _Transcript(path, task_from)
    prompt = ""
    for line in found:
        if isinstance(line, Skipped):
            yield line
            continue
        if line.get("type") != "assistant":
            prompt = _prompt(line) or prompt
            continue
        why = _no_call(line)
        if why:
            yield Skipped(why)
            continue
        key = _key(line, messages)
        if key in messages:
            _add(messages[key], line)
        else:
            messages[key] = _open(line, prompt)
        if len(messages) > OPEN_MESSAGES:
            yield reader.call(messages.popitem(last=False)[1])
    for message in messages.values():
        yield reader.call(message)


class _Transcript:
    """What the lines of one file share."""

    def __init__(self, path: Path, task_from: str) -> None:
        self._path = path
        self._task_from = task_from
        self._agent_type = _agent_type(path)

    def call(self, message: _Message) -> Call:
        """One message of the model as a call."""
        line, best = message.first, message.best
        usage = mapping(mapping(best.get("message")).get("usage"))
        model = text(mapping(best.get("message")).get("model"))
        read_, written = (
            whole(usage.get("cache_read_input_tokens")),
            whole(usage.get("cache_creation_input_tokens")),
        )
        split = mapping(usage.get("cache_creation"))
        long = whole(split.get("ephemeral_1h_input_tokens"))
        short = whole(split.get("ephemeral_5m_input_tokens"))
        if written is None and (short is not None or long is not None):
            written = (short or 0) + (long or 0)
        if long is None and short is not None and short == written:
            long = 0
        fresh = whole(usage.get("input_tokens"))
        session = _session(line, self._path)
        is_worker = bool(line.get("isSidechain"))
        message_id = text(mapping(line.get("message")).get("id"))
        return Call(
            source=SOURCE,
            key=f"{message_id or line.get('uuid')}|{message.request_id}",
            started_at=message.started_at,
            version=text(line.get("version")),
            service="claude-code",
            provider=_provider(model),
            response_model=model,
            response_id=message.request_id or message_id,
            input_tokens=None if fresh is None else fresh + (read_ or 0) + (written or 0),
            cache_read_tokens=read_,
            cache_write_tokens=written,
            cache_write_long_tokens=long if written is not None and (long or 0) <= written else None,
            output_tokens=whole(usage.get("output_tokens")),
            reasoning_tokens=whole(mapping(usage.get("output_tokens_details")).get("thinking_tokens")),
            reported_cost_usd=money(line.get("costUSD")),
            session=session,
            task=f"{session}#{message.prompt}" if self._task_from == "prompt" and message.prompt else session,
            workload=project(line, self._path),
            agent=self._agent_type or ("subagent" if is_worker else "claude-code"),
            labels=_labels(usage, is_worker, message),
        )


def project(line: dict[str, Any], path: Path) -> str:
    """The project: the folder that was worked in, else as the transcript's folder is named after it."""
    worked_in = text(line.get("cwd")).replace("\\", "/").rstrip("/").rpartition("/")[2]
    if worked_in:
        return worked_in
    for parent in path.parents:
        if parent.parent.name == "projects":
            return parent.name
    return path.parent.name


def _no_call(line: dict[str, Any]) -> str:
    """Why a line of the model tells of no call; '' when it does."""
    message = mapping(line.get("message"))
    if message.get("model") == SYNTHETIC:
        return "written by Claude Code itself, no model was called"
    if not mapping(message.get("usage")):
        return "message without usage"
    if moment(line.get("timestamp")) is None:
        return "message without a time"
    if not (text(message.get("id")) or text(line.get("uuid"))):
        return "message without an id"
    return ""


def _key(line: dict[str, Any], messages: OrderedDict[str, _Message]) -> str:
    """The message a line belongs to: by its id, and by its request where two requests share an id."""
    name = text(mapping(line.get("message")).get("id")) or str(line.get("uuid"))
    request_id = text(line.get("requestId"))
    open_ = messages.get(name)
    if open_ is None or not request_id or open_.request_id in ("", request_id):
        return name
    return f"{name}|{request_id}"


def _open(line: dict[str, Any], prompt: str) -> _Message:
    at = moment(line.get("timestamp"))
    assert at is not None
    own = text(line.get("promptId")) or prompt
    known = _without_text(line)
    return _Message(known, at, known, _rank(line), text(line.get("requestId")), own)


def _add(message: _Message, line: dict[str, Any]) -> None:
    at = moment(line.get("timestamp"))
    assert at is not None
    message.started_at = min(message.started_at, at)
    message.request_id = message.request_id or text(line.get("requestId"))
    if _rank(line) >= message.rank:
        message.best, message.rank = _without_text(line), _rank(line)


def _without_text(line: dict[str, Any]) -> dict[str, Any]:
    """What is kept of a line until its message is whole."""
    message = {name: value for name, value in mapping(line.get("message")).items() if name != "content"}
    return {**{name: value for name, value in line.items() if name != "toolUseResult"}, "message": message}


def _rank(line: dict[str, Any]) -> tuple[bool, int]:
    """A line that names how the answer ended knows best; else the one that has counted furthest."""
    message = mapping(line.get("message"))
    return bool(message.get("stop_reason")), whole(mapping(message.get("usage")).get("output_tokens")) or 0


def _labels(usage: dict[str, Any], is_worker: bool, message: _Message) -> dict[str, str]:
    said = mapping(message.best.get("message"))
    tier = "fast" if usage.get("speed") == "fast" else service_class(usage.get("service_tier"))
    searches = whole(mapping(usage.get("server_tool_use")).get("web_search_requests"))
    return {
        "spanledger.agent.role": "worker" if is_worker else "",
        "spanledger.service_class": tier,
        "anthropic.usage.inference_geo": text(usage.get("inference_geo")),
        "spanledger.usage.web_searches": str(searches) if searches else "",
        "spanledger.usage.note": PARTIAL if "stop_reason" in said and not message.rank[0] else "",
    }


def _session(line: dict[str, Any], path: Path) -> str:
    """The session that was charged: where a message was copied from, if it was."""
    return text(mapping(line.get("forkedFrom")).get("sessionId")) or text(line.get("sessionId")) or path.stem


def _prompt(line: dict[str, Any]) -> str:
    """The id of the prompt that a line of the user begins; '' for tool results and what was added to it."""
    if line.get("type") != "user" or line.get("isMeta") or line.get("isSidechain"):
        return ""
    content = mapping(line.get("message")).get("content")
    if isinstance(content, list) and any(mapping(each).get("type") == "tool_result" for each in content):
        return ""
    return text(line.get("promptId")) or text(line.get("uuid"))


def _agent_type(path: Path) -> str:
    """The kind of a subagent, from the note that Claude Code keeps beside its transcript."""
    try:
        note = json.loads(path.with_suffix(".meta.json").read_bytes())
    except (OSError, ValueError):
        return ""
    return text(mapping(note).get("agentType"))


def _provider(model: str) -> str:
    if "anthropic." in model:
        return "aws.bedrock"
    if "claude" not in model:
        return ""
    return "gcp.vertex_ai" if "@" in model else "anthropic"
