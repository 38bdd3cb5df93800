"""Watches Message Batches of the anthropic client: what is submitted, and each result as the agent reads it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from types import ModuleType
from typing import Any

from opentelemetry.util.types import AttributeValue

from sdk_hooks import attributes as names
from sdk_hooks.batches import Answers, submitted
from sdk_hooks.guard import shield
from sdk_hooks.providers.anthropic_messages import AnthropicMessages
from sdk_hooks.providers.report import Report, field, fields, text
from sdk_hooks.runtime import RUNTIME
from sdk_hooks.servers import server_of
from sdk_hooks.wrapping import plain, replace, watching, watching_async

_MESSAGES = AnthropicMessages()


def wrap(module: ModuleType) -> None:
    """Wrap `Batches` and `AsyncBatches` in `anthropic.resources[.beta].messages.batches`."""
    replace(module.Batches, "create", lambda original: watching(original, _created))
    replace(module.Batches, "results", lambda original: watching(original, _results))
    replace(module.AsyncBatches, "create", lambda original: watching_async(original, _created))
    replace(module.AsyncBatches, "results", lambda original: watching_async(original, _results))


def _created(client: Any, args: tuple[Any, ...], kwargs: dict[str, Any], result: Any) -> None:
    requests = kwargs.get("requests")
    batch_id = text(field(plain(result), "id"))
    # An iterable that the client has used up cannot be read again.
    if not RUNTIME.active or batch_id is None or not isinstance(requests, (list, tuple)):
        return
    told = [
        (identifier, text(field(field(one, "params"), "model")))
        for one in requests
        if (identifier := text(field(one, "custom_id")))
    ]
    submitted(batch_id, told, str(server_of(client, _MESSAGES)[names.PROVIDER_NAME]))


def _results(client: Any, args: tuple[Any, ...], kwargs: dict[str, Any], result: Any) -> None:
    batch_id = kwargs.get("message_batch_id", args[0] if args else None)
    if not RUNTIME.active or not isinstance(batch_id, str) or not hasattr(result, "_iterator"):
        return
    reader = _Reader(batch_id, server_of(client, _MESSAGES))
    inner = result._iterator
    result._iterator = _AsyncLines(inner, reader) if hasattr(inner, "__anext__") else _Lines(inner, reader)


class _Reader:
    """Turns result lines of one batch into call spans."""

    def __init__(self, batch_id: str, server: Mapping[str, AttributeValue]) -> None:
        self._answers = Answers(batch_id)
        self._server = server

    def line(self, line: Any) -> None:
        """Record one result."""
        custom_id, result = text(field(line, "custom_id")), field(line, "result")
        kind = text(field(result, "type"))
        if custom_id is None or kind is None:
            return
        told: dict[str, AttributeValue] = {names.OPERATION_NAME: _MESSAGES.operation, **self._server}
        if kind == "succeeded":
            report = Report()
            message = field(result, "message")
            _MESSAGES.read_response(message, report)
            told.update(report.told)
            if model := text(fields(message).get("model")):
                told[names.REQUEST_MODEL] = model
        else:
            error = field(field(result, "error"), "error") or field(result, "error")
            told[names.ERROR_TYPE] = text(field(error, "type")) or f"batch_{kind}"
        self._answers.returned(custom_id, kind, told)


class _Lines:
    def __init__(self, inner: Iterator[Any], reader: _Reader) -> None:
        self._inner = inner
        self._reader = reader

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        line = next(self._inner)
        shield(self._reader.line, line)
        return line


class _AsyncLines:
    def __init__(self, inner: AsyncIterator[Any], reader: _Reader) -> None:
        self._inner = inner
        self._reader = reader

    def __aiter__(self) -> AsyncIterator[Any]:
        return self

    async def __anext__(self) -> Any:
        line = await self._inner.__anext__()
        shield(self._reader.line, line)
        return line
