"""HTTP side of the Anthropic format: routes, errors and headers. Decisions lie in the modules beside it."""

from __future__ import annotations

import asyncio
import json

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from examples.wire import anthropic_stream
from examples.wire.anthropic_batches import MessageBatches
from examples.wire.anthropic_messages import read_blocks, read_prompt, write_message
from examples.wire.faults import is_cut
from examples.wire.prompt import Json
from examples.wire.provider import Provider
from examples.wire.reading import BadRequest, as_map, hints_of
from examples.wire.streaming import streamed
from examples.wire.tokens import estimate_tokens

_ERRORS = {
    400: ("invalid_request_error", "Bad request"),
    401: ("authentication_error", "x-api-key header is required"),
    404: ("not_found_error", "Not found"),
    429: ("rate_limit_error", "This request would exceed your organization's rate limit"),
    500: ("api_error", "Internal server error"),
    529: ("overloaded_error", "Overloaded"),
}


class AnthropicRoutes:
    """`/v1/messages`, `/v1/messages/count_tokens` and `/v1/messages/batches`."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider
        self._batches = MessageBatches(provider)

    def routes(self) -> list[Route]:
        """The routes to mount at the server's root."""
        return [
            Route("/v1/messages", self._messages, methods=["POST"]),
            Route("/v1/messages/count_tokens", self._count_tokens, methods=["POST"]),
            Route("/v1/messages/batches", self._create_batch, methods=["POST"]),
            Route("/v1/messages/batches/{number}", self._batch, methods=["GET"]),
            Route("/v1/messages/batches/{number}/cancel", self._cancel_batch, methods=["POST"]),
            Route("/v1/messages/batches/{number}/results", self._batch_results, methods=["GET"]),
        ]

    async def _messages(self, request: Request) -> Response:
        account = _account(request)
        if not account:
            return self._error(401)
        try:
            body = as_map(json.loads(await request.body()))
            prompt, blocks = read_prompt(body, hints_of(request.headers)), read_blocks(body)
        except (BadRequest, json.JSONDecodeError) as error:
            return self._error(400, str(error))
        fault = self._provider.fault(prompt)
        if fault is not None:
            return self._error(fault.status)
        exchange = self._provider.exchange_claude(prompt, blocks, account, "standard")
        headers = self._headers(exchange.id)
        scale = self._provider.time_scale
        if body.get("stream"):
            parts = [anthropic_stream.encode(name, data) for name, data in anthropic_stream.events(exchange)]
            stream = streamed(parts, exchange.answer, is_cut(prompt), scale, fewest=3)
            return StreamingResponse(stream, media_type="text/event-stream", headers=headers)
        await asyncio.sleep(exchange.answer.duration_s * scale)
        return JSONResponse(write_message(exchange), headers=headers)

    async def _count_tokens(self, request: Request) -> Response:
        try:
            body = as_map(json.loads(await request.body()))
            tokens = sum(estimate_tokens(block.text) for block in read_blocks(body))
        except (BadRequest, json.JSONDecodeError) as error:
            return self._error(400, str(error))
        return JSONResponse({"input_tokens": tokens}, headers=self._headers("count"))

    async def _create_batch(self, request: Request) -> Response:
        account = _account(request)
        if not account:
            return self._error(401)
        try:
            body = as_map(json.loads(await request.body()))
            return JSONResponse(self._batches.create(body, account, _base_url(request)))
        except (BadRequest, json.JSONDecodeError) as error:
            return self._error(400, str(error))

    async def _batch(self, request: Request) -> Response:
        return self._found(self._batches.look(request.path_params["number"], _base_url(request)))

    async def _cancel_batch(self, request: Request) -> Response:
        return self._found(self._batches.cancel(request.path_params["number"], _base_url(request)))

    async def _batch_results(self, request: Request) -> Response:
        lines = self._batches.results(request.path_params["number"])
        if lines is None:
            return self._error(404, "The batch has no results yet")
        text = "".join(json.dumps(line) + "\n" for line in lines)
        return Response(text, media_type="application/x-jsonl")

    def _found(self, batch: Json | None) -> Response:
        return self._error(404) if batch is None else JSONResponse(dict(batch))

    def _headers(self, number: str) -> dict[str, str]:
        return {"request-id": f"req_{number}"} | self._provider.limits.anthropic_headers(
            self._provider.clock()
        )

    def _error(self, status: int, message: str = "") -> JSONResponse:
        kind, usual = _ERRORS.get(status, ("api_error", "Error"))
        headers = self._headers("error")
        if status in (429, 529):
            headers["retry-after"] = f"{self._provider.retry_after_s:g}"
        error = {"type": kind, "message": message or usual}
        return JSONResponse({"type": "error", "error": error, "request_id": "req_error"}, status, headers)


def _account(request: Request) -> str:
    return request.headers.get("x-api-key") or request.headers.get("authorization", "")


def _base_url(request: Request) -> str:
    return str(request.base_url).rstrip("/")
