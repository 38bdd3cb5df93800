"""run.json: the collector tells everyone else on this machine that it listens, and where.

In: a RunInfo from the collector. Out: the same RunInfo for the command line, or None.
Must never report a collector that is gone: a file left by a killed process is recognised by its pid.
"""

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from collector.paths import write_atomically
from collector.processes import is_alive, started_at


@dataclass(frozen=True)
class RunInfo:
    """One running collector. Ports are the ones really bound; `started_at` is aware UTC.

    `clickhouse_port` is 0 when the ledger lives on a server; `clickhouse_url` then says which, without
    user and password. `host` is the bind address, `data` the absolute data folder.
    """

    pid: int
    started_at: datetime
    host: str
    otlp_http_port: int
    otlp_grpc_port: int
    clickhouse_port: int
    database: str
    data: str
    clickhouse_url: str = ""

    @property
    def otlp_http_url(self) -> str:
        """Base address for OTLP over HTTP; exporters append `/v1/traces`."""
        return f"http://{reachable_host(self.host)}:{self.otlp_http_port}"

    @property
    def otlp_grpc_url(self) -> str:
        """Address for OTLP over gRPC."""
        return f"http://{reachable_host(self.host)}:{self.otlp_grpc_port}"


def reachable_host(host: str) -> str:
    """The address a client on this machine uses for a server bound to `host` (0.0.0.0 is not dialled)."""
    if host in ("", "0.0.0.0"):
        return "127.0.0.1"
    if host == "::":
        return "[::1]"
    return f"[{host}]" if ":" in host else host


def write_run_info(path: Path, info: RunInfo) -> None:
    """Publish `info` in one step (mode 0600). Raises OSError."""
    fields = {**asdict(info), "started_at": info.started_at.astimezone(UTC).isoformat()}
    write_atomically(path, json.dumps(fields, indent=2).encode() + b"\n")


def remove_run_info(path: Path, pid: int) -> None:
    """Take back what process `pid` published; a file of somebody else, or none, is left alone."""
    info = _read(path)
    if info is not None and info.pid == pid:
        path.unlink(missing_ok=True)


def read_run_info(path: Path) -> RunInfo | None:
    """The collector that is running, or None: no file, an unreadable one, or one whose process is gone.

    A pid that now belongs to a process younger than the file counts as gone: ids are used again.
    """
    info = _read(path)
    if info is None or not is_alive(info.pid):
        return None
    born = started_at(info.pid)
    if born is not None and (born - info.started_at).total_seconds() > 5:
        return None
    return info


def _read(path: Path) -> RunInfo | None:
    try:
        fields = json.loads(path.read_bytes())
        begun = datetime.fromisoformat(fields.pop("started_at"))
        known = {name: fields[name] for name in RunInfo.__dataclass_fields__ if name in fields}
        return RunInfo(started_at=begun, **known)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
