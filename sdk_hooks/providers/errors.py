"""Reads what a client raised: a short name for `error.type`, the HTTP status, how often the client had
retried.

Knows the shapes of the clients' errors (anthropic and openai share one), and no class of theirs.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from sdk_hooks.providers.report import field, text

_BY_CLASS = {
    "APITimeoutError": "timeout",
    "APIConnectionError": "connection_error",
    "APIResponseValidationError": "invalid_response",
}


_BROKEN = (
    "ProtocolError",
    "ReadError",
    "WriteError",
    "CloseError",
    "NetworkError",
    "DisconnectedError",
    "PayloadError",
)
"""How the names of HTTP clients' errors end that tell of a connection that broke."""


class Failure(NamedTuple):
    """What is known of a failed call; `cancelled` when the agent itself gave it up, which is no error."""

    error_type: str
    status_code: int | None
    retries: int | None
    cancelled: bool


def failure_of(error: BaseException) -> Failure:
    """Read `error`.

    `error_type` is the provider's own type where its answer had one ("rate_limit_error"), else the status
    code, else a name by the kind of failure, else the name of the exception's class.
    """
    # Every way to give a call up, asyncio's, trio's or Ctrl-C, is no `Exception`.
    cancelled = not isinstance(error, Exception)
    answer = getattr(error, "response", None)
    if isinstance(answer, dict):
        return _botocore(error, answer, cancelled)
    code = getattr(error, "code", None)
    status = getattr(error, "status_code", code)
    status = status if type(status) is int else None
    name = _BY_CLASS.get(type(error).__name__)
    if name is None:
        # google-genai has the HTTP status as its code, and the name of it as its status.
        # Older anthropic clients leave the type where the answer had it.
        answered = getattr(error, "body", None)
        inner = field(answered, "error") if isinstance(answered, dict) else None
        told = (getattr(error, "type", None), field(inner, "type"), code, getattr(error, "status", None))
        kind = next((found for value in told if (found := text(value))), None)
        name = kind or (str(status) if status is not None and status >= 400 else _by_name(error))
    return Failure(name, status if status is None or status >= 400 else None, _retries(error), cancelled)


def _botocore(error: BaseException, answer: dict[str, Any], cancelled: bool) -> Failure:
    told, about = answer.get("Error") or {}, answer.get("ResponseMetadata") or {}
    status, retries = about.get("HTTPStatusCode"), about.get("RetryAttempts")
    return Failure(
        text(told.get("Code")) or type(error).__name__,
        status if type(status) is int and status >= 400 else None,
        retries if type(retries) is int else None,
        cancelled,
    )


def _by_name(error: BaseException) -> str:
    name = type(error).__name__
    if "Timeout" in name or "TimedOut" in name:
        return "timeout"
    return "connection_error" if "Connect" in name or name.endswith(_BROKEN) else name


def _retries(error: BaseException) -> int | None:
    """Both clients number their tries in a request header, which the error still holds."""
    headers = getattr(getattr(error, "request", None), "headers", None)
    number = headers.get("x-stainless-retry-count") if headers is not None else None
    return int(number) if isinstance(number, str) and number.isdigit() else None
