"""What breaks an insert after its bytes were read, in a table or a view, is told to whoever sent them."""

import asyncio
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest

from collector.clickhouse.answer import http_status
from collector.engine.result import EngineError
from collector.otlp.writer import NotStored, Writer
from sql.otlp import TRACES_FORMAT, TRACES_SETTINGS, TRACES_TABLE
from tests.ledger.ledger import Ledger, only
from tests.ledger.spans import call, request

THROWN = 395


@contextmanager
def broken_view(ledger: Ledger, source: str, condition: str = "1") -> Iterator[None]:
    """A view behind `source` that throws for every row of which `condition` holds."""
    ledger.engine.run("CREATE TABLE never (x UInt8) ENGINE = Memory")
    ledger.engine.run(
        f"CREATE MATERIALIZED VIEW breaks TO never AS SELECT throwIf({condition}) AS x FROM {source}"
    )
    try:
        yield
    finally:
        ledger.engine.run("DROP TABLE breaks")
        ledger.engine.run("DROP TABLE never")


@contextmanager
def failing(ledger: Ledger, *statements: str) -> Iterator[None]:
    """Somebody else's `statements` fail all the while."""
    failed, over = threading.Semaphore(0), threading.Event()

    def fail() -> None:
        while not over.is_set():
            for statement in statements:
                with pytest.raises(EngineError):
                    ledger.engine.run(statement)
            failed.release()

    thread = threading.Thread(target=fail)
    thread.start()
    try:
        assert failed.acquire(timeout=30)
        yield
        assert failed.acquire(timeout=30)
    finally:
        over.set()
        thread.join()


def count(ledger: Ledger, table: str) -> int:
    return int(only(ledger.rows(f"SELECT count() AS n FROM {table}"))["n"])


@pytest.mark.parametrize("source", ["otlp_requests", "otel_traces", "recognised_spans"])
def test_an_insert_that_a_view_breaks_is_not_acknowledged(ledger: Ledger, source: str) -> None:
    with broken_view(ledger, source), pytest.raises(EngineError) as caught:
        ledger.send(call("a"))
    assert caught.value.code == THROWN
    ledger.take(call("a"))
    assert count(ledger, "llm_calls FINAL") == 1


def test_an_insert_that_a_table_refuses_is_not_acknowledged(ledger: Ledger) -> None:
    ledger.engine.run("CREATE TABLE picky (x UInt8, CONSTRAINT small CHECK x < 5) ENGINE = Memory")
    try:
        with pytest.raises(EngineError, match="small"):
            ledger.engine.insert_raw("picky", "TabSeparated", b"7\n", {})
        ledger.engine.insert_raw("picky", "TabSeparated", b"3\n", {})
        assert count(ledger, "picky") == 1
    finally:
        ledger.engine.run("DROP TABLE picky")


def test_only_the_body_that_breaks_is_refused(ledger: Ledger) -> None:
    def insert(bodies: Sequence[bytes]) -> None:
        ledger.engine.insert_raw(TRACES_TABLE, TRACES_FORMAT, b"".join(bodies), TRACES_SETTINGS)

    async def write(*bodies: bytes) -> list[object]:
        writer = Writer(insert)
        waiting = [asyncio.ensure_future(writer.write(body)) for body in bodies]
        await asyncio.sleep(0)
        writer.start()
        found = await asyncio.gather(*waiting, return_exceptions=True)
        await writer.drain()
        return list(found)

    good, bad = request([call("good", trace="one")]), request([call("bad", trace="two")], service="breaking")
    with broken_view(ledger, "recognised_spans", "service = 'breaking'"):
        taken, refused = asyncio.run(write(good, bad))
    assert taken is None
    assert isinstance(refused, NotStored)
    ledger.catch_up()
    calls = only(
        ledger.rows("SELECT count() AS n, countIf(workload = 'breaking') AS bad FROM llm_calls FINAL")
    )
    assert (calls["n"] - calls["bad"], refused.retry_after_s) == (1, None)


FAILING_INSERT = "INSERT INTO FUNCTION null('x UInt8') SELECT throwIf(1, 'of somebody else')"
FAILING_PAGE = "SELECT throwIf(1, 'of a page')"


def test_an_insert_is_told_its_own_error(ledger: Ledger) -> None:
    view = broken_view(ledger, "otel_traces", "throwIf(1, 'of this insert')")
    with view, failing(ledger, FAILING_PAGE, FAILING_INSERT):
        for attempt in range(5):
            with pytest.raises(EngineError, match="of this insert"):
                ledger.send(call(f"a{attempt}"))


def test_a_good_insert_is_taken_once_while_others_fail(ledger: Ledger) -> None:
    with failing(ledger, FAILING_INSERT):
        for number in range(8):
            ledger.send(call(f"a{number}"))
    assert count(ledger, "otel_traces") == 8


def test_the_bytes_of_a_body_are_never_read_as_a_statement(ledger: Ledger) -> None:
    ledger.engine.run("CREATE TABLE victim (x UInt8) ENGINE = Memory")
    try:
        for body in (
            b"  \n\n;DROP TABLE victim;\nDROP TABLE victim\n",
            b"\n;DROP TABLE victim",
            b"' ;DROP TABLE victim",
        ):
            with pytest.raises(EngineError):
                ledger.engine.insert_raw(TRACES_TABLE, TRACES_FORMAT, body, TRACES_SETTINGS)
        assert count(ledger, "victim") == 0
    finally:
        ledger.engine.run("DROP TABLE victim")


@pytest.mark.parametrize("settings", [{}, {"max_result_bytes": "1", "result_overflow_mode": "break"}])
def test_a_stream_beside_an_insert_that_failed_is_to_be_sent_again(
    ledger: Ledger, settings: dict[str, str]
) -> None:
    ledger.engine.run("CREATE TABLE taking (x UInt8) ENGINE = Memory")
    session = ledger.engine.session(settings)
    try:
        for beside, is_known in ((FAILING_PAGE, True), (FAILING_INSERT, False)):
            stream = session.open_insert("INSERT INTO taking", "TabSeparated")
            stream.append(b"1\n")
            with pytest.raises(EngineError):
                ledger.engine.run(beside)
            if is_known:
                stream.finish()
            else:
                with pytest.raises(EngineError, match=r"send it again\..*FUNCTION_THROW_IF") as caught:
                    stream.finish()
                assert http_status(caught.value.code) == 503
    finally:
        session.close()
        ledger.engine.run("DROP TABLE taking")
