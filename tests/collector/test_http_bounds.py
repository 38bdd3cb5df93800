"""What one client may take of a door: size of a head, time, connections, bytes of bodies. A server in this process."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from collector.http import protocol
from collector.http.open_files import most_connections, raise_open_files
from collector.http.protocol import MAX_HEAD_BYTES
from collector.http.server import HttpServer, listen
from collector.otlp.holding import Holding
from collector.otlp.writer import Overloaded

POST = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\n"


async def _slow_echo(
    scope: Any, receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Awaitable[None]]
) -> None:
    """Answers with the body, after half a second for the body `slow`."""
    body, more = b"", True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        body += message.get("body", b"")
        more = message.get("more_body", False)
    if body == b"slow":
        await asyncio.sleep(0.5)
    await send(
        {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(body))]}
    )
    await send({"type": "http.response.body", "body": body})


@contextlib.asynccontextmanager
async def served() -> AsyncIterator[int]:
    """The port of a server of `_slow_echo`."""
    server = HttpServer(_slow_echo, listen("127.0.0.1", 0, "test", "none"))
    await server.start()
    try:
        yield server.port
    finally:
        await server.stop()


async def talk(port: int, *pieces: bytes) -> bytes:
    """Sends `pieces` and returns all up to the end of the connection, which the other side must close."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    with contextlib.suppress(OSError):
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
    found = b""
    with contextlib.suppress(OSError):
        async with asyncio.timeout(30):
            while chunk := await reader.read(65536):
                found += chunk
    writer.close()
    return found


@pytest.mark.parametrize(
    ("pieces", "status"),
    [
        ((), b"HTTP/1.1 408 "),
        ((b"POST / HT",), b"HTTP/1.1 408 "),
        ((b"POST / HTTP/1.1\r\nHost: x\r\n",), b"HTTP/1.1 408 "),
        ((POST, b"ab"), b"HTTP/1.1 408 "),
    ],
)
def test_whoever_does_not_go_on_is_let_go(
    monkeypatch: pytest.MonkeyPatch, pieces: tuple[bytes, ...], status: bytes
) -> None:
    monkeypatch.setattr(protocol, "READ_S", 0.2)

    async def work() -> bytes:
        async with served() as port:
            return await talk(port, *pieces)

    assert asyncio.run(work()).startswith(status)


def test_whoever_waits_for_us_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "READ_S", 0.1)

    async def work() -> bytes:
        async with served() as port:
            return await talk(
                port, POST + b"slow", POST.replace(b"Host", b"Connection: close\r\nHost") + b"done"
            )

    answers = asyncio.run(work())
    assert answers.count(b"HTTP/1.1 200 OK") == 2
    assert b"\r\n\r\nslow" in answers
    assert answers.endswith(b"\r\n\r\ndone")


@pytest.mark.parametrize("piece", [b"a", b"X-A: a\r\n"])
def test_a_head_without_end_is_refused(piece: bytes) -> None:
    begin = b"GET / HTTP/1.1\r\nX-B: "
    # Not a byte more than it takes: what nobody reads would reset the connection before the answer is seen.
    rest = (piece * MAX_HEAD_BYTES)[: MAX_HEAD_BYTES + 1 - len(begin)]

    async def work() -> bytes:
        async with served() as port:
            return await talk(port, begin, rest)

    assert asyncio.run(work()).startswith(b"HTTP/1.1 431 Request Header Fields Too Large\r\n")


def test_too_many_connections_cost_the_idle_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "most_connections", lambda: 3)

    async def work() -> tuple[bytes, bytes]:
        async with served() as port:
            busy, asker = await asyncio.open_connection("127.0.0.1", port)
            asker.write(POST + b"slow")
            await asyncio.sleep(0.1)
            idle = [await asyncio.open_connection("127.0.0.1", port) for _ in range(6)]
            ended = await asyncio.wait_for(idle[0][0].read(), 30)
            idle[-1][1].write(POST + b"last")
            last = await asyncio.wait_for(idle[-1][0].readuntil(b"last"), 30)
            assert (await asyncio.wait_for(busy.readuntil(b"slow"), 30)).startswith(b"HTTP/1.1 200 OK")
            for _, writer in [(busy, asker), *idle]:
                writer.close()
            return ended, last

    ended, last = asyncio.run(work())
    assert ended == b""
    assert last.startswith(b"HTTP/1.1 200 OK")


def test_connections_leave_the_engine_its_files(monkeypatch: pytest.MonkeyPatch) -> None:
    limits = {"now": (1024, 8192)}
    monkeypatch.setattr("resource.getrlimit", lambda _: limits["now"])
    monkeypatch.setattr("resource.setrlimit", lambda _, wanted: limits.update(now=wanted))
    assert 3 * most_connections() < 1024 - 300
    raise_open_files()
    assert limits["now"] == (8192, 8192)
    assert 2000 < most_connections() < 8192 / 3


def test_huge_bodies_wait_and_ordinary_ones_pass() -> None:
    holding = Holding(limit_bytes=100, ordinary_bytes=10)
    with holding.body() as first, holding.body() as second, holding.body() as third:
        first.is_now(90)
        second.is_now(10)
        with pytest.raises(Overloaded) as raised:
            second.is_now(11)
        assert raised.value.retry_after_s
        third.is_now(10)
        first.is_now(40)
        second.is_now(50)
    with holding.body() as alone:
        alone.is_now(1000)
