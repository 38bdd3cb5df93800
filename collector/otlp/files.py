"""Reads recorded traces: OTLP files as any exporter writes them, whatever their encoding.

In: a file or a folder. Out: TraceFile, its OTLP protobuf bodies, ready to insert. Raises BadTraceFile with one line.
Never: a part of a file left out in silence; nothing is decoded that the engine can decode.
"""

import gzip
import json
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BufferedReader, BytesIO
from pathlib import Path

from backports import zstd

from collector.errors import CollectorError
from collector.otlp.json_form import BadJson, traces_from_document
from collector.otlp.protobuf_files import HEAD_BYTES, BrokenFile, framed, framing_of, read_payloads

GZIP, ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
SUFFIXES = frozenset(
    (".json", ".jsonl", ".ndjson", ".otlp", ".pb", ".binpb", ".proto", ".protobuf", ".bin", ".traces", ".log")
)
PACKINGS = frozenset((".gz", ".gzip", ".zst", ".zstd"))
TRACES_KEYS = ("resourceSpans", "resource_spans")
OTHER_SIGNALS = ("resourceMetrics", "resource_metrics", "resourceLogs", "resource_logs")


class BadTraceFile(CollectorError):
    """A file that cannot be read as recorded traces; names it, the place in it and what to do."""


@dataclass(frozen=True)
class TraceFile:
    """One file: its trace requests in protobuf, joined into one body, which is a request as well."""

    path: Path
    body: bytes


def read_traces(source: Path) -> Iterator[TraceFile]:
    """Every file of `source`, a file or a folder, in the order of their names. Raises BadTraceFile."""
    for path in _files(source):
        yield TraceFile(path, b"".join(_bodies(path)))


def _files(source: Path) -> list[Path]:
    if not source.exists():
        raise BadTraceFile(f"{source}: there is no such file or folder")
    if source.is_file():
        return [source]
    found = [
        path
        for path in sorted(source.rglob("*"))
        if path.is_file() and not any(part.startswith(".") for part in path.relative_to(source).parts)
    ]
    known = [path for path in found if _suffix(path) in SUFFIXES]
    if not known:
        what = f"{len(found)} files, none of them" if found else "nothing that is"
        raise BadTraceFile(f"{source}: the folder holds {what} a recorded trace (such as .jsonl, .json, .pb)")
    return known


def recording_of(path: Path) -> Path:
    """The path without the suffixes of a recording; files of one name hold one recording."""
    while path.suffix.lower() in SUFFIXES | PACKINGS:
        path = path.with_suffix("")
    return path


def _suffix(path: Path) -> str:
    suffixes = [suffix.lower() for suffix in path.suffixes]
    while suffixes and suffixes[-1] in PACKINGS:
        suffixes.pop()
    return suffixes[-1] if suffixes else ""


def _bodies(path: Path) -> Iterator[bytes]:
    try:
        data = _unpacked(path, path.read_bytes())
    except OSError as error:
        raise BadTraceFile(f"{path}: cannot be read: {error.strerror or error}") from None
    if not data.strip():
        raise BadTraceFile(f"{path}: the file is empty; nothing was recorded into it")
    start = data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    yield from _json_bodies(path, data) if start in (b"{", b"[") else _binary_bodies(path, data)


def _unpacked(path: Path, data: bytes) -> bytes:
    packings: tuple[tuple[bytes, Callable[[bytes], bytes]], ...] = (
        (GZIP, gzip.decompress),
        (ZSTD, zstd.decompress),
    )
    for magic, unpack in packings:
        if data.startswith(magic):
            try:
                return unpack(data)
            except (EOFError, OSError, zlib.error, zstd.ZstdError):
                raise BadTraceFile(f"{path}: the compressed file is cut off or damaged") from None
    return data


def _json_bodies(path: Path, data: bytes) -> Iterator[bytes]:
    """One request a line, or one document, or a list of requests."""
    lines = [(number, line) for number, line in enumerate(data.split(b"\n"), 1) if line.strip()]
    first = _parsed(lines[0][1])
    if first is None or len(lines) == 1:
        whole = _parsed(data)
        if whole is not None:
            yield from _documents(path, whole, str(path))
            return
    taken = False
    for number, line in lines:
        found = first if number == lines[0][0] else _parsed(line)
        where = f"{path}, line {number}"
        if found is None:
            cut = number == lines[-1][0]
            raise BadTraceFile(f"{where}: {'the line is cut off or' if cut else 'the line'} is not JSON")
        for body in _documents(path, found, where):
            taken = True
            yield body
    if not taken:
        raise BadTraceFile(f"{path}: holds no spans, only other signals")


def _parsed(text: bytes) -> object | None:
    try:
        found: object = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found


def _documents(path: Path, found: object, where: str) -> Iterator[bytes]:
    for document in found if isinstance(found, list) else [found]:
        if not isinstance(document, dict):
            raise BadTraceFile(f"{where}: is a JSON {type(document).__name__}, not an OTLP trace request")
        if not any(key in document for key in TRACES_KEYS):
            if any(key in document for key in OTHER_SIGNALS) or document in ({}, {"partialSuccess": {}}):
                continue
            known = ", ".join(sorted(map(str, document))[:4])
            raise BadTraceFile(
                f"{where}: no OTLP trace request: it has {known or 'nothing'}, no resourceSpans"
            )
        try:
            traces = traces_from_document(document)
        except BadJson as error:
            raise BadTraceFile(f"{where}: {error}") from None
        if traces.rejected:
            raise BadTraceFile(f"{where}: {traces.rejected} spans cannot be read: {traces.reason}")
        yield traces.body


def _binary_bodies(path: Path, data: bytes) -> Iterator[bytes]:
    """Requests in any of the forms that exporters write; a fault anywhere refuses the file."""
    framing = framing_of(data[:HEAD_BYTES], len(data) <= HEAD_BYTES)
    if framing is None:
        raise BadTraceFile(f"{path}: is no OTLP trace file (neither OTLP/JSON nor OTLP protobuf)")
    taken = False
    try:
        for payload in read_payloads(BufferedReader(BytesIO(data)), framing, strict=True):
            taken = True
            yield framed(payload)
    except BrokenFile as error:
        raise BadTraceFile(f"{path}: {error}") from None
    if not taken:
        raise BadTraceFile(f"{path}: holds no spans")
