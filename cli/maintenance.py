"""A client that may write to the ledger, for work on history; where no collector runs, one is started.

In: settings. Out: a clickhouse-connect client of the user `collector`, or of the server's own user.
Must leave no collector behind that it started.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from cli.errors import UnavailableError
from cli.output import say
from collector.runfile import RunInfo, reachable_host, read_run_info
from collector.settings import CollectorSettings

if TYPE_CHECKING:
    from clickhouse_connect.driver.client import Client

WRITER = "collector"
NO_PORTS = {
    "SPANLEDGER_OTLP_HTTP_PORT": "0",
    "SPANLEDGER_OTLP_GRPC_PORT": "0",
    "SPANLEDGER_CLICKHOUSE_PORT": "0",
}


@contextmanager
def writing_client(settings: CollectorSettings) -> Iterator["Client"]:
    """The client. Raises UnavailableError if there is no ledger, or StartError if none can be started."""
    if not settings.is_embedded:
        yield _connect_server(settings)
        return
    info = read_run_info(settings.folder.run_file)
    if info is not None:
        yield _connect(settings, info)
        return
    if not settings.folder.engine.is_dir():
        raise UnavailableError(f"there is no ledger in {settings.folder.root}; `spanledger up` starts one")
    with _own_collector(settings, os.environ) as started:
        yield _connect(settings, started)


@contextmanager
def _own_collector(settings: CollectorSettings, environment: Mapping[str, str]) -> Iterator[RunInfo]:
    """A collector on ports nobody knows, for as long as the work takes."""
    from cli.start import plan, preflight, supervised

    config = str(settings.config) if settings.config else None
    wanted = plan({**environment, **NO_PORTS}, str(settings.data), config, dashboard=False)
    preflight(wanted)
    say("no collector is running; starting one for this")
    with supervised(wanted, lambda _: None) as supervisor:
        started = supervisor.start()
        info = read_run_info(wanted.folder.run_file)
        if not started or info is None:
            raise UnavailableError("stopped before the ledger was ready")
        yield info


def _connect(settings: CollectorSettings, info: RunInfo) -> "Client":
    from clickhouse_connect import get_client

    return get_client(
        host=reachable_host(info.host).strip("[]"),
        port=info.clickhouse_port,
        username=WRITER,
        password=settings.folder.collector_password(),
        database=info.database,
        tz_mode="aware",
        autogenerate_session_id=False,
    )


def _connect_server(settings: CollectorSettings) -> "Client":
    from clickhouse_connect import get_client
    from clickhouse_connect.driver.exceptions import ClickHouseError

    from cli.ledger import server_address

    address = server_address(settings)
    try:
        return get_client(
            host=address.endpoint.host,
            port=address.endpoint.port,
            secure=address.endpoint.scheme == "https",
            username=address.user,
            password=address.password,
            database=address.database,
            tz_mode="aware",
            autogenerate_session_id=False,
        )
    except (ClickHouseError, OSError) as error:
        raise UnavailableError(f"the server at {address.endpoint} does not answer: {error}") from error
