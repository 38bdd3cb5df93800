"""HTTP side of the OpenAI formats: routes, errors and headers; decisions lie in the modules beside it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from examples.wire import openai_chat, openai_responses, openai_responses_stream
from examples.wire.faults import is_cut
from examples.wire.openai_embeddings import write_embeddings
from examples.wire.openai_responses import ResponseStore
from examples.wire.prompt import Answer, Json
from examples.wire.provider import Provider
from examples.wire.reading import BadRequest, as_map, hints_of
from examples.wire.streaming import streamed

_ERRORS = {
    400: ("invalid_request_error", None, "Bad request"),
    401: ("invalid_request_error", "invalid_api_key", "You didn't provide an API key."),
    429: ("requests", "rate_limit_exceeded", "Rate limit reached. Please try again later."),
    500: ("server_error", None, "The server had an error while processing your request."),
    503: ("server_error", None, "The engine is currently overloaded, please try again later."),
}


class OpenAIRoutes:
    """`/v1/chat/completions`, `/v1/responses` and `/v1/embeddings`."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider
        self._responses = ResponseStore()

    def routes(self) -> list[Route]:
        """The routes to mount at the server's root."""
        return [
            Route("/v1/chat/completions", self._chat, methods=["POST"]),
            Route("/v1/responses", self._respond, methods=["POST"]),
            Route("/v1/embeddings", self._embed, methods=["POST"]),
        ]

    async def _chat(self, request: Request) -> Response:
        account = _account(request)
        if not account:
            return self._error(401)
        try:
            body = as_map(json.loads(await request.body()))
            prompt = openai_chat.read_prompt(body, hints_of(request.headers))
        except (BadRequest, json.JSONDecodeError) as error:
            return self._error(400, str(error))
        fault = self._provider.fault(prompt)
        if fault is not None:
            return self._error(fault.status)
        tier = openai_chat.service_tier(body)
        exchange = self._provider.exchange_gpt(prompt, openai_chat.prompt_text(body), account, tier)
        if not body.get("stream"):
            return await self._whole(openai_chat.write_completion(exchange), exchange.answer, exchange.id)
        include_usage = bool(as_map(body.get("stream_options")).get("include_usage"))
        parts = [openai_chat.encode(chunk) for chunk in openai_chat.chunks(exchange, include_usage)]
        return self._streamed([*parts, openai_chat.DONE], exchange.answer, exchange.id, is_cut(prompt))

    async def _respond(self, request: Request) -> Response:
        account = _account(request)
        if not account:
            return self._error(401)
        try:
            body = as_map(json.loads(await request.body()))
            items = self._responses.items_of(body)
            prompt = openai_responses.read_prompt(body, items, hints_of(request.headers))
        except (BadRequest, json.JSONDecodeError) as error:
            return self._error(400, str(error))
        fault = self._provider.fault(prompt)
        if fault is not None:
            return self._error(fault.status)
        exchange = self._provider.exchange_gpt(
            prompt,
            openai_responses.prompt_text(body, items),
            account,
            openai_chat.service_tier(body),
            openai_responses.cache_ttl(body),
        )
        self._responses.keep(exchange, items)
        if not body.get("stream"):
            whole = openai_responses.write_response(exchange, body)
            return await self._whole(whole, exchange.answer, exchange.id)
        events = openai_responses_stream.events(exchange, body)
        parts = [openai_responses_stream.encode(event) for event in events]
        return self._streamed(parts, exchange.answer, exchange.id, is_cut(prompt))

    async def _embed(self, request: Request) -> Response:
        if not _account(request):
            return self._error(401)
        try:
            body = as_map(json.loads(await request.body()))
            return JSONResponse(write_embeddings(body), headers=self._headers("embeddings"))
        except (BadRequest, json.JSONDecodeError) as error:
            return self._error(400, str(error))

    async def _whole(self, body: Json, answer: Answer, number: str) -> Response:
        await asyncio.sleep(answer.duration_s * self._provider.time_scale)
        return JSONResponse(dict(body), headers=self._headers(number))

    def _streamed(self, parts: Sequence[bytes], answer: Answer, number: str, cut: bool) -> Response:
        stream = streamed(parts, answer, cut, self._provider.time_scale)
        return StreamingResponse(stream, media_type="text/event-stream", headers=self._headers(number))

    def _headers(self, number: str) -> dict[str, str]:
        limits = self._provider.limits.openai_headers(self._provider.clock())
        return {"x-request-id": f"req_{number}", "openai-version": "2020-10-01"} | limits

    def _error(self, status: int, message: str = "") -> JSONResponse:
        status = 503 if status == 529 else status
        kind, code, usual = _ERRORS.get(status, ("server_error", None, "Error"))
        headers = self._headers("error")
        if status in (429, 503):
            headers["retry-after"] = f"{self._provider.retry_after_s:g}"
        error = {"message": message or usual, "type": kind, "param": None, "code": code}
        return JSONResponse({"error": error}, status, headers)


def _account(request: Request) -> str:
    return request.headers.get("authorization", "")
