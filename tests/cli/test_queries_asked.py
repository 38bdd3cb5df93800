"""Every parameter of the queries that the command line asks by itself is given."""

from analytics.health.queries import QUERIES
from cli import doctor_report
from cli.prices import ledger as price_ledger
from sql.catalogue import query


def test_doctor_gives_all_that_its_queries_ask() -> None:
    given = {"from_", "to_", *doctor_report.NO_FILTER}
    for name in (*(name for name, _ in QUERIES.values()), "health_examples"):
        assert set(query(name).parameters) <= given, name


def test_unknown_models_are_asked_with_all_that_the_query_wants() -> None:
    assert set(query("unpriced_calls").parameters) <= {*price_ledger.ALL_TIME, *price_ledger.NO_FILTER}
