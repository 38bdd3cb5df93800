"""One JSON request to a receiver, and what its answer means for trying again.

In: an address, a body. Out: None. Raises Refused (never again) or Unavailable (later, perhaps after a stated time).
Never: an address or a header in a message; both may hold a secret.
"""

import http.client
import json
import socket
import ssl
from base64 import b64encode
from collections.abc import Mapping
from contextlib import suppress
from email.utils import parsedate_to_datetime
from threading import Timer
from time import time
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

TIMEOUT_S = 10.0
"""Seconds without a sign of the receiver."""

WHOLE_S = 20.0
"""Seconds for the whole request; one that answers a byte at a time would keep every other receiver waiting."""

LONGEST_WAIT_S = 300.0
AGAIN = frozenset({408, 425, 429})


class DeliveryError(Exception):
    """A delivery did not work; the text says why and holds no secret."""


class Refused(DeliveryError):
    """The receiver will not take this message, however often it is sent."""


class Unavailable(DeliveryError):
    """Trying later may work; `after_s` is when the receiver said, if it did."""

    def __init__(self, text: str, after_s: float | None = None) -> None:
        super().__init__(text)
        self.after_s = after_s


def post_json(url: str, body: Any, headers: Mapping[str, str] | None = None) -> str:
    """POSTs `body`; returns the beginning of the answer. Raises Refused, Unavailable.

    Redirects are not followed: they would carry the message and its headers to another host.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise Refused("the address is not http:// or https:// with a host")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    sent = {
        "Content-Type": "application/json",
        "User-Agent": "spanledger",
        **_credentials(parts),
        **(headers or {}),
    }
    try:
        connection = _connection(parts.scheme, parts.hostname, parts.port)
    except ValueError:
        raise Refused("the port of the address is none") from None
    watch = Timer(WHOLE_S, _cut, (connection,))
    watch.daemon = True
    watch.start()
    try:
        connection.request("POST", path, json.dumps(body).encode(), sent)
        answer = connection.getresponse()
        text = answer.read(2000).decode("utf-8", "replace")
    except ssl.SSLCertVerificationError as error:
        raise Unavailable(f"its certificate is not trusted: {error.verify_message}") from None
    except (OSError, http.client.HTTPException) as error:
        raise Unavailable(f"it does not answer: {type(error).__name__}") from None
    except (ValueError, UnicodeError):
        raise Refused("the address or a header holds a character that is not allowed there") from None
    finally:
        watch.cancel()
        connection.close()
    if 200 <= answer.status < 300:
        return " ".join(text.split())[:200]
    if answer.status in AGAIN or answer.status >= 500:
        raise Unavailable(f"it answered {answer.status}", _retry_after(answer.getheader("Retry-After")))
    raise Refused(f"it answered {answer.status}")


def _credentials(parts: SplitResult) -> dict[str, str]:
    """What http://user:password@host stands for."""
    if not parts.username and not parts.password:
        return {}
    pair = f"{unquote(parts.username or '')}:{unquote(parts.password or '')}"
    return {"Authorization": f"Basic {b64encode(pair.encode()).decode()}"}


def _cut(connection: http.client.HTTPConnection) -> None:
    """Ends what the connection waits for."""
    if connection.sock is not None:
        with suppress(OSError):
            connection.sock.shutdown(socket.SHUT_RDWR)


def _connection(scheme: str, host: str, port: int | None) -> http.client.HTTPConnection:
    if scheme == "https":
        return http.client.HTTPSConnection(
            host, port, timeout=TIMEOUT_S, context=ssl.create_default_context()
        )
    return http.client.HTTPConnection(host, port, timeout=TIMEOUT_S)


def _retry_after(value: str | None) -> float | None:
    if not value:
        return None
    if value.strip().isdigit():
        return min(float(value), LONGEST_WAIT_S)
    try:
        return min(max(0.0, parsedate_to_datetime(value).timestamp() - time()), LONGEST_WAIT_S)
    except (ValueError, OverflowError):
        return None
