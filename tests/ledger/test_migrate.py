"""The schema can be applied again, is never changed in silence, and says what every column means."""

import pytest

from collector.engine.migrate import MigrationChanged, migrate
from sql.catalogue import names
from tests.ledger.ledger import Ledger
from tests.ledger.spans import call, task


def test_applied_again_it_does_nothing(ledger: Ledger) -> None:
    before = ledger.rows(
        "SELECT name, create_table_query FROM system.tables WHERE database = currentDatabase() ORDER BY name"
    )
    assert migrate(ledger.engine, ledger.engine.database) == []
    after = ledger.rows(
        "SELECT name, create_table_query FROM system.tables WHERE database = currentDatabase() ORDER BY name"
    )
    assert after == before


def test_every_statement_is_recorded(ledger: Ledger) -> None:
    recorded = {row["name"] for row in ledger.rows("SELECT name FROM schema_migrations")}
    assert set(names("schema")) <= recorded


def test_an_edited_statement_is_refused_by_name(ledger: Ledger) -> None:
    of = "SELECT digest FROM schema_migrations FINAL WHERE name = '0060_tasks'"
    digest = ledger.value(of)
    record = "INSERT INTO schema_migrations (name, digest) VALUES ('0060_tasks', {digest:String})"
    ledger.engine.run(record, {"digest": "another"})
    with pytest.raises(MigrationChanged) as refused:
        migrate(ledger.engine, ledger.engine.database)
    assert "sql/schema/0060_tasks.sql was edited after it was applied" in str(refused.value)
    assert "put the change into a new file" in str(refused.value)
    ledger.engine.run(record, {"digest": digest})
    assert migrate(ledger.engine, ledger.engine.database) == []


@pytest.mark.parametrize(
    "name",
    ["0028_recognise", "0022_attribute_names", "0023_attribute_role", "0011_otlp_spans", "0089_work_tasks"],
)
def test_what_keeps_no_rows_is_made_anew_when_its_file_changed(ledger: Ledger, name: str) -> None:
    ledger.take(task("root", "ticket-1", "refunds"), call("one", parent="root"))
    ledger.engine.run(
        "INSERT INTO schema_migrations (name, digest) VALUES ({name:String}, 'another')", {"name": name}
    )
    assert migrate(ledger.engine, ledger.engine.database) == [name]
    ledger.take(call("two", parent="root", at=2))
    assert ledger.value("SELECT count() FROM otel_traces") == 3
    assert [(row["task_id"], row["calls"]) for row in ledger.tasks()] == [("ticket-1", 2)]


@pytest.mark.parametrize(
    ("kind", "lost"),
    [("VIEW", "store_spans"), ("VIEW", "recognise"), ("VIEW", "attribute_names"), ("TABLE", "otel_intake")],
)
def test_a_migration_broken_off_is_completed_by_the_next(ledger: Ledger, kind: str, lost: str) -> None:
    ledger.engine.run(f"DROP {kind} {lost}", settings={"check_table_dependencies": "0"})
    migrate(ledger.engine, ledger.engine.database)
    ledger.take(task("root", "ticket-1", "refunds"), call("one", parent="root"))
    assert [(row["task_id"], row["calls"]) for row in ledger.tasks()] == [("ticket-1", 1)]


def test_a_view_of_the_user_stays(ledger: Ledger) -> None:
    ledger.engine.run("CREATE VIEW my_view AS SELECT count() AS n FROM tasks")
    ledger.engine.run("INSERT INTO schema_migrations (name, digest) VALUES ('0028_recognise', 'another')")
    migrate(ledger.engine, ledger.engine.database)
    assert ledger.value("SELECT n FROM my_view") == 0
    ledger.engine.run("DROP VIEW my_view")


def test_every_table_and_column_has_a_comment(ledger: Ledger) -> None:
    tables = ledger.rows(
        "SELECT name FROM system.tables WHERE database = currentDatabase() AND comment = ''"
        " AND engine NOT IN ('View', 'MaterializedView') AND NOT startsWith(name, '.')"
    )
    assert tables == []
    columns = ledger.rows(
        "SELECT table, name FROM system.columns WHERE database = currentDatabase() AND comment = ''"
        " AND table IN (SELECT name FROM system.tables WHERE database = currentDatabase()"
        " AND engine NOT IN ('View', 'MaterializedView', 'Dictionary')) AND NOT startsWith(table, '.')"
    )
    assert columns == []
