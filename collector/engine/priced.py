"""Databases beside the ledger's own in which costs are other ones: as first priced, and at each of the newest books.

In: a runner, the ledger's database. Out: views, made anew only where they differ or are gone.
The ledger works without them: a server may not let us make a database, which is said once in the log.
"""

import hashlib
import logging
from collections.abc import Mapping, Sequence
from typing import Protocol

from collector.engine.runner import Runner, execute, rows
from collector.engine.schema_files import schema_files
from collector.engine.typed import text
from collector.errors import CollectorError
from sql.then import BOOKS_OFFERED, View, book_database, statements, then_database

log = logging.getLogger(__name__)


class Engine(Runner, Protocol):
    """A runner that can also make things in another database than the ledger's."""

    database: str

    def run_in(self, database: str, sql: str, params: Mapping[str, str]) -> None:
        """Runs one statement for its effect, with `database` as the current one."""
        ...


def put_then_views(runner: Engine, database: str) -> None:
    """The database as priced then."""
    _put(runner, database, {then_database(database): list(statements())})


def put_book_views(runner: Engine, database: str) -> None:
    """A database for each of the newest books, where there is more than one; those of older books go."""
    known = list(dict.fromkeys(row["version"] for row in rows(runner, "keeper/book_versions")))
    offered = known[:BOOKS_OFFERED] if len(known) > 1 else []
    if not offered:
        return
    _put(runner, database, {book_database(database, one): list(statements(one)) for one in offered})
    gone = {book_database(database, one) for one in known[BOOKS_OFFERED:]} & _standing(
        runner, database
    ).keys()
    for name in sorted(gone):
        runner.run("DROP DATABASE IF EXISTS {name:Identifier}", {"name": name})


def _put(runner: Engine, database: str, wanted: dict[str, list[View]]) -> None:
    recorded = {row["name"]: row["digest"] for row in rows(runner, "keeper/migrations_recorded")}
    standing = _standing(runner, database)
    # Views hold on to the columns of what they read.
    schema = "".join(file.digest for file in schema_files())
    for name, views in wanted.items():
        digest = _digest(schema, views)
        if recorded.get(f"views of {name}") == digest and standing.get(name, 0) >= len(views):
            continue
        try:
            runner.run("CREATE DATABASE IF NOT EXISTS {name:Identifier}", {"name": name})
            for view in views:
                runner.run_in(name if view.is_inside else database, view.text, {"into": name})
        except CollectorError as error:
            log.warning(
                "other prices cannot be chosen: the views of database %s were not made: %s", name, error
            )
            return
        execute(runner, "keeper/migration_record", {"name": f"views of {name}", "digest": digest})


def _digest(schema: str, views: Sequence[View]) -> str:
    return hashlib.sha256("\n".join([schema, *(view.text for view in views)]).encode()).hexdigest()


def _standing(runner: Runner, database: str) -> dict[str, int]:
    """Databases of views that stand, with how many views each has."""
    found = rows(runner, "keeper/priced_databases", {"prefix": text(f"{database}_")})
    return {row["name"]: int(row["views"]) for row in found}
