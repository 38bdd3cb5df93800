"""HTTP/1 as strangers speak it: uvicorn's protocol, and what it does not take.

In: bytes of a connection. Out: ASGI exchanges. Beyond uvicorn: addresses of up to 1 MiB (its parser ends at 64 KiB),
bodies of requests that offer HTTP/2 (`Upgrade: h2c`, as Java's own client does), no chunks towards HTTP/1.0.
"""

from typing import Any

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

MAX_URL_BYTES = 1024 * 1024
"""ClickHouse's http_max_uri_size."""
_PARSED_URL_BYTES = 60_000
_HOP_HEADERS = frozenset((b"connection", b"upgrade", b"http2-settings"))


class StrangersProtocol(HttpToolsProtocol):
    """One connection."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._offers_upgrade = False

    def data_received(self, data: bytes) -> None:
        """As uvicorn does, but an offer to speak another protocol is passed over, not the body behind it."""
        self._unset_keepalive_if_required()
        while data:
            try:
                self.parser.feed_data(data)
                return
            except httptools.HttpParserUpgrade as error:
                if self.parser.get_method() == b"CONNECT":
                    self.send_400_response("This is no proxy.")
                    return
                data = self._without_offer() + data[error.args[0] :]
            except httptools.HttpParserError:
                self.send_400_response("Invalid HTTP request received.")
                return

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        self._offers_upgrade = False

    def on_url(self, url: bytes) -> None:
        """A part of the address."""
        super().on_url(url)
        if len(self.url) > MAX_URL_BYTES:
            raise ValueError(f"the address is longer than {MAX_URL_BYTES} bytes")

    def on_headers_complete(self) -> None:
        """The head is whole."""
        self._offers_upgrade = self.parser.should_upgrade()
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
