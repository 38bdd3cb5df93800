"""The way back after a login: whoever followed a link and had to log in lands where the link led.

In: ASGI requests. Out: the app's answers, with the page asked for in a cookie until the login has come back.
"""

from __future__ import annotations

from collections.abc import Iterable
from http.cookies import CookieError, SimpleCookie
from typing import Final
from urllib.parse import quote, unquote

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

COOKIE: Final = "spanledger_came_for"
LOGGED_IN: Final = "_streamlit_user"
"""Streamlit's own cookie of a login."""
CALLBACK: Final = "/oauth2callback"
LASTS_S: Final = 900
LONGEST: Final = 2000
NO_PAGES: Final = ("/_stcore", "/auth/", "/static/", "/media/", "/component", CALLBACK)


class WayBack:
    """Remembers the page that somebody without a login asked for, and sends them there once they have one."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "GET":
            await self._app(scope, receive, send)
            return
        cookies = cookies_of(scope)

        async def changed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if scope["path"] == CALLBACK:
                    _send_back(headers, cookies.get(COOKIE, ""))
                elif LOGGED_IN not in cookies and _is_page(scope):
                    _remember(headers, scope)
            await send(message)

        await self._app(scope, receive, changed)


def cookies_of(scope: Scope) -> dict[str, str]:
    """The cookies of a request; a header that cannot be read gives none."""
    found: dict[str, str] = {}
    for name, value in scope["headers"]:
        if name == b"cookie":
            try:
                found.update({key: part.value for key, part in SimpleCookie(value.decode("latin-1")).items()})
            except CookieError:
                continue
    return found


def _is_page(scope: Scope) -> bool:
    wanted = Headers(scope=scope).get("accept", "")
    return "text/html" in wanted and not scope["path"].startswith(NO_PAGES)


def _remember(headers: MutableHeaders, scope: Scope) -> None:
    query = scope.get("query_string", b"").decode("latin-1")
    target = quote(scope["path"]) + (f"?{query}" if query else "")
    if len(target) <= LONGEST and "token=" not in query:
        kept = quote(target, safe="")
        headers.append("set-cookie", f"{COOKIE}={kept}; Path=/; Max-Age={LASTS_S}; HttpOnly; SameSite=Lax")


def _send_back(headers: MutableHeaders, kept: str) -> None:
    """Only a login that succeeded, which Streamlit answers by sending to its first page with its cookie set."""
    target = unquote(kept)
    is_in = any(_sets_login(value) for value in headers.getlist("set-cookie"))
    is_ours = target.startswith("/") and not target.startswith(("//", "/\\"))
    if is_in and is_ours and not _has_controls(target):
        headers["location"] = target
    headers.append("set-cookie", f"{COOKIE}=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax")


def _sets_login(header: str) -> bool:
    name, _, rest = header.partition("=")
    return name.strip() == LOGGED_IN and not rest.startswith(('""', ";"))


def _has_controls(text: Iterable[str]) -> bool:
    return any(character < " " or character == "\x7f" for character in text)
