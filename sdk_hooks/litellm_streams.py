"""Watches a stream that is an object with `__next__` or `__anext__`, by giving it a class derived from its own.

For streams that have no inner iterator to watch. The object stays what it is, for `isinstance` too.
"""

from __future__ import annotations

from typing import Any

from sdk_hooks.call import OUTER, Call, dropped
from sdk_hooks.guard import shield

_CALL = "_spanledger_call"
_classes: dict[type[Any], type[Any]] = {}


def watch_object(stream: Any, call: Call) -> None:
    """Have `stream` tell `call` of each piece, and of its end."""
    kind = type(stream)
    watched = _classes.get(kind)
    if watched is None:
        watched = _classes[kind] = _derived(kind)
    vars(stream)[_CALL] = Watching(call)
    stream.__class__ = watched


class Watching:
    """The call of one stream; finishes it when the stream is dropped."""

    def __init__(self, call: Call) -> None:
        self.call = call

    def __del__(self) -> None:
        shield(dropped, self.call)


def _derived(kind: type[Any]) -> type[Any]:
    methods = {"__next__": _next, "__anext__": _anext, "close": _close, "aclose": _aclose}
    members = {name: make(getattr(kind, name)) for name, make in methods.items() if hasattr(kind, name)}
    return type(kind.__name__, (kind,), {**members, "__module__": kind.__module__, "__doc__": kind.__doc__})


def _next(original: Any) -> Any:
    def __next__(self: Any) -> Any:
        call = vars(self)[_CALL].call
        # The request itself may be sent when the first piece is asked for.
        token = OUTER.set(call)
        call.reading = True
        try:
            piece = original(self)
        except BaseException as error:
            shield(_ended, call, error)
            raise
        finally:
            call.reading = False
            OUTER.reset(token)
        shield(call.event, piece)
        return piece

    return __next__


def _anext(original: Any) -> Any:
    async def __anext__(self: Any) -> Any:
        call = vars(self)[_CALL].call
        token = OUTER.set(call)
        call.reading = True
        try:
            piece = await original(self)
        except BaseException as error:
            shield(_ended, call, error)
            raise
        finally:
            call.reading = False
            OUTER.reset(token)
        shield(call.event, piece)
        return piece

    return __anext__


def _close(original: Any) -> Any:
    def close(self: Any) -> Any:
        result = original(self)
        shield(_closed, vars(self)[_CALL].call)
        return result

    return close


def _aclose(original: Any) -> Any:
    async def aclose(self: Any) -> Any:
        result = await original(self)
        shield(_closed, vars(self)[_CALL].call)
        return result

    return aclose


def _closed(call: Call) -> None:
    if not call.reading:
        call.finish("closed_early")


def _ended(call: Call, error: BaseException) -> None:
    if not isinstance(error, (StopIteration, StopAsyncIteration)):
        call.fail(error)
    call.finish("stream_truncated")
