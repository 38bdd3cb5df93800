"""What `GET /v1/spend` answers against the calls themselves: exact, by window, once however often it was sent."""

import asyncio
import json
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from collector.engine.result import EngineError
from collector.otlp.spend import BadQuestion, SpendDesk, SpendUnavailable, read_question
from sdk_hooks import attributes as names
from tests.ledger.ledger import Ledger
from tests.ledger.spans import NOON, call

HOUR = 3600
EACH_USD = Decimal("0.0045")  # 1000 fresh input at $3 and 100 output at $15 a million


def ask(ledger: Ledger, query: str, at_s: float = 600) -> dict[str, Any]:
    """The answer at a moment after noon."""
    desk = SpendDesk(ledger.engine, lambda: NOON + timedelta(seconds=at_s))  # type: ignore[arg-type]  # an engine runs
    try:
        answer: dict[str, Any] = json.loads(asyncio.run(desk.answer(query)))
    finally:
        desk.close()
    return answer


def of(answer: dict[str, Any], name: str) -> tuple[Decimal, int, int, int]:
    (row,) = [row for row in answer["spend"] if row["name"] == name]
    return Decimal(row["cost_usd"]), row["tokens"], row["calls"], row["unpriced_calls"]


def spans(*, model: str = "claude-sonnet-4-5") -> list[Any]:
    where = {names.TASK_ID: "t1", names.WORKLOAD: "triage", names.TENANT: "acme"}
    other = {names.TASK_ID: "t2", names.WORKLOAD: "triage", names.TENANT: "globex"}
    return [
        call("a", where, trace="one", at=-HOUR + 30),
        call("b", where, trace="one", at=5, tokens=(500, 300, 150, 50, 100), model=model),
        call("c", other, trace="two", at=60),
        call("d", {names.WORKLOAD: "other"}, trace="three", at=70),
    ]


@pytest.mark.parametrize("times", [1, 2])
def test_each_scope_sums_its_calls_once(ledger: Ledger, times: int) -> None:
    for _ in range(times):
        ledger.take(*spans())
    read = Decimal("0.000003") * 500 + Decimal("0.0000003") * 300
    b_usd = read + Decimal("0.00000375") * 150 + Decimal("0.000006") * 50 + Decimal("0.000015") * 100
    assert of(ask(ledger, "scope=task&name=t1&name=t2"), "t1") == (EACH_USD + b_usd, 2200, 2, 0)
    assert of(ask(ledger, "scope=task&name=t1&name=t2"), "t2") == (EACH_USD, 1100, 1, 0)
    workloads = ask(ledger, "scope=workload&name=triage&name=nobody")
    assert [row["name"] for row in workloads["spend"]] == ["triage"]
    assert of(workloads, "triage") == (EACH_USD + b_usd, 2200, 2, 0)
    assert of(ask(ledger, "scope=tenant&name=acme"), "acme") == (EACH_USD + b_usd, 2200, 2, 0)


def test_an_hour_ends(ledger: Ledger) -> None:
    ledger.take(*spans())
    # At noon the call half a minute into the hour still counts.
    assert of(ask(ledger, "scope=workload&name=triage", at_s=0), "triage")[2] == 3
    assert of(ask(ledger, "scope=workload&name=triage", at_s=90), "triage")[2] == 2
    assert of(ask(ledger, "scope=workload&name=triage", at_s=HOUR + 59), "triage")[2] == 1
    assert ask(ledger, "scope=workload&name=triage", at_s=HOUR + 120)["spend"] == []
    assert of(ask(ledger, "scope=workload&name=triage&window_s=7200", at_s=HOUR + 120), "triage")[2] == 2
    assert of(ask(ledger, "scope=tenant&name=acme", at_s=23.5 * HOUR), "acme")[2] == 1
    assert ask(ledger, "scope=tenant&name=acme", at_s=24 * HOUR + 60)["spend"] == []


def test_a_call_without_a_price_is_told_apart(ledger: Ledger) -> None:
    ledger.take(*spans(model="nobody-knows-it"))
    for query, name in (("task&name=t1", "t1"), ("workload&name=triage&window_s=86400", "triage")):
        cost, _, calls, unpriced = of(ask(ledger, f"scope={query}"), name)
        assert (cost % EACH_USD, calls - unpriced, unpriced) == (0, cost / EACH_USD, 1)
    assert of(ask(ledger, "scope=tenant&name=acme"), "acme")[3] == 1


def test_what_waits_is_told_as_lag(ledger: Ledger) -> None:
    assert ask(ledger, "scope=task&name=t1")["lag_s"] == 0
    ledger.send(*spans())
    waiting = ask(ledger, "scope=task&name=t1")
    assert waiting["lag_s"] > 0
    assert waiting["spend"] == []
    assert waiting["as_of"] < (NOON + timedelta(seconds=600)).isoformat()
    assert "overshot" in waiting["overshoot"]
    ledger.catch_up()
    assert ask(ledger, "scope=task&name=t1")["lag_s"] == 0


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("", "scope=''"),
        ("scope=agent&name=a", "scope='agent'"),
        ("scope=task", "name"),
        ("scope=task&name=", "name"),
        ("scope=task&name=a&window_s=60", "a task counts whole"),
        ("scope=workload&name=a&window_s=59", "window_s='59'"),
        ("scope=workload&name=a&window_s=-60", "window_s='-60'"),
        ("scope=workload&name=a&window_s=%D9%A1%D9%A1%D9%A1", "window_s"),
        ("scope=workload&name=a&window_s=99999999999999999999", "window_s"),
        ("scope=workload&nmae=a", "'nmae' is no parameter"),
        ("scope=task&" + "&".join(f"name={n}" for n in range(101)), "at most 100"),
        ("scope=task&name=" + "a" * 1001, "1000 characters"),
    ],
)
def test_a_wrong_question_says_what_is_wrong(query: str, said: str) -> None:
    with pytest.raises(BadQuestion) as refused:
        read_question(query)
    assert said in str(refused.value)


@pytest.mark.parametrize(
    "name", ["it's", "tab\tname", "back\\slash", "line\nbreak", "ünï", "[a,b]", "{x:String}"]
)
def test_any_name_can_be_asked_for(ledger: Ledger, name: str) -> None:
    from urllib.parse import urlencode

    ledger.take(call("a", {names.TASK_ID: name, names.WORKLOAD: name, names.TENANT: name}))
    for scope in ("task", "workload", "tenant"):
        answer = ask(ledger, urlencode({"scope": scope, "name": name}))
        assert of(answer, name) == (EACH_USD, 1100, 1, 0)


def test_the_same_question_is_read_once(ledger: Ledger) -> None:
    read: list[str] = []

    class Counting:
        def run(self, sql: str, *arguments: Any, **options: Any) -> bytes:
            read.append(sql)
            return ledger.engine.run(sql, *arguments, **options)

    async def many() -> list[bytes]:
        desk = SpendDesk(Counting())  # type: ignore[arg-type]  # only `run` is used
        answers = await asyncio.gather(*(desk.answer("scope=task&name=a") for _ in range(50)))
        desk.close()
        return answers

    assert len(set(asyncio.run(many()))) == 1
    assert len(read) == 2


def test_a_ledger_that_fails_is_asked_again() -> None:
    asked: list[int] = []

    class Broken:
        def run(self, *arguments: Any, **options: Any) -> bytes:
            asked.append(1)
            raise EngineError(241, "MEMORY_LIMIT_EXCEEDED", "no memory left")

    async def twice() -> None:
        desk = SpendDesk(Broken())  # type: ignore[arg-type]  # only `run` is used
        for _ in range(2):
            with pytest.raises(SpendUnavailable, match="no memory left"):
                await desk.answer("scope=task&name=a")
        desk.close()

    asyncio.run(twice())
    assert len(asked) == 2
