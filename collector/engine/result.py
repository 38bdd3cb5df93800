"""What the engine answers: the bytes of a result with its counts, or an error as ClickHouse numbers it.

In: chDB's result objects and exception texts. Out: EngineResult, EngineError.
"""

import re
from dataclasses import dataclass

from collector.errors import CollectorError

_NUMBERED = re.compile(r"Code: (\d+)\. (?:DB::)?(?:Net)?Exception: ", re.DOTALL)
_NAME = re.compile(r"\s*\(([A-Z][A-Z0-9_]+)\)\.?\s*$")
_VERSION = re.compile(r"\s*\(version [^()]*(?:\([^()]*\))?[^()]*\)\.?\s*$")

UNKNOWN_EXCEPTION = 1002


class EngineError(CollectorError):
    """A statement the engine refused. `code` and `name` are ClickHouse's, e.g. 60 and UNKNOWN_TABLE.

    `statement` names the file of sql/ that it was met by; empty when not known.
    """

    def __init__(self, code: int, name: str, message: str) -> None:
        super().__init__(f"Code: {code}. DB::Exception: {message} ({name})")
        self.code = code
        self.name = name
        self.message = message
        self.statement = ""


@dataclass(frozen=True)
class EngineResult:
    """One finished statement. `data` is empty when the result went elsewhere."""

    data: bytes = b""
    read_rows: int = 0
    read_bytes: int = 0
    result_rows: int = 0
    result_bytes: int = 0
    written_rows: int = 0
    written_bytes: int = 0
    elapsed_s: float = 0.0


def engine_error(text: str) -> EngineError:
    """The error in an exception text of chDB; it may repeat its own head and tail once for every layer."""
    text = text.strip()
    found = list(_NUMBERED.finditer(text))
    if not found:
        return EngineError(UNKNOWN_EXCEPTION, "UNKNOWN_EXCEPTION", text or "no message")
    # The innermost head is the cause; what stands before it are wrappers.
    head = found[0]
    for following in found[1:]:
        if following.start() != head.end():
            break
        head = following
    code = int(head.group(1))
    message = text[head.end() :]
    name = ""
    while True:
        if match := _NAME.search(message):
            name = name or match.group(1)
        elif not (match := _VERSION.search(message)):
            break
        message = message[: match.start()]
    return EngineError(code, name or "UNKNOWN_EXCEPTION", message)
