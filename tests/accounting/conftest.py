"""One engine a session; every case is played once and read by many tests."""

import pytest

from tests.accounting.case import cases
from tests.accounting.grade import Grade, grade
from tests.accounting.run import play
from tests.ledger.ledger import Ledger, Row, only_ledger


@pytest.fixture(scope="session")
def ledger() -> Ledger:
    return only_ledger()


@pytest.fixture(scope="session")
def calls_by_case(ledger: Ledger) -> dict[str, list[Row]]:
    return play(ledger, cases())


@pytest.fixture(scope="session")
def grades(calls_by_case: dict[str, list[Row]]) -> dict[str, Grade]:
    return {case.name: grade(case, calls_by_case[case.name]) for case in cases()}
