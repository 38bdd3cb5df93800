"""HTTP side of Bedrock's runtime: Converse, ConverseStream, InvokeModel and its stream, errors as AWS tells them.
Signatures are not checked; InvokeModel takes bodies in Claude's format."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from examples.wire import bedrock
from examples.wire.anthropic_messages import read_blocks, read_prompt, write_message
from examples.wire.aws_event_stream import MEDIA_TYPE
from examples.wire.faults import is_cut
from examples.wire.prompt import Exchange, Json, Prompt
from examples.wire.provider import Provider
from examples.wire.reading import BadRequest, as_map, hints_of
from examples.wire.streaming import streamed

_ERRORS = {
    400: "ValidationException",
    403: "MissingAuthenticationTokenException",
    429: "ThrottlingException",
    500: "InternalServerException",
    503: "ServiceUnavailableException",
}


class BedrockRoutes:
    """`/model/{model}/converse`, `/converse-stream`, `/invoke` and `/invoke-with-response-stream`."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider

    def routes(self) -> list[Route]:
        """The routes to mount at the server's root."""
        return [
            Route("/model/{model:path}/converse", self._converse, methods=["POST"]),
            Route("/model/{model:path}/converse-stream", self._converse, methods=["POST"]),
            Route("/model/{model:path}/invoke", self._invoke, methods=["POST"]),
            Route("/model/{model:path}/invoke-with-response-stream", self._invoke, methods=["POST"]),
        ]

    async def _converse(self, request: Request) -> Response:
        model = request.path_params["model"]
        asked = await self._asked(request, lambda body: bedrock.to_messages(model, body))
        if isinstance(asked, Response):
            return asked
        prompt, exchange = asked
        if request.url.path.endswith("-stream"):
            return self._streamed(bedrock.converse_events(exchange), exchange, prompt)
        await asyncio.sleep(exchange.answer.duration_s * self._provider.time_scale)
        return JSONResponse(bedrock.write_converse(exchange))

    async def _invoke(self, request: Request) -> Response:
        model = request.path_params["model"]
        asked = await self._asked(request, lambda body: {**body, "model": model})
        if isinstance(asked, Response):
            return asked
        prompt, exchange = asked
        if request.url.path.endswith("-stream"):
            return self._streamed(bedrock.invoke_events(exchange), exchange, prompt)
        await asyncio.sleep(exchange.answer.duration_s * self._provider.time_scale)
        return JSONResponse(write_message(exchange), headers=bedrock.invoke_headers(exchange))

    async def _asked(
        self, request: Request, to_messages: Callable[[Json], Json]
    ) -> Response | tuple[Prompt, Exchange]:
        account = _account(request)
        if not account:
            return _error(403, "Missing Authentication Token")
        try:
            messages = to_messages(as_map(json.loads(await request.body())))
            prompt, blocks = read_prompt(messages, hints_of(request.headers)), read_blocks(messages)
        except (BadRequest, json.JSONDecodeError) as error:
            return _error(400, str(error))
        fault = self._provider.fault(prompt)
        if fault is not None:
            return _error(503 if fault.status == 529 else fault.status, "Try again later.")
        return prompt, self._provider.exchange_claude(prompt, blocks, account, "standard")

    def _streamed(self, parts: Sequence[bytes], exchange: Exchange, prompt: Prompt) -> Response:
        stream = streamed(parts, exchange.answer, is_cut(prompt), self._provider.time_scale)
        return StreamingResponse(stream, media_type=MEDIA_TYPE)


def _account(request: Request) -> str:
    """The access key in AWS's signature, which alone stays the same from call to call."""
    return request.headers.get("authorization", "").partition("Credential=")[2].partition("/")[0]


def _error(status: int, message: str) -> JSONResponse:
    name = _ERRORS.get(status, "InternalServerException")
    return JSONResponse({"message": message}, status, {"x-amzn-errortype": name})
