"""Where an import goes: the collector that runs, one started for it, or a ledger that is thrown away (dry run).

In: settings. Out: a Target that takes request bodies and answers queries. Bodies go the way of every sender.
"""

import http.client
import json
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from cli.errors import UnavailableError
from cli.maintenance import ledger_to_write
from cli.output import Advance
from collector.engine.runner import Runner
from collector.otlp.intake import LOGS, METRICS, TRACES
from collector.runfile import RunInfo, reachable_host
from collector.settings import CollectorSettings
from sql import otlp

PATHS = {TRACES: "/v1/traces", LOGS: "/v1/logs", METRICS: "/v1/metrics"}
ENTRIES = {TRACES: otlp.TRACES, LOGS: otlp.LOGS, METRICS: otlp.METRICS}
TRIES = 8
TIMEOUT_S = 120.0


class Refused(Exception):
    """A body that the ledger cannot read; the text says why."""


class Target(Protocol):
    """Takes bodies and answers queries."""

    runner: Runner

    def send(self, signal: str, body: bytes) -> None:
        """Returns once `body` is stored. Raises Refused, UnavailableError."""
        ...

    def settle(self, advance: Advance) -> None:
        """Returns once everything sent is recomputed and priced."""
        ...


@contextmanager
def target(settings: CollectorSettings, *, dry_run: bool) -> Iterator[Target]:
    """The target. Raises UnavailableError or StartError where none can be had."""
    if dry_run:
        with _thrown_away(settings) as thrown_away:
            yield thrown_away
        return
    with ledger_to_write(settings) as (info, runner):
        yield _Running(info, runner, settings.token)


class _Running:
    """A collector that answers over HTTP."""

    def __init__(self, info: RunInfo, runner: Runner, token: str) -> None:
        self.runner = runner
        self._address = (reachable_host(info.host).strip("[]"), info.otlp_http_port)
        self._headers = {"Content-Type": "application/x-protobuf"}
        if token:
            self._headers["Authorization"] = f"Bearer {token}"
        self._connection = self._connect()

    def send(self, signal: str, body: bytes) -> None:
        said = b""
        for attempt in range(TRIES):
            try:
                self._connection.request("POST", PATHS[signal], body, self._headers)
                answer = self._connection.getresponse()
                said = answer.read()
            except (OSError, http.client.HTTPException) as error:
                self._connection.close()
                self._connection = self._connect()
                said = str(error).encode()
                time.sleep(min(5.0, 0.1 * 2**attempt))
                continue
            if answer.status == http.client.OK:
                return
            if answer.status in (http.client.BAD_REQUEST, http.client.REQUEST_ENTITY_TOO_LARGE):
                raise Refused(_reason(said))
            if answer.status == http.client.UNAUTHORIZED:
                raise UnavailableError(
                    "the collector asks for a token: set SPANLEDGER_TOKEN as it is set there"
                )
            after = answer.getheader("Retry-After") or ""
            time.sleep(min(30.0, float(after)) if after.isdigit() else min(5.0, 0.1 * 2**attempt))
        host, port = self._address
        raise UnavailableError(
            f"the collector on {host}:{port} takes nothing ({_reason(said)}); import again"
        )

    def settle(self, advance: Advance) -> None:
        from collector.keeper.rebuild import caught_up

        caught_up(self.runner, advance)

    def _connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection(*self._address, timeout=TIMEOUT_S)


class _ThrownAway:
    """An engine of this process in a folder that is deleted afterwards."""

    def __init__(self, settings: CollectorSettings, folder: Path) -> None:
        from collector.config.model import load_config
        from collector.engine.embedded import EmbeddedEngine
        from collector.engine.migrate import migrate
        from collector.keeper.loop import Keeper

        config = load_config(settings.config_path())
        self._engine = EmbeddedEngine(str(folder / "engine"), settings.database)
        migrate(self._engine, settings.database)
        self.runner: Runner = self._engine
        self._keeper = Keeper(self._engine, config)

    def send(self, signal: str, body: bytes) -> None:
        from collector.engine.result import EngineError

        entry = ENTRIES[signal]
        try:
            self._engine.insert_raw(entry.table, entry.format, body, entry.settings)
        except EngineError as error:
            raise Refused(error.message[:300]) from error

    def settle(self, advance: Advance) -> None:
        self._keeper.prepare()
        done = 0
        while self._keeper.step():
            done += 1
            advance(done, done + 1)
        advance(done + 1, done + 1)

    def close(self) -> None:
        self._engine.close()


@contextmanager
def _thrown_away(settings: CollectorSettings) -> Iterator[_ThrownAway]:
    config = settings.config_path()
    settled = settings.model_copy(update={"config": config.absolute() if config else None})
    before = Path.cwd()
    with tempfile.TemporaryDirectory(prefix="spanledger-dry-run-") as folder:
        # The engine keeps compiled format schemas below the working folder.
        os.chdir(folder)
        try:
            made = _ThrownAway(settled, Path(folder))
            try:
                yield made
            finally:
                made.close()
        finally:
            os.chdir(before)


def _reason(said: bytes) -> str:
    """What a refusal says, in protobuf or JSON."""
    from google.protobuf.message import DecodeError
    from google.rpc.status_pb2 import Status

    try:
        return str(json.loads(said)["message"])
    except (ValueError, KeyError, TypeError):
        pass
    try:
        return Status.FromString(said).message or "no reason given"
    except DecodeError:
        return said.decode(errors="replace")[:200]
