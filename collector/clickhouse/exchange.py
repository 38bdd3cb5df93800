"""One HTTP exchange of the ClickHouse interface, seen from ASGI: body in, head and chunks out.

In: receive and send of ASGI. Out: unpacked body chunks; an answer that is sent once.
Must notice a client that has gone, so that its query can be stopped.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from typing import Any

from collector.clickhouse.answer import Header, content_type, error_text, header, http_status, summary
from collector.clickhouse.blocks import BlockReader, BlockWriter
from collector.clickhouse.request import Request
from collector.engine.result import EngineError, EngineResult
from collector.errors import CollectorError
from collector.http.body import BodyReader

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

WRITE_S = 300
"""A client that takes nothing for so long gives up its handle."""
QUERY_LIMIT_BYTES = 16 * 1024 * 1024


class ClientGone(CollectorError):
    """The client closed the connection."""


class Exchange:
    """One request and its answer. `version` and `timezone` are the engine's, told in every answer."""

    def __init__(self, request: Request, receive: Receive, send: Send, version: str, timezone: str) -> None:
        self.request = request
        self.version = version
        self._timezone = timezone
        self._receive = receive
        self._send = send
        self._body_ended = False
        self.has_begun = False
        # One iterator for the whole exchange: whoever stops reading halfway leaves the rest to the next.
        self._pieces = self._unpacked()

    def chunks(self) -> AsyncIterator[bytes]:
        """What is left of the body, unpacked. Raises ClientGone, UnknownEncoding, BadBody."""
        return self._pieces

    async def _unpacked(self) -> AsyncIterator[bytes]:
        reader = BodyReader(self.request.headers.get("content-encoding", ""))
        blocks = BlockReader() if self.request.sends_blocks else None
        while not self._body_ended:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise ClientGone("the client went away before its request was complete")
            self._body_ended = not message.get("more_body", False)
            for piece in reader.feed(message.get("body", b"")):
                if blocks is None:
                    yield piece
                    continue
                for plain in blocks.feed(piece):
                    yield plain
        reader.finish()
        if blocks is not None:
            blocks.finish()

    async def text(self, begun: bytes = b"") -> bytes:
        """The rest of the body in one piece, after `begun`. Raises EngineError if too large for a query."""
        parts, size = [begun], len(begun)
        async for piece in self.chunks():
            parts.append(piece)
            size += len(piece)
            if size > QUERY_LIMIT_BYTES:
                raise EngineError(
                    229, "QUERY_IS_TOO_LARGE", f"Query is larger than {QUERY_LIMIT_BYTES} bytes"
                )
        return b"".join(parts)

    def body_ended(self) -> None:
        """Somebody else has read the body."""
        self._body_ended = True

    async def gone(self) -> None:
        """Returns once the client has gone; the body must have been read."""
        while True:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                return

    def watch(self, on_gone: Callable[[], None]) -> "asyncio.Task[None]":
        """Calls `on_gone` if the client goes before the task is cancelled."""

        async def watching() -> None:
            await self.gone()
            on_gone()

        return asyncio.get_running_loop().create_task(watching())

    async def begin(self, status: int, headers: list[Header]) -> None:
        """Send the head."""
        self.has_begun = True
        common = [
            header("X-ClickHouse-Query-Id", self.request.query_id),
            header("X-ClickHouse-Timezone", self._timezone),
            header("X-ClickHouse-Server-Display-Name", "spanledger"),
        ]
        await self._send({"type": "http.response.start", "status": status, "headers": [*headers, *common]})

    async def write(self, chunk: bytes, more: bool = True) -> None:
        """Send a part of the body; returns when the client has taken enough of it. Raises ClientGone."""
        if not chunk and more:
            return
        try:
            async with asyncio.timeout(WRITE_S):
                await self._send({"type": "http.response.body", "body": chunk, "more_body": more})
        except TimeoutError:
            raise ClientGone(f"the client took nothing for {WRITE_S} s") from None

    async def answer(self, status: int, headers: list[Header], body: bytes) -> None:
        """Send a whole answer."""
        await self.begin(status, [*headers, header("Content-Length", str(len(body)))])
        await self.write(b"" if self.request.method == "HEAD" else body, more=False)

    async def answer_done(self, result: EngineResult, fmt: str = "") -> None:
        """Answer a statement that is done; `fmt` only if it produced the result."""
        headers = [header("X-ClickHouse-Summary", summary(result))]
        if fmt:
            headers.append(header("X-ClickHouse-Format", fmt))
        headers.append(header("Content-Type", content_type(fmt or "TabSeparated")))
        data = BlockWriter().feed(result.data) if self.request.wants_blocks else result.data
        await self.answer(200, headers, data)

    async def answer_error(self, error: EngineError) -> None:
        """Answer with a ClickHouse error."""
        headers = [
            header("X-ClickHouse-Exception-Code", str(error.code)),
            header("Content-Type", "text/plain; charset=UTF-8"),
            header("X-ClickHouse-Summary", summary(EngineResult())),
        ]
        if error.code == 194:
            headers.append(header("WWW-Authenticate", 'Basic realm="ClickHouse server HTTP API"'))
        body = error_text(error, self.version).encode() + b"\n"
        with contextlib.suppress(OSError):
            await self.answer(http_status(error.code), headers, body)
