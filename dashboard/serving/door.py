"""The door: with tokens set, no request reaches the app without the cookie that a token gives.

In: ASGI requests and websockets. Out: the app, or a page that asks for the token. The cookie is signed, lasts a week,
and holds a viewer's name, never a token.
"""

from __future__ import annotations

import hashlib
import hmac
import html
import time
from collections.abc import Callable
from typing import Final
from urllib.parse import parse_qs, quote, unquote, urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from dashboard.serving.viewers import Access, Viewers
from dashboard.serving.way_back import cookies_of

COOKIE: Final = "spanledger_viewer"
LASTS_S: Final = 7 * 86_400
HEALTH: Final = "/_stcore/health"
ASK, LEAVE = "/token", "/leave"
"""Asks for a token where there is a login too; takes the cookie away."""
MOST_BYTES: Final = 4096
FORM: Final = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>SpanLedger</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><style>
:root{{color-scheme:light dark}}
body{{font:16px/1.5 system-ui,sans-serif;display:grid;place-items:center;min-height:90vh;margin:0}}
form{{width:min(22rem,90vw)}}h1{{font-size:1.4rem}}p{{margin:.5rem 0}}
input,button{{font:inherit;padding:.5rem .75rem;width:100%;box-sizing:border-box;margin:.25rem 0}}
</style></head><body><form method="post" action="{action}"><h1>SpanLedger</h1>
<label for="token">Token</label>
<input id="token" name="token" type="password" autocomplete="current-password" autofocus required>
<button type="submit">Look</button><p role="alert">{said}</p></form></body></html>"""


class Door:
    """Lets those in who carry the cookie, and gives it to those who know a token."""

    def __init__(self, app: ASGIApp, viewers: Viewers, now: Callable[[], float] = time.time) -> None:
        self._app = app
        self._viewers = viewers
        self._now = now

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket") or scope["path"] == HEALTH:
            await self._app(scope, receive, send)
            return
        known = access_of(cookies_of(scope), self._viewers, self._now()) is not None
        if scope["path"] == LEAVE and scope["type"] == "http":
            await _left()(scope, receive, send)
        elif scope["path"] == ASK and scope["type"] == "http" and not known:
            await (await self._asked(Request(scope, receive)))(scope, receive, send)
        elif known or (self._viewers.emails and not _brings_token(scope)):
            # Where there is a login too, the page asks for it.
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 4401})
        else:
            await (await self._asked(Request(scope, receive)))(scope, receive, send)

    async def _asked(self, request: Request) -> Response:
        given = request.query_params.get("token", "")
        if request.method == "POST":
            body = b""
            async for piece in request.stream():
                body += piece
                if len(body) > MOST_BYTES:
                    return HTMLResponse("too long", 413)
            given = parse_qs(body.decode("utf-8", "replace")).get("token", [""])[0]
        here = request.scope.get("root_path", "") + request.url.path
        query = urlencode(
            [(name, value) for name, value in request.query_params.multi_items() if name != "token"]
        )
        target = f"{quote(here)}?{query}" if query else quote(here)
        # A wrong token is asked for again at the same place; a right one leads to a page.
        page = "/" if request.url.path == ASK else target
        access = self._viewers.by_token(given) if given else None
        if access is None:
            said = "This token is not known." if given else ""
            return HTMLResponse(
                FORM.format(action=html.escape(target, quote=True), said=said), 401 if not given else 403
            )
        # The token leaves the address, so that it stands in no history and no shared link.
        answer = RedirectResponse("/" + page.lstrip("/"), 303)
        secure = request.url.scheme == "https" or request.headers.get("x-forwarded-proto") == "https"
        answer.set_cookie(
            COOKIE, _signed(access.name, int(self._now()) + LASTS_S, self._viewers), max_age=LASTS_S, httponly=True,
            samesite="lax", secure=secure,
        )  # fmt: skip
        return answer


def _left() -> Response:
    answer = RedirectResponse("/", 303)
    answer.delete_cookie(COOKIE, httponly=True, samesite="lax")
    return answer


def access_of(cookies: dict[str, str], viewers: Viewers, now: float) -> Access | None:
    """The viewer that the cookie names, if it is ours and not over."""
    name, _, rest = cookies.get(COOKIE, "").partition(".")
    until, _, _ = rest.partition(".")
    if not cookies.get(COOKIE, "").isascii() or not until.isdigit() or len(until) > 12 or int(until) < now:
        return None
    if not hmac.compare_digest(_signed(unquote(name), int(until), viewers), cookies[COOKIE]):
        return None
    return viewers.by_name(unquote(name))


def _signed(name: str, until: int, viewers: Viewers) -> str:
    """Signed with the viewer's own token: a changed token ends what it gave."""
    token = next((token for token, access in viewers.tokens.items() if access.name == name), "")
    safe = quote(name, safe="").replace(".", "%2E")
    sign = hmac.new(b"spanledger" + token.encode(), f"{safe}.{until}".encode(), hashlib.sha256).hexdigest()
    return f"{safe}.{until}.{sign}"


def _brings_token(scope: Scope) -> bool:
    return scope["type"] == "http" and "token" in parse_qs(scope.get("query_string", b"").decode("latin-1"))
