"""A local HTTP server that answers with what a test scripted, byte for byte.

One answer a request, in order; keeps the requests. 127.0.0.1, a free port.
"""

from __future__ import annotations

import json
import threading
from collections import deque
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Reply:
    """One answer. `chunks` are sent one by one; `cut` closes the connection before the body's end."""

    status: int = 200
    body: Any = None
    chunks: list[bytes] | None = None
    headers: dict[str, str] = field(default_factory=dict)
    cut: bool = False
    hold: threading.Event | None = None
    """Waited for before the last chunk."""


@dataclass
class Request:
    path: str
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


class ScriptedServer:
    def __init__(self) -> None:
        self.replies: deque[Reply] = deque()
        self.requests: list[Request] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            # Small writes would each wait for the other side's delayed acknowledgement.
            wbufsize = -1
            disable_nagle_algorithm = True

            def do_POST(self) -> None:
                outer.answer(self)

            do_GET = do_POST

            def log_message(self, format: str, *args: Any) -> None:
                return

        class Server(ThreadingHTTPServer):
            def handle_error(self, request: Any, client_address: Any) -> None:
                """A client that hangs up is part of the tests."""

        self._server = Server(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def port(self) -> int:
        return self._server.server_port

    def add(self, *replies: Reply) -> None:
        self.replies.extend(replies)

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        length = int(handler.headers.get("content-length") or 0)
        headers = {name.lower(): value for name, value in handler.headers.items()}
        self.requests.append(Request(handler.path, headers, handler.rfile.read(length)))
        reply = self.replies.popleft() if self.replies else Reply(500, {"error": {"message": "no script"}})
        handler.send_response(reply.status)
        if reply.chunks is None:
            body = json.dumps(reply.body).encode()
            handler.send_header("content-type", "application/json")
            handler.send_header("content-length", str(len(body)))
        else:
            handler.send_header("content-type", "text/event-stream")
            handler.send_header("transfer-encoding", "chunked")
        for name, value in reply.headers.items():
            handler.send_header(name, value)
        handler.end_headers()
        try:
            if reply.chunks is None:
                handler.wfile.write(body)
            else:
                self._stream(handler, reply)
            handler.wfile.flush()
        except OSError:
            handler.close_connection = True

    def _stream(self, handler: BaseHTTPRequestHandler, reply: Reply) -> None:
        chunks = reply.chunks or []
        for number, chunk in enumerate(chunks, 1):
            if reply.hold is not None and number == len(chunks):
                reply.hold.wait(10)
            handler.wfile.write(b"%x\r\n%s\r\n" % (len(chunk), chunk))
            handler.wfile.flush()
        if reply.cut:
            handler.close_connection = True
        else:
            handler.wfile.write(b"0\r\n\r\n")

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
