"""Brings a whole ledger up on this machine: the collector, and the dashboard beside it.

In: settings. Out: a running Supervisor and the addresses to tell people.
Nothing is started unless every port and the data folder are free.
"""

import os
import urllib.request
from collections.abc import Callable, Container, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from cli.children import ChildSpec
from cli.errors import StartError
from cli.preflight import WantedPort, check_folder, check_ports, free_port
from cli.supervisor import Supervisor
from collector.config.model import load_config
from collector.errors import SettingsError
from collector.paths import DataFolder
from collector.runfile import reachable_host, read_run_info
from collector.settings import PREFIX, CollectorSettings, load_settings

DEFAULT_DASHBOARD_PORT = 8501
ANSWER_S = 1.0


@dataclass(frozen=True)
class Plan:
    """What will run: settings without a port 0. `dashboard_port` is None when no dashboard is wanted."""

    settings: CollectorSettings
    dashboard_port: int | None

    @property
    def folder(self) -> DataFolder:
        """The ledger's data folder."""
        return self.settings.folder

    @property
    def host(self) -> str:
        """Where a client on this machine reaches what listens."""
        return reachable_host(self.settings.host)


@dataclass(frozen=True)
class Addresses:
    """Where things are. '' = there is none; `clickhouse_password_file` is '' for a server."""

    dashboard: str
    otlp_http: str
    otlp_grpc: str
    clickhouse: str
    clickhouse_user: str
    clickhouse_password_file: str
    data: str
    asks_for_token: bool

    def as_dict(self) -> dict[str, str | bool]:
        """For `--json`."""
        return asdict(self)


def plan(environment: Mapping[str, str], data: str | None, config: str | None, dashboard: bool) -> Plan:
    """Settings with every port decided. Raises SettingsError or ConfigError before anything is touched."""
    settings = load_settings(environment, data=data, config=config)
    load_config(settings.config_path())
    chosen: dict[str, int] = {}
    for name in ("otlp_http_port", "otlp_grpc_port", "clickhouse_port"):
        chosen[name] = getattr(settings, name) or free_port(settings.host, chosen.values())
    settings = settings.model_copy(update=chosen)
    taken = frozenset(chosen.values())
    return Plan(settings, _dashboard_port(environment, settings.host, taken) if dashboard else None)


def preflight(wanted: Plan) -> None:
    """Make the data folder and its passwords; raises StartError or SettingsError if something is taken."""
    settings = wanted.settings
    wanted.folder.create()
    check_folder(wanted.folder)
    ports = [
        WantedPort(settings.otlp_http_port, "OTLP over HTTP", "SPANLEDGER_OTLP_HTTP_PORT"),
        WantedPort(settings.otlp_grpc_port, "OTLP over gRPC", "SPANLEDGER_OTLP_GRPC_PORT"),
    ]
    if settings.is_embedded:
        ports.append(WantedPort(settings.clickhouse_port, "ClickHouse", "SPANLEDGER_CLICKHOUSE_PORT"))
    if wanted.dashboard_port is not None:
        ports.append(WantedPort(wanted.dashboard_port, "dashboard", "SPANLEDGER_DASHBOARD_PORT"))
    _check_distinct(ports)
    check_ports(settings.host, ports)
    wanted.folder.reader_password()
    wanted.folder.collector_password()


@contextmanager
def supervised(wanted: Plan, tell: Callable[[str], None]) -> Iterator[Supervisor]:
    """A supervisor for `wanted`, not yet started; everything it started is gone on leaving."""
    with Supervisor(specs(wanted, os.environ), tell) as supervisor:
        yield supervisor


def specs(wanted: Plan, environment: Mapping[str, str]) -> list[ChildSpec]:
    """The processes, in the order in which they start."""
    inherited = {name: value for name, value in environment.items() if not name.startswith(PREFIX)}
    given = inherited | {"PYTHONUNBUFFERED": "1"} | _settings_environment(wanted)
    children = [ChildSpec("collector", "collector", given, lambda pid: _collector_answers(wanted, pid))]
    if wanted.dashboard_port is not None:
        children.append(ChildSpec("dashboard", "dashboard", given, lambda _: _dashboard_answers(wanted)))
    return children


def addresses(wanted: Plan) -> Addresses:
    """Where everything of `wanted` is reached from this machine."""
    settings = wanted.settings
    base = f"http://{wanted.host}"
    embedded = settings.is_embedded
    return Addresses(
        dashboard=f"{base}:{wanted.dashboard_port}" if wanted.dashboard_port is not None else "",
        otlp_http=f"{base}:{settings.otlp_http_port}",
        otlp_grpc=f"{base}:{settings.otlp_grpc_port}",
        clickhouse=f"{base}:{settings.clickhouse_port}"
        if embedded
        else _without_user(settings.clickhouse_url),
        clickhouse_user="default" if embedded else "",
        clickhouse_password_file=_short(wanted.folder.reader_password_file) if embedded else "",
        data=_short(wanted.folder.root),
        asks_for_token=bool(settings.token),
    )


def _dashboard_port(environment: Mapping[str, str], host: str, taken: Container[int]) -> int:
    text = environment.get("SPANLEDGER_DASHBOARD_PORT") or str(DEFAULT_DASHBOARD_PORT)
    if not text.isdigit() or int(text) > 65535:
        raise SettingsError(f"SPANLEDGER_DASHBOARD_PORT is {text!r}: expected a port from 0 to 65535")
    return int(text) or free_port(host, taken)


def _check_distinct(ports: list[WantedPort]) -> None:
    seen: dict[int, WantedPort] = {}
    for port in ports:
        other = seen.setdefault(port.number, port)
        if other is not port:
            raise StartError(
                f"port {port.number} is wanted twice, for {other.purpose} and {port.purpose}; "
                f"change {other.setting} or {port.setting}"
            )


def _settings_environment(wanted: Plan) -> dict[str, str]:
    """Every setting by its name, so that a child never falls back to a default of its own."""
    values = wanted.settings.model_dump(exclude_none=True)
    values |= {"data": wanted.folder.root}
    config = wanted.settings.config_path()
    if config is not None:
        values["config"] = config.absolute()
    if wanted.dashboard_port is not None:
        values["dashboard_port"] = wanted.dashboard_port
    return {PREFIX + name.upper(): str(value) for name, value in values.items() if str(value) != ""}


def _collector_answers(wanted: Plan, pid: int) -> bool:
    """It has said where it listens, and does."""
    info = read_run_info(wanted.folder.run_file)
    if info is None or info.pid != pid:
        return False
    if not wanted.settings.is_embedded:
        return True
    return _answers(f"http://{wanted.host}:{info.clickhouse_port}/ping")


def _dashboard_answers(wanted: Plan) -> bool:
    return _answers(f"http://{wanted.host}:{wanted.dashboard_port}/_stcore/health")


def _answers(url: str) -> bool:
    # Never through a proxy: the address is this machine's own.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=ANSWER_S) as response:
            return bool(response.status == 200)
    except OSError:
        return False


def _without_user(url: str) -> str:
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{rest.rpartition('@')[2]}"


def _short(path: Path) -> str:
    """Relative to where the user stands, when it is below."""
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)
