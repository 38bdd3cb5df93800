"""A way to write to the ledger, for work on its history; where no collector runs, one is started for it.

In: settings. Out: a Runner of the user `collector`, or of the server's own user.
Must leave no collector behind that it started.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import quote

from cli.errors import UnavailableError
from cli.output import say
from collector.runfile import RunInfo, reachable_host, read_run_info
from collector.settings import CollectorSettings

if TYPE_CHECKING:
    from collector.engine.server import ServerEngine

WRITER = "collector"
ANY_PORTS = {
    "SPANLEDGER_OTLP_HTTP_PORT": "0",
    "SPANLEDGER_OTLP_GRPC_PORT": "0",
    "SPANLEDGER_CLICKHOUSE_PORT": "0",
}


@contextmanager
def ledger_to_write(settings: CollectorSettings) -> Iterator[tuple[RunInfo, "ServerEngine"]]:
    """The running collector, or one started for this, which makes the ledger if there is none; and its runner.

    Raises UnavailableError if it does not answer, or StartError if none can be started.
    """
    info = read_run_info(settings.folder.run_file)
    if info is not None:
        with _connected(_writer_address(settings, info), info.database) as runner:
            yield info, runner
        return
    with (
        _own_collector(settings, os.environ) as started,
        _connected(_writer_address(settings, started), started.database) as runner,
    ):
        yield started, runner


@contextmanager
def writing_runner(settings: CollectorSettings) -> Iterator["ServerEngine"]:
    """The runner. Raises UnavailableError if there is no ledger, or StartError if none can be started."""
    if not settings.is_embedded:
        with _connected(settings.clickhouse_url, settings.database) as runner:
            yield runner
        return
    info = read_run_info(settings.folder.run_file)
    if info is not None:
        with _connected(_address(settings, info), info.database) as runner:
            yield runner
        return
    if not settings.folder.engine.is_dir():
        raise UnavailableError(f"there is no ledger in {settings.folder.root}; `spanledger up` starts one")
    with (
        _own_collector(settings, os.environ) as started,
        _connected(_address(settings, started), started.database) as runner,
    ):
        yield runner


@contextmanager
def _own_collector(settings: CollectorSettings, environment: Mapping[str, str]) -> Iterator[RunInfo]:
    """A collector on ports nobody knows, for as long as the work takes."""
    from cli.start import plan, preflight, supervised

    config = str(settings.config) if settings.config else None
    wanted = plan({**environment, **ANY_PORTS}, str(settings.data), config, dashboard=False)
    preflight(wanted)
    say("no collector is running; starting one for this")
    with supervised(wanted, lambda _: None) as supervisor:
        is_ready = supervisor.start()
        info = read_run_info(wanted.folder.run_file)
        if not is_ready or info is None:
            raise UnavailableError("stopped before the ledger was ready")
        yield info


@contextmanager
def _connected(url: str, database: str) -> Iterator["ServerEngine"]:
    from collector.engine.result import EngineError
    from collector.engine.server import ServerEngine

    try:
        runner = ServerEngine(url, database)
    except EngineError as error:
        where = url.rpartition("@")[2]
        raise UnavailableError(f"the ledger at {where} does not answer: {error.message}") from error
    try:
        yield runner
    finally:
        runner.close()


def _writer_address(settings: CollectorSettings, info: RunInfo) -> str:
    """The embedded engine's interface, or the server that the collector writes to."""
    return _address(settings, info) if settings.is_embedded else settings.clickhouse_url


def _address(settings: CollectorSettings, info: RunInfo) -> str:
    password = quote(settings.folder.collector_password(), safe="")
    return f"http://{WRITER}:{password}@{reachable_host(info.host)}:{info.clickhouse_port}/{info.database}"
