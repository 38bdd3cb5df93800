"""OTLP over HTTP: export requests in protobuf or JSON, answered by the OTLP specification.

In: HTTP requests. Out: bodies handed to the intake; answers in the encoding of the request.
Source: https://opentelemetry.io/docs/specs/otlp/#otlphttp
"""

import asyncio
import hmac
import json
import logging
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

from google.rpc.code_pb2 import (
    INVALID_ARGUMENT,
    NOT_FOUND,
    RESOURCE_EXHAUSTED,
    UNAUTHENTICATED,
    UNAVAILABLE,
    UNIMPLEMENTED,
)
from google.rpc.status_pb2 import Status

from collector.errors import CollectorError
from collector.http.body import BadBody, BodyTooLarge, UnknownEncoding, unpack
from collector.http.local_names import is_local_name
from collector.otlp.frames import BrokenFrames
from collector.otlp.holding import HeldBody, Holding
from collector.otlp.intake import LOGS, METRICS, TRACES, Intake, Outcome, response_bytes, response_fields
from collector.otlp.json_form import BadJson
from collector.otlp.spend import PATH as SPEND_PATH
from collector.otlp.spend import BadQuestion, SpendDesk, SpendUnavailable
from collector.otlp.writer import BadBodyRefused, NotStored, Overloaded

log = logging.getLogger("collector.receiver")

Message = MutableMapping[str, Any]
PROTOBUF = "application/x-protobuf"
JSON = "application/json"
_PATHS = {"/v1/traces": TRACES, "/v1/metrics": METRICS, "/v1/logs": LOGS}
_THREAD_FROM_BYTES = 64 * 1024
_UNPACKED_AT_ONCE = 2


class _Refused(CollectorError):
    """An answer other than success."""

    def __init__(
        self, status: int, code: int, message: str, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.headers = headers or {}


class OtlpHttp:
    """The ASGI application. `token` '' asks for none; `max_body_bytes` counts after unpacking.

    With `spend` it also answers what has been spent; `check_host` then refuses Host headers that are no loopback name
    (DNS rebinding), as figures without a token are for this machine only.
    """

    def __init__(
        self,
        intake: Intake,
        *,
        max_body_bytes: int,
        token: str = "",
        spend: SpendDesk | None = None,
        check_host: bool = False,
    ) -> None:
        self._intake = intake
        self._spend = spend
        self._check_host = check_host
        self._limit = max_body_bytes
        self._token = token.encode()
        self._holding = Holding()
        self._unpacking = asyncio.Semaphore(_UNPACKED_AT_ONCE)

    async def __call__(
        self,
        scope: MutableMapping[str, Any],
        receive: Callable[[], Awaitable[Message]],
        send: Callable[[Message], Awaitable[None]],
    ) -> None:
        """One HTTP exchange."""
        if scope["type"] != "http":
            return
        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        content_type = headers.get(b"content-type", "").partition(";")[0].strip().lower()
        try:
            if scope["path"] in ("/healthz", "/") and scope["method"] in ("GET", "HEAD"):
                await _send(send, 200, JSON, b'{"status":"ok"}')
                return
            if self._spend is not None and scope["path"].rstrip("/") == SPEND_PATH:
                await _send(send, 200, JSON, await self._spent(self._spend, scope, headers))
                return
            signal = self._signal(scope, headers, content_type)
            with self._holding.body() as held:
                body = await self._body(headers, receive, held)
                if body is None:
                    return
                outcome = await self._take(signal, content_type, body)
        except Overloaded as error:
            await _send_refusal(send, content_type, _refused_for_now(error))
            return
        except _Refused as refused:
            await _send_refusal(send, content_type, refused)
            return
        await _send_outcome(send, content_type, signal, outcome)

    def _signal(self, scope: Mapping[str, Any], headers: Mapping[bytes, str], content_type: str) -> str:
        """The signal a request is about, once its head is found right. Raises _Refused."""
        signal = _PATHS.get(scope["path"].rstrip("/"))
        if signal is None:
            raise _Refused(
                404, NOT_FOUND, f"there is nothing at {scope['path']}; send to {', '.join(_PATHS)}"
            )
        if scope["method"] != "POST":
            raise _Refused(405, UNIMPLEMENTED, f"send POST, not {scope['method']}", {"Allow": "POST"})
        self._authenticate(headers)
        if content_type not in (PROTOBUF, JSON):
            raise _Refused(
                415, INVALID_ARGUMENT, f"Content-Type {content_type!r} is not OTLP; send {PROTOBUF} or {JSON}"
            )
        return signal

    async def _spent(self, spend: SpendDesk, scope: Mapping[str, Any], headers: Mapping[bytes, str]) -> bytes:
        """The answer to a question about spending. Raises _Refused."""
        if scope["method"] not in ("GET", "HEAD"):
            raise _Refused(405, UNIMPLEMENTED, f"send GET, not {scope['method']}", {"Allow": "GET"})
        if self._check_host and not is_local_name(headers.get(b"host", "")):
            raise _Refused(403, UNAUTHENTICATED, "without a token this address serves loopback names only")
        self._authenticate(headers)
        try:
            return await spend.answer(scope["query_string"].decode("latin-1"))
        except BadQuestion as error:
            raise _Refused(400, INVALID_ARGUMENT, str(error)) from None
        except SpendUnavailable as error:
            raise _Refused(503, UNAVAILABLE, str(error), {"Retry-After": "5"}) from None

    def _authenticate(self, headers: Mapping[bytes, str]) -> None:
        """Raises _Refused without the token, where one is asked for."""
        if self._token:
            scheme, _, token = headers.get(b"authorization", "").partition(" ")
            if scheme.lower() != "bearer" or not hmac.compare_digest(token.strip().encode(), self._token):
                raise _Refused(
                    401, UNAUTHENTICATED, "a bearer token is required", {"WWW-Authenticate": "Bearer"}
                )

    async def _body(
        self, headers: Mapping[bytes, str], receive: Callable[[], Awaitable[Message]], held: HeldBody
    ) -> bytes | None:
        """The whole body, unpacked; None if the sender went away. Raises _Refused, Overloaded."""
        length = headers.get(b"content-length", "")
        if length.isdigit() and int(length) > self._limit:
            raise self._too_large()
        chunks, size = [], 0
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                return None
            chunk = message.get("body", b"")
            size += len(chunk)
            if size > self._limit:
                raise self._too_large()
            held.is_now(size)
            chunks.append(chunk)
            if not message.get("more_body", False):
                break
        body = b"".join(chunks)
        chunks.clear()
        encoding = headers.get(b"content-encoding", "").strip().lower()
        if encoding in ("", "identity"):
            return body
        try:
            unpacked = await self._unpacked(body, encoding)
        except UnknownEncoding as error:
            raise _Refused(
                415, INVALID_ARGUMENT, str(error), {"Accept-Encoding": "gzip, deflate, zstd"}
            ) from None
        except BadBody as error:
            raise _Refused(400, INVALID_ARGUMENT, str(error)) from None
        except BodyTooLarge:
            raise self._too_large() from None
        held.is_now(len(unpacked))
        return unpacked

    async def _unpacked(self, body: bytes, encoding: str) -> bytes:
        """`body` without its encoding; what may take long is done on a thread, few at a time."""
        if len(body) < _THREAD_FROM_BYTES:
            return unpack(body, encoding, self._limit)
        async with self._unpacking:
            return await asyncio.to_thread(unpack, body, encoding, self._limit)

    async def _take(self, signal: str, content_type: str, body: bytes) -> Outcome:
        take = self._intake.take_json if content_type == JSON else self._intake.take_protobuf
        try:
            return await take(signal, body)
        except (BrokenFrames, BadJson, BadBodyRefused) as error:
            raise _Refused(400, INVALID_ARGUMENT, str(error)) from None
        except NotStored as error:
            raise _refused_for_now(error) from None

    def _too_large(self) -> _Refused:
        return _Refused(
            413, INVALID_ARGUMENT, f"the body is larger than {self._limit} bytes (SPANLEDGER_MAX_BODY_BYTES)"
        )


def _refused_for_now(error: NotStored) -> _Refused:
    """To be sent again when the sender has waited."""
    status, code = (429, RESOURCE_EXHAUSTED) if isinstance(error, Overloaded) else (503, UNAVAILABLE)
    return _Refused(status, code, str(error), {"Retry-After": str(error.retry_after_s)})


async def _send_outcome(
    send: Callable[[Message], Awaitable[None]], content_type: str, signal: str, outcome: Outcome
) -> None:
    if content_type == JSON:
        await _send(send, 200, JSON, json.dumps(response_fields(signal, outcome)).encode())
    else:
        await _send(send, 200, PROTOBUF, response_bytes(signal, outcome))


async def _send_refusal(
    send: Callable[[Message], Awaitable[None]], content_type: str, refused: _Refused
) -> None:
    """A google.rpc.Status in the encoding of the request; JSON when that is unknown."""
    if content_type == PROTOBUF:
        body = Status(code=refused.code, message=str(refused)).SerializeToString()
    else:
        content_type = JSON
        body = json.dumps({"code": refused.code, "message": str(refused)}).encode()
    await _send(send, refused.status, content_type, body, refused.headers)


async def _send(
    send: Callable[[Message], Awaitable[None]],
    status: int,
    content_type: str,
    body: bytes,
    headers: Mapping[str, str] | None = None,
) -> None:
    fields = {"content-type": content_type, "content-length": str(len(body)), **(headers or {})}
    encoded = [(name.lower().encode(), value.encode()) for name, value in fields.items()]
    await send({"type": "http.response.start", "status": status, "headers": encoded})
    await send({"type": "http.response.body", "body": body})
