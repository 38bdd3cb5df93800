"""Group commit: bodies that wait are joined into one insert, and every sender hears after it.

In: checked OTLP bodies. Out: nothing once a body is stored, else why not. Nothing is decoded.
Must never let one bad body cost its neighbours, nor take more than it can hold, nor block the event loop.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from collector.engine.faults import LEDGER_CODES, MEMORY_CODES
from collector.engine.result import EngineError
from collector.errors import CollectorError

log = logging.getLogger("collector.otlp.writer")

MIB = 1024 * 1024
GROUP_BYTES = 32 * MIB
QUEUE_BYTES = 96 * MIB
MOST_LINGERS = 5
RETRY_AFTER_S = 1
ENGINE_RETRY_AFTER_S = 5

# What the statement itself used up; what all statements together did begins with "(total)".
_OWN_MEMORY = ("Query memory limit exceeded", "(for query)")


class NotStored(CollectorError):
    """A body that was not stored. `retry_after_s` says when to try again, None: never, the body is at fault."""

    def __init__(self, message: str, retry_after_s: int | None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class BadBodyRefused(NotStored):
    """The engine could not read this body."""

    def __init__(self, message: str) -> None:
        super().__init__(message, None)


class Overloaded(NotStored):
    """More is waiting than the ledger takes."""


class LedgerUnavailable(NotStored):
    """The ledger cannot store anything now, or is stopping."""


@dataclass(frozen=True)
class _Waiting:
    body: bytes
    stored: "asyncio.Future[None]"


class Writer:
    """Stores bodies with `insert`, a blocking call that takes those of one insert and raises EngineError.

    `lanes` inserts run at once. A group holds at most `group_bytes`, or one body; at most `queue_bytes` wait.
    A lane that was busy lets bodies gather before the next insert, because an insert costs much the same however
    little is in it: until half as many as usual wait and `linger_s` passes without a new one, or MOST_LINGERS times as
    long where fewer wait, a group is full, or `longest_linger_s` is over. Without that half, the first of many senders
    that are answered together came alone.
    """

    def __init__(
        self,
        insert: Callable[[Sequence[bytes]], object],
        *,
        lanes: int = 1,
        group_bytes: int = GROUP_BYTES,
        queue_bytes: int = QUEUE_BYTES,
        linger_s: float = 0.0,
        longest_linger_s: float = 0.5,
    ) -> None:
        self._insert = insert
        self._group_bytes = group_bytes
        self._queue_bytes = queue_bytes
        self._linger_s = linger_s
        self._longest_linger_s = longest_linger_s
        self._lanes = lanes
        self._threads = ThreadPoolExecutor(lanes, thread_name_prefix="ingest")
        self._queue: deque[_Waiting] = deque()
        self._held_bytes = 0
        # Bodies a group, the newest group counting half.
        self._usual = 0.0
        self._arrived = asyncio.Event()
        self._is_stopping = False
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin to store; call on the running loop."""
        loop = asyncio.get_running_loop()
        self._tasks = [loop.create_task(self._work()) for _ in range(self._lanes)]

    async def write(self, body: bytes) -> None:
        """Returns once `body` is stored. Raises NotStored: BadBodyRefused, Overloaded or LedgerUnavailable."""
        if self._is_stopping:
            raise LedgerUnavailable("the collector is stopping", ENGINE_RETRY_AFTER_S)
        if not body:
            return
        if self._held_bytes and self._held_bytes + len(body) > self._queue_bytes:
            raise Overloaded(
                f"{self._held_bytes} bytes are waiting to be stored, {self._queue_bytes} are allowed",
                RETRY_AFTER_S,
            )
        waiting = _Waiting(body, asyncio.get_running_loop().create_future())
        self._held_bytes += len(body)
        self._queue.append(waiting)
        self._arrived.set()
        # Whoever stops waiting does not take the body back: it may be half inserted.
        await asyncio.shield(waiting.stored)

    async def drain(self) -> None:
        """Take nothing more, store what waits, end."""
        self._is_stopping = True
        self._arrived.set()
        await asyncio.gather(*self._tasks)
        self._threads.shutdown()

    async def _work(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            if not self._queue:
                if self._is_stopping:
                    return
                self._arrived.clear()
                await self._arrived.wait()
                if self._linger_s and self._usual > 1:
                    await self._gather(loop.time() + MOST_LINGERS * self._linger_s)
                continue
            group = self._next_group()
            outcomes = await loop.run_in_executor(self._threads, self._store, [each.body for each in group])
            for each, outcome in zip(group, outcomes, strict=True):
                self._held_bytes -= len(each.body)
                _settle(each.stored, outcome)
            self._usual = (self._usual + len(group)) / 2
            if self._linger_s and self._usual > 1:
                await self._gather(loop.time() + self._longest_linger_s)

    async def _gather(self, until_s: float) -> None:
        loop, seen, quiet = asyncio.get_running_loop(), -1, 0
        while self._held_bytes < self._group_bytes and not self._is_stopping and loop.time() < until_s:
            waiting = len(self._queue)
            quiet = quiet + 1 if waiting == seen else 0
            if quiet >= (1 if waiting >= self._usual / 2 else MOST_LINGERS):
                return
            seen = waiting
            await asyncio.sleep(self._linger_s)

    def _next_group(self) -> list[_Waiting]:
        group = [self._queue.popleft()]
        size = len(group[0].body)
        while self._queue and size + len(self._queue[0].body) <= self._group_bytes:
            group.append(self._queue.popleft())
            size += len(group[-1].body)
        return group

    def _store(self, bodies: Sequence[bytes], is_second: bool = False) -> list[NotStored | None]:
        """On a thread: one insert for all; if it fails, one for each, so that a bad body falls alone.

        What a large body needs of memory depends a little on what runs beside it: it is not refused at its first try.
        """
        try:
            self._insert(bodies)
            return [None] * len(bodies)
        except EngineError as error:
            if len(bodies) == 1 or error.code in LEDGER_CODES - MEMORY_CODES:
                outcome = _why(error)
                if error.code in MEMORY_CODES and isinstance(outcome, BadBodyRefused) and not is_second:
                    return self._store(bodies, is_second=True)
                log.warning("insert failed: bodies=%d code=%d %s", len(bodies), error.code, error.name)
                return [outcome] * len(bodies)
        return [self._store([body])[0] for body in bodies]


def _why(error: EngineError) -> NotStored:
    if error.code in MEMORY_CODES and any(words in error.message for words in _OWN_MEMORY):
        return BadBodyRefused(
            "the body asks for more memory than one insert is given: a length in it is wrong, or it holds too many "
            f"spans for one request ({error.name})"
        )
    if error.code in LEDGER_CODES:
        return LedgerUnavailable(f"the ledger cannot store now: {error.name}", ENGINE_RETRY_AFTER_S)
    return BadBodyRefused(f"the body cannot be read: {error.message[:300]} ({error.name})")


def _settle(stored: "asyncio.Future[None]", outcome: NotStored | None) -> None:
    if stored.done():
        return
    if outcome is None:
        stored.set_result(None)
    else:
        stored.set_exception(outcome)
        stored.exception()  # seen: a sender that went away leaves nobody to hear it
