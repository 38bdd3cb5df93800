"""Takes OTLP over HTTP from the command of one run and keeps it as it came, whatever language sent it.

In: requests on a loopback port. Out: files of recorded traces, one a run. Nothing is decoded.
"""

import gzip
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from collector.otlp.frames import BrokenFrames, check_frames
from collector.otlp.json_form import BadJson, read_json

MOST_BYTES = 64 * 1024 * 1024


class Sink:
    """Where requests go now; `into` names the run."""

    def __init__(self) -> None:
        self.port = 0
        self.requests = 0
        self._stem: Path | None = None
        self._lock = threading.Lock()

    def into(self, stem: Path | None) -> None:
        """From now on requests go to `stem` plus a suffix; None = they are dropped."""
        with self._lock:
            self._stem = stem

    def take(self, body: bytes, is_json: bool) -> None:
        """Keeps one request. Raises BrokenFrames or BadJson for what is none."""
        if is_json:
            read_json(body)
            line = b" ".join(body.split(b"\n")) + b"\n"
        else:
            check_frames(body)
            line = body
        with self._lock:
            self.requests += 1
            if self._stem is not None and line:
                with open(f"{self._stem}.{'otlp.jsonl' if is_json else 'pb'}", "ab") as file:
                    file.write(line)


@contextmanager
def sink() -> Iterator[Sink]:
    """A sink that listens for as long as it is needed."""
    found = Sink()
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
            try:
                if self.headers.get("Content-Encoding") == "gzip":
                    body = gzip.decompress(body)
                if self.path.rstrip("/").endswith("/traces"):
                    into.take(body, "json" in self.headers.get("Content-Type", ""))
            except (BrokenFrames, BadJson, OSError, EOFError, zlib.error) as error:
                self.send_error(400, str(error)[:200].replace("\n", " "))
                return
            self.send_response(200)
            self.send_header("Content-Type", self.headers.get("Content-Type") or "application/x-protobuf")
            answer = b"{}" if "json" in self.headers.get("Content-Type", "") else b""
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

    return Handler
