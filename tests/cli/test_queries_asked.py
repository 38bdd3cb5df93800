"""What the command line asks by itself is given every parameter that its queries have."""

import pytest

from analytics.health.queries import QUERIES
from cli.prices.ledger import ALL_TIME
from sql.catalogue import names, query

PERIOD = {"from_", "to_"}


@pytest.mark.parametrize("name", [*(name for name, _ in QUERIES.values()), "health_examples"])
def test_doctor_gives_all_that_its_queries_ask(name: str) -> None:
    assert set(query(name).parameters) - set(query(name).no_filter) <= PERIOD


def test_unknown_models_are_asked_with_all_that_the_query_wants() -> None:
    asked = query("unpriced_calls")
    assert set(asked.parameters) == {*ALL_TIME, *asked.no_filter}
    assert {"workloads", "tenants"} <= set(asked.no_filter)


def test_no_query_changes_settings_that_a_reader_may_not() -> None:
    """A folder that no collector has open is read with every setting locked."""
    assert [name for name in names("queries") if "SETTINGS" in query(name).text] == ["reprice_preview"]
