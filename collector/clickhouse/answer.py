"""Heads and errors of the ClickHouse HTTP interface, as ClickHouse writes them.

In: an EngineError, or a finished or begun query. Out: status, headers and bytes.
Source: https://clickhouse.com/docs/interfaces/http and the server's table of statuses for error codes.
"""

import json

from collector.engine.result import EngineError, EngineResult

Header = tuple[bytes, bytes]

_STATUS_CODES = {
    400: (
        374,
        6,
        8,
        15,
        25,
        26,
        27,
        36,
        37,
        38,
        41,
        44,
        53,
        62,
        72,
        117,
        123,
        167,
        168,
        223,
        321,
        376,
        427,
        441,
        675,
        676,
    ),
    401: (194,),
    403: (192, 193, 497, 512, 516),
    404: (46, 47, 50, 56, 60, 63, 73, 78, 81, 115, 152, 336, 372, 511),
    408: (159,),
    411: (381,),
    413: (229,),
    415: (779,),
    501: (48,),
    503: (76, 209, 319, 439),
}
_STATUS = {code: status for status, codes in _STATUS_CODES.items() for code in codes}

_CONTENT_TYPES = {
    "TabSeparated": "text/tab-separated-values; charset=UTF-8",
    "TSV": "text/tab-separated-values; charset=UTF-8",
    "CSV": "text/csv; charset=UTF-8; header=absent",
    "CSVWithNames": "text/csv; charset=UTF-8; header=present",
    "CSVWithNamesAndTypes": "text/csv; charset=UTF-8; header=present",
    "JSONEachRow": "application/x-ndjson; charset=UTF-8",
    "JSONLines": "application/x-ndjson; charset=UTF-8",
    "NDJSON": "application/x-ndjson; charset=UTF-8",
    "XML": "application/xml; charset=UTF-8",
    "HTML": "text/html; charset=UTF-8",
    "Markdown": "text/markdown; charset=UTF-8",
    "SQLInsert": "text/plain; charset=UTF-8",
    "Values": "text/plain; charset=UTF-8",
    "Vertical": "text/plain; charset=UTF-8",
    "Null": "text/plain; charset=UTF-8",
}


def http_status(code: int) -> int:
    """HTTP status of a ClickHouse error code."""
    return _STATUS.get(code, 500)


def content_type(fmt: str) -> str:
    """Content-Type of an answer in `fmt`."""
    if fmt in _CONTENT_TYPES:
        return _CONTENT_TYPES[fmt]
    if fmt.startswith(("TabSeparated", "TSV")):
        return "text/tab-separated-values; charset=UTF-8"
    if fmt.startswith("JSON"):
        return "application/json; charset=UTF-8"
    return "text/plain; charset=UTF-8" if fmt.startswith("Pretty") else "application/octet-stream"


def error_text(error: EngineError, version: str) -> str:
    """The body of an error answer, without its line break."""
    message = error.message.rstrip()
    stop = "" if message.endswith(".") else "."
    build = f"(version {version} (official build))"
    return f"Code: {error.code}. DB::Exception: {message}{stop} ({error.name}) {build}"


def exception_block(error: EngineError, version: str, tag: str) -> bytes:
    """An error after the answer has begun: clients find it by the tag told in X-ClickHouse-Exception-Tag."""
    message = error_text(error, version).encode() + b"\n"
    return b"\r\n__exception__\r\n%s\r\n%s%d %s\r\n__exception__\r\n" % (
        tag.encode(),
        message,
        len(message),
        tag.encode(),
    )


def summary(result: EngineResult) -> str:
    """The X-ClickHouse-Summary header: counts as text, as ClickHouse sends them."""
    return json.dumps(
        {
            "read_rows": str(result.read_rows),
            "read_bytes": str(result.read_bytes),
            "written_rows": str(result.written_rows),
            "written_bytes": str(result.written_bytes),
            "total_rows_to_read": str(result.read_rows),
            "result_rows": str(result.result_rows or result.written_rows),
            "result_bytes": str(result.result_bytes or result.written_bytes),
            "elapsed_ns": str(int(result.elapsed_s * 1e9)),
        },
        separators=(",", ":"),
    )


def header(name: str, value: str) -> Header:
    """One ASGI header; line breaks in a value that came from a client are dropped."""
    return name.lower().encode("latin-1"), value.replace("\r", "").replace("\n", "").encode(
        "latin-1", "replace"
    )
