"""HTTP/1 as strangers speak it: uvicorn's protocol, and what it does not take.

In: bytes of a connection. Out: ASGI exchanges. Beyond uvicorn: addresses of up to 1 MiB (its parser ends at 64 KiB),
bodies of requests that offer HTTP/2 (`Upgrade: h2c`, as Java's own client does), no chunks towards HTTP/1.0.
And bounds:
on the size of a head, on the time that a client keeps us waiting, on how many connections there are.
"""

import asyncio
from typing import Any

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from collector.http.open_files import most_connections

MAX_URL_BYTES = 1024 * 1024
"""ClickHouse's http_max_uri_size."""
MAX_HEAD_BYTES = MAX_URL_BYTES + 512 * 1024
"""Address and headers together."""
READ_S = 60.0
"""A client that owes us the rest of a request and sends nothing for so long, or begins none, is let go."""
_PARSED_URL_BYTES = 60_000
_BETWEEN, _HEAD, _BODY = range(3)
_HOP_HEADERS = frozenset((b"connection", b"upgrade", b"http2-settings"))


class StrangersProtocol(HttpToolsProtocol):
    """One connection."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._offers_upgrade = False
        self._stage = _BETWEEN
        self._head_bytes = 0
        self._heard_at = self._waits_since = self.loop.time()
        self._look: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A client is there. Where there are too many, whoever asks nothing for the longest time makes room."""
        super().connection_made(transport)
        self._look = self.loop.call_later(READ_S / 2, self._look_whether_it_sends)
        if len(self.connections) > most_connections():
            idle = [one for one in self.connections if isinstance(one, StrangersProtocol) and one.is_idle]
            min(idle, key=lambda one: one._heard_at, default=self).let_go()

    def connection_lost(self, exc: Exception | None) -> None:
        """The client is gone."""
        if self._look is not None:
            self._look.cancel()
        super().connection_lost(exc)

    @property
    def is_idle(self) -> bool:
        """Whether no request is under way."""
        return self._stage == _BETWEEN and (self.cycle is None or self.cycle.response_complete)

    def let_go(self) -> None:
        """Close the connection; what was not answered is not."""
        if not self.transport.is_closing():
            self.transport.close()

    def data_received(self, data: bytes) -> None:
        """As uvicorn does, but an offer to speak another protocol is passed over, not the body behind it."""
        self._unset_keepalive_if_required()
        self._heard_at = self.loop.time()
        size = len(data)
        while data:
            try:
                self.parser.feed_data(data)
            except httptools.HttpParserUpgrade as error:
                if self.parser.get_method() == b"CONNECT":
                    self.send_400_response("This is no proxy.")
                    return
                data = self._without_offer() + data[error.args[0] :]
                continue
            except httptools.HttpParserError:
                self.send_400_response("Invalid HTTP request received.")
                return
            break
        if self._stage == _HEAD:
            self._head_bytes += size
            if self._head_bytes > MAX_HEAD_BYTES:
                self._refuse(
                    "431 Request Header Fields Too Large", f"A head ends within {MAX_HEAD_BYTES} bytes."
                )

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        self._offers_upgrade = False
        self._stage = _HEAD
        self._head_bytes = 0
        self._waits_since = self.loop.time()

    def on_url(self, url: bytes) -> None:
        """A part of the address."""
        super().on_url(url)
        if len(self.url) > MAX_URL_BYTES:
            raise ValueError(f"the address is longer than {MAX_URL_BYTES} bytes")

    def on_headers_complete(self) -> None:
        """The head is whole."""
        self._offers_upgrade = self.parser.should_upgrade()
        self._stage = _BODY
        if self._offers_upgrade:
            return  # the parser stops here; the request begins anew without the offer
        path, mark, query = self.url.partition(b"?")
        is_long = len(self.url) > _PARSED_URL_BYTES and bool(mark)
        if is_long:
            self.url = path
        super().on_headers_complete()
        if is_long:
            self.scope["query_string"] = query
        if self.scope["http_version"] == "1.0":
            _send_unframed(self.cycle)

    def on_message_complete(self) -> None:
        """The body is whole."""
        if not self._offers_upgrade:
            super().on_message_complete()
            self._stage = _BETWEEN

    def _look_whether_it_sends(self) -> None:
        """Every half READ_S: whether the client owes us something for too long."""
        if self.transport.is_closing():
            return
        now, waited_s = self.loop.time(), 0.0
        if self._stage == _BODY:
            if self.flow.read_paused or not self.cycle.more_body:  # it is us who do not read
                self._heard_at = now
            waited_s = now - self._heard_at
        elif self._stage == _HEAD or self.cycle is None:
            waited_s = now - self._waits_since
        if waited_s < READ_S:
            self._look = self.loop.call_later(READ_S / 2, self._look_whether_it_sends)
        else:
            self._refuse(
                "408 Request Timeout", f"The rest of the request did not come within {READ_S:.0f} s."
            )

    def _refuse(self, status: str, words: str) -> None:
        """Answer, unless that would stand in another answer, and close."""
        cycle = self.cycle
        if self._stage == _BODY:
            may_answer = not cycle.response_started and not self.pipeline
        else:
            may_answer = cycle is None or cycle.response_complete
        if may_answer:
            self.transport.write(
                f"HTTP/1.1 {status}\r\ncontent-type: text/plain; charset=utf-8\r\n"
                f"content-length: {len(words)}\r\nconnection: close\r\n\r\n{words}".encode()
            )
        self.let_go()

    def _without_offer(self) -> bytes:
        """The head that was read, as it would be without the offer; a new parser waits for it."""
        head = [b"%s %s HTTP/1.1" % (self.parser.get_method(), self.url)]
        head += [b"%s: %s" % pair for pair in self.headers if pair[0] not in _HOP_HEADERS]
        if any(name == b"connection" and b"close" in value.lower() for name, value in self.headers):
            head.append(b"connection: close")
        self.parser = httptools.HttpRequestParser(self)
        return b"\r\n".join([*head, b"", b""])


def _send_unframed(cycle: RequestResponseCycle) -> None:
    """Answers of unknown length end with the connection: HTTP/1.0 knows no chunks."""
    framed = cycle.send
    is_unframed = False

    async def send(message: Any) -> None:
        nonlocal is_unframed
        if message["type"] == "http.response.start":
            is_unframed = all(name.lower() != b"content-length" for name, _ in message.get("headers", ()))
            if is_unframed:
                cycle.chunked_encoding = False
        elif is_unframed:
            cycle.expected_content_length = len(message.get("body", b""))
        await framed(message)

    cycle.send = send  # type: ignore[method-assign]
