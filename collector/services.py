"""The collector's background work: what runs in threads beside the receivers, started and stopped with it.

In: how to reach the ledger. Out: services in starting order.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from collector.alerts.keeper import AlertKeeper
from collector.config.file import ConfigFile
from collector.config.model import Config
from collector.engine.priced import Engine, put_book_views
from collector.keeper.lease import Lease
from collector.keeper.loop import Keeper
from collector.schedule import Schedule
from collector.settings import CollectorSettings
from collector.stated import Stated


class Service(Protocol):
    """Something that works in threads of its own."""

    def start(self) -> None:
        """Begin; returns at once."""
        ...

    def stop(self) -> None:
        """Finish what is under way and return once no thread of it runs."""
        ...


@dataclass(frozen=True)
class LedgerAccess:
    """What background work may use."""

    settings: CollectorSettings
    config: Config
    runner: Engine


def background_services(access: LedgerAccess) -> Sequence[Service]:
    """The services of this collector."""
    # The embedded engine has one collector; on a server there may be several.
    lease = Lease(access.runner, "keeper") if access.settings.clickhouse_url else None
    watched = ConfigFile(access.settings.config_path, access.config)
    watched_alerts = ConfigFile(access.settings.config_path, access.config)
    return (
        Keeper(
            access.runner,
            access.config,
            newer_config=watched.newer,
            lease=lease,
            offer_books=lambda: put_book_views(access.runner, access.runner.database),
        ),
        AlertKeeper(
            access.runner,
            access.config,
            config_path=access.settings.config_path,
            newer_config=watched_alerts.newer,
        ),
        Stated(
            access.runner,
            access.config,
            newer_config=ConfigFile(access.settings.config_path, access.config).newer,
        ),
        Schedule(
            access.runner,
            access.settings,
            access.config,
            newer_config=ConfigFile(access.settings.config_path, access.config).newer,
        ),
    )
