"""Threads for engine statements: a few at a time, a bounded line of waiting ones.

In: a blocking job. Out: an asyncio future of its result. The event loop never waits for the engine itself.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from collector.engine.result import EngineError

T = TypeVar("T")
WAITING_LIMIT = 100


class Lane:
    """`width` threads that run engine statements; more than WAITING_LIMIT waiting ones are refused."""

    def __init__(self, name: str, width: int) -> None:
        self._threads = ThreadPoolExecutor(width, thread_name_prefix=name)
        self._limit = width + WAITING_LIMIT
        self._under_way = 0

    def run(self, job: Callable[[], T]) -> "asyncio.Future[T]":
        """Start `job` when a thread is free. Raises EngineError (TOO_MANY_SIMULTANEOUS_QUERIES)."""
        if self._under_way >= self._limit:
            raise EngineError(
                202,
                "TOO_MANY_SIMULTANEOUS_QUERIES",
                f"Too many simultaneous queries. Maximum: {self._limit}",
            )
        self._under_way += 1
        future = asyncio.get_running_loop().run_in_executor(self._threads, job)
        future.add_done_callback(self._one_less)
        return future

    def close(self) -> None:
        """Wait for what runs; refuse the rest."""
        self._threads.shutdown(wait=True, cancel_futures=True)

    def _one_less(self, future: "asyncio.Future[T]") -> None:
        self._under_way -= 1
        if not future.cancelled():
            future.exception()  # seen; whoever awaits it gets it too
