"""A ledger for tests: the embedded engine in memory, one a process, one database a test."""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import clickhouse_connect
from clickhouse_connect.driver.client import Client

import sql
from dashboard.data.address import LedgerAddress
from dashboard.data.client import Ledger
from dashboard.serving.settings import DashboardSettings
from sql.reading import BY_PARTITION
from sql.then import IN_FORCE, Prices, priced_database
from tests.dashboard.seed import Traffic

SCHEMA = Path(sql.__file__).parent / "schema"
BOOK_LOADED_AT = f"{datetime.now(UTC) - timedelta(days=200):%Y-%m-%d %H:%M:%S}"
"""Before every window: loaded now, it would lie inside one ledger's window and outside another's."""
ROOMS = (
    "batch_requests",
    "cascade_",
    "spans",
    "key_index",
    "llm_calls",
    "tasks",
    "calls_rollup",
    "summed_",
    "health_",
    "trend_sums",
    "turn_",
    "settled_",
    "task_sample",
    "cache_runs",
    "flight_",
    "call_facts",
    "call_sums",
    "call_levels",
    "task_sums",
    "task_levels",
    "price_",
    "model_",
    "gate_",
    "alert",
    "leases",
    "touched_keys",
    "rejected_spans",
    "stated",
    "usage_metrics",
)
"""Schema files whose names begin so: what pages read, and what that stands on."""

_NUMBERS = itertools.count()


class TestLedger(Ledger):
    """The dashboard's ledger on a database of the embedded engine instead of an HTTP address."""

    __test__ = False

    def __init__(self) -> None:
        super().__init__(DashboardSettings())
        self.database = f"dashboard_{next(_NUMBERS)}"
        self.admin = clickhouse_connect.get_client(interface="chdb")
        self.admin.command(f"CREATE DATABASE {self.database}")
        # In its own database: views and dictionaries name their tables without one.
        inside = clickhouse_connect.get_client(interface="chdb", database=self.database)
        texts = [
            path.read_text(encoding="utf-8")
            for path in sorted(SCHEMA.glob("*.sql"))
            if _is_read(path.stem[5:])
        ]
        # Views and dictionaries after the tables that they stand on.
        for text in sorted(texts, key=lambda text: "CREATE VIEW" in text or "CREATE DICTIONARY" in text):
            inside.command(text)

    def _connect(self, given: LedgerAddress | None = None, prices: Prices = IN_FORCE) -> Client:
        return clickhouse_connect.get_client(
            interface="chdb",
            database=priced_database(self.database, prices),
            tz_mode="aware",
            settings=BY_PARTITION,
        )

    def write_row(self, table: str, row: Mapping[str, Any]) -> None:
        self.insert(table, [dict(row)])

    def insert(self, table: str, rows: Sequence[dict[str, Any]]) -> None:
        """Rows of dictionaries; columns left out take their default."""
        if not rows:
            return
        lines = "\n".join(json.dumps(row, default=_plain) for row in rows)
        self.admin.command(
            f"INSERT INTO {self.database}.{table} SETTINGS max_partitions_per_insert_block = 0 "
            f"FORMAT JSONEachRow {lines}"
        )

    def fill(self, made: Traffic) -> None:
        """Everything of `made`."""
        self.insert("llm_calls", made.calls)
        self.insert("spans", made.spans)
        self.insert("tasks", made.tasks)
        self.insert("calls_rollup", made.rollup)
        self.insert("batch_requests", made.batches)
        self.insert("price_books", [{"version": "test-book 1", "rows": 3, "loaded_at": BOOK_LOADED_AT}])
        for key in ("sipHash64('trace', trace_id)", "sipHash64('task', task_id)"):
            self.admin.command(
                f"INSERT INTO {self.database}.key_index (key, trace_id, ingested_at) "
                f"SELECT DISTINCT {key}, trace_id, ingested_at FROM {self.database}.spans"
            )

    def drop(self) -> None:
        """Removes the database."""
        self.admin.command(f"DROP DATABASE {self.database}")


def _is_read(name: str) -> bool:
    return name.startswith(ROOMS) and "from_recognised" not in name


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(type(value))
