"""Watches the Batch API of the openai client: the file of requests, the batch made of it, the file of answers.

The custom ids stand in the uploaded file, so an upload is remembered until a batch is made of it in the same
process. Answers are recorded when the agent fetches their file.
"""

from __future__ import annotations

import functools
import json
import os
import re
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from types import ModuleType
from typing import Any

from opentelemetry.util.types import AttributeValue

from sdk_hooks import attributes as names
from sdk_hooks.batches import Answers, submitted
from sdk_hooks.guard import shield
from sdk_hooks.providers.openai_api import ChatCompletions, Embeddings, Responses
from sdk_hooks.providers.report import Api, Report, field, text
from sdk_hooks.runtime import RUNTIME
from sdk_hooks.servers import server_of
from sdk_hooks.wrapping import Wrapped, plain, replace, watching, watching_async

_CHAT = ChatCompletions()
_APIS: dict[str, Api] = {
    "chat.completion": _CHAT,
    "text_completion": ChatCompletions(names.OPERATION_TEXT_COMPLETION),
    "response": Responses(),
    "list": Embeddings(),
}
"""By the `object` of an answer's body."""

KEPT_UPLOADS = 8
KEPT_OUTPUTS = 256
_CUSTOM_ID = re.compile(rb'"custom_id"\s*:\s*("(?:[^"\\]|\\.)*")')
_MODEL = re.compile(rb'"model"\s*:\s*("(?:[^"\\]|\\.)*")')
_RESULTS = {"batch_expired": "expired", "batch_cancelled": "canceled"}

Requests = list[tuple[str, "str | None"]]
_uploads: OrderedDict[str, Requests] = OrderedDict()
"""Requests of uploaded files, by file id, until a batch is made of them."""
_outputs: OrderedDict[str, str] = OrderedDict()
"""Batches, by the ids of the files that hold their answers."""


def wrap_files(module: ModuleType) -> None:
    """Wrap `Files` and `AsyncFiles` in `openai.resources.files`."""
    replace(module.Files, "create", _upload)
    replace(module.AsyncFiles, "create", _upload_async)
    replace(module.Files, "content", lambda original: watching(original, _fetched))
    replace(module.AsyncFiles, "content", lambda original: watching_async(original, _fetched))


def wrap_batches(module: ModuleType) -> None:
    """Wrap `Batches` and `AsyncBatches` in `openai.resources.batches`."""
    replace(module.Batches, "create", lambda original: watching(original, _created))
    replace(module.AsyncBatches, "create", lambda original: watching_async(original, _created))
    for name in ("retrieve", "cancel"):
        replace(module.Batches, name, lambda original: watching(original, _looked_at))
        replace(module.AsyncBatches, name, lambda original: watching_async(original, _looked_at))


def _upload(original: Wrapped) -> Wrapped:
    @functools.wraps(original)
    def create(self: Any, *args: Any, **kwargs: Any) -> Any:
        requests = shield(_requests, kwargs)
        result = original(self, *args, **kwargs)
        shield(_uploaded, requests, result)
        return result

    return create


def _upload_async(original: Callable[..., Awaitable[Any]]) -> Wrapped:
    @functools.wraps(original)
    async def create(self: Any, *args: Any, **kwargs: Any) -> Any:
        requests = shield(_requests, kwargs)
        result = await original(self, *args, **kwargs)
        shield(_uploaded, requests, result)
        return result

    return create


def _requests(kwargs: dict[str, Any]) -> Requests | None:
    """Custom id and model of each line that is about to be uploaded; None for any other file."""
    if not RUNTIME.active or kwargs.get("purpose") != "batch":
        return None
    found: Requests = []
    for line in _bytes(kwargs.get("file")).splitlines():
        if custom_id := _CUSTOM_ID.search(line):
            model = _MODEL.search(line)
            found.append((json.loads(custom_id[1]), json.loads(model[1]) if model else None))
    return found


def _bytes(file: Any) -> bytes:
    """The content of a file in any form that the client takes; one that can be read only once is left alone."""
    if isinstance(file, tuple):
        file = file[1]
    if isinstance(file, bytes):
        return file
    if isinstance(file, (str, os.PathLike)):
        with open(file, "rb") as opened:
            return opened.read()
    if not file.seekable():
        return b""
    before = file.tell()
    try:
        content = file.read()
    finally:
        file.seek(before)
    return content if isinstance(content, bytes) else b""


def _uploaded(requests: Requests | None, result: Any) -> None:
    file_id = text(field(plain(result), "id"))
    if requests and file_id:
        _uploads[file_id] = requests
        while len(_uploads) > KEPT_UPLOADS:
            _uploads.popitem(last=False)


def _created(client: Any, args: tuple[Any, ...], kwargs: dict[str, Any], result: Any) -> None:
    batch_id = text(field(plain(result), "id"))
    if not RUNTIME.active or batch_id is None:
        return
    requests = _uploads.pop(str(kwargs.get("input_file_id")), [])
    submitted(batch_id, requests, str(server_of(client, _CHAT)[names.PROVIDER_NAME]))


def _looked_at(client: Any, args: tuple[Any, ...], kwargs: dict[str, Any], result: Any) -> None:
    batch = plain(result)
    for name in ("output_file_id", "error_file_id"):
        if file_id := text(field(batch, name)):
            _outputs[file_id] = text(field(batch, "id")) or ""
            _outputs.move_to_end(file_id)
            while len(_outputs) > KEPT_OUTPUTS:
                _outputs.popitem(last=False)


def _fetched(client: Any, args: tuple[Any, ...], kwargs: dict[str, Any], result: Any) -> None:
    """Record the answers in a file; one of a batch that another process made is known by its lines."""
    response = getattr(result, "response", None) or getattr(result, "http_response", None)
    if not RUNTIME.active or response is None or not response.is_closed:
        return
    file_id = str(kwargs.get("file_id", args[0] if args else None))
    content: bytes = response.content
    if (
        file_id not in _outputs
        and not content.startswith(b'{"id": "batch_req_')
        and not content.startswith(b'{"id":"batch_req_')
    ):
        return
    answers = Answers(_outputs.get(file_id, ""))
    server = server_of(client, _CHAT)
    for line in content.splitlines():
        shield(_record, answers, dict(server), line)


def _record(answers: Answers, told: dict[str, AttributeValue], line: bytes) -> None:
    answer = json.loads(line)
    custom_id, response = text(answer.get("custom_id")), answer.get("response") or {}
    if custom_id is None:
        return
    body = response.get("body") or {}
    error = answer.get("error") or body.get("error")
    api = _APIS.get(str(body.get("object")), _CHAT)
    told[names.OPERATION_NAME] = api.operation
    if error or response.get("status_code", 500) >= 400:
        code = text(field(error, "code")) or text(field(error, "type")) or "batch_errored"
        told[names.ERROR_TYPE] = code
        answers.returned(custom_id, _RESULTS.get(code, "errored"), told)
        return
    report = Report()
    api.read_response(body, report)
    told.update(report.told)
    if model := text(body.get("model")):
        told[names.REQUEST_MODEL] = model
    answers.returned(custom_id, "succeeded", told)
