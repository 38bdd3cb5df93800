"""Tables that a client sends along with its query (multipart/form-data), alive for that query alone.

In: a multipart form. Out: ExternalTable rows, loaded as temporary tables of the query's own handle.
Source: https://clickhouse.com/docs/engines/table-engines/special/external-data
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from starlette.datastructures import UploadFile
from starlette.requests import Request as FormRequest

from collector.clickhouse.exchange import QUERY_LIMIT_BYTES, Message, Receive
from collector.clickhouse.guard import check_format, check_names, check_temporary_engine
from collector.clickhouse.tokens import tokens
from collector.engine.result import EngineError
from collector.engine.session import EngineSession, quoted_name

FORM_LIMIT_BYTES = 64 * 1024 * 1024
_LIST = (
    "SELECT name, create_table_query, engine FROM system.tables WHERE is_temporary"
    " ORDER BY metadata_modification_time, name"
)
_SUFFIXES = ("_format", "_structure", "_types")


@dataclass(frozen=True)
class ExternalTable:
    """One table: the statement that makes it, and its rows in `fmt`."""

    name: str
    create: str
    fmt: str
    data: bytes


@dataclass(frozen=True)
class Form:
    """Text fields and files of a multipart body."""

    fields: tuple[tuple[str, str], ...]
    files: Mapping[str, bytes]


async def read_form(scope: Mapping[str, object], receive: Receive) -> Form:
    """The multipart form of a request. Raises EngineError if it is none or too large."""
    arrived = 0

    async def counted() -> Message:
        nonlocal arrived
        message = await receive()
        arrived += len(message.get("body", b""))
        if arrived > FORM_LIMIT_BYTES:
            raise EngineError(
                229, "QUERY_IS_TOO_LARGE", f"External tables are larger than {FORM_LIMIT_BYTES} bytes in all"
            )
        return message

    try:
        form = await FormRequest(dict(scope), counted).form(max_part_size=QUERY_LIMIT_BYTES)
    except EngineError:
        raise
    except Exception as error:  # noqa: BLE001  whatever the form parser finds wrong is the client's fault
        raise EngineError(
            27, "CANNOT_PARSE_INPUT_ASSERTION_FAILED", f"Cannot parse multipart body: {error}"
        ) from None
    fields: list[tuple[str, str]] = []
    files: dict[str, bytes] = {}
    for name, value in form.multi_items():
        if isinstance(value, UploadFile):
            files[name] = await value.read()
        else:
            fields.append((name, value))
    await form.close()
    return Form(tuple(fields), files)


def external_tables(files: Mapping[str, bytes], url: Mapping[str, str]) -> tuple[ExternalTable, ...]:
    """The tables in `files`, described by <name>_structure or <name>_types and <name>_format in the URL.

    Raises EngineError for a file without a structure, or one that is no list of columns.
    """
    found = []
    for name, data in files.items():
        structure = url.get(f"{name}_structure", "")
        if not structure and (types := url.get(f"{name}_types", "")):
            structure = ", ".join(f"_{index} {kind}" for index, kind in enumerate(_split(types), start=1))
        if not structure:
            raise EngineError(
                36, "BAD_ARGUMENTS", f"Neither structure nor types have been provided for {name}"
            )
        _check_structure(structure)
        fmt = check_format(url.get(f"{name}_format", "TabSeparated"))
        create = f"CREATE TEMPORARY TABLE {quoted_name(name)} ({structure}) ENGINE = Memory"
        found.append(ExternalTable(name, create, fmt, data))
    return tuple(found)


def described_by(files: Mapping[str, bytes]) -> frozenset[str]:
    """URL parameters that describe `files` and are no settings."""
    return frozenset(name + suffix for name in files for suffix in _SUFFIXES)


def load_tables(session: EngineSession, tables: Sequence[ExternalTable]) -> None:
    """Make `tables` on the handle. Raises EngineError."""
    for table in tables:
        session.run(table.create)
        if table.data:
            session.insert(f"INSERT INTO {quoted_name(table.name)}", table.fmt, (table.data,))


def read_tables(session: EngineSession, limit_bytes: int) -> tuple[ExternalTable, ...]:
    """The temporary tables of the handle, to be loaded on another, in the order they were made.

    Raises EngineError (MEMORY_LIMIT_EXCEEDED) beyond `limit_bytes` of rows, ACCESS_DENIED for an
    engine that keeps rows elsewhere.
    """
    listed = session.run(_LIST, fmt="JSONEachRow").data
    found, left = [], limit_bytes
    for row in map(json.loads, listed.splitlines()):
        check_temporary_engine(row["engine"])
        name = quoted_name(row["name"])
        left -= int(session.run(f"SELECT sum(byteSize(*)) FROM {name}").data)
        if left < 0:
            raise EngineError(
                241, "MEMORY_LIMIT_EXCEEDED", f"Temporary tables may hold {limit_bytes} bytes a session"
            )
        data = session.run(f"SELECT * FROM {name}", fmt="Native").data
        found.append(ExternalTable(str(row["name"]), row["create_table_query"], "Native", data))
    return tuple(found)


def _split(types: str) -> list[str]:
    """`types` at its outer commas."""
    parts, start = [], 0
    for token in tokens(types):
        if token.depth == 0 and token.is_sign(","):
            parts.append(types[start : token.start])
            start = token.end
    return [*parts, types[start:]]


def _check_structure(structure: str) -> None:
    """It stands inside brackets of our own statement and must not close them."""
    found = list(tokens(structure))
    level = 0
    for token in found:
        level += token.is_sign("(") - token.is_sign(")")
        if level < 0 or token.is_sign(";") or token.is_sign("$") or token.is_sign("#"):
            raise EngineError(62, "SYNTAX_ERROR", f"Syntax error in structure {structure!r}")
    if level or any(mark in structure for mark in ("--", "/*", "//")):
        raise EngineError(62, "SYNTAX_ERROR", f"Syntax error in structure {structure!r}")
    check_names(found)
