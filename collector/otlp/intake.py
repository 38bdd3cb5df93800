"""The signals OTLP senders send, and what becomes of each, the same over HTTP and gRPC.

In: the protobuf or JSON body of an export request. Out: an Outcome, or one of the errors of the parts it uses.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceResponse
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceResponse
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from collector.otlp.frames import check_frames
from collector.otlp.json_form import FromJson, logs_from_json, metrics_from_json, traces_from_json
from collector.otlp.writer import Writer

log = logging.getLogger("collector.receiver")

_THREAD_FROM_BYTES = 256 * 1024
TRACES, METRICS, LOGS = "traces", "metrics", "logs"
REMARKS: Mapping[str, str] = {
    LOGS: "accepted; log records that tell of a model call become calls, all others are counted and not stored",
    METRICS: "accepted; token and cost metrics of coding agents are kept as a check and never priced, "
    "all others are counted and not stored",
}
"""What a sender of a signal is told besides success."""

_RESPONSES: Mapping[str, tuple[type, str]] = {
    TRACES: (ExportTraceServiceResponse, "rejected_spans"),
    METRICS: (ExportMetricsServiceResponse, "rejected_data_points"),
    LOGS: (ExportLogsServiceResponse, "rejected_log_records"),
}
_FROM_JSON: Mapping[str, Callable[[bytes], FromJson]] = {
    TRACES: traces_from_json,
    METRICS: metrics_from_json,
    LOGS: logs_from_json,
}


@dataclass(frozen=True)
class Outcome:
    """What is told to a sender whose request was taken: how many items were left out, and why or a remark."""

    rejected: int = 0
    message: str = ""


class Intake:
    """Takes export requests of every signal; stores each with its writer."""

    def __init__(self, writers: Mapping[str, Writer]) -> None:
        """`writers` by signal: TRACES, LOGS and METRICS."""
        self._writers = writers
        self._mentioned: set[str] = set()
        self._reading = asyncio.Semaphore(1)

    async def take_protobuf(self, signal: str, body: bytes) -> Outcome:
        """Raises BrokenFrames or NotStored."""
        if len(body) < _THREAD_FROM_BYTES:
            check_frames(body)
        else:  # it may hold millions of frames
            await asyncio.to_thread(check_frames, body)
        await self._writers[signal].write(body)
        return self._taken(signal)

    async def take_json(self, signal: str, body: bytes) -> Outcome:
        """Raises BadJson or NotStored."""
        request = await self._read_json(signal, body)
        await self._writers[signal].write(request.body)
        if request.rejected:
            return Outcome(request.rejected, request.reason)
        return self._taken(signal)

    async def _read_json(self, signal: str, body: bytes) -> FromJson:
        """A long body is read on a thread, so that others are answered, one at a time: it takes ten times its size."""
        if len(body) < _THREAD_FROM_BYTES:
            return _FROM_JSON[signal](body)
        async with self._reading:
            return await asyncio.to_thread(_FROM_JSON[signal], body)

    def _taken(self, signal: str) -> Outcome:
        remark = REMARKS.get(signal, "")
        if remark and signal not in self._mentioned:
            self._mentioned.add(signal)
            log.info("%s arrive: %s; this is said once", signal, remark)
        return Outcome(0, remark)


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
