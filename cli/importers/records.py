"""What every reader hands on: calls, requests as they stand, and what was left out and why.

In: nothing. Out: frozen dataclasses. A reader never decides what a call costs.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, TypeAlias

YEARS = (1970, 2100)
SERVICE_CLASSES = frozenset(("batch", "flex", "priority", "fast"))
FORMATS = ("claude-code", "codex", "litellm", "langfuse", "otlp")


@dataclass(frozen=True, slots=True)
class Call:
    """One model call. Counts are whole tokens, None = not told; `input_tokens` holds cache reads and writes too.

    `key` is what makes it the same call wherever it is read: a message id, a request id, a hash of its place.
    `trace_id` and `span_id` are set (hex) where the file names the span that told of it live.
    """

    source: str
    key: str
    started_at: datetime
    ended_at: datetime | None = None
    first_chunk_at: datetime | None = None
    version: str = ""
    service: str = ""
    environment: str = ""
    operation: str = "chat"
    provider: str = ""
    request_model: str = ""
    response_model: str = ""
    response_id: str = ""
    input_tokens: int | None = None
    cache_read_tokens: int | None = None
    cache_write_tokens: int | None = None
    cache_write_long_tokens: int | None = None
    output_tokens: int | None = None
    reasoning_tokens: int | None = None
    reported_cost_usd: Decimal | None = None
    session: str = ""
    task: str = ""
    workload: str = ""
    agent: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    error_type: str = ""
    trace_id: str = ""
    span_id: str = ""
    parent_span_id: str = ""


@dataclass(frozen=True, slots=True)
class Request:
    """One OTLP export request in protobuf, of `signal` traces, logs or metrics, with `items` of it."""

    signal: str
    body: bytes
    items: int


@dataclass(frozen=True, slots=True)
class Skipped:
    """Something that is no call, or cannot be read: why, how many, and what it had cost by its own account.

    `ends_file`: nothing after it can be read, the file is damaged there.
    """

    why: str
    count: int = 1
    reported_usd: Decimal = Decimal(0)
    is_fault: bool = False
    ends_file: bool = False


Item: TypeAlias = Call | Request | Skipped


def whole(value: object) -> int | None:
    """A token count, however it is written; None when it is none. Never a negative or broken number."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int):
        return value if value >= 0 else None
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        return None
    return int(number) if number.is_finite() and number >= 0 and number == int(number) else None


def money(value: object) -> Decimal | None:
    """USD, however it is written; None when it is none."""
    if isinstance(value, bool) or value is None or value == "":
        return None
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        return None
    return number if number.is_finite() and number >= 0 else None


def moment(value: object) -> datetime | None:
    """An aware time from ISO text or seconds or milliseconds since 1970; text without a zone is UTC.

    None for what is no time, or none that a call of a model can have.
    """
    try:
        if isinstance(value, int | float) and not isinstance(value, bool):
            found = datetime.fromtimestamp(value / (1000 if value > 1e11 else 1), UTC)
        elif isinstance(value, str) and value.strip():
            read = datetime.fromisoformat(value.strip())
            found = read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
        else:
            return None
    except (ValueError, OverflowError, OSError):
        return None
    return found if YEARS[0] <= found.year < YEARS[1] else None


def text(value: object) -> str:
    """`value` if it is text of one line of reasonable length, else ''; halves of characters become `?`."""
    if not isinstance(value, str) or "\n" in value.strip():
        return ""
    return sendable(value.strip()[:256])


def sendable(value: str) -> str:
    """Text that UTF-8 can hold: JSON may name half a character, and names of files may be no text at all."""
    return value.encode(errors="replace").decode()


def service_class(value: object) -> str:
    """A service tier as a class that has prices of its own; '' for the ordinary ones, however they are called."""
    said = text(value).lower()
    return said if said in SERVICE_CLASSES else ""


def mapping(value: object) -> dict[str, Any]:
    """`value` if it is an object, else {}."""
    return value if isinstance(value, dict) else {}
