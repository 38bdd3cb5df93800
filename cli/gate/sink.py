"""Takes OTLP over HTTP from the commands of a suite and keeps it as it came, whatever language sent it.

In: requests on a loopback port, /RUN/v1/traces. Out: files of recorded traces, one a run. Nothing is decoded.
"""

import gzip
import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from collector.otlp.frames import BrokenFrames, check_frames
from collector.otlp.json_form import BadJson, read_json

MOST_BYTES = 64 * 1024 * 1024

Listener = Callable[[bytes, bool], None]
"""Told of every request that is kept or dropped: its body, and whether it is JSON."""


class Sink:
    """Where requests of every run go; `into` names the place of one."""

    def __init__(self, listener: Listener | None = None) -> None:
        self.port = 0
        self._listener = listener
        self._stems: dict[str, Path | None] = {}
        self._lock = threading.Lock()

    def into(self, run: str, stem: Path | None) -> None:
        """Requests of `run` go to `stem` plus a suffix; None = they are dropped."""
        with self._lock:
            self._stems[run] = stem

    def close(self, run: str) -> None:
        """Nothing more is kept of `run`."""
        self.into(run, None)

    def take(self, run: str, body: bytes, is_json: bool) -> None:
        """Keeps one request. Raises BrokenFrames or BadJson for what is none."""
        if is_json:
            read_json(body)
            line = b" ".join(body.split(b"\n")) + b"\n"
        else:
            check_frames(body)
            line = body
        with self._lock:
            stem = self._stems.get(run)
            if stem is not None and line:
                # Not with_suffix: what follows a dot in a run's name is no suffix.
                with open(f"{stem}.{'otlp.jsonl' if is_json else 'pb'}", "ab") as file:
                    file.write(line)
        if self._listener is not None:
            self._listener(body, is_json)


@contextmanager
def sink(listener: Listener | None = None) -> Iterator[Sink]:
    """A sink that listens for as long as it is needed."""
    found = Sink(listener)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(found))
    server.daemon_threads = True
    found.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(into: Sink) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            return

        def do_POST(self) -> None:
            size = int(self.headers.get("Content-Length") or 0)
            if size > MOST_BYTES:
                self.send_error(413)
                return
            body = self.rfile.read(size)
            run = self.path.lstrip("/").partition("/")[0]
            is_json = "json" in self.headers.get("Content-Type", "")
            try:
                if self.headers.get("Content-Encoding") == "gzip":
                    body = gzip.decompress(body)
                if self.path.rstrip("/").endswith("/traces"):
                    into.take(run, body, is_json)
            except (BrokenFrames, BadJson, OSError, EOFError, zlib.error) as error:
                self.send_error(400, str(error)[:200].replace("\n", " "))
                return
            self.send_response(200)
            self.send_header("Content-Type", self.headers.get("Content-Type") or "application/x-protobuf")
            answer = b"{}" if is_json else b""
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

    return Handler
