"""Where spans are sent and how, from arguments and the standard `OTEL_EXPORTER_OTLP_*` variables.

Takes the environment as a mapping, gives a frozen `Endpoint`. Reference: the OTLP exporter configuration
of the OpenTelemetry specification; the timeout is in seconds, as OpenTelemetry for Python reads it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

DEFAULT_ENDPOINT = "http://127.0.0.1:4318"
DEFAULT_TIMEOUT_S = 10.0
TRACES_PATH = "/v1/traces"


@dataclass(frozen=True)
class Endpoint:
    """One OTLP/HTTP address for traces."""

    scheme: str
    host: str
    port: int
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    timeout_s: float = DEFAULT_TIMEOUT_S
    gzip: bool = False
    certificate_file: str | None = None
    client_certificate_file: str | None = None
    client_key_file: str | None = None

    @property
    def url(self) -> str:
        """The address as text, without any user name and password in it."""
        return f"{self.scheme}://{self.host}:{self.port}{self.path}"


def endpoint_from(
    environment: Mapping[str, str], *, base_url: str | None = None, headers: Mapping[str, str] | None = None
) -> Endpoint:
    """The endpoint that `base_url` names, else the environment, else the collector's own default on this
    machine.

    base_url: an address to which the path for traces is added, as for `OTEL_EXPORTER_OTLP_ENDPOINT`.
    headers: sent on top of those of the environment. Raises ValueError for an address without http(s) or
    host.
    """
    url = base_url or environment.get("OTEL_EXPORTER_OTLP_ENDPOINT") or DEFAULT_ENDPOINT
    full = None if base_url else environment.get("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
    parts = urlsplit(full or url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"OTLP endpoint {full or url!r} is no http(s) address, such as {DEFAULT_ENDPOINT}")
    path = (parts.path or "/") if full else _traces_path(parts.path)
    query = f"?{parts.query}" if parts.query else ""
    sent = {**parse_headers(_setting(environment, "HEADERS") or ""), **(headers or {})}
    return Endpoint(
        scheme=parts.scheme,
        host=parts.hostname,
        port=parts.port or (443 if parts.scheme == "https" else 80),
        path=path + query,
        headers=sent,
        timeout_s=_seconds(_setting(environment, "TIMEOUT")),
        gzip=(_setting(environment, "COMPRESSION") or "").strip().lower() == "gzip",
        certificate_file=_setting(environment, "CERTIFICATE"),
        client_certificate_file=_setting(environment, "CLIENT_CERTIFICATE"),
        client_key_file=_setting(environment, "CLIENT_KEY"),
    )


def parse_headers(value: str) -> dict[str, str]:
    """Read `key=value,key2=value2`, percent-encoded; parts without a key or "=" are left out."""
    headers: dict[str, str] = {}
    for part in value.split(","):
        name, equals, content = part.partition("=")
        if equals and name.strip():
            headers[unquote(name.strip()).lower()] = unquote(content.strip())
    return headers


def _traces_path(path: str) -> str:
    path = path.rstrip("/")
    return path if path.endswith(TRACES_PATH) else path + TRACES_PATH


def _setting(environment: Mapping[str, str], name: str) -> str | None:
    return environment.get(f"OTEL_EXPORTER_OTLP_TRACES_{name}") or environment.get(
        f"OTEL_EXPORTER_OTLP_{name}"
    )


def _seconds(value: str | None) -> float:
    try:
        seconds = float(value) if value else DEFAULT_TIMEOUT_S
    except ValueError:
        return DEFAULT_TIMEOUT_S
    return seconds if seconds > 0 else DEFAULT_TIMEOUT_S
