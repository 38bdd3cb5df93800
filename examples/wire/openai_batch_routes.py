"""HTTP side of OpenAI's files and batches. Decisions lie in the module beside it."""

from __future__ import annotations

import json

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from examples.wire import openai_chat, openai_responses
from examples.wire.openai_batches import OpenAIBatches
from examples.wire.openai_embeddings import write_embeddings
from examples.wire.prompt import Hints, Json
from examples.wire.provider import Provider
from examples.wire.reading import BadRequest, as_map


class OpenAIBatchRoutes:
    """`/v1/files`, its contents, and `/v1/batches`."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider
        self._batches = OpenAIBatches(provider, self._answer)

    def routes(self) -> list[Route]:
        """The routes to mount at the server's root."""
        return [
            Route("/v1/files", self._upload, methods=["POST"]),
            Route("/v1/files/{number}", self._file, methods=["GET"]),
            Route("/v1/files/{number}/content", self._content, methods=["GET"]),
            Route("/v1/batches", self._create, methods=["POST"]),
            Route("/v1/batches/{number}", self._batch, methods=["GET"]),
            Route("/v1/batches/{number}/cancel", self._cancel, methods=["POST"]),
        ]

    async def _upload(self, request: Request) -> Response:
        async with request.form() as form:
            file = form.get("file")
            if not isinstance(file, UploadFile):
                return _error(400, "Missing required parameter: 'file'.")
            content = await file.read()
            return JSONResponse(self._batches.upload(file.filename or "", str(form.get("purpose")), content))

    async def _file(self, request: Request) -> Response:
        return _found(self._batches.file(request.path_params["number"]))

    async def _content(self, request: Request) -> Response:
        content = self._batches.content(request.path_params["number"])
        return _error(404, "No such File object") if content is None else Response(content)

    async def _create(self, request: Request) -> Response:
        try:
            body = as_map(json.loads(await request.body()))
            return JSONResponse(self._batches.create(body, request.headers.get("authorization", "")))
        except (BadRequest, json.JSONDecodeError) as error:
            return _error(400, str(error))

    async def _batch(self, request: Request) -> Response:
        return _found(self._batches.look(request.path_params["number"]))

    async def _cancel(self, request: Request) -> Response:
        return _found(self._batches.cancel(request.path_params["number"]))

    def _answer(self, endpoint: str, body: Json, account: str) -> tuple[int, Json]:
        try:
            if endpoint.endswith("/embeddings"):
                return 200, write_embeddings(body)
            if endpoint.endswith("/responses"):
                items = openai_responses.ResponseStore().items_of(body)
                asked = openai_responses.read_prompt(body, items, Hints())
                text = openai_responses.prompt_text(body, items)
                return 200, openai_responses.write_response(
                    self._provider.exchange_gpt(asked, text, account, "batch"), body
                )
            prompt = openai_chat.read_prompt(body, Hints())
            exchange = self._provider.exchange_gpt(prompt, openai_chat.prompt_text(body), account, "batch")
            return 200, openai_chat.write_completion(exchange)
        except BadRequest as error:
            return 400, {"error": {"message": str(error), "type": "invalid_request_error", "code": None}}


def _found(found: Json | None) -> Response:
    return _error(404, "Not found") if found is None else JSONResponse(dict(found))


def _error(status: int, message: str) -> JSONResponse:
    error = {"message": message, "type": "invalid_request_error", "param": None, "code": None}
    return JSONResponse({"error": error}, status)
