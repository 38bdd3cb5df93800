"""The dashboard's way to the ledger: a pool of ClickHouse HTTP clients, one query each at a time.

In: a query's name and typed parameters. Out: frozen rows. Raises DashboardError only, with words for a page.
"""

from __future__ import annotations

import dataclasses
import json
import queue
import threading
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from typing import Any, TypeVar

import clickhouse_connect
from clickhouse_connect import common
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError, DatabaseError
from urllib3.exceptions import HTTPError

from dashboard.data.address import LedgerAddress, ledger_address, writer_address
from dashboard.data.errors import DashboardError, LedgerRefused, LedgerUnreachable, NotForViewer
from dashboard.parts import price_choice
from dashboard.serving import access
from dashboard.serving.settings import DashboardSettings
from sql import catalogue
from sql.reading import BY_PARTITION, EMBEDDED
from sql.then import IN_FORCE, Prices, has_then, priced_database
from sql.together import given_together, together

Row = TypeVar("Row")
Parameter = str | int | float | datetime | Sequence[str]

BY_ID = frozenset(
    {
        "ledger_status",
        "price_books",
        "task",
        "task_calls",
        "task_spans",
        "investigate_health",
        "change_spread",
        "change_at_prices",
    }
)
"""Queries that name no workload: what they answer is checked by whoever asks, or tells of no workload."""

OF_ONE_TASK = frozenset({"ledger_status", "price_books", "task", "task_calls", "task_spans"})
"""Those of them that a viewer of single tenants may ask: who asks checks the task's tenant, or none is told of."""

FOR_TENANTS = {
    "filter_values": "task_filter_values",
    "call_figures": "call_figures_of_tenants",
    "call_trend": "call_trend_of_tenants",
    "call_workloads": "call_workloads_of_tenants",
    "call_models": "call_models_of_tenants",
    "escalation_trend": "escalation_trend_of_tenants",
    "review_days": "review_days_of_tenants",
}
"""Queries of sums by the minute, which know no tenant, and what answers the same for a viewer of single ones."""

CLIENTS = 6
QUERY_TIMEOUT_S = 30
OTHER_PRICES_TIMEOUT_S = 180
"""At prices other than those in force, calls are priced and read one by one."""
CONNECT_TIMEOUT_S = 3

# A user who may not change settings still gets answers, only later.
common.set_setting("invalid_setting_action", "drop")

_lock = threading.Lock()
_given: list[Ledger] = []


class Ledger:
    """Reads the ledger. One instance serves the whole process."""

    def __init__(self, settings: DashboardSettings) -> None:
        self._settings = settings
        self._idle: defaultdict[Prices, queue.LifoQueue[Client]] = defaultdict(queue.LifoQueue)
        self._slots = threading.BoundedSemaphore(CLIENTS)
        self._workers = ThreadPoolExecutor(CLIENTS, thread_name_prefix="ledger")

    @property
    def address(self) -> LedgerAddress:
        """Where the ledger is looked for now."""
        return ledger_address(self._settings)

    def rows(self, name: str, row_type: type[Row], parameters: Mapping[str, Parameter]) -> list[Row]:
        """Rows of the catalogue's query `name`. Parameters that the query does not name are ignored.

        Raises LedgerUnreachable, LedgerRefused.
        """
        name = asked_for(name)
        return self._rows(name, row_type, self._theirs(name, parameters), price_choice.chosen())

    def _rows(
        self, name: str, row_type: type[Row], used: Mapping[str, Parameter], prices: Prices
    ) -> list[Row]:
        with self._slots:
            columns, found = self._ask(catalogue.query(name), used, prices)
        return [_row(row_type, columns, values) for values in found]

    def _theirs(self, name: str, parameters: Mapping[str, Parameter]) -> dict[str, Parameter]:
        """The parameters that the query names, narrowed to what the viewer of the running page may see."""
        text = catalogue.query(name).text
        used = {key: value for key, value in parameters.items() if f"{{{key}:" in text}
        viewer = access.current()
        if "{tenants:" in text:
            used["tenants"] = viewer.tenants or used.get("tenants", ())
        elif viewer.tenants and name not in OF_ONE_TASK:
            raise NotForViewer(
                "This is not for viewers of single tenants",
                f"query {name}",
                "Ask whoever runs the ledger for more.",
            )
        if not viewer.workloads or name in BY_ID:
            return used
        if "{workloads:" not in text:
            raise NotForViewer(
                "This is not for viewers of single workloads",
                f"query {name}",
                "Ask whoever runs the ledger for more.",
            )
        chosen = used.get("workloads", ())
        assert not isinstance(chosen, (str, int, float, datetime))
        return {**used, "workloads": access.narrowed(tuple(chosen))}

    def raw(self, name: str, parameters: Mapping[str, Parameter]) -> tuple[list[str], list[tuple[Any, ...]]]:
        """Columns and rows as the ledger gives them. Raises as `rows`."""
        name = asked_for(name)
        used = self._theirs(name, parameters)
        with self._slots:
            columns, found = self._ask(catalogue.query(name), used, price_choice.chosen())
        return list(columns), [tuple(row) for row in found]

    def later(
        self, name: str, row_type: type[Row], parameters: Mapping[str, Parameter]
    ) -> Callable[[], list[Row]]:
        """Starts the query beside others; calling the result waits for its rows."""
        # Who looks, and by which prices, is known in this thread only.
        name = asked_for(name)
        used, prices = self._theirs(name, parameters), price_choice.chosen()
        future: Future[list[Row]] = self._workers.submit(self._rows, name, row_type, used, prices)
        return future.result

    def later_together(
        self, asked: Sequence[tuple[str, type[Any], Mapping[str, Parameter]]]
    ) -> Callable[[], list[list[Any]]]:
        """Starts several small queries as one; calling the result waits for the rows of each."""
        names = [asked_for(name) for name, _, _ in asked]
        used = [self._theirs(name, given) for name, (_, _, given) in zip(names, asked, strict=True)]
        parts = [(name, row_type) for name, (_, row_type, _) in zip(names, asked, strict=True)]
        future = self._workers.submit(self._rows_together, parts, used, price_choice.chosen())
        return future.result

    def _rows_together(
        self,
        parts: Sequence[tuple[str, type[Any]]],
        used: Sequence[Mapping[str, Parameter]],
        prices: Prices,
    ) -> list[list[Any]]:
        statements = [catalogue.query(name) for name, _ in parts]
        columns = [_columns(one, row_type) for one, (_, row_type) in zip(statements, parts, strict=True)]
        if len({has_then(one) for one in statements}) > 1:
            raise ValueError(f"{' and '.join(name for name, _ in parts)} are not asked at the same prices")
        whole = together(list(zip(statements, columns, strict=True)))
        with self._slots:
            _, found = self._ask(whole, given_together(used), prices)
        return [
            [_row(row_type, names, values) for values in rows]
            for (_, row_type), names, rows in zip(parts, columns, found[0], strict=True)
        ]

    def write_row(self, table: str, row: Mapping[str, Any]) -> None:
        """One row, as JSON; only `dashboard.data.marks` writes. Raises LedgerUnreachable, LedgerRefused."""
        if access.current().is_narrow:
            raise NotForViewer(
                "Viewers of a part of the ledger may not write",
                f"table {table}",
                "Ask whoever runs the ledger for more.",
            )
        try:
            client = self._connect(writer_address(self._settings))
            try:
                client.raw_insert(table, insert_block=json.dumps(row).encode(), fmt="JSONEachRow")
            finally:
                client.close()
        except (ClickHouseError, HTTPError, OSError) as error:
            if isinstance(error, DatabaseError) and not _is_lost(error):
                raise self._refused(error) from error
            raise self._unreachable(error) from error

    def _ask(
        self, asked: catalogue.Statement, parameters: Mapping[str, Parameter], prices: Prices
    ) -> tuple[Sequence[str], Sequence[Sequence[Any]]]:
        fresh = False
        meant = prices if has_then(asked) else IN_FORCE
        idle = self._idle[meant]
        while True:
            try:
                client = idle.get_nowait()
            except queue.Empty:
                client, fresh = self._connect(prices=meant), True
            try:
                result = client.query(asked.text, parameters=_bound(parameters))
            except (ClickHouseError, HTTPError, OSError) as error:
                if _is_late(error):
                    client.close()
                    raise self._unreachable(error) from error
                if isinstance(error, DatabaseError) and not _is_lost(error):
                    idle.put(client)
                    raise self._refused(error) from error
                client.close()
                # A pooled connection may be older than the collector; only a fresh one proves anything.
                if fresh:
                    raise self._unreachable(error) from error
                continue
            idle.put(client)
            return result.column_names, result.result_rows

    def _connect(self, given: LedgerAddress | None = None, prices: Prices = IN_FORCE) -> Client:
        address = given or self.address
        try:
            return clickhouse_connect.get_client(
                host=address.host,
                port=address.port,
                username=address.username,
                password=address.password,
                database=priced_database(address.database, prices),
                secure=address.secure,
                connect_timeout=CONNECT_TIMEOUT_S,
                send_receive_timeout=QUERY_TIMEOUT_S if prices == IN_FORCE else OTHER_PRICES_TIMEOUT_S,
                query_retries=0,
                tz_mode="aware",
                autogenerate_session_id=False,
                autogenerate_query_id=False,
                settings=EMBEDDED if address.is_embedded else BY_PARTITION,
            )
        except (ClickHouseError, HTTPError, OSError) as error:
            raise self._unreachable(error) from error

    def _unreachable(self, error: Exception) -> LedgerUnreachable:
        text = str(error)
        if "AUTHENTICATION_FAILED" in text or "REQUIRED_PASSWORD" in text or "HTTP status 401" in text:
            return LedgerUnreachable(
                "The ledger does not accept the dashboard's password",
                self.address.shown,
                "The dashboard reads it from the data folder; start both with the same SPANLEDGER_DATA.",
            )
        if "UNKNOWN_DATABASE" in text:
            return LedgerUnreachable(
                f"The ledger has no database “{self.address.database}” yet",
                self.address.shown,
                "The collector creates it when it starts; start it, or correct SPANLEDGER_DATABASE.",
            )
        if _is_late(error):
            return LedgerUnreachable(
                f"The ledger has not answered within {QUERY_TIMEOUT_S} s",
                self.address.shown,
                "It is there, but busy or short of memory. This page tries again by itself; a shorter range or a "
                "filter asks less of it.",
            )
        return LedgerUnreachable(
            "The ledger does not answer",
            self.address.shown,
            "Start it with `spanledger up`, or correct SPANLEDGER_CLICKHOUSE_URL. "
            "This page tries again by itself.",
        )

    def _refused(self, error: Exception) -> DashboardError:
        text = str(error)
        if any(sign in text for sign in ("AUTHENTICATION_FAILED", "REQUIRED_PASSWORD", "UNKNOWN_DATABASE")):
            return self._unreachable(error)
        if any(sign in text for sign in ("UNKNOWN_TABLE", "UNKNOWN_FUNCTION", "UNKNOWN_IDENTIFIER")):
            advice = "Its tables are older than this dashboard; start the collector of the same version once."
        elif "TIMEOUT_EXCEEDED" in text or "TOO_SLOW" in text:
            advice = "Choose a shorter time range or a filter."
        elif "MEMORY_LIMIT_EXCEEDED" in text:
            advice = "The ledger is short of memory; choose a shorter time range or a filter."
        else:
            advice = "The collector's log has the details."
        return LedgerRefused(f"The ledger refused a query: {_said(text)}", self.address.shown, advice)


def asked_for(name: str) -> str:
    """The query that answers `name` for the viewer of the running page."""
    return FOR_TENANTS.get(name, name) if access.current().tenants else name


def ledger() -> Ledger:
    """The process's ledger; unless one was given, made by the environment's settings on first use."""
    with _lock:
        if not _given:
            _given.append(Ledger(DashboardSettings()))
        return _given[0]


def use(one: Ledger | None) -> None:
    """Gives the process its ledger; None goes back to the environment's."""
    with _lock:
        _given[:] = [one] if one else []


def _bound(parameters: Mapping[str, Parameter]) -> dict[str, Any]:
    # Without the suffix the client drops the fraction of a second.
    return {
        f"{name}_64" if isinstance(value, datetime) else name: list(value)
        if not isinstance(value, (str, int, float, datetime))
        else value
        for name, value in parameters.items()
    }


def _row(row_type: type[Row], columns: Sequence[str], values: Sequence[Any]) -> Row:
    wanted = {field.name for field in dataclasses.fields(row_type)}  # type: ignore[arg-type]  # rows are dataclasses
    found = {
        name: tuple(value) if isinstance(value, (list, tuple)) else value
        for name, value in zip(columns, values, strict=True)
        if name in wanted
    }
    return row_type(**found)


def _columns(asked: catalogue.Statement, row_type: type[Any]) -> tuple[str, ...]:
    """Columns that rows are made of: what has a default may be missing, and is then not among those of the header."""
    said = {entry.split()[0] for entry in asked.columns.split(";") if entry.strip()}
    return tuple(
        field.name
        for field in dataclasses.fields(row_type)
        if field.default is dataclasses.MISSING or field.name in said
    )


def _is_late(error: Exception) -> bool:
    """Whether a connection stood and no answer came in time."""
    text = str(error).lower()
    return "read timed out" in text or "read timeout" in text


def _is_lost(error: Exception) -> bool:
    """Whether the connection failed, which the client tells as an error of the database too."""
    return isinstance(error.__cause__ or error.__context__, (HTTPError, OSError))


def _said(text: str) -> str:
    """What the engine says, without what client and engine put around it."""
    first = text.strip().splitlines()[0] if text.strip() else ""
    _, _, after = first.partition("DB::Exception: ")
    return ((after or first).partition(" (version ")[0].partition(" (for url ")[0] or "no reason given")[:200]
