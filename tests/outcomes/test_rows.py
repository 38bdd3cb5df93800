"""Files of outcomes: what is taken, and how every faulty line is named."""

from datetime import UTC, datetime

import pytest

from cli.outcome_rows import BadOutcomes, Defaults, OutcomeRow, read_outcomes
from cli.outcome_spans import BATCH_DAYS, BATCH_ROWS, bodies

CHANGED = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
PLAIN = Defaults(CHANGED)


def read(text: str, defaults: Defaults = PLAIN) -> list[OutcomeRow]:
    return read_outcomes(text, "file", defaults)


def faults(text: str) -> list[str]:
    with pytest.raises(BadOutcomes) as refused:
        read(text)
    return str(refused.value).splitlines()


def test_csv_and_json_lines_say_the_same() -> None:
    csv = (
        "task_id,success,checker,checker_kind,useful_units,unit,decided_at,workload\r\n"
        "t1,true,schema,deterministic,2.5,ticket,2026-11-01T10:00:00+01:00,triage\r\n"
        '"t,2",NO,,,,,,\r\n\r\n'
    )
    json_lines = (
        '{"task_id": "t1", "success": true, "checker": "schema", "checker_kind": "deterministic",'
        ' "useful_units": 2.5, "unit": "ticket", "decided_at": "2026-11-01T09:00:00", "workload": "triage"}\n'
        '{"task_id": "t,2", "success": 0, "checker": null, "unit": ""}\n\n'
    )
    by_csv, by_json = read(csv), read(json_lines)
    at = datetime(2026, 11, 1, 9, tzinfo=UTC)
    assert by_csv[0] == OutcomeRow(2, "t1", True, "schema", "deterministic", 2.5, "ticket", at, "triage")
    assert by_csv[1] == OutcomeRow(3, "t,2", False, "", "", None, "", CHANGED, "")
    for one, other in zip(by_csv, by_json, strict=True):
        assert {**vars_of(one), "line": 0} == {**vars_of(other), "line": 0}


def vars_of(row: OutcomeRow) -> dict[str, object]:
    return {name: getattr(row, name) for name in row.__slots__}


def test_defaults_fill_what_lines_leave_out() -> None:
    defaults = Defaults(CHANGED, "support lead", "human", "ticket")
    first, second = read("task_id,success,checker\na,1,\nb,0,other\n", defaults)
    assert (first.checker, first.checker_kind, first.unit) == ("support lead", "human", "ticket")
    assert second.checker == "other"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (",true,", "task_id is empty"),
        ("a,,", "neither success nor useful_units is stated"),
        ("a,maybe,", "success 'maybe' is none of true, false"),
        ("a,true,many", "useful_units 'many' is no number of 0 or more"),
        ("a,true,-1", "useful_units '-1'"),
        ("a,true,inf", "useful_units 'inf'"),
        ("a,true", "2 cells where the first line names 3 columns"),
    ],
)
def test_a_faulty_line_is_named_with_its_number(line: str, said: str) -> None:
    found = faults(f"task_id,success,useful_units\nfine,true,1\n{line}\n")
    assert found[0].startswith("file line 3: ")
    assert said in found[0]
    assert found[-1] == "nothing was imported"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "file line 1: no column task_id"),
        ("task,success\na,true\n", "file line 1: no column task_id"),
        ("task_id,success,success\n", "column success stands twice"),
        ("task_id,succes\na,true\n", "'succes' is no column; did you mean success?"),
        ("task_id,success\n", "holds no outcomes"),
        ('{"task_id": "a", "success": tru}\n', "file line 1: it is no JSON"),
        ('{"task_id": "a", "success": true}\n[1]\n', "file line 2: it is no JSON object"),
        ('{"task_id": 1.5, "success": true}\n', "task_id 1.5 is no text"),
        ('{"task_id": "a", "useful_units": true}\n', "useful_units True"),
        ('{"task_id": "a", "success": true, "checker_kind": "robot"}\n', "'robot' is none of deterministic"),
        ('{"task_id": "a", "success": true, "decided_at": "yesterday"}\n', "'yesterday' is no moment"),
        ('{"task_id": "a", "success": true, "decided_at": "1200-01-01"}\n', "out of range"),
        ('task_id,success\n"a,true\n', "cells"),
    ],
)
def test_what_cannot_be_taken_says_why(text: str, said: str) -> None:
    assert any(said in line for line in faults(text)), faults(text)


def test_many_faults_are_counted_not_printed() -> None:
    found = faults("task_id,success\n" + "a,maybe\n" * 1000)
    assert len(found) == 22
    assert found[-2] == "and 980 more faulty lines"


def test_the_same_rows_are_the_same_bytes_and_each_body_is_bounded() -> None:
    rows = read("task_id,success\n" + "".join(f"t{n},true\n" for n in range(BATCH_ROWS + 1)))
    assert list(bodies(rows)) == list(
        bodies(read("task_id,success\n" + "".join(f"t{n},true\n" for n in range(BATCH_ROWS + 1))))
    )
    assert [count for count, _ in bodies(rows)] == [BATCH_ROWS, 1]
    days = "task_id,success,decided_at\n" + "".join(f"t{n},1,{2020 + n}-01-01\n" for n in range(4))
    assert BATCH_DAYS < 365
    assert [count for count, _ in bodies(read(days))] == [1, 1, 1, 1]
