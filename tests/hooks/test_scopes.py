"""Tasks, agents, tools, outcomes and cascades put the right attributes on the right spans."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Iterator
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy
import openai
import pytest
from opentelemetry import trace

import sdk_hooks
from sdk_hooks import attributes as names
from tests.hooks import wire
from tests.hooks.conftest import Spans, attributes
from tests.hooks.scripted_server import Reply, ScriptedServer


def ask(gpt: openai.OpenAI, server: ScriptedServer) -> None:
    server.add(Reply(body=wire.completion()))
    gpt.chat.completions.create(model="gpt-6-sol", messages=[{"role": "user", "content": "q"}])


def test_a_task_is_the_root_of_what_it_contains(
    gpt: openai.OpenAI, server: ScriptedServer, spans: Spans
) -> None:
    with (
        sdk_hooks.task("triage", id="t-1", tenant="acme", unit="ticket", prompt_version="v3") as task,
        sdk_hooks.agent("planner", role="orchestrator", architecture="planner-workers"),
        sdk_hooks.step("classify"),
    ):
        ask(gpt, server)
        with sdk_hooks.tool("search", call_id="c1", arguments={"q": "secret", "n": 1}):
            pass
        task.outcome(True, checker="schema", checker_kind="deterministic", useful_units=2)
    root = spans.named("task triage")
    assert root[names.OPERATION_NAME] == "invoke_workflow"
    assert root[names.WORKFLOW_NAME] == root[names.WORKLOAD] == "triage"
    assert root[names.TASK_UNIT] == "ticket"
    assert root[names.OUTCOME_SUCCESS] is True
    assert root[names.OUTCOME_CHECKER_KIND] == "deterministic"
    assert root[names.OUTCOME_USEFUL_UNITS] == 2
    assert names.AGENT_NAME not in root
    call = spans.call()
    shared = {names.TASK_ID: "t-1", names.WORKLOAD: "triage", names.TENANT: "acme"}
    expected = {
        **shared,
        names.PROMPT_VERSION: "v3",
        names.AGENT_NAME: "planner",
        names.AGENT_ROLE: "orchestrator",
        names.ARCHITECTURE: "planner-workers",
        names.STEP: "classify",
    }
    assert {name: call.get(name) for name in expected} == expected
    tool = spans.named("execute_tool search")
    assert tool[names.TOOL_NAME] == "search"
    assert tool[names.TOOL_CALL_ID] == "c1"
    assert tool[names.TASK_ID] == "t-1"
    by_name = {span.name: span for span in spans.all()}
    agent = by_name["invoke_agent planner"]
    assert by_name["chat gpt-6-sol"].parent.span_id == agent.context.span_id
    assert agent.parent.span_id == by_name["task triage"].context.span_id


def test_what_a_tool_is_asked_is_kept_as_a_number_alone(spans: Spans) -> None:
    loop: dict[str, object] = {}
    loop["self"] = loop
    asked: list[object] = [
        {"q": "secret", "n": 1}, '{"n": 1, "q": "secret"}', {"q": "secret", "n": 2}, "secret", b"secret",
        None, loop, object, {("a", "b"): 1}, "\ud800",
    ]  # fmt: skip
    for number, arguments in enumerate(asked):
        with sdk_hooks.tool(f"search {number}", arguments=arguments):
            pass
    found = [spans.named(f"execute_tool search {n}") for n in range(len(asked))]
    hashes = [one.get(names.TOOL_ARGUMENT_HASH) for one in found]
    assert hashes[0] == hashes[1] != hashes[2]
    assert hashes[3] == hashes[4] != hashes[0]
    assert hashes[5] is hashes[6] is None, "nothing was said; what holds itself cannot be told"
    assert all(isinstance(each, int) and 0 < each < 2**63 for each in hashes if each is not None)
    assert "secret" not in str(found)


def test_a_failed_task(spans: Spans) -> None:
    with pytest.raises(ValueError, match="a secret"), sdk_hooks.task("triage"):
        raise ValueError("a secret")
    root = spans.named("task triage")
    assert root[names.ERROR_TYPE] == "ValueError"
    assert names.OUTCOME_SUCCESS not in root
    assert "a secret" not in repr(root)


def test_late_and_revised_outcomes(spans: Spans) -> None:
    with sdk_hooks.task("triage", unit="ticket") as task:
        task.outcome(False)
        task.outcome(True, useful_units=1)
    task.outcome(False, checker="customer", checker_kind="human")
    with sdk_hooks.task("judging", tenant="other"):
        sdk_hooks.record_outcome("t-9", success=True, checker="j", checker_kind="model_judge", useful_units=0)
    assert spans.named("task triage")[names.OUTCOME_SUCCESS] is True
    late, other = (attributes(span) for span in spans.all() if span.name == "outcome")
    assert late == {
        names.TASK_ID: task.id,
        names.WORKLOAD: "triage",
        names.OUTCOME_SUCCESS: False,
        names.OUTCOME_CHECKER: "customer",
        names.OUTCOME_CHECKER_KIND: "human",
        names.TASK_UNIT: "ticket",
    }
    assert other[names.TASK_ID] == "t-9"
    assert other[names.OUTCOME_USEFUL_UNITS] == 0
    assert names.WORKLOAD not in other


def test_an_unknown_checker_kind_is_left_out(spans: Spans, caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(2):
        sdk_hooks.record_outcome("t", success=True, checker_kind="robot")  # type: ignore[arg-type]
    assert names.OUTCOME_CHECKER_KIND not in attributes(spans.all()[0])
    assert len(caplog.records) == 1
    assert "deterministic" in caplog.text


def test_decorators(spans: Spans) -> None:
    @sdk_hooks.task("plain")
    def plain(x: int) -> int:
        found = sdk_hooks.current_task()
        assert found is not None
        found.outcome(True)
        return x + 1

    @sdk_hooks.task("coroutine")
    async def coroutine(x: int) -> int:
        await asyncio.sleep(0)
        return x + 1

    @sdk_hooks.agent("writer")
    def pieces() -> Iterator[str]:
        with trace.get_tracer("x", tracer_provider=spans.provider).start_as_current_span("inside"):
            yield "a"
        yield "b"

    @sdk_hooks.agent("streamer")
    async def async_pieces() -> AsyncIterator[str]:
        yield "a"
        yield "b"

    async def collect() -> list[str]:
        return [piece async for piece in async_pieces()]

    assert (plain(1), plain(2), asyncio.run(coroutine(1))) == (2, 3, 2)
    assert sdk_hooks.current_task() is None
    got = []
    for piece in pieces():
        got.append(piece)
        with trace.get_tracer("x", tracer_provider=spans.provider).start_as_current_span("outside"):
            pass
    assert got == ["a", "b"]
    assert asyncio.run(collect()) == ["a", "b"]
    ids = {attributes(span)[names.TASK_ID] for span in spans.all() if span.name == "task plain"}
    assert len(ids) == 2
    assert spans.named("inside")[names.AGENT_NAME] == "writer"
    outside = [attributes(span) for span in spans.all() if span.name == "outside"]
    assert all(names.AGENT_NAME not in span for span in outside)
    assert plain.__name__ == "plain"


def test_escalation(gpt: openai.OpenAI, server: ScriptedServer, spans: Spans) -> None:
    with sdk_hooks.task("triage"), sdk_hooks.cascade("classify") as cascade:
        for attempt in cascade.attempts("nano", "standard", "premium"):
            ask(gpt, server)
            if attempt.tier == "nano":
                attempt.escalate(signal="schema")
            else:
                attempt.accept()
    nano, standard = (attributes(span) for span in spans.calls())
    assert cascade.accepted is not None
    assert cascade.accepted.tier == "standard"
    assert (nano[names.TIER], nano[names.ATTEMPT], nano[names.STEP]) == ("nano", 1, "classify")
    assert names.ESCALATION_FROM_TIER not in nano
    assert (standard[names.TIER], standard[names.ATTEMPT]) == ("standard", 2)
    assert standard[names.ESCALATION_FROM_TIER] == "nano"
    assert standard[names.ESCALATION_SIGNAL] == "schema"
    assert nano[names.CASCADE_ID] == standard[names.CASCADE_ID] == cascade.id
    assert names.TIER not in spans.named("task triage")


def test_retry_and_fallback_are_no_escalation(
    gpt: openai.OpenAI, server: ScriptedServer, spans: Spans
) -> None:
    with sdk_hooks.cascade() as cascade:
        for attempt in cascade.attempts("nano", "premium"):
            ask(gpt, server)
            if attempt.number == 1:
                attempt.retry()
            elif attempt.number == 2:
                attempt.fallback()
    tiers = [(attributes(s)[names.TIER], attributes(s)[names.ATTEMPT]) for s in spans.calls()]
    assert tiers == [("nano", 1), ("nano", 2), ("premium", 3)]
    assert all(names.ESCALATION_SIGNAL not in attributes(span) for span in spans.calls())
    assert cascade.accepted is not None


def test_no_tier_good_enough_and_leaving_early(
    gpt: openai.OpenAI, server: ScriptedServer, spans: Spans
) -> None:
    with sdk_hooks.cascade() as cascade:
        for attempt in cascade.attempts("nano", "premium"):
            attempt.escalate(signal="checker")
    assert cascade.accepted is None

    with sdk_hooks.cascade("c") as cascade:
        for attempt in cascade.attempts("nano", "premium"):
            attempt.accept()
            break
    ask(gpt, server)
    assert names.CASCADE_ID not in spans.call()

    def fail() -> None:
        with sdk_hooks.cascade("c") as cascade:
            for attempt in cascade.attempts("nano", "premium"):
                raise KeyError(attempt.tier)

    with pytest.raises(KeyError):
        fail()
    ask(gpt, server)
    assert names.CASCADE_ID not in attributes(spans.calls()[1])


def test_call_context(gpt: openai.OpenAI, server: ScriptedServer, spans: Spans) -> None:
    with sdk_hooks.call_context(tier="premium", latency_class="offline", service_class="batch", batch_id="b"):
        ask(gpt, server)
    call = spans.call()
    assert (call[names.TIER], call[names.LATENCY_CLASS], call[names.BATCH_ID]) == ("premium", "offline", "b")
    # The answer said "flex", which is what was billed.
    assert call[names.SERVICE_CLASS] == "flex"


def test_spans_of_others_are_stamped_and_keep_what_they_say(spans: Spans) -> None:
    tracer = trace.get_tracer("somebody", tracer_provider=spans.provider)
    with sdk_hooks.task("triage", id="t-1"), sdk_hooks.agent("mine"):
        tracer.start_span("other", attributes={names.AGENT_NAME: "theirs"}).end()
    other = spans.named("other")
    assert (other[names.TASK_ID], other[names.AGENT_NAME]) == ("t-1", "theirs")


def test_the_change_comes_from_the_ci(
    spans: Spans, monkeypatch: pytest.MonkeyPatch, gpt: openai.OpenAI, server: ScriptedServer
) -> None:
    monkeypatch.setenv("GITHUB_SHA", "abc")
    monkeypatch.setenv("GITHUB_REF", "refs/pull/12/merge")
    sdk_hooks.instrument(tracer_provider=spans.provider, workload="default")
    ask(gpt, server)
    call = spans.call()
    assert (call[names.CHANGE_COMMIT], call[names.CHANGE_PULL_REQUEST]) == ("abc", "12")
    assert call[names.WORKLOAD] == "default"


def chat_span(spans: Spans, scope: str, **more: Any) -> Any:
    tracer = trace.get_tracer(scope, tracer_provider=spans.provider)
    return tracer.start_as_current_span("theirs", attributes={names.OPERATION_NAME: "chat", **more})


def test_a_surrounding_span_of_a_call_is_completed(
    gpt: openai.OpenAI, server: ScriptedServer, spans: Spans
) -> None:
    with chat_span(spans, "opentelemetry.instrumentation.openai_v2") as span:
        ask(gpt, server)
        span.set_attribute(names.INPUT_TOKENS, 1000)
        span.set_attribute(names.OUTPUT_TOKENS, 80)
    call = spans.call()
    assert call[names.CACHE_READ_TOKENS] == 600
    assert call[names.SERVICE_CLASS] == "flex"
    assert call[names.RETRIES] == 0


def test_a_span_that_counts_otherwise_keeps_its_own_usage(
    gpt: openai.OpenAI, server: ScriptedServer, spans: Spans
) -> None:
    with chat_span(spans, "openlit.instrumentation.openai") as span:
        ask(gpt, server)
        span.set_attribute(names.INPUT_TOKENS, 144)
    call = spans.call()
    assert call[names.INPUT_TOKENS] == 144
    assert names.CACHE_READ_TOKENS not in call
    assert names.OUTPUT_TOKENS not in call


def test_a_span_around_two_calls_stands_for_neither(
    gpt: openai.OpenAI, server: ScriptedServer, spans: Spans
) -> None:
    with chat_span(spans, "framework"):
        ask(gpt, server)
        ask(gpt, server)
    told = [(span.name, attributes(span).get(names.OUTPUT_TOKENS)) for span in spans.calls()]
    assert sorted(told) == [("chat gpt-6-sol", 80), ("chat gpt-6-sol", 80), ("theirs", None)]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (Decimal("2.5"), 2.5),
        (numpy.int64(3), 3),
        (numpy.float32(0.5), 0.5),
        (Fraction(1, 4), 0.25),
        (2**70, float(2**70)),
        (uuid.UUID(int=7), "00000000-0000-0000-0000-000000000007"),
        ("caf\u00e9", "caf\u00e9"),
        ("half a \ud83d", "half a ?"),
    ],
    ids=repr,
)
def test_values_are_told_as_what_they_are(given: Any, told: Any, spans: Spans) -> None:
    with sdk_hooks.task("t", tenant=given) as task:
        task.outcome(success=numpy.bool_(True))
    span = spans.named("task t")
    assert (span[names.TENANT], type(span[names.TENANT])) == (told, type(told))
    assert span[names.OUTCOME_SUCCESS] is True
