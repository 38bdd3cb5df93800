"""Sends finished spans to the collector: spans to OTLP bytes, bytes over HTTP, on the batch processor's
thread.

A collector that is down or slow costs the agent nothing: what cannot be sent is kept, within a limit, and
tried again ever more rarely. One log line tells of it. Nothing is loaded for it before the first spans are
sent.
"""

from __future__ import annotations

import gzip
import threading
import time
from collections import deque
from collections.abc import Sequence
from typing import Any

from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

from sdk_hooks.endpoint import Endpoint
from sdk_hooks.guard import shield, warn_once
from sdk_hooks.post import Answer, Connection

KEPT_BYTES = 8 * 1024 * 1024
"""How much is kept for a collector that is away; beyond it the oldest spans are lost."""
FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 60.0
RETRIABLE = frozenset({408, 429, 502, 503, 504})


class OtlpExporter(SpanExporter):
    """OTLP/HTTP with protobuf. `export` never raises and, while the collector is away, returns at once."""

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint
        self._connection = Connection(endpoint)
        self._waiting: deque[bytes] = deque()
        self._waiting_bytes = 0
        self._pause_s = 0.0
        self._quiet_until = 0.0
        self._idle = threading.Event()
        self._idle.set()

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Send `spans`, after what is still waiting. Failure means kept for later, or lost and logged."""
        sent = shield(self._export, spans)
        return SpanExportResult.SUCCESS if sent else SpanExportResult.FAILURE

    def shutdown(self) -> None:
        """Try once more to send what is waiting, and close the connection."""
        self._quiet_until = 0.0
        shield(self._send_waiting)
        shield(self._connection.close)

    def force_flush(self, timeout_millis: int = 30000) -> bool:
        """Nothing is held back here while the collector answers."""
        return not self._waiting

    def hurry(self, seconds: float) -> None:
        """The process is about to end: sending may take `seconds` more in all, then what is left is lost."""
        self._connection.deadline = time.monotonic() + seconds
        self._pause_s = max(self._pause_s, LONGEST_PAUSE_S)
        if not self._idle.wait(seconds):
            shield(self._connection.abort)

    def _export(self, spans: Sequence[ReadableSpan]) -> bool:
        self._keep(encode(spans))
        return self._send_waiting()

    def _keep(self, body: bytes) -> None:
        self._waiting.append(body)
        self._waiting_bytes += len(body)
        while self._waiting_bytes > KEPT_BYTES and len(self._waiting) > 1:
            self._drop()

    def _drop(self) -> None:
        self._waiting_bytes -= len(self._waiting.popleft())

    def _send_waiting(self) -> bool:
        """Whether everything is sent."""
        while self._waiting:
            if time.monotonic() < self._quiet_until:
                return False
            if not self._send_one(self._waiting[0]):
                return False
            self._drop()
        return True

    def _send_one(self, body: bytes) -> bool:
        """Whether `body` needs no further try: taken by the collector, or refused by it for good."""
        headers = {"content-type": "application/x-protobuf", **self.endpoint.headers}
        if self.endpoint.gzip:
            body = gzip.compress(body, compresslevel=1)
            headers["content-encoding"] = "gzip"
        self._idle.clear()
        try:
            answer = self._connection.post(body, headers)
        except OSError as error:
            return self._failed(str(error) or type(error).__name__, None)
        finally:
            self._idle.set()
        if answer.status in RETRIABLE:
            return self._failed(f"it answers {answer.status}", answer)
        if answer.status >= 400:
            warn_once("refused", "the collector at %s refuses spans: %s", self.endpoint.url, answer.status)
        self._pause_s = 0.0
        return True

    def _failed(self, why: str, answer: Answer | None) -> bool:
        warn_once(
            "collector",
            "spans cannot be sent to %s (%s); the agent is not affected, and sending is tried again",
            self.endpoint.url,
            why,
        )
        self._pause_s = min(max(self._pause_s * 2, FIRST_PAUSE_S), LONGEST_PAUSE_S)
        asked_s = answer.retry_after_s if answer is not None else None
        self._quiet_until = time.monotonic() + (asked_s if asked_s is not None else self._pause_s)
        return False


def encode(spans: Sequence[ReadableSpan]) -> bytes:
    """`spans` as the bytes of one OTLP `ExportTraceServiceRequest`."""
    # Loads protobuf, which no process needs that never sends a span.
    from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans

    request: Any = encode_spans(spans)
    encoded: bytes = request.SerializePartialToString()
    return encoded
