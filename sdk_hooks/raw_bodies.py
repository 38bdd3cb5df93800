"""Watches a response whose body the agent reads by itself: whole, in pieces, by lines, as text or as events.

In: the HTTP response of anthropic's or openai's client, and its call. Every way to read goes through `iter_bytes` or
`aiter_bytes`, whose pieces are read on their way through. What the agent gets is what it would have got.
"""

from __future__ import annotations

import functools
import json
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

from sdk_hooks.call import Call
from sdk_hooks.guard import shield
from sdk_hooks.kept import Kept


def watch_body(response: Any, call: Call) -> Body:
    """Watch the body of `response`, however it is read."""
    body = Body(call)
    watched = _watched(body, response.iter_bytes), _watched_async(body, response.aiter_bytes)
    response.iter_bytes, response.aiter_bytes = watched
    return body


def _watched(body: Body, original: Callable[..., Iterator[bytes]]) -> Callable[..., Iterator[bytes]]:
    @functools.wraps(original)
    def iter_bytes(*args: Any, **kwargs: Any) -> Iterator[bytes]:
        inner = original(*args, **kwargs)
        if body.parsed_elsewhere:
            yield from inner
            return
        while True:
            shield(body.begin)
            try:
                piece = next(inner, None)
                shield(body.seen, piece)
            except Exception as error:
                shield(body.broken, error)
                raise
            finally:
                shield(body.let_go)
            if piece is None:
                return
            yield piece

    return iter_bytes


def _watched_async(
    body: Body, original: Callable[..., AsyncIterator[bytes]]
) -> Callable[..., AsyncIterator[bytes]]:
    @functools.wraps(original)
    async def aiter_bytes(*args: Any, **kwargs: Any) -> AsyncIterator[bytes]:
        inner = original(*args, **kwargs)
        if body.parsed_elsewhere:
            async for piece in inner:
                yield piece
            return
        while True:
            shield(body.begin)
            try:
                part = await anext(inner, None)
                shield(body.seen, part)
            except Exception as error:
                shield(body.broken, error)
                raise
            finally:
                shield(body.let_go)
            if part is None:
                return
            yield part

    return aiter_bytes


class Body:
    """The body of one response, as far as it is read. `parsed_elsewhere` once the client turns it into events."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self._kept = Kept()
        self._data: list[bytes] = []
        self._saw_event = False
        self.parsed_elsewhere = False

    def begin(self) -> None:
        """A piece is asked for: what closes the response now is the client's own reading."""
        self._call.reading = self._call.hold_end = True

    def let_go(self) -> None:
        """End the span of an emitter that saw the body's end before the hooks did."""
        call = self._call
        call.reading = call.hold_end = False
        held, call.held_end = call.held_end, None
        if held is not None:
            held()

    def seen(self, piece: bytes | None) -> None:
        """Read a piece; None is the end."""
        if self._call.over:
            return
        if piece is None:
            self._ended()
        elif self._call.streams:
            self._events(piece)
        else:
            self._kept.add(piece)

    def _events(self, piece: bytes) -> None:
        """Read the server-sent events that are whole by now."""
        lines, newline, rest = piece.rpartition(b"\n")
        if not newline:
            self._kept.add(rest)
            return
        # A line that is too large to keep is no event that tells of usage.
        before = self._kept.take()
        lines = before + lines if before is not None else lines.partition(b"\n")[2]
        self._kept.add(rest)
        for line in lines.split(b"\n"):
            line = line.rstrip(b"\r")
            if line.startswith(b"data:"):
                self._data.append(line[5:].strip())
            elif not line and self._data:
                data, self._data = b"\n".join(self._data), []
                if data != b"[DONE]":
                    self._saw_event = True
                    shield(self._call.event, json.loads(data))

    def _ended(self) -> None:
        call = self._call
        try:
            if call.streams:
                self._events(b"\n\n")
            elif whole := self._kept.whole():
                call.read(json.loads(whole))
        finally:
            call.finish("stream_truncated" if self._saw_event else "body_not_parsed")

    def broken(self, error: Exception) -> None:
        """Reading it raised."""
        self._call.fail(error)
        self._call.finish("stream_broken")
