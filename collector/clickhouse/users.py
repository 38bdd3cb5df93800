"""Who may use the ClickHouse HTTP interface, and from which address book name.

In: a Request. Out: a User, or EngineError (AUTHENTICATION_FAILED, REQUIRED_PASSWORD).
Must never tell a wrong password from an unknown user, by words or by time.
"""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass

from collector.clickhouse.request import Request
from collector.engine.result import EngineError

READER = "default"
WRITER = "collector"


@dataclass(frozen=True)
class User:
    """An authenticated user. Readers change nothing."""

    name: str
    is_reader: bool


class Users:
    """The two users: `default` reads, `collector` writes."""

    def __init__(self, reader_password: str, writer_password: str) -> None:
        self._passwords: Mapping[str, str] = {READER: reader_password, WRITER: writer_password}

    def authenticate(self, request: Request) -> User:
        """The user behind the request. Raises EngineError: 194 nobody is named, 516 it is not that user."""
        if not request.has_credentials:
            raise EngineError(
                194, "REQUIRED_PASSWORD", f"{READER}: Authentication failed: password is required"
            )
        name = request.user
        expected = self._passwords.get(name, "")
        right = hmac.compare_digest(request.password.encode(), (expected or "\0").encode())
        if not expected or not right:
            raise EngineError(
                516,
                "AUTHENTICATION_FAILED",
                f"{name}: Authentication failed: password is incorrect, or there is no user with such name",
            )
        return User(name, is_reader=name == READER)
