"""A local server that speaks the wire formats of Anthropic, OpenAI, Gemini and Bedrock; needs no network.
In: requests of the real client libraries; out: answers decided by a seed. It never calls anyone else."""

from __future__ import annotations

import argparse
import logging
import socket
import sys
import threading
import time
from types import TracebackType

import uvicorn
from starlette.applications import Starlette

from examples.wire.anthropic_routes import AnthropicRoutes
from examples.wire.bedrock_routes import BedrockRoutes
from examples.wire.gemini_routes import GeminiRoutes
from examples.wire.openai_batch_routes import OpenAIBatchRoutes
from examples.wire.openai_routes import OpenAIRoutes
from examples.wire.provider import Provider

START_TIMEOUT_S = 20.0
API_KEY = "local-demo-key"


def application(provider: Provider) -> Starlette:
    """The ASGI application over one provider's state."""
    speakers = (AnthropicRoutes, OpenAIRoutes, OpenAIBatchRoutes, GeminiRoutes, BedrockRoutes)
    return Starlette(routes=[route for speaker in speakers for route in speaker(provider).routes()])


class ProviderServer:
    """The server in a thread of this process; a context manager.

    `with ProviderServer() as server: anthropic.Anthropic(base_url=server.anthropic_url, api_key=API_KEY)`.
    port 0 takes a free one. Raises OSError when the port is taken, TimeoutError when it does not come up.
    """

    def __init__(self, provider: Provider | None = None, *, host: str = "127.0.0.1", port: int = 0) -> None:
        self.provider = provider or Provider(run=str(time.time_ns()))
        self._socket = _listening_socket(host, port)
        self.host, self.port = self._socket.getsockname()[:2]
        config = uvicorn.Config(
            application(self.provider), log_config=None, access_log=False, lifespan="off", loop="asyncio"
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._run, name="provider-server", daemon=True)

    @property
    def anthropic_url(self) -> str:
        """`base_url` for the anthropic client."""
        return f"http://{self.host}:{self.port}"

    @property
    def openai_url(self) -> str:
        """`base_url` for the openai client."""
        return f"http://{self.host}:{self.port}/v1"

    @property
    def gemini_url(self) -> str:
        """`base_url` in the `http_options` of the google-genai client."""
        return self.anthropic_url

    @property
    def bedrock_url(self) -> str:
        """`endpoint_url` for boto3's `bedrock-runtime`."""
        return self.anthropic_url

    def start(self) -> ProviderServer:
        """Starts listening and returns once requests are answered."""
        # A stream that is told to break off raises inside the server; that is no news to anyone.
        logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
        self._thread.start()
        deadline = time.monotonic() + START_TIMEOUT_S
        while not self._server.started:
            if time.monotonic() > deadline or not self._thread.is_alive():
                raise TimeoutError(f"The provider server did not come up at {self.anthropic_url}.")
            time.sleep(0.01)
        return self

    def stop(self) -> None:
        """Stops listening and waits for the thread."""
        self._server.should_exit = True
        self._thread.join(timeout=START_TIMEOUT_S)
        self._socket.close()

    def __enter__(self) -> ProviderServer:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _run(self) -> None:
        self._server.run(sockets=[self._socket])


def _listening_socket(host: str, port: int) -> socket.socket:
    # asyncio sends small pieces at once only on sockets that say they are TCP; `create_server` does not, and
    # every answer would wait 40 ms for an acknowledgement.
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen(128)
    except OSError:
        listening.close()
        raise
    return listening


def main(arguments: list[str] | None = None) -> int:
    """Runs the server until interrupted; prints the base addresses of the clients."""
    parser = argparse.ArgumentParser(
        prog="python -m examples.provider_server", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--port", type=int, default=0, help="0 takes a free port")
    parser.add_argument("--seed", type=int, default=7, help="decides every answer")
    parser.add_argument("--fault-rate", type=float, default=0.0, help="share of tries that fail, 0 to 1")
    parser.add_argument(
        "--time-scale", type=float, default=0.05, help="1 answers as slowly as a real model, 0 at once"
    )
    chosen = parser.parse_args(arguments)
    provider = Provider(
        seed=chosen.seed,
        run=str(time.time_ns()),
        fault_rate=chosen.fault_rate,
        time_scale=chosen.time_scale,
    )
    with ProviderServer(provider, port=chosen.port) as server:
        print(f"ANTHROPIC_BASE_URL={server.anthropic_url}")
        print(f"OPENAI_BASE_URL={server.openai_url}")
        print(f"GOOGLE_GEMINI_BASE_URL={server.gemini_url}")
        print(f"AWS_ENDPOINT_URL_BEDROCK_RUNTIME={server.bedrock_url}", flush=True)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            print("stopped", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
