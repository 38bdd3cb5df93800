"""What a failed call is called, by clients old and new."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from sdk_hooks.providers.errors import failure_of


class Cancelled(BaseException):
    """As trio gives a call up."""


class APIStatusError(Exception):
    """As anthropic raised it before it told the type itself."""

    def __init__(self, status: int, kind: str | None) -> None:
        super().__init__("the prompt, quoted")
        self.status_code = status
        self.body: Any = {"type": "error", "error": {"type": kind, "message": "..."}} if kind else "<html>"


class RemoteProtocolError(Exception):
    """As httpx calls an answer that breaks off."""


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (APIStatusError(529, "overloaded_error"), "overloaded_error"),
        (APIStatusError(502, None), "502"),
        (RemoteProtocolError(), "connection_error"),
        (ConnectionResetError(), "connection_error"),
        (TimeoutError(), "timeout"),
        (KeyError("secret"), "KeyError"),
    ],
    ids=repr,
)
def test_the_name_of_a_failure(error: BaseException, kind: str) -> None:
    assert failure_of(error).error_type == kind
    assert not failure_of(error).cancelled


@pytest.mark.parametrize(
    "error", [asyncio.CancelledError(), Cancelled(), GeneratorExit(), KeyboardInterrupt()]
)
def test_giving_up_is_no_failure(error: BaseException) -> None:
    assert failure_of(error).cancelled
