"""Brings the schema of a database up to date: one statement a file, each recorded with its digest.

In: a runner and the database name. Out: the names of the statements that were applied. Safe to run again.
Never: a changed statement applied in silence.
"""

import hashlib

from collector.errors import CollectorError
from collector.runner import Runner, execute, rows
from sql.catalogue import ROOT, names, statement

CONTENT_VIEWS = {False: "views/store_spans", True: "views/store_spans_with_content"}


class MigrationChanged(CollectorError):
    """A statement differs from what was applied to this database."""


def migrate(runner: Runner, database: str, *, store_content: bool = False) -> list[str]:
    """Applies what is missing, loads the attribute roles, and puts the storing view in place.

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
                f"sql/schema/{name}.sql was edited after it was applied to database {database}; put the change into a new file, or start with an empty data folder"
            )
        runner.run(found.text)
        _record(runner, name, digest)
        applied.append(name)
    _load_roles(runner, recorded.get("data/attribute_roles.csv"))
    _put_storing_view(runner, recorded.get("views/store_spans"), store_content)
    return applied


def _recorded(runner: Runner) -> dict[str, str]:
    return {row["name"]: row["digest"] for row in rows(runner, "keeper/migrations_recorded")}


def _record(runner: Runner, name: str, digest: str) -> None:
    execute(runner, "keeper/migration_record", {"name": name, "digest": digest})


def _load_roles(runner: Runner, recorded: str | None) -> None:
    text = (ROOT / "data" / "attribute_roles.csv").read_text(encoding="utf-8")
    digest = hashlib.sha256(text.encode()).hexdigest()
    if digest != recorded:
        runner.run("TRUNCATE TABLE attribute_roles")
        execute(runner, "keeper/attribute_roles_load", {"rows": ";".join(text.split())})
        _record(runner, "data/attribute_roles.csv", digest)
    runner.run("SYSTEM RELOAD DICTIONARY attribute_role")


def _put_storing_view(runner: Runner, recorded: str | None, store_content: bool) -> None:
    found = statement(CONTENT_VIEWS[store_content])
    digest = hashlib.sha256(found.text.encode()).hexdigest()
    if digest == recorded:
        return
    runner.run("DROP VIEW IF EXISTS store_spans")
    runner.run(found.text)
    _record(runner, "views/store_spans", digest)
