"""One kept-alive HTTP connection to the collector, with a deadline that can be cut short from another thread.

The standard library's client: an HTTP package of its own would be most of what the hooks load.
"""

from __future__ import annotations

import http.client
import os
import socket
import ssl
import time
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from sdk_hooks.endpoint import Endpoint

CONNECT_TIMEOUT_S = 3.0


class Answer(NamedTuple):
    """An HTTP answer; `retry_after_s` where the collector said when to come again."""

    status: int
    retry_after_s: float | None


class Connection:
    """Posts bodies to `endpoint` and reads from its host, over a proxy where the environment names one for it."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._open: http.client.HTTPConnection | None = None
        self._prefix = ""
        self._pid = 0
        self.deadline: float | None = None
        """On `time.monotonic`'s clock; nothing takes longer than until then."""

    def post(self, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Post `body`; a kept connection gone stale is renewed. Raises OSError without an answer in time."""
        return self._ask("POST", self._endpoint.path, body, headers)[0]

    def get(self, path: str, headers: Mapping[str, str]) -> tuple[int, bytes]:
        """Status and body of `path` on the same host. Raises OSError without an answer in time."""
        answer, body = self._ask("GET", path, None, headers)
        return answer.status, body

    def _ask(
        self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]
    ) -> tuple[Answer, bytes]:
        fresh = self._open is None or self._pid != os.getpid()
        try:
            return self._ask_once(method, path, body, headers)
        except (http.client.HTTPException, OSError) as error:
            self.close()
            stale = isinstance(error, (ConnectionError, http.client.BadStatusLine)) and not isinstance(
                error, ConnectionRefusedError
            )
            if fresh or not stale:
                raise error if isinstance(error, OSError) else OSError(repr(error)) from error
        try:
            return self._ask_once(method, path, body, headers)
        except http.client.HTTPException as error:
            self.close()
            raise OSError(repr(error)) from error
        except OSError:
            self.close()
            raise

    def close(self) -> None:
        """Close the connection, if there is one; the next post opens another."""
        connection, self._open = self._open, None
        if connection is not None and self._pid == os.getpid():
            connection.close()

    def abort(self) -> None:
        """Break off the post that another thread is waiting in."""
        connection = self._open
        sock = connection.sock if connection is not None else None
        if sock is not None:
            sock.shutdown(socket.SHUT_RDWR)

    def _ask_once(
        self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]
    ) -> tuple[Answer, bytes]:
        connection = self._connected()
        if connection.sock is not None:
            connection.sock.settimeout(self._left(self._endpoint.timeout_s))
        connection.request(method, self._prefix + path, body=body, headers=dict(headers))
        response = connection.getresponse()
        answer = response.read()
        asked = response.getheader("retry-after")
        return Answer(response.status, float(asked) if asked and asked.isdigit() else None), answer

    def _connected(self) -> http.client.HTTPConnection:
        # A connection inherited by a forked process belongs to its parent.
        if self._open is None or self._pid != os.getpid():
            self._pid = os.getpid()
            self._open = self._connect()
        return self._open

    def _connect(self) -> http.client.HTTPConnection:
        endpoint = self._endpoint
        timeout_s = self._left(min(CONNECT_TIMEOUT_S, endpoint.timeout_s))
        proxy = None if proxy_bypass(endpoint.host) else getproxies().get(endpoint.scheme)
        via = urlsplit(proxy) if proxy else None
        host, port = (via.hostname or "", via.port or 80) if via else (endpoint.host, endpoint.port)
        connection: http.client.HTTPConnection
        self._prefix = ""
        if endpoint.scheme == "https":
            connection = http.client.HTTPSConnection(host, port, timeout=timeout_s, context=self._tls())
            if via:
                connection.set_tunnel(endpoint.host, endpoint.port)
        else:
            connection = http.client.HTTPConnection(host, port, timeout=timeout_s)
            if via:
                self._prefix = f"http://{endpoint.host}:{endpoint.port}"
        connection.connect()
        return connection

    def _tls(self) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=self._endpoint.certificate_file)
        if self._endpoint.client_certificate_file:
            context.load_cert_chain(self._endpoint.client_certificate_file, self._endpoint.client_key_file)
        return context

    def _left(self, timeout_s: float) -> float:
        if self.deadline is None:
            return timeout_s
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("no time left before the process ends")
        return min(timeout_s, left)
