"""Posts request bodies over OTLP/HTTP, a few at a time, and does what the answers ask.
In: bodies; out: how many spans were taken. A refused body is an error with its status, never dropped."""

from __future__ import annotations

import gzip
import http.client
import queue
import random
import threading
import time
import urllib.parse
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

Progress = Callable[[int, int], None]
IN_FLIGHT = 4
TRIES = 8
TIMEOUT_S = 60.0
_GZIP_LEVEL = 1


class SendError(RuntimeError):
    """The endpoint refused a body for good, or could not be reached; the text names endpoint and status."""


@dataclass(frozen=True)
class Endpoint:
    """Where OTLP/HTTP is received: scheme, host and port; the path is always /v1/traces."""

    scheme: str
    host: str
    port: int
    token: str = ""

    @staticmethod
    def of(address: str, token: str = "") -> Endpoint:
        """Reads `http://host:port`, with or without /v1/traces. Raises ValueError for anything else."""
        parts = urllib.parse.urlsplit(address)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"not an OTLP/HTTP endpoint: {address!r}; expected http://127.0.0.1:4318")
        return Endpoint(parts.scheme, parts.hostname, parts.port or 4318, token)

    def connect(self) -> http.client.HTTPConnection:
        """A connection that stays open between requests."""
        kind = http.client.HTTPSConnection if self.scheme == "https" else http.client.HTTPConnection
        return kind(self.host, self.port, timeout=TIMEOUT_S)

    def __str__(self) -> str:
        return f"{self.scheme}://{self.host}:{self.port}/v1/traces"


def send_all(
    endpoint: Endpoint, bodies: Iterable[tuple[int, bytes]], total: int, progress: Progress | None = None
) -> int:
    """Sends (spans, body) pairs over a few connections; returns the spans that were taken.

    progress is called with (spans taken so far, total) after every body, from one thread at a time.
    Raises SendError when a body is refused or the endpoint stays unreachable.
    """
    lane = _Lane(endpoint, total, progress)
    threads = [threading.Thread(target=lane.run, daemon=True) for _ in range(IN_FLIGHT)]
    for thread in threads:
        thread.start()
    try:
        for item in bodies:
            if lane.error is not None:
                break
            lane.waiting.put(item)
    finally:
        for _ in threads:
            lane.waiting.put(None)
    for thread in threads:
        thread.join()
    if lane.error is not None:
        raise lane.error
    return lane.taken


class _Lane:
    """What the sending threads share; the short queue keeps the encoder from running ahead."""

    def __init__(self, endpoint: Endpoint, total: int, progress: Progress | None) -> None:
        self.waiting: queue.Queue[tuple[int, bytes] | None] = queue.Queue(IN_FLIGHT * 2)
        self.taken = 0
        self.error: Exception | None = None
        self._endpoint = endpoint
        self._total = total
        self._progress = progress
        self._lock = threading.Lock()

    def run(self) -> None:
        connection = self._endpoint.connect()
        while (item := self.waiting.get()) is not None:
            if self.error is not None:
                continue
            spans, body = item
            try:
                connection = _post(self._endpoint, connection, gzip.compress(body, _GZIP_LEVEL, mtime=0))
            except (SendError, OSError, http.client.HTTPException) as error:
                self.error = (
                    error if isinstance(error, SendError) else SendError(f"{self._endpoint}: {error}")
                )
                continue
            with self._lock:
                self.taken += spans
                if self._progress is not None:
                    self._progress(self.taken, self._total)
        connection.close()


def _post(
    endpoint: Endpoint, connection: http.client.HTTPConnection, body: bytes
) -> http.client.HTTPConnection:
    """Posts one body, again after 429 and 503; gives the connection to go on with."""
    headers = {"content-type": "application/x-protobuf", "content-encoding": "gzip"}
    if endpoint.token:
        headers["authorization"] = f"Bearer {endpoint.token}"
    for attempt in range(TRIES):
        try:
            connection.request("POST", "/v1/traces", body, headers)
            answer = connection.getresponse()
            said = answer.read()
        except (OSError, http.client.HTTPException):
            connection.close()
            connection = endpoint.connect()
            if attempt + 1 == TRIES:
                raise
            time.sleep(_pause_s(attempt, None))
            continue
        if answer.status == 200:
            _require_all(endpoint, said)
            return connection
        if answer.status not in (429, 502, 503, 504):
            raise SendError(f"{endpoint} answered {answer.status}: {said[:300].decode('utf-8', 'replace')}")
        time.sleep(_pause_s(attempt, answer.headers.get("retry-after")))
    raise SendError(f"{endpoint} was still busy after {TRIES} tries.")


def _require_all(endpoint: Endpoint, said: bytes) -> None:
    """Raises SendError when the answer says that some spans of the body were not taken."""
    partial = ExportTraceServiceResponse.FromString(said).partial_success
    if partial.rejected_spans:
        raise SendError(f"{endpoint} refused {partial.rejected_spans} spans: {partial.error_message}")


def _pause_s(attempt: int, retry_after: str | None) -> float:
    """Seconds to wait: what the endpoint asks for, else doubling from 0.2 s with some spread."""
    if retry_after is not None and retry_after.strip().isdigit():
        return float(retry_after)
    return float(min(10.0, 0.2 * 2**attempt) * (0.5 + random.random()))
