"""A ledger for tests: one engine a process, emptied between tests; what comes out is read as plain rows."""

import atexit
import json
import os
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import timedelta
from functools import cache
from typing import Any, Protocol

from opentelemetry.proto.trace.v1.trace_pb2 import Span

from collector.config.model import Config, parse_config
from collector.engine.embedded import EmbeddedEngine
from collector.engine.migrate import migrate
from collector.engine.server import ServerEngine
from collector.keeper.loop import Keeper, KeeperPace
from collector.keeper.rebuild import touch_range
from sql.otlp import TRACES_FORMAT, TRACES_SETTINGS, TRACES_TABLE
from tests.ledger.spans import NOON, request, span_bytes, trace_bytes

DATABASE = "ledger_tests" + os.environ.get("PYTEST_XDIST_WORKER", "")
SERVER_URL = os.environ.get("SPANLEDGER_TEST_CLICKHOUSE_URL", "")
KEPT = ("schema_migrations", "attribute_roles", "emitter_rules", "price_book", "price_books")
FILLED = (
    "SELECT name FROM system.tables"
    " WHERE database = currentDatabase() AND engine LIKE '%MergeTree' AND ifNull(total_rows, 1) > 0"
)
SNAPSHOTS = {
    "calls": "SELECT * EXCEPT (ingested_at, version, is_deleted) FROM llm_calls FINAL ORDER BY trace_id, span_id",
    "tasks": "SELECT * EXCEPT (version, is_deleted) FROM tasks FINAL ORDER BY task_id",
    "rollup": "SELECT minute, bucket_s, workload, provider, model, tier, agent, environment, service_class,"
    " COLUMNS('_usd$|_tokens$|calls$|attempts|duration_s') APPLY sum FROM calls_rollup FINAL GROUP BY ALL ORDER BY ALL",
}
READING = {
    "output_format_json_quote_64bit_integers": "0",
    "output_format_json_quote_decimals": "1",
    "output_format_json_validate_utf8": "1",
}

Row = dict[str, Any]


class Engine(Protocol):
    """An engine with one current database."""

    database: str

    def run(
        self,
        sql: str,
        params: Mapping[str, str] | None = None,
        settings: Mapping[str, str] | None = None,
        fmt: str = "JSONEachRow",
    ) -> bytes: ...

    def run_in(self, database: str, sql: str, params: Mapping[str, str]) -> None: ...

    def insert_raw(self, table: str, fmt: str, data: bytes, settings: Mapping[str, str]) -> object: ...

    def settled(self) -> AbstractContextManager[int]: ...

    def close(self) -> None: ...


class Around:
    """Another's engine, with a look at every statement before it runs: to note it, or to fail."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.database = engine.database

    def before(self, sql: str, params: Mapping[str, str] | None) -> None:
        """Called with each statement."""

    def run(
        self,
        sql: str,
        params: Mapping[str, str] | None = None,
        settings: Mapping[str, str] | None = None,
        fmt: str = "JSONEachRow",
    ) -> bytes:
        self.before(sql, params)
        return self._engine.run(sql, params, settings, fmt)

    def settled(self) -> AbstractContextManager[int]:
        return self._engine.settled()

    def insert_raw(self, table: str, fmt: str, data: bytes, settings: Mapping[str, str]) -> object:
        return self._engine.insert_raw(table, fmt, data, settings)

    def run_in(self, database: str, sql: str, params: Mapping[str, str]) -> None:
        self._engine.run_in(database, sql, params)

    def close(self) -> None:
        """The engine is another's."""


def open_engine(database: str = DATABASE) -> Engine:
    """The embedded engine in memory, or the server that SPANLEDGER_TEST_CLICKHOUSE_URL names."""
    if SERVER_URL:
        server = ServerEngine(SERVER_URL, database)
        server.run("DROP DATABASE IF EXISTS {name:Identifier}", {"name": server.database})
        return server
    return EmbeddedEngine(":memory:", database)


@cache
def only_ledger() -> "Ledger":
    """The ledger of this process, shared by every room of tests: engines in memory are one and the same."""
    engine = open_engine()
    atexit.register(engine.close)
    return Ledger(engine)


class Ledger:
    """Takes spans, has them recomputed, reads what stands."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.config = Config()
        self.pace = KeeperPace()
        self.now_ns: Callable[[], int] = time.time_ns
        migrate(engine, engine.database)
        # The tests' noon lies in the past for good.
        engine.run("ALTER TABLE otel_traces REMOVE TTL")
        self.keeper = self.new_keeper()

    def new_keeper(self, engine: Engine | None = None) -> Keeper:
        """A keeper that knows nothing, as after a start."""
        self.keeper = Keeper(engine or self.engine, self.config, self.pace, self.now_ns)
        return self.keeper

    def configure(self, yaml: str) -> None:
        """From here on the keeper works by this spanledger.yaml."""
        self.config = parse_config(yaml.encode(), "spanledger.yaml")
        self.new_keeper()

    def clear(self) -> None:
        """Empties every table but the price book, and begins with a new keeper."""
        for row in self.rows(FILLED):
            if row["name"] not in KEPT:
                self.engine.run(f"TRUNCATE TABLE {row['name']}")
        self.config = Config()
        self.pace = KeeperPace()
        self.now_ns = time.time_ns
        self.new_keeper()

    def send(self, *spans: Span, **of: Any) -> None:
        """One export request."""
        self.send_bytes(request(spans, **of))

    def send_bytes(self, body: bytes) -> None:
        """One insert of raw bytes."""
        self.engine.insert_raw(TRACES_TABLE, TRACES_FORMAT, body, TRACES_SETTINGS)

    def catch_up(self) -> int:
        """Has everything recomputed that waits; returns the number of batches."""
        return self.keeper.catch_up()

    def rebuild(self, from_s: float | None = None) -> None:
        """Has everything recomputed, or what started `from_s` seconds after noon and later."""
        from_ = None if from_s is None else NOON + timedelta(seconds=from_s)
        touch_range(self.engine, from_, None)
        self.catch_up()

    def take(self, *spans: Span, **of: Any) -> None:
        """Sends and catches up."""
        self.send(*spans, **of)
        self.catch_up()

    def rows(self, sql: str, **params: str) -> list[Row]:
        """Rows of any statement."""
        return [json.loads(line) for line in self.engine.run(sql, params, READING).splitlines()]

    def value(self, sql: str) -> Any:
        """The one value of a statement."""
        (row,) = self.rows(sql)
        return next(iter(row.values()))

    def calls(self, **where: str) -> list[Row]:
        """Calls as they stand, by trace and span id."""
        found = self.rows(SNAPSHOTS["calls"])
        return [row for row in found if all(row[name] == value for name, value in where.items())]

    def call(self, name: str, trace: str = "t") -> Row:
        """The one call that the tests call `name`."""
        (row,) = self.calls(trace_id=trace_bytes(trace).hex(), span_id=span_bytes(name).hex())
        return row

    def tasks(self) -> list[Row]:
        """Tasks as they stand, by id."""
        return self.rows(SNAPSHOTS["tasks"])

    def task(self, task_id: str) -> Row:
        """The one task of this id."""
        (row,) = [row for row in self.tasks() if row["task_id"] == task_id]
        return row

    def snapshot(self) -> dict[str, list[Row]]:
        """Everything that stands: calls, tasks and sums, without when and by which batch it was written."""
        return {name: self.rows(sql) for name, sql in SNAPSHOTS.items()}


def only(rows: Sequence[Row]) -> Row:
    """The one row."""
    (row,) = rows
    return row
