"""The collector's background work: what runs in threads beside the receivers, started and stopped with it.

In: how to reach the ledger. Out: services in starting order.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from collector.alerts.keeper import AlertKeeper
from collector.config.file import ConfigFile
from collector.config.model import Config
from collector.engine.priced import Engine, put_book_views
from collector.engine.runner import GuardedRunner
from collector.keeper.lease import Lease, LeaseLost
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


STOP_GRACE_S = 5.0
"""What recomputing may still finish when the collector stops; a batch over much data takes longer than people wait."""


class Stopping:
    """Whether work is to be broken off. Asked before every statement of a batch, which is then repeated after the
    next start, and changes nothing twice.
    """

    def __init__(self) -> None:
        self._is_over = threading.Event()

    def break_off(self) -> None:
        """Refuse every statement from now on; the one under way goes on to its end."""
        self._is_over.set()

    def insist(self) -> None:
        """Raises LeaseLost once it was told to break off."""
        if self._is_over.is_set():
            raise LeaseLost("the collector stops; the batch is repeated after its next start")


class Recomputing:
    """The keeper, whose batch is broken off when stopping takes too long."""

    def __init__(self, keeper: Service, stopping: Stopping) -> None:
        self._keeper = keeper
        self._stopping = stopping

    def start(self) -> None:
        """As Service.start."""
        self._keeper.start()

    def stop(self) -> None:
        """As Service.stop."""
        patience = threading.Timer(STOP_GRACE_S, self._stopping.break_off)
        patience.daemon = True
        patience.start()
        try:
            self._keeper.stop()
        finally:
            patience.cancel()


def background_services(access: LedgerAccess) -> Sequence[Service]:
    """The services of this collector."""
    # The embedded engine has one collector; on a server there may be several.
    lease = Lease(access.runner, "keeper") if access.settings.clickhouse_url else None
    watched = ConfigFile(access.settings.config_path, access.config)
    watched_alerts = ConfigFile(access.settings.config_path, access.config)
    stopping = Stopping()
    keeper = Keeper(
        GuardedRunner(access.runner, stopping.insist),
        access.config,
        newer_config=watched.newer,
        lease=lease,
        offer_books=lambda: put_book_views(access.runner, access.runner.database),
    )
    return (
        Recomputing(keeper, stopping),
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
