"""A listening socket and a uvicorn server that neither logs by itself nor takes over signals.

In: an ASGI application and an address. Out: a server to start and stop on the running loop.
"""

import asyncio
import contextlib
import errno
import socket
from collections.abc import Generator
from typing import Any

import uvicorn

from collector.errors import CollectorError
from collector.http.protocol import StrangersProtocol
from collector.processes import listener_on

BACKLOG = 1024


class PortTaken(CollectorError):
    """A port that cannot be listened on; says who holds it."""


def listen(host: str, port: int, purpose: str, setting: str) -> socket.socket:
    """A listening socket; port 0 takes a free one. Raises PortTaken naming port, holder and setting."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen(BACKLOG)
    except OSError as error:
        listening.close()
        if error.errno == errno.EADDRINUSE:
            holder = listener_on(port) or "another process"
            raise PortTaken(
                f"port {port} ({purpose}) is taken by {holder}; stop it, or set {setting}"
            ) from None
        raise PortTaken(
            f"cannot listen on {host} port {port} ({purpose}): {error.strerror}; set {setting}"
        ) from None
    listening.setblocking(False)
    return listening


class HttpServer:
    """Serves `app` on `listening` until stopped."""

    def __init__(self, app: Any, listening: socket.socket, drain_s: float = 20.0) -> None:
        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            lifespan="off",
            server_header=False,
            date_header=True,
            http=StrangersProtocol,
            ws="none",
            timeout_keep_alive=75,
            timeout_graceful_shutdown=int(drain_s),
            backlog=BACKLOG,
        )
        self._server = _Server(config)
        self._listening = listening
        self._serving: asyncio.Task[None] | None = None

    @property
    def port(self) -> int:
        """The port really listened on."""
        return int(self._listening.getsockname()[1])

    async def start(self) -> None:
        """Begin to serve; returns once requests are answered."""
        self._serving = asyncio.get_running_loop().create_task(self._server.serve(sockets=[self._listening]))
        while not self._server.started and not self._serving.done():
            await asyncio.sleep(0.005)
        if self._serving.done():
            await self._serving

    async def stop(self) -> None:
        """Take no more, finish what is under way, close."""
        self._server.should_exit = True
        if self._serving is not None:
            await self._serving


class _Server(uvicorn.Server):
    """The process decides about signals, not one of its servers."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield
