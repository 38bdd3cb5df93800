"""One request to the ClickHouse HTTP interface: who asks, what, with which settings and parameters.

In: an ASGI scope. Out: a frozen Request. Nothing is judged here.
Source: https://clickhouse.com/docs/interfaces/http
"""

import base64
import binascii
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qsl

# URL parameters of the interface itself; everything else in the URL is a setting.
_OWN_WORDS = """
    query query_id database default_format user password quota_key stacktrace session_id session_timeout
    session_check close_session role compress decompress buffer_size wait_end_of_query
    client_protocol_version enable_http_compression http_zlib_compression_level
    send_progress_in_http_headers http_headers_progress_interval_ms add_http_cors_header
    cancel_http_readonly_queries_on_client_close http_wait_end_of_query http_response_buffer_size
    http_write_exception_in_output_format
"""
_OWN = frozenset(_OWN_WORDS.split())


@dataclass(frozen=True)
class Request:
    """What the head of the request says. `url` holds the URL parameters, last one wins."""

    method: str
    path: str
    headers: Mapping[str, str]
    url: Mapping[str, str]
    query_id: str
    params: Mapping[str, str] = field(default_factory=dict)
    """Query parameters without the param_ prefix, as escaped text."""
    settings: Mapping[str, str] = field(default_factory=dict)

    @property
    def query(self) -> str:
        """The part of the query that stands in the URL (or in a form field)."""
        return self.url.get("query", "")

    @property
    def user(self) -> str:
        """Name of the user, `default` if none is given."""
        return self._credentials()[0]

    @property
    def password(self) -> str:
        """Password as sent, '' if none is."""
        return self._credentials()[1]

    @property
    def has_credentials(self) -> bool:
        """Whether a user or a password was sent at all."""
        return any(
            name in self.headers for name in ("authorization", "x-clickhouse-user", "x-clickhouse-key")
        ) or ("user" in self.url or "password" in self.url)

    @property
    def database(self) -> str | None:
        """Database the request names, None for the default one."""
        return self.url.get("database") or self.headers.get("x-clickhouse-database") or None

    @property
    def default_format(self) -> str:
        """Format for a query that names none, '' if the request names none either."""
        return self.url.get("default_format") or self.headers.get("x-clickhouse-format") or ""

    @property
    def waits_for_end(self) -> bool:
        """Whether the answer must not begin before the query has ended."""
        return is_on(self.url.get("wait_end_of_query")) or is_on(self.url.get("http_wait_end_of_query"))

    @property
    def accepted_encodings(self) -> str:
        """Accept-Encoding, if the request asks for compression at all."""
        asked = is_on(self.url.get("enable_http_compression")) and not self.wants_blocks
        return self.headers.get("accept-encoding", "") if asked else ""

    @property
    def wants_blocks(self) -> bool:
        """Whether the answer shall come in ClickHouse's own compressed blocks."""
        return is_on(self.url.get("compress"))

    @property
    def sends_blocks(self) -> bool:
        """Whether the body comes in ClickHouse's own compressed blocks."""
        return is_on(self.url.get("decompress"))

    @property
    def protocol_revision(self) -> int:
        """Revision of the protocol in which the client reads Native; 0 if it does not say."""
        told = self.url.get("client_protocol_version", "")
        return int(told[:9]) if told.isascii() and told.isdigit() else 0

    @property
    def is_readonly_method(self) -> bool:
        """GET and HEAD change nothing, whoever asks."""
        return self.method in ("GET", "HEAD")

    def with_fields(self, fields: Iterable[tuple[str, str]]) -> "Request":
        """The request with fields of a multipart form added to its URL parameters."""
        url = {**self.url, **dict(fields)}
        return replace(self, url=url, params=_params(url), settings=_settings(url))

    def _credentials(self) -> tuple[str, str]:
        if "x-clickhouse-user" in self.headers or "x-clickhouse-key" in self.headers:
            return self.headers.get("x-clickhouse-user", "default"), self.headers.get("x-clickhouse-key", "")
        scheme, _, value = self.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "basic":
            try:
                user, _, password = base64.b64decode(value.strip(), validate=True).decode().partition(":")
            except (binascii.Error, UnicodeDecodeError):
                return "", ""
            return user or "default", password
        return self.url.get("user", "default"), self.url.get("password", "")


def read_request(scope: Mapping[str, Any]) -> Request:
    """The Request in an ASGI scope."""
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
    pairs = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    url = dict(pairs)
    return Request(
        method=scope["method"],
        path=scope["path"],
        headers=headers,
        url=url,
        query_id=url.get("query_id") or str(uuid.uuid4()),
        params=_params(url),
        settings=_settings(url),
    )


def is_on(value: str | None) -> bool:
    """Whether a boolean URL parameter is set."""
    return (value or "").lower() in ("1", "true")


def _params(url: Mapping[str, str]) -> dict[str, str]:
    return {name[6:]: value for name, value in url.items() if name.startswith("param_")}


def _settings(url: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in url.items() if name not in _OWN and not name.startswith("param_")}
