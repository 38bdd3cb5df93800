"""Turns a function into one that runs inside a scope: plain, coroutine, generator and async generator
functions.

A generator is inside its scope only while it runs: what its consumer does between two items is not part of
it.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import AsyncIterator, Callable, Generator
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

from sdk_hooks.guard import shield

if TYPE_CHECKING:
    from sdk_hooks.scopes import Scope


def decorated(scope: Scope, function: Callable[..., Any]) -> Callable[..., Any]:
    """`function`, each call of which runs inside a fresh scope like `scope`."""
    if inspect.isasyncgenfunction(function):
        return _async_generator(scope, function)
    if inspect.iscoroutinefunction(function):
        return _coroutine(scope, function)
    if inspect.isgeneratorfunction(function):
        return _generator(scope, function)

    @functools.wraps(function)
    def plain(*args: Any, **kwargs: Any) -> Any:
        with shield(scope._fresh) or nullcontext():
            return function(*args, **kwargs)

    return plain


def _coroutine(scope: Scope, function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    async def coroutine(*args: Any, **kwargs: Any) -> Any:
        with shield(scope._fresh) or nullcontext():
            return await function(*args, **kwargs)

    return coroutine


def _generator(scope: Scope, function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def generator(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
        opened = shield(scope._fresh)
        with opened or nullcontext():
            inner = function(*args, **kwargs)
            step = functools.partial(inner.send, None)
            while True:
                try:
                    item = step()
                except StopIteration as stop:
                    return stop.value
                shield(_pause, opened)
                try:
                    step = functools.partial(inner.send, (yield item))
                except GeneratorExit:
                    shield(_resume, opened)
                    inner.close()
                    raise
                except BaseException as error:  # noqa: BLE001 - handed on to the generator it is meant for
                    step = functools.partial(inner.throw, error)
                shield(_resume, opened)

    return generator


def _async_generator(scope: Scope, function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    async def generator(*args: Any, **kwargs: Any) -> AsyncIterator[Any]:
        opened = shield(scope._fresh)
        with opened or nullcontext():
            inner = function(*args, **kwargs)
            step = functools.partial(inner.asend, None)
            while True:
                try:
                    item = await step()
                except StopAsyncIteration:
                    return
                shield(_pause, opened)
                try:
                    step = functools.partial(inner.asend, (yield item))
                except GeneratorExit:
                    shield(_resume, opened)
                    await inner.aclose()
                    raise
                except BaseException as error:  # noqa: BLE001 - handed on to the generator it is meant for
                    step = functools.partial(inner.athrow, error)
                shield(_resume, opened)

    return generator


def _pause(scope: Scope | None) -> None:
    if scope is not None:
        scope._detach()


def _resume(scope: Scope | None) -> None:
    if scope is not None:
        scope._attach()
