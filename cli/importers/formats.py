"""Which format a file has, and what reads it.

In: a file. Out: the format's name and what it holds, item by item; or why it cannot be imported.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import chain, islice

from cli.importers import claude_code, codex, langfuse, litellm, otlp
from cli.importers.files import Source
from cli.importers.json_items import Found, objects, rows
from cli.importers.records import FORMATS, Item, Skipped

LOOK_AT = 50
_TEXT = frozenset(b"\t\r\n\f") | frozenset(range(0x20, 0x100))


class NotImportable(Exception):
    """A file that none of the readers takes; the text says why."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What the user asked of every file. `known_sessions` are the sessions of Codex that are read too."""

    format: str = ""
    task_from: str = "session"
    known_sessions: Collection[str] = ()


def items(source: Source, choice: Choice) -> tuple[str, Iterator[Item]]:
    """The format of a file and what it holds. Raises NotImportable."""
    head = bytes(source.stream.peek(1 << 16))
    if not head.strip(b"\xef\xbb\xbf \t\r\n\x00"):
        raise NotImportable("the file is empty")
    first = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if first not in (b"{", b"[") and choice.format in ("", "otlp"):
        if otlp.is_protobuf(head, len(head) >= source.size_bytes):
            return "otlp", otlp.read_protobuf(source)
        if choice.format == "otlp":
            raise NotImportable("no OTLP requests: neither JSON nor protobuf")
    if not _TEXT.issuperset(head[:4096]) or b"\x00" in head[:4096]:
        raise NotImportable("neither text nor OTLP protobuf")
    found = objects(source) if first in (b"{", b"[") else rows(source)
    looked = list(islice(found, LOOK_AT))
    name = choice.format or _format_of(looked)
    return name, _read(name, chain(looked, found), source, choice)


def first_session(source: Source) -> str:
    """The session that a transcript of Codex opens; '' for any other file."""
    if source.stream.peek(1)[:1] != b"{":
        return ""
    return next((codex.session_of(each) for each in islice(objects(source), 1) if isinstance(each, dict)), "")


def _format_of(looked: list[Found]) -> str:
    for found in looked:
        if isinstance(found, Skipped):
            continue
        for name, reader in _READERS.items():
            if reader.is_mine(found):
                return name
        if langfuse.is_trace(found):
            raise NotImportable("traces of Langfuse carry no usage; export its observations")
    if all(isinstance(found, Skipped) for found in looked):
        raise NotImportable("broken from its first line on: neither JSON nor CSV")
    raise NotImportable(f"none of the formats {', '.join(FORMATS)}")


def _read(name: str, found: Iterator[Found], source: Source, choice: Choice) -> Iterator[Item]:
    if name == "claude-code":
        return claude_code.read(found, source.path, choice.task_from)
    if name == "codex":
        return codex.read(found, source.path, choice.task_from, choice.known_sessions)
    return {"litellm": litellm.read, "langfuse": langfuse.read, "otlp": otlp.read}[name](found)


_READERS = {
    "otlp": otlp,
    "codex": codex,
    "claude-code": claude_code,
    "litellm": litellm,
    "langfuse": langfuse,
}
