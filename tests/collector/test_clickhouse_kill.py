"""KILL QUERY by query_id: drivers stop queries of theirs with it, readers too."""

import threading
import time

import pytest

from collector.clickhouse.kill import killed_ids
from collector.clickhouse.tokens import tokens
from tests.collector.conftest import RunningCollector
from tests.collector.test_clickhouse_raw import Answer, ask

ENDLESS = "SELECT sleepEachRow(1) FROM numbers(1000) SETTINGS max_block_size = 1"


def begin(collector: RunningCollector, query_id: str, user: str) -> tuple[threading.Thread, list[Answer]]:
    answers: list[Answer] = []
    thread = threading.Thread(
        target=lambda: answers.append(ask(collector, ENDLESS, user=user, query_id=query_id)), daemon=True
    )
    thread.start()
    return thread, answers


def killed(collector: RunningCollector, sql: str, user: str = "default") -> list[list[str]]:
    answer = ask(collector, sql, user=user)
    assert answer.status == 200, answer.body
    return [line.split("\t") for line in answer.body.decode().splitlines()]


def until_killed(collector: RunningCollector, sql: str) -> list[list[str]]:
    until = time.monotonic() + 30
    while not (rows := killed(collector, sql)) and time.monotonic() < until:
        time.sleep(0.1)
    return rows


def test_a_reader_stops_its_query_by_its_id(collector: RunningCollector) -> None:
    thread, answers = begin(collector, "mine 'quoted'", "default")
    rows = until_killed(collector, r"KILL QUERY WHERE query_id = 'mine \'quoted\'' ASYNC")
    assert rows == [["waiting", r"mine \'quoted\'", "default", ""]]
    thread.join(60)
    assert answers[0].code == "394"


def test_a_reader_stops_no_query_of_the_writer(collector: RunningCollector) -> None:
    thread, answers = begin(collector, "theirs", "collector")
    time.sleep(0.5)
    assert killed(collector, "KILL QUERY WHERE query_id IN ('theirs', 'nobody') SYNC FORMAT TSV") == []
    assert not answers
    assert killed(collector, "KILL QUERY WHERE query_id = 'theirs'", user="collector")
    thread.join(60)
    assert answers[0].code == "394"


def test_other_ways_to_kill_are_not_for_readers(collector: RunningCollector) -> None:
    for sql in ("KILL QUERY WHERE 1", "KILL QUERY WHERE query_id = 'a' OR 1", "KILL MUTATION WHERE 1"):
        assert ask(collector, sql).code == "164", sql


@pytest.mark.parametrize(
    ("sql", "ids"),
    [
        ("kill query where query_id='a'", ("a",)),
        ("KILL QUERY WHERE query_id IN ('a', 'b') SYNC FORMAT JSON", ("a", "b")),
        ("KILL QUERY WHERE query_id = 'a' TEST", None),
        ("KILL QUERY WHERE query_id = 'a' AND user = 'b'", None),
        ("KILL QUERY WHERE query_id = 'a' 'b'", None),
        ("KILL QUERY WHERE query_id = query_id", None),
        ("KILL QUERY WHERE query_id IN (SELECT 'a')", None),
        ("KILL QUERY WHERE query_id IN ()", None),
        ("KILL QUERY WHERE query_id", None),
        ("SELECT 1", None),
    ],
)
def test_which_ids_are_named(sql: str, ids: tuple[str, ...] | None) -> None:
    assert killed_ids(list(tokens(sql))) == ids
