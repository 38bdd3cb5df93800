"""Limits on spending: what is refused, what is told, when an hour ends, and which figures were used."""

from __future__ import annotations

import asyncio
import logging
import re
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import anthropic
import openai
import pytest
from opentelemetry import context
from opentelemetry.context import _SUPPRESS_INSTRUMENTATION_KEY

import sdk_hooks
from sdk_hooks import BudgetExceeded, Decision, Limit, guardrail_counters, local_prices
from sdk_hooks.guardrail_counters import Counter, Counters, Spend
from sdk_hooks.guardrail_watch import Watch
from sdk_hooks.runtime import RUNTIME
from tests.hooks import wire
from tests.hooks.conftest import Spans
from tests.hooks.scripted_server import Reply, ScriptedServer

MODEL = "claude-sonnet-4-5"
ASK: dict[str, Any] = {"model": MODEL, "max_tokens": 5, "messages": [{"role": "user", "content": "q"}]}
CHAT: dict[str, Any] = {"model": "gpt-4.1", "messages": [{"role": "user", "content": "q"}]}
USAGE = {"input_tokens": 1000, "cache_read_input_tokens": 0, "cache_creation_input_tokens": 0}
ONE_CALL_USD = Decimal("0.0045")


class Clock:
    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture(autouse=True)
def _no_limits_left() -> Iterator[None]:
    yield
    sdk_hooks.set_limits()


@pytest.fixture
def clock() -> Clock:
    return Clock()


def answer() -> Reply:
    body = wire.message(**USAGE, cache_creation=None, output_tokens=100, service_tier="standard")
    return Reply(body={**body, "model": MODEL})


def limit_to(clock: Clock, *limits: Limit) -> None:
    RUNTIME.limits = Watch(limits, None, clock)


def ask(claude: anthropic.Anthropic, server: ScriptedServer) -> None:
    server.add(answer())
    claude.messages.create(**ASK)


def test_the_call_after_the_limit_is_not_sent(
    claude: anthropic.Anthropic, server: ScriptedServer, spans: Spans
) -> None:
    sdk_hooks.set_limits(Limit("task", usd="0.009"), shared=False)
    with sdk_hooks.task("triage", id="t1"):
        ask(claude, server)
        ask(claude, server)
        with pytest.raises(BudgetExceeded) as refused:
            claude.messages.create(**ASK)
    with sdk_hooks.task("triage", id="t2"):
        ask(claude, server)
    decision = refused.value.decision
    assert (decision.name, decision.measure, decision.spent) == ("t1", "usd", 2 * ONE_CALL_USD)
    assert decision.source == "local"
    assert str(refused.value) == "task t1 spent $0.0090 of $0.0090 (local: this process alone)"
    assert len(server.requests) == 3
    assert len(spans.calls()) == 3


@pytest.mark.parametrize(("measure", "allowed"), [("tokens", 2200), ("calls", 2), ("usd", 0.009)])
def test_every_measure_holds(
    measure: str, allowed: float, claude: anthropic.Anthropic, server: ScriptedServer, clock: Clock
) -> None:
    limit_to(clock, Limit("workload", **{measure: allowed}))  # type: ignore[arg-type]  # each measure in turn
    with sdk_hooks.task("triage"):
        ask(claude, server)
        ask(claude, server)
    with sdk_hooks.task("triage"), pytest.raises(BudgetExceeded, match="in the last hour"):
        claude.messages.create(**ASK)
    with sdk_hooks.task("other"):
        ask(claude, server)


def test_an_hour_ends_and_so_does_a_day(
    claude: anthropic.Anthropic, server: ScriptedServer, clock: Clock
) -> None:
    limit_to(clock, Limit("workload", calls=2), Limit("tenant", calls=3))
    with sdk_hooks.task("triage", tenant="acme"):
        ask(claude, server)
        clock.now_s += 1800
        ask(claude, server)
        with pytest.raises(BudgetExceeded, match="workload triage spent 2 calls of 2 calls"):
            claude.messages.create(**ASK)
        clock.now_s += 1806
        ask(claude, server)
        clock.now_s += 3700
        with pytest.raises(BudgetExceeded, match="tenant acme spent 3 calls of 3 calls in the last 24 hours"):
            claude.messages.create(**ASK)
        clock.now_s += 86_400
        ask(claude, server)


def test_a_warning_comes_once_for_each_crossing(
    claude: anthropic.Anthropic, server: ScriptedServer, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    limit_to(clock, Limit("workload", calls=1, action="warn"))
    with caplog.at_level(logging.WARNING, "sdk_hooks"), sdk_hooks.task("triage"):
        for _ in range(4):
            ask(claude, server)
        clock.now_s += 4000
        ask(claude, server)
        ask(claude, server)
    told = [record.message for record in caplog.records if "spending limit" in record.message]
    assert (
        told
        == [
            "spending limit reached: workload triage spent 1 calls of 1 calls in the last hour "
            "(local: this process alone)"
        ]
        * 2
    )


def test_a_function_is_called_with_the_decision_and_may_refuse(
    claude: anthropic.Anthropic, server: ScriptedServer, clock: Clock
) -> None:
    told: list[Decision] = []

    def stop(decision: Decision) -> None:
        told.append(decision)
        raise BudgetExceeded(decision)

    limit_to(clock, Limit("task", calls=1, action=told.append), Limit("task", tokens=1, action=stop))
    with sdk_hooks.task("triage", id="t"):
        ask(claude, server)
        with pytest.raises(BudgetExceeded):
            claude.messages.create(**ASK)
    assert [(d.measure, d.spent, d.allowed) for d in told] == [("calls", 1, 1), ("tokens", 1100, 1)]


def test_a_function_that_fails_lets_the_call_through(
    claude: anthropic.Anthropic, server: ScriptedServer, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    limit_to(clock, Limit("task", calls=1, action=lambda decision: 1 / 0))
    with caplog.at_level(logging.WARNING, "sdk_hooks"), sdk_hooks.task("triage"):
        for _ in range(3):
            ask(claude, server)
    assert len(server.requests) == 3
    assert len([r for r in caplog.records if "fault in the hooks" in r.message]) == 1


def test_limits_hold_only_where_they_apply(
    claude: anthropic.Anthropic, server: ScriptedServer, clock: Clock
) -> None:
    limit_to(
        clock,
        Limit("workload", workload="triage", calls=0),
        Limit("tenant", tenant="acme", calls=0),
        Limit("task", workload="summary", calls=1),
    )
    ask(claude, server)
    with sdk_hooks.task("summary", tenant="globex"):
        ask(claude, server)
        with pytest.raises(BudgetExceeded):
            claude.messages.create(**ASK)
    for workload, tenant in (("triage", "globex"), ("other", "acme")):
        with sdk_hooks.task(workload, tenant=tenant), pytest.raises(BudgetExceeded):
            claude.messages.create(**ASK)


def test_check_limits_tells_how_they_stand(
    claude: anthropic.Anthropic, server: ScriptedServer, clock: Clock
) -> None:
    limit_to(clock, Limit("task", usd=1, tokens=5000))
    assert sdk_hooks.check_limits() == []
    with sdk_hooks.task("triage"):
        ask(claude, server)
        usd, tokens = sdk_hooks.check_limits()
    assert (usd.spent, usd.exceeded) == (ONE_CALL_USD, False)
    assert (tokens.spent, tokens.allowed) == (1100, 5000)


def test_a_stream_counts_when_it_ends(
    claude: anthropic.Anthropic, server: ScriptedServer, clock: Clock
) -> None:
    limit_to(clock, Limit("task", tokens=1))
    with sdk_hooks.task("triage"):
        server.add(wire.anthropic_stream())
        with claude.messages.stream(**ASK) as stream:
            stream.until_done()
        with pytest.raises(BudgetExceeded, match="2,450 tokens"):
            claude.messages.create(**ASK)


def test_a_stream_that_ends_while_limits_are_looked_at_waits_for_nothing(
    gpt: openai.OpenAI, server: ScriptedServer, clock: Clock
) -> None:
    limit_to(clock, Limit("task", tokens=1))
    watch = RUNTIME.limits
    assert isinstance(watch, Watch)
    with sdk_hooks.task("triage"):
        server.add(wire.chat_stream(usage=True))
        stream = gpt.chat.completions.create(**CHAT, stream=True)
        with watch._lock:
            # A dropped stream ends in the garbage collector, at any moment; read in a thread of its own, so that a
            # lock taken there shows as a thread that does not end.
            reading = threading.Thread(target=lambda: list(stream), daemon=True)
            reading.start()
            reading.join(20)
            assert not reading.is_alive()
        with pytest.raises(BudgetExceeded):
            gpt.chat.completions.create(**CHAT)


@pytest.mark.parametrize(
    "key", [_SUPPRESS_INSTRUMENTATION_KEY, "suppress_language_model_instrumentation"], ids=["all", "calls"]
)
def test_a_call_that_others_record_counts_too(
    key: str, gpt: openai.OpenAI, server: ScriptedServer, clock: Clock, spans: Spans
) -> None:
    limit_to(clock, Limit("task", calls=1))
    server.add(Reply(body=wire.completion()))
    with sdk_hooks.task("triage"):
        token = context.attach(context.set_value(key, True))
        gpt.chat.completions.create(**CHAT)
        with pytest.raises(BudgetExceeded):
            gpt.chat.completions.create(**CHAT)
        context.detach(token)
    assert spans.calls() == []


def test_threads_lose_no_count(server: ScriptedServer, spans: Spans, clock: Clock) -> None:
    limit_to(clock, Limit("workload", calls=60))
    client = openai.OpenAI(api_key="k", base_url=f"{server.url}/v1", max_retries=0)
    server.add(*(Reply(body=wire.completion()) for _ in range(100)))

    def one() -> bool:
        try:
            client.chat.completions.create(**CHAT)
        except BudgetExceeded:
            return False
        return True

    with sdk_hooks.task("triage"), ThreadPoolExecutor(8) as pool:
        sent = [future.result() for future in [pool.submit(one) for _ in range(100)]]
    assert len(server.requests) == sum(sent)
    assert sum(sent) == 60


def test_asyncio_tasks_each_have_their_own_limit(
    async_claude: anthropic.AsyncAnthropic, server: ScriptedServer, clock: Clock
) -> None:
    limit_to(clock, Limit("task", calls=2))
    server.add(*(answer() for _ in range(20)))

    async def one(number: int) -> int:
        sent = 0
        with sdk_hooks.task("triage", id=str(number)):
            for _ in range(4):
                try:
                    await async_claude.messages.create(**ASK)
                    sent += 1
                except BudgetExceeded:
                    break
        return sent

    async def all_of_them() -> list[int]:
        return await asyncio.gather(*(one(number) for number in range(10)))

    assert asyncio.run(all_of_them()) == [2] * 10


def test_without_prices_dollars_say_what_is_missing(
    claude: anthropic.Anthropic,
    server: ScriptedServer,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(local_prices, "_library", lambda: None)
    with caplog.at_level(logging.WARNING, "sdk_hooks"):
        sdk_hooks.set_limits(Limit("task", usd="0.001"), Limit("task", tokens=1500), shared=False)
    assert "pip install 'spanledger-hooks[guardrails]'" in caplog.text
    with sdk_hooks.task("triage"):
        ask(claude, server)
        ask(claude, server)
        usd = sdk_hooks.check_limits()[0]
        assert (usd.spent, usd.unpriced_calls) == (0, 2)
        assert "2 calls have no known price" in str(usd)
        assert "spanledger-hooks[guardrails]" in str(usd)
        with pytest.raises(BudgetExceeded, match="2,200 tokens"):
            claude.messages.create(**ASK)


def test_a_model_without_a_price_is_told_apart(
    claude: anthropic.Anthropic, server: ScriptedServer, clock: Clock
) -> None:
    limit_to(clock, Limit("task", usd=1))
    with sdk_hooks.task("triage"):
        server.add(Reply(body={**wire.message(), "model": "nobody-knows-it"}))
        claude.messages.create(**{**ASK, "model": "nobody-knows-it"})
        (decision,) = sdk_hooks.check_limits()
    assert (decision.spent, decision.unpriced_calls) == (0, 1)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"per": "agent", "usd": 1}, "'agent'"),
        ({"per": "task"}, "usd, tokens or calls"),
        ({"per": "task", "usd": "a lot"}, "'a lot'"),
        ({"per": "task", "usd": float("nan")}, "nan"),
        ({"per": "task", "calls": -1}, "-1"),
        ({"per": "task", "calls": 1, "action": "stop"}, "'stop'"),
        ({"per": "workload", "calls": 1, "tenant": "acme"}, "leave out tenant"),
        ({"per": "tenant", "calls": 1, "workload": "triage"}, "leave out workload"),
    ],
)
def test_a_limit_that_cannot_hold_is_refused_when_made(options: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        Limit(**options)


@pytest.mark.parametrize("part", ["refusal", "count", "_decide", "_add", "_act", "_against"])
def test_a_fault_of_ours_lets_calls_through_and_is_told_once(
    part: str,
    claude: anthropic.Anthropic,
    server: ScriptedServer,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def broken(*arguments: Any) -> Any:
        raise RuntimeError("made to fail")

    monkeypatch.setattr(Watch, part, broken)
    limit_to(clock, Limit("task", calls=0))
    with caplog.at_level(logging.WARNING, "sdk_hooks"), sdk_hooks.task("triage"):
        for _ in range(3):
            server.add(answer())
            if part in ("count", "_add"):
                with pytest.raises(BudgetExceeded):
                    claude.messages.create(**ASK)
            else:
                claude.messages.create(**ASK)
    assert len([r for r in caplog.records if "fault in the hooks" in r.message]) <= 1


def test_counters_hold_only_so_much(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guardrail_counters, "MOST_COUNTERS", 10)
    counters = Counters()
    kept = counters.of(("task", "kept"), None)
    for number in range(100):
        counters.of(("task", str(number)), None)
        assert counters.of(("task", "kept"), None) is kept
    day = Counter(86_400)
    for second in range(0, 3 * 86_400, 10):
        day.add(second, Spend(calls=1))
    assert len(day._window._steps) <= guardrail_counters.BUCKETS_A_WINDOW + 1  # type: ignore[union-attr]
    assert day.total(3 * 86_400) == Spend(calls=8640)
    assert day.since(3 * 86_400 - 60) == Spend(calls=6)
    assert day.total(5 * 86_400) == Spend()
    assert len(day._latest._moments_s) <= guardrail_counters.MOST_LATEST


def test_prices_are_those_of_the_ledger() -> None:
    from sdk_hooks import attributes as names

    call = {
        names.PROVIDER_NAME: "anthropic",
        names.REQUEST_MODEL: MODEL,
        names.INPUT_TOKENS: 1000,
        names.CACHE_READ_TOKENS: 300,
        names.CACHE_WRITE_TOKENS: 200,
        names.CACHE_WRITE_LONG_TOKENS: 50,
        names.OUTPUT_TOKENS: 100,
    }
    price = local_prices.price_call
    assert price(call).usd == Decimal("0.0039525")
    assert price({**call, names.SERVICE_CLASS: "batch"}).usd == Decimal("0.0039525") / 2
    assert price({**call, names.SERVICE_CLASS: "flex"}).usd == Decimal("0.0039525")
    assert "nobody" in price({**call, names.REQUEST_MODEL: "nobody"}).reason
    without = {name: value for name, value in call.items() if name != names.OUTPUT_TOKENS}
    assert price({**without, names.USAGE_MISSING_REASON: "stream_broken"}) == (
        None,
        "its usage is not known whole (stream_broken)",
    )
    assert price({names.ERROR_TYPE: "rate_limit_error"}).usd == 0
    embedding = {
        names.PROVIDER_NAME: "openai",
        names.REQUEST_MODEL: "text-embedding-3-small",
        names.OPERATION_NAME: "embeddings",
        names.INPUT_TOKENS: 1000,
    }
    assert price(embedding).usd == Decimal("0.00002")
    cached = {**embedding, names.OUTPUT_TOKENS: 0, names.CACHE_READ_TOKENS: 10}
    assert "cache_read" in price(cached).reason


def test_a_decision_of_the_ledger_says_how_old_it_is() -> None:
    shared = Decision(Limit("tenant", usd=5), "acme", "usd", Decimal("6"), Decimal(5), "ledger", 3.4, 2)
    assert str(shared) == (
        "tenant acme spent $6.0000 of $5.0000 in the last 24 hours (ledger: all processes, 3 s old, and this process "
        "since); 2 calls have no known price and are not in it"
    )
