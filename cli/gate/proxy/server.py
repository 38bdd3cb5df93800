"""The recording proxy: forwards every request as it came, hands every answer on as it comes, records what was used.

In: requests on a loopback port, /RUN/VARIABLE/path. Out: spans, by `record`. Keys pass through and are kept nowhere;
texts are counted and let go. Must never change what a client sees, save for a limit that refuses a call.
"""

import json
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from typing import Any
from urllib.parse import unquote

import httpx
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from cli.gate.counters import counter_of
from cli.gate.proxy import spans, wire
from cli.gate.proxy.mounts import Mount
from sdk_hooks.servers import provider_of_host

CASE_HEADER = "x-spanledger-case"
TIMEOUT_S = 900.0
LONGEST_BODY = 64 * 1024 * 1024
METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]
_OF_THIS_HOP = frozenset(
    (
        "host", "connection", "keep-alive", "proxy-authorization", "proxy-connection", "te", "trailer",
        "transfer-encoding", "upgrade", "content-length", CASE_HEADER,
    )
)  # fmt: skip
_REWRITTEN = _OF_THIS_HOP | {"content-encoding"}

Refusal = Callable[[], str]
"""Why no further call may be sent; empty while calls may."""


class Forwarder:
    """Knows the providers and the runs. `record` takes the key of a run and an export request."""

    def __init__(
        self, mounts: Mapping[str, Mount], record: Callable[[str, bytes], None], refusal: Refusal
    ) -> None:
        self.runs: dict[str, spans.Run] = {}
        self.refused: set[str] = set()
        self._mounts = mounts
        self._record = record
        self._refusal = refusal
        self._open: Counter[str] = Counter()
        self._client: httpx.AsyncClient | None = None

    def is_busy(self, key: str) -> bool:
        """Whether a call of the run is still being answered."""
        return self._open[key] > 0

    def application(self) -> Starlette:
        """The ASGI application."""
        route = Route("/{key}/{variable}/{path:path}", self._forward, methods=METHODS)
        return Starlette(routes=[route], lifespan=self._lifespan)

    @asynccontextmanager
    async def _lifespan(self, _: Starlette) -> AsyncIterator[None]:
        timeout = httpx.Timeout(TIMEOUT_S, connect=30.0)
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=50)
        async with httpx.AsyncClient(timeout=timeout, limits=limits, follow_redirects=False) as self._client:
            yield

    async def _forward(self, request: Request) -> Response:
        mount = self._mounts.get(request.path_params["variable"])
        run = self.runs.get(request.path_params["key"])
        if mount is None or run is None:
            return _error(404, "SpanLedger's proxy has no such run or provider")
        path = "/" + request.path_params["path"]
        api = wire.api_of(request.method, path)
        body = await request.body()
        if api is None:
            return await self._pass(request, mount, path, body)
        if refused := await run_in_threadpool(self._refusal):
            self.refused.add(request.path_params["key"])
            return _error(400, refused)
        asked = wire.json_object(body)
        call = self._begun(api, mount, run, request, asked, path)
        self._open[request.path_params["key"]] += 1
        return await self._recorded(request, mount, path, body, asked, call)

    def _begun(
        self, api: Any, mount: Mount, run: spans.Run, request: Request, asked: dict[str, Any], path: str
    ) -> spans.Recording:
        case = request.headers.get(CASE_HEADER)
        model = wire.asked_model(asked, path)
        return spans.Recording(
            api=api,
            run=replace(run, case=_decoded(case)) if case else run,
            model=model,
            host=mount.host,
            provider=provider_of_host(mount.host) or api.provider,
            is_stream=asked.get("stream") is True or "streamGenerateContent" in path,
            started_ns=time.time_ns(),
            parent=request.headers.get("traceparent", ""),
            segment_tokens=spans.segment_tokens(asked, counter_of(model)),
        )

    async def _pass(self, request: Request, mount: Mount, path: str, body: bytes) -> Response:
        """What is no model call goes through and leaves no trace."""
        try:
            answer = await self._send(request, mount, path, body)
        except httpx.HTTPError as error:
            return _error(502, _unreachable(mount, error))
        return StreamingResponse(_through(answer), answer.status_code, _headers(answer))

    async def _recorded(
        self,
        request: Request,
        mount: Mount,
        path: str,
        body: bytes,
        asked: dict[str, Any],
        call: spans.Recording,
    ) -> Response:
        more = wire.asks_for_usage(call.api, asked)
        try:
            answer = await self._send(
                request, mount, path, body if more is None else json.dumps(more).encode()
            )
            if more is not None and answer.status_code == 400:
                # A provider that does not know the option is asked as the agent asked.
                await answer.aclose()
                more = None
                answer = await self._send(request, mount, path, body)
        except httpx.HTTPError as error:
            call.status, call.error_type = 502, _kind(error)
            self._finish(request, call)
            return _error(502, _unreachable(mount, error))
        call.status = answer.status_code
        is_events = "text/event-stream" in answer.headers.get("content-type", "")
        relay = self._events if is_events and answer.status_code < 400 else self._whole
        return StreamingResponse(
            relay(request, answer, call, more is not None), answer.status_code, _headers(answer)
        )

    async def _events(
        self, request: Request, answer: httpx.Response, call: spans.Recording, hide_usage: bool
    ) -> AsyncIterator[bytes]:
        """Hands events on one by one, reading each."""
        events, report = wire.Events(), call.report
        reason = "closed_early"
        try:
            async for chunk in answer.aiter_bytes():
                for event in events.feed(chunk):
                    found = wire.data_of(event)
                    if found:
                        with suppress(Exception):  # a stream of another shape passes unread
                            call.api.read_event(found, report)
                        if report.has_content and call.first_chunk_s is None:
                            call.first_chunk_s = (time.time_ns() - call.started_ns) / 1e9
                    if not (hide_usage and wire.only_usage(found)):
                        yield event
            reason = "stream_truncated"
            if rest := events.rest():
                yield rest
        except httpx.HTTPError:
            reason = "stream_broken"
            raise
        finally:
            if not report.complete:
                report.missing_reason = report.missing_reason or reason
            self._finish(request, call)
            await answer.aclose()

    async def _whole(
        self, request: Request, answer: httpx.Response, call: spans.Recording, _: bool
    ) -> AsyncIterator[bytes]:
        """Hands the answer on as it comes, and reads it at its end."""
        held, size = [], 0
        reason = "closed_early"
        try:
            async for chunk in answer.aiter_bytes():
                size += len(chunk)
                if size <= LONGEST_BODY:
                    held.append(chunk)
                yield chunk
            reason = ""
        except httpx.HTTPError:
            reason = "stream_broken"
            raise
        finally:
            body = b"".join(held)
            if call.status >= 400:
                call.error_type = wire.error_of(body, call.status)
            elif reason or size > LONGEST_BODY:
                call.report.missing_reason = reason or "body_not_parsed"
            else:
                with suppress(Exception):  # an answer of another shape passes unread
                    wire.read_whole(call.api, body, call.report)
            self._finish(request, call)
            await answer.aclose()

    def _finish(self, request: Request, call: spans.Recording) -> None:
        """Without waiting for anything: a client that is gone cancels whatever waits."""
        key = request.path_params["key"]
        self._record(key, spans.call_span(call, time.time_ns()))
        self._open[key] -= 1

    async def _send(self, request: Request, mount: Mount, path: str, body: bytes) -> httpx.Response:
        assert self._client is not None
        query = f"?{request.url.query}" if request.url.query else ""
        headers = [(name, value) for name, value in request.headers.items() if name not in _OF_THIS_HOP]
        headers = [*((n, v) for n, v in headers if n != "accept-encoding"), ("accept-encoding", "identity")]
        sent = self._client.build_request(
            request.method, f"{mount.origin}{path}{query}", headers=headers, content=body
        )
        return await self._client.send(sent, stream=True)


async def _through(answer: httpx.Response) -> AsyncIterator[bytes]:
    try:
        async for chunk in answer.aiter_bytes():
            yield chunk
    finally:
        await answer.aclose()


def _headers(answer: httpx.Response) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name not in _REWRITTEN}


def _error(status: int, message: str) -> Response:
    """An error in a form that every client shows; 400 is one that none sends again."""
    error = {"type": "invalid_request_error", "code": "spanledger", "message": message}
    return JSONResponse({"type": "error", "error": error}, status)


def _unreachable(mount: Mount, error: httpx.HTTPError) -> str:
    return f"SpanLedger's proxy cannot reach {mount.origin}: {type(error).__name__}"


def _kind(error: httpx.HTTPError) -> str:
    return "timeout" if isinstance(error, httpx.TimeoutException) else "connection_error"


def _decoded(header: str) -> str:
    """Text of a header: UTF-8, percent-encoded or not."""
    return unquote(header.encode("latin-1").decode("utf-8", errors="replace"))
