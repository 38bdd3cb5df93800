"""Reads what a client raised: a short name for `error.type`, the HTTP status, how often the client had
retried.

Knows the shape that the anthropic and openai clients share, and no class of theirs.
"""

from __future__ import annotations

import asyncio
from typing import NamedTuple

from sdk_hooks.providers.report import text

_BY_CLASS = {
    "APITimeoutError": "timeout",
    "APIConnectionError": "connection_error",
    "APIResponseValidationError": "invalid_response",
}


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
    cancelled = isinstance(error, (asyncio.CancelledError, GeneratorExit, KeyboardInterrupt, SystemExit))
    status = getattr(error, "status_code", None)
    status = status if isinstance(status, int) else None
    name = _BY_CLASS.get(type(error).__name__)
    if name is None:
        kind = text(getattr(error, "type", None)) or text(getattr(error, "code", None))
        name = kind or (str(status) if status is not None and status >= 400 else type(error).__name__)
    return Failure(name, status if status is None or status >= 400 else None, _retries(error), cancelled)


def _retries(error: BaseException) -> int | None:
    """Both clients number their tries in a request header, which the error still holds."""
    headers = getattr(getattr(error, "request", None), "headers", None)
    number = headers.get("x-stainless-retry-count") if headers is not None else None
    return int(number) if isinstance(number, str) and number.isdigit() else None
