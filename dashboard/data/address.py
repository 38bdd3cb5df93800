"""Where the ledger answers: a ClickHouse server by URL, or the collector's own interface on this machine.

In: settings and the data folder's run.json and password. Out: one LedgerAddress. Never holds on to an old
port or password: both are read again for every new connection.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import unquote, urlsplit

from dashboard.serving.settings import DashboardSettings


@dataclass(frozen=True)
class LedgerAddress:
    """Everything a client needs; `shown` carries no password."""

    host: str
    port: int
    username: str
    password: str = field(repr=False)
    database: str
    secure: bool = False
    is_embedded: bool = False

    @property
    def shown(self) -> str:
        return f"{'https' if self.secure else 'http'}://{self.host}:{self.port}"


def ledger_address(settings: DashboardSettings) -> LedgerAddress:
    """The address in force now. A missing run.json or password file leaves the settings' own values."""
    if settings.clickhouse_url:
        return _server_address(settings.clickhouse_url, settings.database)
    running = _run_info(settings.data / "run.json")
    return LedgerAddress(
        host=_dialled(str(running.get("host") or settings.host)),
        port=int(str(running.get("clickhouse_port") or settings.clickhouse_port)),
        username="default",
        password=_password(settings.data / "clickhouse-password"),
        database=str(running.get("database") or settings.database),
        is_embedded=True,
    )


def writer_address(settings: DashboardSettings) -> LedgerAddress:
    """The same ledger as the user who may write; on a server the user of the URL."""
    found = ledger_address(settings)
    if not found.is_embedded:
        return found
    return replace(found, username="collector", password=_password(settings.data / "collector-password"))


def otlp_endpoint(settings: DashboardSettings) -> str:
    """Base address that senders use for OTLP over HTTP."""
    running = _run_info(settings.data / "run.json")
    host = _dialled(str(running.get("host") or settings.host))
    return f"http://{host}:{running.get('otlp_http_port') or settings.otlp_http_port}"


def _server_address(url: str, database: str) -> LedgerAddress:
    parts = urlsplit(url)
    secure = parts.scheme == "https"
    return LedgerAddress(
        host=parts.hostname or "localhost",
        port=parts.port or (8443 if secure else 8123),
        username=unquote(parts.username or "default"),
        password=unquote(parts.password or ""),
        database=parts.path.strip("/") or database,
        secure=secure,
    )


def _run_info(path: Path) -> dict[str, object]:
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _password(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError:
        return ""


def _dialled(host: str) -> str:
    return "127.0.0.1" if host in ("", "0.0.0.0", "::") else host
