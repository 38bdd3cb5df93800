"""Session transcripts of Codex (`~/.codex/sessions/**/rollout-*.jsonl`): one call a count of tokens that moved.

In: lines, and which sessions are read at the same time. Out: calls and what was left out. No text is read.
A count is written again without a call behind it, and a fork or a subagent begins with the history of the session it
came from, stamped anew: counts are told apart by the running total they carry.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from cli.importers.json_items import Found
from cli.importers.records import Call, Item, Skipped, mapping, moment, service_class, text, whole

SOURCE = "codex"
LINE_TYPES = frozenset(
    ("session_meta", "turn_context", "event_msg", "response_item", "compacted", "world_state")
)
FIELDS = ("input_tokens", "cached_input_tokens", "output_tokens", "reasoning_output_tokens")
BURST = timedelta(seconds=1)
"""A copied history is written at once; the first answer of a model takes longer than this."""
COPIED = "history copied from the session it was forked from, which is read too"
REPEATED = "token count written again, nothing was called in between"

Usage = tuple[int, ...]


@dataclass(slots=True)
class _Session:
    """What a file has said of its session so far."""

    name: str = ""
    parent: str = ""
    is_subagent: bool = False
    created_at: datetime | None = None
    seen_at: datetime | None = None
    is_copying: bool = False
    version: str = ""
    provider: str = "openai"
    agent: str = "codex"
    worked_in: str = ""
    model: str = ""
    turn: str = ""
    service_class: str = ""
    total: Usage | None = None


def is_mine(found: dict[str, Any]) -> bool:
    """Whether a line is one of a transcript."""
    return text(found.get("type")) in LINE_TYPES and isinstance(found.get("payload"), dict)


def session_of(found: dict[str, Any]) -> str:
    """The id of the session that a first line opens; '' when it opens none."""
    return text(mapping(found.get("payload")).get("id")) if found.get("type") == "session_meta" else ""


def read(
    found: Iterable[Found], path: Path, task_from: str = "session", known: Collection[str] = ()
) -> Iterator[Item]:
    """Calls of one transcript; `known` are the sessions whose own files are read too."""
    session = _Session(name=path.stem)
    for line in found:
        if isinstance(line, Skipped):
            yield line
            continue
        payload = mapping(line.get("payload"))
        at = moment(line.get("timestamp"))
        _follow(session, at)
        kind = line.get("type")
        if kind == "session_meta":
            _begin(session, payload, at)
        elif kind == "turn_context":
            session.model = text(payload.get("model")) or session.model
            session.turn = text(payload.get("turn_id"))
            session.worked_in = text(payload.get("cwd")) or session.worked_in
            session.service_class = service_class(payload.get("service_tier"))
        elif kind == "event_msg" and payload.get("type") == "token_count":
            info = mapping(payload.get("info"))
            if info:
                yield _counted(session, info, at, task_from, known)


def _begin(session: _Session, payload: dict[str, Any], at: datetime | None) -> None:
    """The first session_meta is the session's own; what follows is copied with the history it belongs to."""
    if session.created_at is not None:
        session.parent = session.parent or text(payload.get("id"))
        session.is_copying = True
        return
    session.name = text(payload.get("id")) or session.name
    session.created_at = session.seen_at = moment(payload.get("timestamp")) or at
    spawned = mapping(mapping(mapping(payload.get("source")).get("subagent")).get("thread_spawn"))
    session.is_subagent = "subagent" in mapping(payload.get("source"))
    forked_from = text(payload.get("forked_from_id"))
    session.parent = forked_from or text(spawned.get("parent_thread_id"))
    session.is_copying = bool(session.parent)
    session.version = text(payload.get("cli_version"))
    session.provider = text(payload.get("model_provider")) or "openai"
    session.worked_in = text(payload.get("cwd"))
    named = text(spawned.get("agent_role")) or text(spawned.get("agent_nickname"))
    session.agent = named or ("subagent" if session.is_subagent else "codex")


def _follow(session: _Session, at: datetime | None) -> None:
    """Ends the copied history at the first pause; copies that kept their old times lie before the session."""
    if not session.is_copying or at is None or session.created_at is None or at <= session.created_at:
        return
    if session.seen_at is not None and at - session.seen_at >= BURST:
        session.is_copying = False
    session.seen_at = max(at, session.seen_at or at)


def _counted(
    session: _Session, info: dict[str, Any], at: datetime | None, task_from: str, known: Collection[str]
) -> Item:
    """One token_count: a call, or why it is none."""
    total, last = _usage(info.get("total_token_usage")), _usage(info.get("last_token_usage"))
    before, session.total = session.total, total or session.total
    if total is not None and total == before:
        return Skipped(REPEATED)
    if session.is_copying and session.parent in known:
        return Skipped(COPIED)
    used = _used(total, last, before)
    if used is None or at is None:
        return Skipped("token count without numbers or without a time", is_fault=True)
    if not any(used):
        return Skipped(REPEATED)
    owner = session.parent if session.is_copying and session.parent else session.name
    charged = session.parent if session.is_subagent and session.parent else owner
    if task_from == "prompt" and session.turn:
        charged = f"{charged}#{session.turn}"
    write = whole(mapping(info.get("last_token_usage")).get("cache_write_input_tokens"))
    return Call(
        source=SOURCE,
        key=f"{owner}|{total or at.isoformat()}|{last}",
        started_at=at,
        version=session.version,
        service="codex",
        provider="azure.ai.openai" if session.provider.startswith("azure") else session.provider,
        request_model=text(info.get("model")) or session.model,
        input_tokens=used[0],
        cache_read_tokens=used[1],
        cache_write_tokens=write,
        output_tokens=used[2],
        reasoning_tokens=used[3],
        session=owner,
        task=charged,
        workload=session.worked_in.replace("\\", "/").rstrip("/").rpartition("/")[2],
        agent=session.agent,
        labels={
            "spanledger.agent.role": "worker" if session.is_subagent else "",
            "spanledger.service_class": session.service_class,
        },
    )


def _used(total: Usage | None, last: Usage | None, before: Usage | None) -> Usage | None:
    """What was used since the count before: the difference of the totals where they run on, else the last call's."""
    if total is None or before is None:
        return last or total
    difference = tuple(now - then for now, then in zip(total, before, strict=True))
    runs_on = all(each >= 0 for each in difference)
    if last is None:
        return difference if runs_on else total
    return difference if runs_on and all(a >= b for a, b in zip(difference, last, strict=True)) else last


def _usage(found: object) -> Usage | None:
    """The counts of FIELDS; what is not told is 0 beside an input that is. None when there is no input."""
    told = mapping(found)
    if whole(told.get("input_tokens")) is None:
        return None
    return tuple(whole(told.get(name)) or 0 for name in FIELDS)
