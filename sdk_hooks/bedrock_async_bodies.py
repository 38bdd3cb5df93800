"""Watches the bodies that aiobotocore hands to the agent unread: event streams, and plain bodies.

An event stream stays the client's own object. A plain body is a proxy whose methods cannot be replaced, so the agent
gets one of a class derived from its own.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from sdk_hooks.bedrock_bodies import Dropped, Seen, body_failed, finish_on_close
from sdk_hooks.call import Call, dropped
from sdk_hooks.guard import shield

_derived: dict[type[Any], type[Any]] = {}


def watch_async_events(events: Any, call: Call) -> None:
    """Watch an `AioEventStream`: its raw events tell of its end, its parsed ones what came."""
    events._event_generator = _RawEvents(events._event_generator, call)
    parse = events._parse_event

    async def watched_parse(raw: Any) -> Any:
        try:
            event = await parse(raw)
        except BaseException as error:
            shield(body_failed, call, error)
            raise
        if event:
            shield(call.event, event)
        return event

    events._parse_event = watched_parse
    finish_on_close(events, call)


class _RawEvents:
    """The generator of raw events inside an `AioEventStream`, watched for its end."""

    def __init__(self, inner: AsyncIterator[Any], call: Call) -> None:
        self._inner = inner
        self._call = call

    def __aiter__(self) -> AsyncIterator[Any]:
        return self

    async def __anext__(self) -> Any:
        try:
            return await self._inner.__anext__()
        except StopAsyncIteration:
            shield(self._call.finish, "stream_truncated")
            raise
        except BaseException as error:
            shield(body_failed, self._call, error)
            raise

    def __del__(self) -> None:
        shield(dropped, self._call)


def watch_async_body(body: Any, call: Call) -> Any:
    """Watch a `StreamingBody`; gives what the agent gets in its place, of a class derived from its own."""
    raw, length = body.__wrapped__, body._self_content_length
    seen = Seen(call, length)
    kind = type(body)
    if kind not in _derived:
        _derived[kind] = _watched(kind)
    watched = _derived[kind](raw, length)
    watched._self_seen, watched._self_dropped = seen, Dropped(call)
    read = raw.read

    async def watched_read() -> bytes:
        # What `async with body as raw` gives is read by itself.
        whole: bytes = await read()
        shield(seen.piece, whole, None)
        return whole

    raw.read = watched_read
    return watched


def _watched(kind: type[Any]) -> type[Any]:
    async def read(self: Any, amt: int | None = None) -> Any:
        piece = await kind.read(self, amt)
        shield(self._self_seen.piece, piece, amt)
        return piece

    return type(
        kind.__name__, (kind,), {"read": read, "__module__": kind.__module__, "__doc__": kind.__doc__}
    )
