"""Every recorded payload against what was billed: no wrong number, nothing lost, every call once."""

import pytest

from tests.accounting.case import CASES, Case, cases
from tests.accounting.grade import Grade, is_carried
from tests.accounting.table import PAGE, page
from tests.ledger.ledger import Row

KNOWN_MISSES = CASES.parent / "known_misses.txt"


def known_misses() -> dict[str, str]:
    lines = KNOWN_MISSES.read_text(encoding="utf-8").splitlines()
    return dict(line.split(": ", 1) for line in lines if line and not line.startswith("#"))


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_a_payload_is_read_as_it_was_billed(case: Case, grades: dict[str, Grade]) -> None:
    found = "; ".join(grades[case.name].faults())
    assert found == known_misses().get(case.name, ""), "known_misses.txt may only shrink"


def test_known_misses_are_cases() -> None:
    assert set(known_misses()) <= {case.name for case in cases()}
    assert len(cases()) >= 905


def test_what_is_not_carried_is_never_measured_as_zero(calls_by_case: dict[str, list[Row]]) -> None:
    zeros = [
        case.name
        for case in cases()
        if case.name not in known_misses()
        and len(case.calls) == len(calls_by_case[case.name]) == 1
        and not is_carried(case.carried, case.calls[0], "read")
        and case.calls[0].read
        and calls_by_case[case.name][0]["cache_read_tokens"] == 0
        and not calls_by_case[case.name][0]["pricing_note"]
    ]
    assert zeros == []


def test_the_page_says_what_the_ledger_reads(grades: dict[str, Grade]) -> None:
    assert PAGE.read_text(encoding="utf-8") == page(grades, cases()), (
        "run python -m tests.accounting.table and look at what changed"
    )
