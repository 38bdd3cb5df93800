"""Brings the schema of a database up to date: one statement a file, each recorded with its digest.

In: a runner and the database name. Out: the names of the statements that were applied. Safe to run again.
Never: a table that keeps rows changed in silence.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence

from collector.engine.priced import Engine, put_then_views
from collector.engine.runner import Runner, execute, rows
from collector.engine.schema_files import SchemaFile, schema_files
from collector.errors import CollectorError
from sql.catalogue import statement
from sql.roles import emitter_rules_csv, roles_csv

STORING_VIEWS: Mapping[bool, Mapping[str, str | None]] = {
    False: {
        "store_spans": "views/store_spans_unchecked",
        "store_spans_checked": "views/store_spans_checked",
        "pick_undecoded": "views/pick_undecoded_checked",
        "store_decoded": "views/store_decoded_checked",
    },
    True: {
        "store_spans": "views/store_spans_with_content",
        "store_spans_checked": None,
        "pick_undecoded": "views/pick_undecoded_whole",
        "store_decoded": "views/store_decoded_whole",
    },
}
"""Views that keep spans, by whether content is kept; None = must not be there."""


_NUMBERED = re.compile(r"\d{4}_")
_REPLACEABLE = frozenset({"View", "MaterializedView", "Dictionary", "Null", "Memory"})


_ALTHOUGH_NEEDED = {"check_table_dependencies": "0"}
"""What reads it by name, a dictionary its view say, finds the new one."""


class MigrationChanged(CollectorError):
    """A statement differs from what was applied to this database."""


def migrate(
    runner: Engine, database: str, *, store_content: bool = False, retention_days: int = 30
) -> list[str]:
    """Applies what is missing, loads what recognition knows, and puts the storing views in place.

    Raises MigrationChanged naming the file when an applied statement was edited since.
    """
    runner.run("CREATE DATABASE IF NOT EXISTS {database:Identifier}", {"database": database})
    runner.run("USE {database:Identifier}", {"database": database})
    runner.run(statement("schema/0001_schema_migrations").text)
    recorded = _recorded(runner)
    files = schema_files()
    applied = _make_tables(runner, database, files, recorded)
    applied += _make_anew(runner, files, recorded, tables_changed=bool(applied))
    _load_data(runner, recorded, "attribute_roles", "attribute_role", roles_csv())
    _load_data(runner, recorded, "emitter_rules", "emitter_rule", emitter_rules_csv())
    runner.run("SYSTEM RELOAD DICTIONARY log_rule")
    _put_storing_views(runner, recorded, STORING_VIEWS[store_content])
    put_then_views(runner, database)
    if recorded.get("retention", "30") != str(retention_days):
        execute(runner, "keeper/retention", {"days": str(retention_days)})
        _record(runner, "retention", str(retention_days))
    return applied


def _make_tables(
    runner: Runner, database: str, files: Sequence[SchemaFile], recorded: Mapping[str, str]
) -> list[str]:
    """Makes the tables that keep rows, each once and for good."""
    applied = []
    for file in files:
        if not file.keeps_rows or recorded.get(file.name) == file.digest:
            continue
        if file.name in recorded:
            raise MigrationChanged(
                f"sql/schema/{file.name}.sql was edited after it was applied to database {database}; "
                "put the change into a new file, or start with an empty data folder"
            )
        runner.run(file.text)
        _record(runner, file.name, file.digest)
        applied.append(file.name)
    return applied


def _make_anew(
    runner: Runner, files: Sequence[SchemaFile], recorded: dict[str, str], *, tables_changed: bool
) -> list[str]:
    """Makes what keeps no rows, anew where its file changed or is gone, or may copy the columns of a changed table.

    All triggers are made anew with it, because they hold on to what they read.
    What is missing is made whatever is recorded, so that a migration broken off anywhere is completed by the next.
    """
    standing = _standing(runner)
    light = [file for file in files if not file.keeps_rows]
    due = [
        file
        for file in light
        if file.digest != recorded.get(file.name)
        or file.target not in standing
        or (tables_changed and file.copies_columns)
    ]
    files_by_name = {file.name for file in files}
    gone = [
        name[5:]
        for name in recorded
        if _NUMBERED.match(name) and name not in files_by_name and standing.get(name[5:]) in _REPLACEABLE
    ]
    if not due and not gone:
        return []
    triggers = [file.target for file in light if file.is_trigger] + list(STORING_VIEWS[False])
    for name in triggers:
        runner.run("DROP VIEW IF EXISTS {name:Identifier}", {"name": name})
    for name in [file.target for file in reversed(due) if not file.is_trigger] + gone:
        what = {"Dictionary": "DICTIONARY", "View": "VIEW"}.get(standing.get(name, ""), "TABLE")
        runner.run(f"DROP {what} IF EXISTS {{name:Identifier}}", {"name": name}, _ALTHOUGH_NEEDED)
    for file in sorted(light, key=lambda file: (file.is_trigger, file.name)):
        if file in due or file.is_trigger:
            runner.run(file.text)
            _record(runner, file.name, file.digest)
    return [file.name for file in due]


def _standing(runner: Runner) -> dict[str, str]:
    """Engine of every table, view and dictionary of the database, by name."""
    return {row["name"]: row["engine"] for row in rows(runner, "keeper/schema_objects")}


def _recorded(runner: Runner) -> dict[str, str]:
    return {row["name"]: row["digest"] for row in rows(runner, "keeper/migrations_recorded")}


def _record(runner: Runner, name: str, digest: str) -> None:
    execute(runner, "keeper/migration_record", {"name": name, "digest": digest})


def _load_data(runner: Runner, recorded: Mapping[str, str], table: str, dictionary: str, text: str) -> None:
    """Fills `table` from `sql/data/<table>.csv` when its text changed, and has its dictionary read again."""
    digest = hashlib.sha256(text.encode()).hexdigest()
    if digest != recorded.get(f"data/{table}.csv"):
        runner.run("TRUNCATE TABLE {name:Identifier}", {"name": table})
        execute(runner, f"keeper/{table}_load", {"rows": ";".join(text.splitlines())})
        _record(runner, f"data/{table}.csv", digest)
    runner.run("SYSTEM RELOAD DICTIONARY {name:Identifier}", {"name": dictionary})


def _put_storing_views(runner: Runner, recorded: Mapping[str, str], views: Mapping[str, str | None]) -> None:
    standing = _standing(runner)
    for view, name in views.items():
        text = statement(name).text if name else ""
        digest = hashlib.sha256(text.encode()).hexdigest()
        if digest == recorded.get(f"view {view}") and (view in standing) == bool(text):
            continue
        runner.run("DROP VIEW IF EXISTS {name:Identifier}", {"name": view})
        if text:
            runner.run(text)
        _record(runner, f"view {view}", digest)
