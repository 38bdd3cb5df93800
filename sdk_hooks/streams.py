"""Watches a stream that a client handed to the agent, without the agent noticing.

Each event is shown to the call on its way through; the call is finished when the stream ends, breaks, is
closed early or is dropped. The stream object, its type and what it yields stay the client's own.
"""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Iterator
from enum import Enum
from typing import Any

from sdk_hooks.call import Call, dropped
from sdk_hooks.guard import shield
from sdk_hooks.raw_bodies import Body, watch_body


class Kind(Enum):
    """What a client returned."""

    WHOLE = "a parsed response"
    OTHER = "what the agent asked for in its place, such as text"
    STREAM = "a stream of events"
    RAW = "a raw response, whose body may be unread"


_kinds: dict[type[Any], Kind] = {}


def kind_of(result: Any) -> Kind:
    """Found once per type: asking a model of the client for what it lacks is dear."""
    kind = _kinds.get(type(result))
    if kind is None:
        if hasattr(type(result), "__stream__"):
            kind = Kind.STREAM
        elif isinstance(result, dict) or any(base.__name__ == "BaseModel" for base in type(result).__mro__):
            kind = Kind.WHOLE
        else:
            kind = Kind.RAW if hasattr(result, "http_response") else Kind.OTHER
        _kinds[type(result)] = kind
    return kind


def watch(result: Any, kind: Kind, call: Call) -> bool:
    """Start watching a stream, or a raw response that the agent has yet to read; False if it is read."""
    if kind is Kind.STREAM:
        watch_stream(result, call)
        return True
    if not result.http_response.is_closed:
        _watch_raw(result, result.http_response, call)
        return True
    return False


def watch_stream(stream: Any, call: Call) -> None:
    """Watch a `Stream` or `AsyncStream`."""
    inner = stream._iterator
    watched = WatchedAsync(inner, call) if hasattr(inner, "__anext__") else Watched(inner, call)
    stream._iterator = watched
    if not call.adopted:
        watch_close(stream.response, call)


class Watched:
    """The iterator inside a `Stream`, watched."""

    def __init__(self, inner: Iterator[Any], call: Call) -> None:
        self._inner = inner
        self._call = call

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        call = self._call
        while True:
            call.reading = True
            try:
                event = next(self._inner)
            except BaseException as error:
                shield(_ended, call, error)
                raise
            finally:
                call.reading = False
            shield(call.event, event)
            if not (call.hide_usage_chunk and shield(_only_usage, event)):
                return event

    def close(self) -> None:
        """Close the inner generator; the call is finished by what it did."""
        close = getattr(self._inner, "close", None)
        if close is not None:
            close()
        shield(self._call.finish, "closed_early")

    def __del__(self) -> None:
        shield(dropped, self._call)


class WatchedAsync:
    """The iterator inside an `AsyncStream`, watched."""

    def __init__(self, inner: AsyncIterator[Any], call: Call) -> None:
        self._inner = inner
        self._call = call

    def __aiter__(self) -> AsyncIterator[Any]:
        return self

    async def __anext__(self) -> Any:
        call = self._call
        while True:
            call.reading = True
            try:
                event = await self._inner.__anext__()
            except BaseException as error:
                shield(_ended, call, error)
                raise
            finally:
                call.reading = False
            shield(call.event, event)
            if not (call.hide_usage_chunk and shield(_only_usage, event)):
                return event

    async def aclose(self) -> None:
        """Close the inner generator; the call is finished by what it did."""
        close = getattr(self._inner, "aclose", None)
        if close is not None:
            await close()
        shield(self._call.finish, "closed_early")

    def __del__(self) -> None:
        shield(dropped, self._call)


def _ended(call: Call, error: BaseException) -> None:
    if not isinstance(error, (StopIteration, StopAsyncIteration)):
        call.fail(error)
    call.finish("stream_truncated")


def _only_usage(event: Any) -> bool:
    """Whether this is the chunk that exists only because the hooks asked for usage."""
    return event.usage is not None and not event.choices


def watch_close(response: Any, call: Call) -> None:
    """Finish the call when the agent closes the response, by whatever way it does."""
    close, aclose = response.close, response.aclose

    def watched_close() -> None:
        close()
        shield(_closed, call)

    async def watched_aclose() -> None:
        await aclose()
        shield(_closed, call)

    response.close = watched_close
    response.aclose = watched_aclose


def _closed(call: Call) -> None:
    if not call.reading:
        call.finish("closed_early")


def _watch_raw(result: Any, response: Any, call: Call) -> None:
    """Watch a raw response: parsed to a stream, read in any way, or closed with its body unread."""
    if not call.adopted:
        watch_close(response, call)
    body = watch_body(response, call)
    parse = result.parse

    if inspect.iscoroutinefunction(parse):

        async def watched_async_parse(**options: Any) -> Any:
            parsed = await parse(**options)
            shield(_parsed, parsed, body, call)
            return parsed

        result.parse = watched_async_parse
    else:

        def watched_parse(**options: Any) -> Any:
            parsed = parse(**options)
            shield(_parsed, parsed, body, call)
            return parsed

        result.parse = watched_parse


def _parsed(parsed: Any, body: Body, call: Call) -> None:
    # A second parse gives the same stream again.
    if hasattr(type(parsed), "__stream__") and not isinstance(parsed._iterator, (Watched, WatchedAsync)):
        body.parsed_elsewhere = True
        inner = parsed._iterator
        parsed._iterator = WatchedAsync(inner, call) if hasattr(inner, "__anext__") else Watched(inner, call)
