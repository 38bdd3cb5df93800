"""What one call reported: token counts, ids, finish reasons, as far as they are known.

Filled by the readers of the providers from a response or, event by event, from a stream; written to a span
once.
"""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol

from opentelemetry.util.types import AttributeValue

from sdk_hooks import attributes as names


class Extra(NamedTuple):
    """Tokens billed with a call that its totals leave out; `fresh` excludes cached, `write` includes long."""

    fresh: int = 0
    read: int = 0
    write: int = 0
    write_long: int = 0
    output: int = 0


class Report:
    """Everything a call told about itself; None is "not told", 0 is a measured zero.

    `input_tokens` includes cached tokens; a provider that counts them apart gives `fresh_tokens` instead.
    `cache_write_tokens` includes `cache_write_long_tokens`, `output_tokens` includes `reasoning_tokens`.
    """

    __slots__ = (
        "cache_read_tokens",
        "cache_write_long_tokens",
        "cache_write_tokens",
        "complete",
        "error_type",
        "extra",
        "finish_reasons",
        "fresh_tokens",
        "has_content",
        "input_tokens",
        "missing_reason",
        "output_text",
        "output_tokens",
        "reasoning_tokens",
        "response_id",
        "response_model",
        "service_class",
    )

    def __init__(self) -> None:
        self.response_id: str | None = None
        self.response_model: str | None = None
        self.finish_reasons: list[str] = []
        self.fresh_tokens: int | None = None
        self.input_tokens: int | None = None
        self.output_tokens: int | None = None
        self.cache_read_tokens: int | None = None
        self.cache_write_tokens: int | None = None
        self.cache_write_long_tokens: int | None = None
        self.reasoning_tokens: int | None = None
        self.extra: Extra | None = None
        self.service_class: str | None = None
        self.missing_reason: str | None = None
        self.error_type: str | None = None
        self.complete = False
        """Whether the last event of the stream, or the whole response, was seen."""
        self.has_content = False
        """Whether a stream has carried a piece of the answer yet."""
        self.output_text: list[str] | None = None
        """Pieces of the answer's text; collected only when content is recorded."""

    def write(self, attributes: dict[str, AttributeValue]) -> None:
        """Put everything that is known into `attributes`, under the OpenTelemetry names."""
        self._settle()
        for name, value in (
            (names.RESPONSE_ID, self.response_id),
            (names.RESPONSE_MODEL, self.response_model),
            (names.INPUT_TOKENS, self.input_tokens),
            (names.OUTPUT_TOKENS, self.output_tokens),
            (names.CACHE_READ_TOKENS, self.cache_read_tokens),
            (names.CACHE_WRITE_TOKENS, self.cache_write_tokens),
            (names.CACHE_WRITE_LONG_TOKENS, self.cache_write_long_tokens),
            (names.REASONING_TOKENS, self.reasoning_tokens),
            (names.SERVICE_CLASS, self.service_class),
            (names.USAGE_MISSING_REASON, self.missing_reason),
        ):
            if value is not None:
                attributes[name] = value
        if self.finish_reasons:
            attributes[names.FINISH_REASONS] = self.finish_reasons

    def _settle(self) -> None:
        """Fold the extra tokens in and add up the whole input where cached tokens were counted apart."""
        extra, self.extra = self.extra, None
        if extra is not None:
            self.cache_read_tokens = _plus(self.cache_read_tokens, extra.read)
            self.cache_write_tokens = _plus(self.cache_write_tokens, extra.write)
            self.cache_write_long_tokens = _plus(self.cache_write_long_tokens, extra.write_long)
            self.output_tokens = _plus(self.output_tokens, extra.output)
            self.fresh_tokens = _plus(self.fresh_tokens, extra.fresh)
        if self.fresh_tokens is not None:
            cached = (self.cache_read_tokens or 0) + (self.cache_write_tokens or 0)
            self.input_tokens = self.fresh_tokens + cached


def _plus(known: int | None, more: int) -> int | None:
    return (known or 0) + more if more else known


class Api(Protocol):
    """One endpoint of a provider: how its responses and stream events are read."""

    operation: str
    provider: str

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


def text(value: Any) -> str | None:
    """`value` if it is a non-empty string."""
    return value if isinstance(value, str) and value else None


def count(value: Any) -> int | None:
    """`value` if it is a whole number; a bool is none."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None
