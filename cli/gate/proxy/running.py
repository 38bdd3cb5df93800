"""The recording proxy on a thread of this process, for as long as it is needed.

In: mounts, where spans go, what refuses a call. Out: Proxy. Raises StartError when no port can be had.
"""

import logging
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import uvicorn

from cli.errors import StartError
from cli.gate.proxy.mounts import Mount
from cli.gate.proxy.server import Forwarder, Refusal

START_TIMEOUT_S = 20.0
SETTLE_S = 5.0


@dataclass(frozen=True)
class Proxy:
    """A proxy that listens."""

    port: int
    mounts: Mapping[str, Mount]
    forwarder: Forwarder

    def settle(self, key: str) -> None:
        """Waits for calls of a run that its process left behind."""
        until = time.monotonic() + SETTLE_S
        while self.forwarder.is_busy(key) and time.monotonic() < until:
            time.sleep(0.01)


@contextmanager
def proxy(
    mounts: Mapping[str, Mount], record: Callable[[str, bytes], None], refusal: Refusal = lambda: ""
) -> Iterator[Proxy]:
    """Listens on a free loopback port until it is left."""
    forwarder = Forwarder(mounts, record, refusal)
    # asyncio sends small pieces at once only on sockets that say they are TCP.
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.bind(("127.0.0.1", 0))
    config = uvicorn.Config(
        forwarder.application(), log_config=None, access_log=False, loop="asyncio",
        timeout_graceful_shutdown=1,
    )  # fmt: skip
    server = uvicorn.Server(config)
    # A provider that breaks off raises inside the server; its client is told by the broken stream.
    logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
    logging.getLogger("httpx").setLevel(logging.WARNING)
    thread = threading.Thread(
        target=server.run, kwargs={"sockets": [listening]}, name="recording-proxy", daemon=True
    )
    thread.start()
    try:
        until = time.monotonic() + START_TIMEOUT_S
        while not server.started:
            if time.monotonic() > until or not thread.is_alive():
                raise StartError("the recording proxy did not come up")
            time.sleep(0.01)
        yield Proxy(listening.getsockname()[1], mounts, forwarder)
    finally:
        server.should_exit = True
        thread.join(timeout=START_TIMEOUT_S)
        listening.close()
