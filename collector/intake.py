"""The signals OTLP senders send, and what becomes of each, the same over HTTP and gRPC.

In: the protobuf or JSON body of an export request. Out: an Outcome, or one of the errors of the parts it uses.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceResponse
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceResponse
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from collector.frames import check_frames
from collector.otlp_json import read_json, traces_from_json
from collector.writer import Writer

log = logging.getLogger("collector.receiver")

TRACES, METRICS, LOGS = "traces", "metrics", "logs"
NOT_STORED = "accepted, not stored: SpanLedger keeps traces; call cost is read from spans"

_RESPONSES: Mapping[str, tuple[type, str]] = {
    TRACES: (ExportTraceServiceResponse, "rejected_spans"),
    METRICS: (ExportMetricsServiceResponse, "rejected_data_points"),
    LOGS: (ExportLogsServiceResponse, "rejected_log_records"),
}


@dataclass(frozen=True)
class Outcome:
    """What is told to a sender whose request was taken: how many items were left out, and why or a remark."""

    rejected: int = 0
    message: str = ""


class Intake:
    """Takes export requests of every signal; stores traces with `writer`."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._mentioned: set[str] = set()

    async def take_protobuf(self, signal: str, body: bytes) -> Outcome:
        """Raises BrokenFrames or NotStored."""
        check_frames(body)
        if signal != TRACES:
            return self._set_aside(signal)
        await self._writer.write(body)
        return Outcome()

    async def take_json(self, signal: str, body: bytes) -> Outcome:
        """Raises BadJson or NotStored."""
        if signal != TRACES:
            read_json(body)
            return self._set_aside(signal)
        traces = traces_from_json(body)
        await self._writer.write(traces.body)
        return Outcome(traces.rejected_spans, traces.reason)

    def _set_aside(self, signal: str) -> Outcome:
        if signal not in self._mentioned:
            self._mentioned.add(signal)
            log.info("%s arrive and are not stored; this is said once", signal)
        return Outcome(0, NOT_STORED)


def response_bytes(signal: str, outcome: Outcome) -> bytes:
    """The export response in protobuf; empty when there is nothing to tell."""
    if not outcome.rejected and not outcome.message:
        return b""
    kind, field = _RESPONSES[signal]
    response = kind(partial_success={field: outcome.rejected, "error_message": outcome.message})
    return bytes(response.SerializeToString())


def response_fields(signal: str, outcome: Outcome) -> dict[str, object]:
    """The export response as OTLP/JSON; 64-bit integers are text there."""
    if not outcome.rejected and not outcome.message:
        return {}
    head, *rest = _RESPONSES[signal][1].split("_")
    name = head + "".join(word.title() for word in rest)
    told: dict[str, object] = {name: str(outcome.rejected)} if outcome.rejected else {}
    return {"partialSuccess": {**told, "errorMessage": outcome.message}}
