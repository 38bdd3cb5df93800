"""Watches the bodies that botocore hands to the agent unread: event streams, and plain bodies.

The objects stay botocore's own; what they yield is seen on its way through.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from typing import Any

from sdk_hooks.call import Call, dropped
from sdk_hooks.guard import shield
from sdk_hooks.kept import Kept


def watch_events(events: Any, call: Call) -> None:
    """Watch an `EventStream`: its raw events tell of its end, its parsed ones what came."""
    events._event_generator = _RawEvents(events._event_generator, call)
    parse = events._parse_event

    def watched_parse(raw: Any) -> Any:
        try:
            event = parse(raw)
        except BaseException as error:
            shield(body_failed, call, error)
            raise
        if event:
            shield(call.event, event)
        return event

    events._parse_event = watched_parse
    finish_on_close(events, call)


class _RawEvents:
    """The generator of raw events inside an `EventStream`, watched for its end."""

    def __init__(self, inner: Iterator[Any], call: Call) -> None:
        self._inner = inner
        self._call = call

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        try:
            return next(self._inner)
        except StopIteration:
            shield(self._call.finish, "stream_truncated")
            raise
        except BaseException as error:
            shield(body_failed, self._call, error)
            raise

    def __del__(self) -> None:
        shield(dropped, self._call)


def watch_body(body: Any, call: Call) -> None:
    """Watch a `StreamingBody`: the usage is read from it once the agent has read it whole."""
    read = body.read
    seen = Seen(call, getattr(body, "_content_length", None))

    def watched_read(amt: int | None = None) -> Any:
        try:
            piece = read(amt)
        except BaseException as error:
            shield(body_failed, call, error)
            raise
        shield(seen.piece, piece, amt)
        return piece

    body.read = watched_read
    finish_on_close(body, call)
    for name, pieces in _OTHER_WAYS.items():
        if hasattr(body, name):
            setattr(body, name, _watched_way(getattr(body, name), pieces, seen))
    # Gone with the body, also where the agent reads around it.
    body._spanledger = Dropped(call)


def _filled(result: int, buffer: Any) -> tuple[bytes, int | None]:
    return bytes(memoryview(buffer)[:result]), len(buffer)


def _lines(result: list[bytes]) -> tuple[bytes, int | None]:
    return b"".join(result), None


_OTHER_WAYS: dict[str, Callable[..., tuple[bytes, int | None]]] = {"readinto": _filled, "readlines": _lines}
"""Ways to read that do not go through `read`: what they read, and how much was asked for."""


def _watched_way(
    original: Callable[..., Any], pieces: Callable[..., tuple[bytes, int | None]], seen: Seen
) -> Callable[..., Any]:
    @functools.wraps(original)
    def way(*args: Any) -> Any:
        result = original(*args)
        shield(lambda: seen.piece(*pieces(result, *args)))
        return result

    return way


class Seen:
    """What the agent has read of a body so far, which ends after `length` bytes where that is known."""

    def __init__(self, call: Call, length: Any) -> None:
        self._call = call
        self._length = int(length) if str(length).isdigit() else None
        self._kept = Kept()

    def piece(self, piece: bytes, amt: int | None) -> None:
        """The agent asked for `amt` bytes and got `piece`."""
        call = self._call
        if call.over:
            return
        self._kept.add(piece)
        if amt is None or amt < 0 or (not piece and amt > 0) or self._kept.size == self._length:
            try:
                if (whole := self._kept.whole()) is not None:
                    call.read(whole)
            finally:
                call.finish("body_not_parsed")


class Dropped:
    """Finishes the call once the body it hangs on is gone."""

    def __init__(self, call: Call) -> None:
        self._call = call

    def __del__(self) -> None:
        shield(dropped, self._call)


def finish_on_close(source: Any, call: Call) -> None:
    """Finish the call once the agent closes `source` before its end."""
    close = source.close

    def watched_close() -> None:
        close()
        shield(call.finish, "closed_early")

    source.close = watched_close


def body_failed(call: Call, error: BaseException) -> None:
    """Reading raised."""
    call.fail(error)
    call.finish()
