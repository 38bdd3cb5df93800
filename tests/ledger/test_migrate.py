"""The schema can be applied again, is never changed in silence, and says what every column means."""

import pytest

from collector.migrate import MigrationChanged, migrate
from sql.catalogue import names
from tests.ledger.ledger import Ledger


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


def test_a_table_that_was_lost_half_way_is_made_again(ledger: Ledger) -> None:
    ledger.engine.run("DROP TABLE work_tasks")
    ledger.engine.run(
        "ALTER TABLE schema_migrations DELETE WHERE name = '0089_work_tasks'",
        settings={"mutations_sync": "1"},
    )
    assert migrate(ledger.engine, ledger.engine.database) == ["0089_work_tasks"]


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
