"""Brings the schema of a database up to date: one statement a file, each recorded with its digest.

In: a runner and the database name. Out: the names of the statements that were applied. Safe to run again.
Never: a changed statement applied in silence.
"""

import hashlib
from collections.abc import Mapping

from collector.errors import CollectorError
from collector.runner import Runner, execute, rows
from sql.catalogue import names, statement
from sql.roles import roles_csv

STORING_VIEWS: Mapping[bool, Mapping[str, str | None]] = {
    False: {"store_spans": "views/store_spans_unchecked", "store_spans_checked": "views/store_spans_checked"},
    True: {"store_spans": "views/store_spans_with_content", "store_spans_checked": None},
}
"""Views that keep spans, by whether content is kept; None = must not be there."""


class MigrationChanged(CollectorError):
    """A statement differs from what was applied to this database."""


def migrate(
    runner: Runner, database: str, *, store_content: bool = False, retention_days: int = 30
) -> list[str]:
    """Applies what is missing, loads the attribute roles, and puts the storing views in place.

    Raises MigrationChanged naming the file when an applied statement was edited since.
    """
    runner.run("CREATE DATABASE IF NOT EXISTS {database:Identifier}", {"database": database})
    runner.run("USE {database:Identifier}", {"database": database})
    runner.run(statement("schema/0001_schema_migrations").text)
    recorded = _recorded(runner)
    applied = []
    for name in names("schema"):
        found = statement(f"schema/{name}")
        digest = hashlib.sha256(found.text.encode()).hexdigest()
        if recorded.get(name) == digest:
            continue
        if name in recorded:
            raise MigrationChanged(
                f"sql/schema/{name}.sql was edited after it was applied to database {database}; "
                "put the change into a new file, or start with an empty data folder"
            )
        runner.run(found.text)
        _record(runner, name, digest)
        applied.append(name)
    _load_roles(runner, recorded.get("data/attribute_roles.csv"))
    _put_storing_views(runner, recorded, STORING_VIEWS[store_content])
    if recorded.get("retention", "30") != str(retention_days):
        execute(runner, "keeper/retention", {"days": str(retention_days)})
        _record(runner, "retention", str(retention_days))
    return applied


def _recorded(runner: Runner) -> dict[str, str]:
    return {row["name"]: row["digest"] for row in rows(runner, "keeper/migrations_recorded")}


def _record(runner: Runner, name: str, digest: str) -> None:
    execute(runner, "keeper/migration_record", {"name": name, "digest": digest})


def _load_roles(runner: Runner, recorded: str | None) -> None:
    text = roles_csv()
    digest = hashlib.sha256(text.encode()).hexdigest()
    if digest != recorded:
        runner.run("TRUNCATE TABLE attribute_roles")
        execute(runner, "keeper/attribute_roles_load", {"rows": ";".join(text.split())})
        _record(runner, "data/attribute_roles.csv", digest)
    runner.run("SYSTEM RELOAD DICTIONARY attribute_role")


def _put_storing_views(runner: Runner, recorded: Mapping[str, str], views: Mapping[str, str | None]) -> None:
    for view, name in views.items():
        text = statement(name).text if name else ""
        digest = hashlib.sha256(text.encode()).hexdigest()
        if digest == recorded.get(f"view {view}"):
            continue
        runner.run("DROP VIEW IF EXISTS {name:Identifier}", {"name": view})
        if text:
            runner.run(text)
        _record(runner, f"view {view}", digest)
