"""Turns a function into one that runs inside a scope: plain, coroutine, generator and async generator
functions.

A generator is inside its scope only while it runs: what its consumer does between two items is not part of
it.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import AsyncIterator, Callable, Generator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sdk_hooks.scopes import Scope


def decorated(scope: Scope, function: Callable[..., Any]) -> Callable[..., Any]:
    """`function`, each call of which runs inside `scope.fresh()`."""
    if inspect.isasyncgenfunction(function):
        return _async_generator(scope, function)
    if inspect.iscoroutinefunction(function):
        return _coroutine(scope, function)
    if inspect.isgeneratorfunction(function):
        return _generator(scope, function)

    @functools.wraps(function)
    def plain(*args: Any, **kwargs: Any) -> Any:
        with scope.fresh():
            return function(*args, **kwargs)

    return plain


def _coroutine(scope: Scope, function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    async def coroutine(*args: Any, **kwargs: Any) -> Any:
        with scope.fresh():
            return await function(*args, **kwargs)

    return coroutine


def _generator(scope: Scope, function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def generator(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
        with scope.fresh() as opened:
            inner = function(*args, **kwargs)
            step = functools.partial(inner.send, None)
            while True:
                try:
                    item = step()
                except StopIteration as stop:
                    return stop.value
                opened.pause()
                try:
                    step = functools.partial(inner.send, (yield item))
                except GeneratorExit:
                    opened.resume()
                    inner.close()
                    raise
                except BaseException as error:  # noqa: BLE001 - handed on to the generator it is meant for
                    step = functools.partial(inner.throw, error)
                opened.resume()

    return generator


def _async_generator(scope: Scope, function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    async def generator(*args: Any, **kwargs: Any) -> AsyncIterator[Any]:
        with scope.fresh() as opened:
            inner = function(*args, **kwargs)
            step = functools.partial(inner.asend, None)
            while True:
                try:
                    item = await step()
                except StopAsyncIteration:
                    return
                opened.pause()
                try:
                    step = functools.partial(inner.asend, (yield item))
                except GeneratorExit:
                    opened.resume()
                    await inner.aclose()
                    raise
                except BaseException as error:  # noqa: BLE001 - handed on to the generator it is meant for
                    step = functools.partial(inner.athrow, error)
                opened.resume()

    return generator
