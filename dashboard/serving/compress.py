"""Streamlit's static bundles, gzipped once a process and kept in memory: a third of the bytes to send.

In: ASGI requests. Out: the compressed bundle, or the request handed on untouched.
"""

from __future__ import annotations

import functools
import gzip
from pathlib import Path
from typing import Final

import streamlit
from anyio import to_thread
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

STATIC: Final = Path(streamlit.__file__).parent / "static" / "static"
PREFIX: Final = "/static/"
TYPES: Final = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
LEVEL: Final = 6


class CompressBundles:
    """Answers for the bundles below `/static/`; everything else goes on to the app."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = self._bundle(scope)
        if path is None:
            await self._app(scope, receive, send)
            return
        body = await to_thread.run_sync(_compressed, path)
        headers = {
            "content-encoding": "gzip",
            "vary": "Accept-Encoding",
            # Names carry a hash of the content.
            "cache-control": "public, immutable, max-age=31536000",
        }
        await Response(body, media_type=TYPES[path.suffix], headers=headers)(scope, receive, send)

    def _bundle(self, scope: Scope) -> Path | None:
        if scope["type"] != "http" or scope["method"] != "GET" or not scope["path"].startswith(PREFIX):
            return None
        headers = Headers(scope=scope)
        if "gzip" not in headers.get("accept-encoding", "") or "range" in headers:
            return None
        path = (STATIC / scope["path"].removeprefix(PREFIX)).resolve()
        inside = path.is_relative_to(STATIC) and path.suffix in TYPES
        return path if inside and path.is_file() else None


@functools.lru_cache(maxsize=512)
def _compressed(path: Path) -> bytes:
    return gzip.compress(path.read_bytes(), LEVEL)
