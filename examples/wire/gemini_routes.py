"""HTTP side of Gemini's format, as the Gemini API and Vertex AI serve it: routes, errors, streams."""

from __future__ import annotations

import asyncio
import json

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from examples.wire import gemini
from examples.wire.faults import is_cut
from examples.wire.provider import Provider
from examples.wire.reading import BadRequest, as_map, hints_of, maps
from examples.wire.streaming import streamed
from examples.wire.tokens import estimate_tokens, text_of

_STATUSES = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
}


class GeminiRoutes:
    """`/v1beta/models/{model}:{method}` and the same below Vertex AI's paths of projects and publishers."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider

    def routes(self) -> list[Route]:
        """The routes to mount at the server's root."""
        return [
            Route("/v1/models/{call}", self._call, methods=["POST"]),
            Route("/v1beta/models/{call}", self._call, methods=["POST"]),
            Route("/v1beta1/{parent:path}/models/{call}", self._call, methods=["POST"]),
        ]

    async def _call(self, request: Request) -> Response:
        account = request.headers.get("x-goog-api-key") or request.headers.get("authorization", "")
        if not account:
            return _error(401, "API key not valid. Please pass a valid API key.")
        model, _, method = request.path_params["call"].partition(":")
        try:
            body = as_map(json.loads(await request.body()))
            if method in ("embedContent", "batchEmbedContents"):
                return JSONResponse(_embeddings(body))
            if method not in ("generateContent", "streamGenerateContent"):
                return _error(404, f"{method} is not served here")
            prompt = gemini.read_prompt(model, body, hints_of(request.headers))
        except (BadRequest, json.JSONDecodeError) as error:
            return _error(400, str(error))
        fault = self._provider.fault(prompt)
        if fault is not None:
            return _error(503 if fault.status == 529 else fault.status, "The model cannot answer now.")
        exchange = self._provider.exchange_gpt(prompt, gemini.prompt_text(body), account, "standard")
        scale = self._provider.time_scale
        if method == "generateContent":
            await asyncio.sleep(exchange.answer.duration_s * scale)
            return JSONResponse(gemini.write_response(exchange))
        parts = [gemini.encode(chunk) for chunk in gemini.chunks(exchange)]
        stream = streamed(parts, exchange.answer, is_cut(prompt), scale)
        return StreamingResponse(stream, media_type="text/event-stream")


def _embeddings(body: object) -> dict[str, object]:
    asked = maps(as_map(body).get("requests")) or [as_map(body)]
    texts = [text_of(as_map(one.get("content")).get("parts")) for one in asked]
    values = [{"values": [round(len(text) % 7 / 7, 3), 0.5, 0.25]} for text in texts]
    usage = {"promptTokenCount": sum(estimate_tokens(text) for text in texts)}
    return {"embeddings": values, "embedding": values[0], "usageMetadata": usage}


def _error(status: int, message: str) -> JSONResponse:
    error = {"code": status, "message": message, "status": _STATUSES.get(status, "UNKNOWN")}
    return JSONResponse({"error": error}, status)
