"""Group commit: what waits goes together, what is bad falls alone, nothing is taken that cannot be held."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import pytest

from collector.engine.result import EngineError
from collector.otlp.writer import BadBodyRefused, LedgerUnavailable, NotStored, Overloaded, Writer


class Store:
    """Stands for the engine: remembers inserts, refuses bodies that hold `bad`, waits while `gate` is shut."""

    def __init__(self, code: int = 33) -> None:
        self.inserts: list[bytes] = []
        self.gate = threading.Event()
        self.gate.set()
        self.code = code
        self.bad = b"BAD"

    def insert(self, bodies: Sequence[bytes]) -> None:
        self.gate.wait(10)
        body = b"".join(bodies)
        if self.bad in body:
            raise EngineError(self.code, "CANNOT_READ_ALL_DATA", "cannot read")
        self.inserts.append(body)


def with_writer(
    work: Callable[[Writer, Store], Awaitable[None]], store: Store | None = None, **options: Any
) -> Store:
    """Run `work` with a writer on `store`, then drain it."""
    kept = store or Store()

    async def run() -> None:
        writer = Writer(kept.insert, **options)
        writer.start()
        try:
            await work(writer, kept)
        finally:
            kept.gate.set()
            await writer.drain()

    asyncio.run(run())
    return kept


async def until_busy(writer: Writer, store: Store) -> "asyncio.Task[None]":
    """One body is on its way and stands at the shut gate."""
    store.gate.clear()
    first = asyncio.create_task(writer.write(b"first"))
    await asyncio.sleep(0.05)
    return first


def test_bodies_that_wait_share_one_insert() -> None:
    async def work(writer: Writer, store: Store) -> None:
        first = await until_busy(writer, store)
        rest = [asyncio.create_task(writer.write(b"<%d>" % number)) for number in range(5)]
        await asyncio.sleep(0.05)
        assert not any(task.done() for task in [first, *rest])  # nobody hears before the insert
        store.gate.set()
        await asyncio.gather(first, *rest)

    assert with_writer(work).inserts == [b"first", b"<0><1><2><3><4>"]


def test_a_group_is_bounded_but_takes_one_body_of_any_size() -> None:
    async def work(writer: Writer, store: Store) -> None:
        first = await until_busy(writer, store)
        rest = [
            asyncio.create_task(writer.write(body))
            for body in (b"a" * 6, b"b" * 6, b"c" * 30, b"d" * 4, b"e" * 4)
        ]
        await asyncio.sleep(0.05)
        store.gate.set()
        await asyncio.gather(first, *rest)

    found = with_writer(work, group_bytes=10).inserts
    assert found == [b"first", b"a" * 6, b"b" * 6, b"c" * 30, b"d" * 4 + b"e" * 4]


def test_a_bad_body_falls_alone() -> None:
    async def work(writer: Writer, store: Store) -> None:
        first = await until_busy(writer, store)
        rest = [asyncio.create_task(writer.write(body)) for body in (b"good1", b"BAD", b"good2")]
        await asyncio.sleep(0.05)
        store.gate.set()
        outcomes = await asyncio.gather(first, *rest, return_exceptions=True)
        assert [type(outcome) for outcome in outcomes] == [type(None), type(None), BadBodyRefused, type(None)]

    assert with_writer(work).inserts == [b"first", b"good1", b"good2"]


@pytest.mark.parametrize(
    ("code", "kind"), [(243, LedgerUnavailable), (241, LedgerUnavailable), (436, BadBodyRefused)]
)
def test_whose_fault_it_is(code: int, kind: type[NotStored]) -> None:
    async def work(writer: Writer, store: Store) -> None:
        with pytest.raises(kind) as raised:
            await writer.write(b"BAD")
        assert (raised.value.retry_after_s is None) == (kind is BadBodyRefused)

    with_writer(work, Store(code))


def test_a_body_that_wants_too_much_memory_once_is_stored_at_its_second_try() -> None:
    class Full(Store):
        tries = 0

        def insert(self, bodies: Sequence[bytes]) -> None:
            self.tries += 1
            if self.tries == 1:
                raise EngineError(
                    241, "MEMORY_LIMIT_EXCEEDED", "Query memory limit exceeded: would use 601 MiB"
                )
            super().insert(bodies)

    async def work(writer: Writer, store: Store) -> None:
        await writer.write(b"large")

    assert with_writer(work, Full()).inserts == [b"large"]


def test_too_much_is_refused_at_once_and_later_taken() -> None:
    async def work(writer: Writer, store: Store) -> None:
        first = await until_busy(writer, store)
        second = asyncio.create_task(writer.write(b"x" * 10))
        await asyncio.sleep(0)
        with pytest.raises(Overloaded) as raised:
            await writer.write(b"y" * 10)
        assert raised.value.retry_after_s
        store.gate.set()
        await asyncio.gather(first, second)
        await writer.write(b"y" * 10)

    assert b"y" * 10 in with_writer(work, queue_bytes=20).inserts


def test_one_body_larger_than_the_queue_still_passes() -> None:
    async def work(writer: Writer, store: Store) -> None:
        await writer.write(b"z" * 100)

    assert with_writer(work, queue_bytes=20).inserts == [b"z" * 100]


def test_draining_stores_what_waits_and_takes_no_more() -> None:
    async def work(writer: Writer, store: Store) -> None:
        first = await until_busy(writer, store)
        second = asyncio.create_task(writer.write(b"second"))
        await asyncio.sleep(0)
        draining = asyncio.create_task(writer.drain())
        await asyncio.sleep(0)
        with pytest.raises(LedgerUnavailable):
            await writer.write(b"late")
        store.gate.set()
        await asyncio.gather(first, second, draining)

    assert with_writer(work).inserts == [b"first", b"second"]


def test_a_sender_that_leaves_does_not_take_its_body_back() -> None:
    async def work(writer: Writer, store: Store) -> None:
        first = await until_busy(writer, store)
        second = asyncio.create_task(writer.write(b"second"))
        await asyncio.sleep(0)
        second.cancel()
        store.gate.set()
        await first

    assert with_writer(work).inserts == [b"first", b"second"]


def test_the_event_loop_stays_free_during_an_insert() -> None:
    async def work(writer: Writer, store: Store) -> None:
        first = await until_busy(writer, store)
        await asyncio.sleep(0.01)
        assert not first.done(), "the loop turned while the insert waited for its gate"
        store.gate.set()
        await first

    with_writer(work)


def test_an_empty_body_needs_no_insert() -> None:
    async def work(writer: Writer, store: Store) -> None:
        await writer.write(b"")

    assert with_writer(work).inserts == []


def test_the_first_of_many_senders_waits_for_the_others() -> None:
    async def work(writer: Writer, store: Store) -> None:
        first = await until_busy(writer, store)
        wave = [asyncio.create_task(writer.write(b"a")) for _ in range(8)]
        await asyncio.sleep(0.05)
        store.gate.set()
        await asyncio.gather(first, *wave)
        early = asyncio.create_task(writer.write(b"b"))
        await asyncio.sleep(0.15)
        assert not early.done(), "answered together, senders come back one by one"
        await asyncio.gather(early, *(writer.write(b"b") for _ in range(7)))

    store = with_writer(work, linger_s=0.1, longest_linger_s=60.0)
    assert store.inserts == [b"first", b"a" * 8, b"b" * 8]


def test_the_last_of_many_senders_does_not_wait_long_for_those_that_went() -> None:
    async def work(writer: Writer, store: Store) -> None:
        first = await until_busy(writer, store)
        wave = [asyncio.create_task(writer.write(b"a")) for _ in range(64)]
        await asyncio.sleep(0.05)
        store.gate.set()
        await asyncio.gather(first, *wave)
        await writer.write(b"b")

    store = with_writer(work, linger_s=0.01, longest_linger_s=600.0)
    assert store.inserts == [b"first", b"a" * 64, b"b"]


def test_a_lone_sender_never_waits_for_others() -> None:
    async def work(writer: Writer, store: Store) -> None:
        for _ in range(5):
            await writer.write(b"x")

    store = with_writer(work, linger_s=60.0, longest_linger_s=60.0)
    assert store.inserts == [b"x"] * 5
