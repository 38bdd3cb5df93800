"""OTLP over gRPC: the Export methods of every signal, bytes in and bytes out; nothing is decoded.

In: export requests. Out: bodies handed to the intake; gRPC codes by the OTLP specification.
Source: https://opentelemetry.io/docs/specs/otlp/#otlpgrpc
"""

import hmac
from collections.abc import Awaitable, Callable
from typing import Any

import grpc
import grpc.aio
from google.protobuf.duration_pb2 import Duration
from google.rpc.error_details_pb2 import RetryInfo
from google.rpc.status_pb2 import Status

from collector.http.open_files import most_connections
from collector.http.server import PortTaken, listen
from collector.otlp.frames import BrokenFrames
from collector.otlp.intake import LOGS, METRICS, TRACES, Intake, response_bytes
from collector.otlp.writer import BadBodyRefused, NotStored, Overloaded

_SERVICES = {
    "opentelemetry.proto.collector.trace.v1.TraceService": TRACES,
    "opentelemetry.proto.collector.metrics.v1.MetricsService": METRICS,
    "opentelemetry.proto.collector.logs.v1.LogsService": LOGS,
}
_IDLE_MS = 600_000
_HEALTH = "grpc.health.v1.Health"
_SERVING = b"\x08\x01"
"""HealthCheckResponse with status SERVING, for probes of load balancers and Kubernetes."""
Handler = Callable[[bytes, Any], Awaitable[bytes]]


class OtlpGrpc:
    """The gRPC server on `host`:`port`; port 0 takes a free one."""

    def __init__(self, intake: Intake, *, host: str, port: int, max_body_bytes: int, token: str = "") -> None:
        """Raises PortTaken."""
        self._intake = intake
        self._token = token.encode()
        self._server = grpc.aio.server(
            options=[
                ("grpc.max_receive_message_length", max_body_bytes),
                ("grpc.so_reuseport", 0),
                ("grpc.http2.min_recv_ping_interval_without_data_ms", 10_000),
                ("grpc.keepalive_permit_without_calls", 1),
                ("grpc.max_allowed_incoming_connections", most_connections()),
                ("grpc.max_connection_idle_ms", _IDLE_MS),
            ]
        )
        self._server.add_generic_rpc_handlers(
            tuple(
                grpc.method_handlers_generic_handler(
                    service, {"Export": grpc.unary_unary_rpc_method_handler(self._export(signal))}
                )
                for service, signal in _SERVICES.items()
            )
        )
        self._server.add_generic_rpc_handlers(
            (
                grpc.method_handlers_generic_handler(
                    _HEALTH, {"Check": grpc.unary_unary_rpc_method_handler(_healthy)}
                ),
            )
        )
        # gRPC does not say who holds a port; a plain socket does.
        listen(host, port, "OTLP gRPC", "SPANLEDGER_OTLP_GRPC_PORT").close()
        try:
            self.port = int(
                self._server.add_insecure_port(f"[{host}]:{port}" if ":" in host else f"{host}:{port}")
            )
        except RuntimeError as error:
            raise PortTaken(f"cannot listen on {host} port {port} (OTLP gRPC): {error}") from None

    async def start(self) -> None:
        """Begin to serve."""
        await self._server.start()

    async def stop(self, grace_s: float = 20.0) -> None:
        """Take no more, finish what is under way within `grace_s`, close."""
        await self._server.stop(grace_s)

    def _export(self, signal: str) -> Handler:
        async def export(body: bytes, context: Any) -> bytes:
            if not self._is_allowed(context):
                await context.abort(grpc.StatusCode.UNAUTHENTICATED, "a bearer token is required")
            try:
                outcome = await self._intake.take_protobuf(signal, body)
            except (BrokenFrames, BadBodyRefused) as error:
                await context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(error))
                raise AssertionError("abort raises") from None
            except NotStored as error:
                await _abort_for_now(context, error)
                raise AssertionError("abort raises") from None
            return response_bytes(signal, outcome)

        return export

    def _is_allowed(self, context: Any) -> bool:
        if not self._token:
            return True
        found = dict(context.invocation_metadata() or ()).get("authorization", "")
        scheme, _, token = str(found).partition(" ")
        return scheme.lower() == "bearer" and hmac.compare_digest(token.strip().encode(), self._token)


async def _healthy(_body: bytes, _context: Any) -> bytes:
    return _SERVING


async def _abort_for_now(context: Any, error: NotStored) -> None:
    """Senders try again only if RetryInfo tells them when."""
    code = (
        grpc.StatusCode.RESOURCE_EXHAUSTED if isinstance(error, Overloaded) else grpc.StatusCode.UNAVAILABLE
    )
    status = Status(code=code.value[0], message=str(error))
    status.details.add().Pack(RetryInfo(retry_delay=Duration(seconds=error.retry_after_s or 1)))
    await context.abort(code, str(error), (("grpc-status-details-bin", status.SerializeToString()),))
