"""Lets the context cross threads by itself: a thread or an executor's job starts in the context it was
started from.

asyncio does so already, and so do threads on Pythons that say so (`sys.flags.thread_inherit_context`).
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from opentelemetry import context as otel_context
from opentelemetry.context import Context

from sdk_hooks.guard import shield

_originals: dict[tuple[type[Any], str], Callable[..., Any]] = {}


def carry_across_threads() -> None:
    """Replace `Thread.start` and `ThreadPoolExecutor.submit`; again does nothing."""
    if _originals:
        return
    start: Any = threading.Thread.start
    submit: Any = ThreadPoolExecutor.submit

    @functools.wraps(start)
    def carrying_start(self: threading.Thread) -> None:
        shield(_equip, self)
        start(self)

    @functools.wraps(submit)
    def carrying_submit(
        self: ThreadPoolExecutor, fn: Callable[..., Any], /, *args: Any, **kwargs: Any
    ) -> Future[Any]:
        carried = shield(_carrying, fn, otel_context.get_current())
        future: Future[Any] = submit(self, carried or fn, *args, **kwargs)
        return future

    _replace(threading.Thread, "start", carrying_start)
    _replace(ThreadPoolExecutor, "submit", carrying_submit)


def stop_carrying() -> None:
    """Put the original methods back, except where somebody else has replaced them since."""
    for (owner, name), original in _originals.items():
        if getattr(getattr(owner, name), "__wrapped__", None) is original:
            setattr(owner, name, original)
    _originals.clear()


def _replace(owner: type[Any], name: str, wrapper: Callable[..., Any]) -> None:
    _originals[owner, name] = getattr(owner, name)
    setattr(owner, name, wrapper)


def _equip(thread: threading.Thread) -> None:
    """Have `thread` run in the current context, unless there is none to carry.

    A worker of a pool is left alone: it outlives the job that started it, and jobs carry contexts of their
    own.
    """
    target = vars(thread).get("_target")
    context = otel_context.get_current()
    if context and getattr(target, "__module__", None) != "concurrent.futures.thread":
        vars(thread)["run"] = _carrying(thread.run, context)


def _carrying(function: Callable[..., Any], context: Context) -> Callable[..., Any]:
    @functools.wraps(function)
    def carried(*args: Any, **kwargs: Any) -> Any:
        token = otel_context.attach(context)
        try:
            return function(*args, **kwargs)
        finally:
            otel_context.detach(token)

    return carried
