"""What one call reported: token counts, ids, finish reasons, as far as they are known.

Filled by the readers of the providers from a response or, event by event, from a stream, under the names that stand
on the span. What is absent was not told; 0 is a measured zero.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from opentelemetry.util.types import AttributeValue

from sdk_hooks.attributes import OUTPUT_TOKENS, RESPONSE_ID, RESPONSE_MODEL, SERVICE_CLASS

LARGEST_COUNT = 2**63 - 1
"""OTLP's integers have 64 bits; one that does not fit would lose every span sent with it."""


class Report:
    """Everything a call told about itself. `told` holds attributes, ready for the span."""

    complete = False
    """Whether the last event of the stream, or the whole response, was seen."""
    has_content = False
    """Whether a stream has carried a piece of the answer yet."""
    missing_reason: str | None = None
    """Why there is no usage, or not all of it."""
    error_type: str | None = None
    """Why the provider says that it failed, in an answer that is no error for the client."""
    output_text: list[str] | None = None
    """Pieces of a streamed answer's text; collected only when content is recorded."""
    exceeds_totals = False
    """Whether more was billed than the provider's own totals say, so that who repeats those says too little."""
    total_input_tokens: int | None = None
    """What those totals say of the input."""
    fresh_tokens: int | None = None
    """Input without cached tokens, of a provider that counts them apart."""

    def __init__(self) -> None:
        self.told: dict[str, AttributeValue] = {}

    @property
    def lacks_usage(self) -> bool:
        """Whether the provider has not told how much it generated."""
        return OUTPUT_TOKENS not in self.told


class Api(Protocol):
    """One endpoint of a provider: how its responses and stream events are read."""

    operation: str
    provider: str
    rate_limit_headers: Mapping[bytes, str]
    """The attribute that each lower-case header of a response fills."""

    def read_response(self, response: Any, report: Report) -> None:
        """Read a whole response, a model of the client or decoded JSON, into `report`."""

    def read_event(self, event: Any, report: Report) -> None:
        """Read one event of a stream into `report`."""

    def absent_usage(self, body: dict[str, Any]) -> str:
        """Why an answered call may have reported no usage, from its request."""


def field(source: Any, name: str) -> Any:
    """`source.name` of a client's model or `source[name]` of decoded JSON; None where it is absent.

    The instance dict is asked first: an absent field costs pydantic's attribute lookup an exception.
    """
    if source is None:
        return None
    if isinstance(source, dict):
        return source.get(name)
    try:
        return source.__dict__[name]
    except (AttributeError, KeyError):
        return getattr(source, name, None)


_NONE: Mapping[str, Any] = {}


def fields(source: Any) -> Mapping[str, Any]:
    """All fields of a client's model or of decoded JSON, for reading several: empty where `source` has none.

    A client passes on what a proxy answers in place of what the API promises: text, a list, nothing.
    """
    if source is None:
        return _NONE
    if isinstance(source, dict):
        return source
    declared: Mapping[str, Any] | None = getattr(source, "__dict__", None)
    if declared is None:
        return _NONE
    # Where the API is newer than the client, pydantic keeps what the model does not declare apart.
    extra = getattr(source, "__pydantic_extra__", None)
    return {**declared, **extra} if extra else declared


def items(value: Any) -> list[Any] | tuple[Any, ...]:
    """`value` if it is a list; empty where it is none."""
    return value if isinstance(value, (list, tuple)) else ()


def read_head(answer: Any, report: Report, service_classes: Mapping[str, str]) -> None:
    """Read id, model and service class, which OpenAI and Gemini's Interactions name alike, into `report`."""
    read, told = fields(answer).get, report.told
    if identifier := text(read("id")):
        told[RESPONSE_ID] = identifier
    if model := text(read("model")):
        told[RESPONSE_MODEL] = model
    if service := service_classes.get(text(read("service_tier")) or ""):
        told[SERVICE_CLASS] = service


def text(value: Any) -> str | None:
    """`value` if it is a non-empty string."""
    return value if isinstance(value, str) and value else None


def count(value: Any) -> int | None:
    """`value` if it is a whole number that fits; a bool is none."""
    return value if type(value) is int and -LARGEST_COUNT <= value <= LARGEST_COUNT else None


def tell(told: dict[str, AttributeValue], name: str, value: Any) -> None:
    """Put a count into `told`, unless it is none; what was told before stays."""
    if type(value) is int and -LARGEST_COUNT <= value <= LARGEST_COUNT:
        told[name] = value
