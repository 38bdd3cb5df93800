"""A small OpenID Connect provider on 127.0.0.1: discovery, keys, authorisation code with PKCE, RS256 tokens, logout.

In: people and what the provider says of them. Out: its address. It keeps to the standard where a client could notice.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import html
import secrets
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import uvicorn
from joserfc import jwt
from joserfc.jwk import RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

CLIENT, SECRET = "spanledger", "of-the-client"
Claims = Mapping[str, Any]


@dataclass
class Provider:
    """Who can log in, by the words of a button; `ended` are the subjects whose logout arrived with their token."""

    address: str
    people: Mapping[str, Claims]
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "1", "use": "sig"}))
    granted: dict[str, dict[str, str]] = field(default_factory=dict)
    ended: list[str] = field(default_factory=list)

    def app(self) -> Starlette:
        """The provider's pages."""
        return Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self._discovery),
                Route("/keys", self._keys),
                Route("/favicon.ico", lambda request: Response(status_code=204)),
                Route("/authorize", self._authorize),
                Route("/chosen", self._chosen),
                Route("/token", self._token, methods=["POST"]),
                Route("/end", self._end),
            ]
        )

    async def _discovery(self, request: Request) -> Response:
        at = self.address
        return JSONResponse(
            {
                "issuer": at, "authorization_endpoint": f"{at}/authorize", "token_endpoint": f"{at}/token",
                "jwks_uri": f"{at}/keys", "end_session_endpoint": f"{at}/end", "response_types_supported": ["code"],
                "subject_types_supported": ["public"], "id_token_signing_alg_values_supported": ["RS256"],
                "code_challenge_methods_supported": ["S256"],
            }
        )  # fmt: skip

    async def _keys(self, request: Request) -> Response:
        return JSONResponse({"keys": [self.key.as_dict(private=False, alg="RS256")]})

    async def _authorize(self, request: Request) -> Response:
        asked = dict(request.query_params)
        if asked.get("client_id") != CLIENT or asked.get("response_type") != "code":
            return Response("unknown client", 400)
        ways = {
            who: html.escape("/chosen?" + urlencode({**asked, "who": who}), quote=True) for who in self.people
        }
        links = "".join(f'<p><a href="{way}">{html.escape(who)}</a></p>' for who, way in ways.items())
        return HTMLResponse(f"<!doctype html><title>Who are you?</title>{links}")

    async def _chosen(self, request: Request) -> Response:
        asked = dict(request.query_params)
        code = secrets.token_urlsafe(16)
        self.granted[code] = asked
        return RedirectResponse(
            f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}", 302
        )

    async def _token(self, request: Request) -> Response:
        given = dict(await request.form())
        asked = self.granted.pop(str(given.get("code")), None)
        if (
            asked is None
            or not _is_client(request, given)
            or given.get("redirect_uri") != asked["redirect_uri"]
        ):
            return JSONResponse({"error": "invalid_grant"}, 400)
        if _s256(str(given.get("code_verifier", ""))) != asked.get("code_challenge"):
            return JSONResponse({"error": "invalid_grant", "error_description": "PKCE"}, 400)
        now = int(time.time())
        claims = {
            "iss": self.address, "aud": CLIENT, "iat": now, "exp": now + 600, "nonce": asked.get("nonce"),
            "sub": asked["who"], **self.people[asked["who"]],
        }  # fmt: skip
        token = jwt.encode({"alg": "RS256", "kid": "1"}, claims, self.key)
        return JSONResponse(
            {"access_token": "opaque", "token_type": "Bearer", "expires_in": 600, "id_token": token}
        )

    async def _end(self, request: Request) -> Response:
        told = jwt.decode(request.query_params["id_token_hint"], self.key, algorithms=["RS256"])
        self.ended.append(str(told.claims["sub"]))
        return RedirectResponse(request.query_params["post_logout_redirect_uri"], 302)


@contextmanager
def provider(port: int, people: Mapping[str, Claims]) -> Iterator[Provider]:
    """A provider that answers on `port`."""
    made = Provider(f"http://127.0.0.1:{port}", people)
    server = uvicorn.Server(uvicorn.Config(made.app(), host="127.0.0.1", port=port, log_level="warning"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    end = time.monotonic() + 30
    while not server.started and time.monotonic() < end:
        time.sleep(0.05)
    try:
        yield made
    finally:
        server.should_exit = True
        thread.join(10)


def _is_client(request: Request, given: Mapping[str, Any]) -> bool:
    kind, _, value = request.headers.get("authorization", "").partition(" ")
    said = base64.b64decode(value).decode() if kind == "Basic" else ""
    name, _, secret = said.partition(":")
    return hmac.compare_digest(
        (name or str(given.get("client_id")), secret or str(given.get("client_secret"))).__repr__(),
        (CLIENT, SECRET).__repr__(),
    )


def _s256(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
