"""JSON objects out of a file, one after the other: a line each, an array of them, or one object that lists them.

In: a Source. Out: objects, or why one could not be read. Broken ones cost only themselves.
"""

import codecs
import csv
import io
import json
from collections.abc import Iterator
from typing import Any

from cli.importers.files import LINE_BYTES, Source
from cli.importers.records import Skipped

BROKEN = "broken line"
TOO_LONG = "line of more than 64 MiB"
LIST_NAMES = ("data", "observations", "items", "results")
DELIMITERS = (",", ";", "\t")
CHUNK_CHARS = 1 << 20
ITEM_CHARS = 64 * 1024 * 1024
CELL_CHARS = 64 * 1024 * 1024

Found = dict[str, Any] | Skipped


def objects(source: Source) -> Iterator[Found]:
    """The objects of `source`, whichever of the forms it has."""
    start = source.stream.peek(64)[:64].lstrip(b"\xef\xbb\xbf \t\r\n")
    if start.startswith(b"["):
        yield from _array(source)
        return
    lines = source.lines()
    first = next(lines, None)
    if first is None:
        return
    opened = parse(first.data)
    if isinstance(opened, Skipped) and first.data is not None and first.data.startswith(b"{"):
        yield from _one_document(first.data, source)
        return
    yield from _listed(opened)
    for line in lines:
        yield from _listed(parse(line.data))


def rows(source: Source) -> Iterator[Found]:
    """The rows of a CSV file by the names of its first line, which also tells what stands between its cells."""
    csv.field_size_limit(CELL_CHARS)
    first = bytes(source.stream.peek(1 << 16)).lstrip(b"\xef\xbb\xbf\r\n").split(b"\n", 1)[0]
    delimiter = max(DELIMITERS, key=lambda each: first.count(each.encode()))
    wrapped = io.TextIOWrapper(source.stream, "utf-8-sig", errors="replace", newline="")
    try:
        yield from _rows(csv.DictReader(wrapped, delimiter=delimiter))
    finally:
        # It must not close what it reads from.
        wrapped.detach()


def _rows(reader: "csv.DictReader[str]") -> Iterator[Found]:
    while True:
        try:
            row = next(reader, None)
        except csv.Error:
            yield Skipped(BROKEN, is_fault=True)
            continue
        if row is None:
            return
        if None in row or None in row.values():
            yield Skipped("row with another number of fields than the first line", is_fault=True)
        else:
            yield dict(row)


def parse(data: bytes | None) -> Found:
    """One line as an object."""
    if data is None:
        return Skipped(TOO_LONG, is_fault=True)
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        return Skipped(BROKEN, is_fault=True)
    return found if isinstance(found, dict) else Skipped("line that holds no JSON object", is_fault=True)


def _listed(found: Found) -> Iterator[Found]:
    """`found`, or what it lists when it is a page of an interface."""
    if isinstance(found, dict):
        for name in LIST_NAMES:
            inside = found.get(name)
            if isinstance(inside, list) and inside and all(isinstance(each, dict) for each in inside):
                yield from inside
                return
    yield found


def _one_document(head: bytes, source: Source) -> Iterator[Found]:
    """A file that is one object over many lines; only such a file is read whole."""
    data = head + b"\n" + source.stream.read(ITEM_CHARS)
    is_all = not source.stream.peek(1)
    whole = parse(data) if is_all else Skipped(TOO_LONG, is_fault=True)
    if isinstance(whole, dict):
        yield from _listed(whole)
        return
    # No document after all: lines, of which the first is broken, and perhaps more behind them than was read.
    if not is_all:
        data += source.stream.readline(LINE_BYTES)
    for line in data.split(b"\n"):
        if line.strip():
            yield from _listed(parse(line.strip()))
    for following in source.lines():
        yield from _listed(parse(following.data))


def _array(source: Source) -> Iterator[Found]:
    """The items of one array, with no more of the file in memory than one item and a chunk."""
    decode = codecs.getincrementaldecoder("utf-8")("replace").decode
    decoder = json.JSONDecoder()
    held, at, is_done = "", 0, False
    while True:
        while at < len(held) and held[at] in "\ufeff \t\r\n,[":
            at += 1
        if at < len(held) and held[at] == "]":
            return
        try:
            item, end = decoder.raw_decode(held, at) if at < len(held) else (None, -1)
        except (ValueError, RecursionError):
            end = -1
        if end >= 0:
            at = end
            yield item if isinstance(item, dict) else Skipped("item that is no JSON object", is_fault=True)
            continue
        if is_done or len(held) - at > ITEM_CHARS:
            yield Skipped(
                "the list breaks off or is broken; the rest of the file is lost",
                is_fault=True,
                ends_file=True,
            )
            return
        more = source.stream.read(max(CHUNK_CHARS, len(held) - at))
        is_done = not more
        held, at = held[at:] + decode(more, is_done), 0
