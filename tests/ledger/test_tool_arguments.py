"""Of the arguments of a tool only their hash is kept, by which the same work done by two agents shows."""

import json

from collector.engine.migrate import migrate
from sdk_hooks import attributes as names
from sql.catalogue import query
from tests.ledger.ledger import Ledger, only
from tests.ledger.spans import agent, call, span

ASKED, OTHER = "where is order 17", "where is order 18"
TOOLS: dict[str, tuple[dict[str, object], str]] = {
    "otel": ({names.OPERATION_NAME: "execute_tool", names.TOOL_NAME: "search"}, names.TOOL_CALL_ARGUMENTS),
    "openinference": ({"openinference.span.kind": "TOOL", "tool.name": "search"}, "input.value"),
    "openllmetry": ({"traceloop.span.kind": "tool"}, "traceloop.entity.input"),
    "vercel": ({"ai.operationId": "ai.toolCall", "ai.toolCall.name": "search"}, "ai.toolCall.args"),
    "pydantic_ai": (
        {names.OPERATION_NAME: "execute_tool", names.TOOL_NAME: "search"},
        "tool_arguments",
    ),
    "mlflow": ({"mlflow.spanType": '"TOOL"'}, "mlflow.spanInputs"),
    "langfuse": ({"langfuse.observation.type": "tool"}, "langfuse.observation.input"),
    "google_adk": ({names.OPERATION_NAME: "execute_tool"}, "gcp.vertex.agent.tool_call_args"),
    "langsmith": ({"langsmith.span.kind": "tool"}, "gen_ai.prompt"),
}


def test_equal_arguments_have_equal_hashes_and_nothing_else_stays(ledger: Ledger) -> None:
    asked, other = json.dumps({"query": ASKED * 500}), json.dumps({"query": OTHER * 500})
    made = [
        span(f"{emitter} {n}", {**said, name: text}, trace=emitter, at=n)
        for emitter, (said, name) in TOOLS.items()
        for n, text in enumerate((asked, asked, other))
    ]
    # The input of a model is no argument of a tool, and a tool may tell nothing.
    made += [
        span("bare", {names.OPERATION_NAME: "execute_tool", names.TOOL_NAME: "search"}, trace="bare"),
        call("model", {"openinference.span.kind": "LLM", "input.value": asked}, trace="model"),
    ]
    hashed = "SELECT name, argument_hash FROM spans"
    ledger.take(*made)
    found = {row["name"]: row["argument_hash"] for row in ledger.rows(hashed)}
    for emitter in TOOLS:
        first, second, third = (found[f"{emitter} {n}"] for n in range(3))
        assert first == second != third, emitter
        assert 0 not in (first, third), emitter
    assert (found["bare"], found["model"]) == (0, 0)
    for table in ("otel_traces", "spans", "call_reports"):
        kept = ledger.engine.run(f"SELECT * FROM {table}").decode()
        assert "order 1" not in kept
    assert (
        ledger.value("SELECT count() FROM otel_traces WHERE mapContains(SpanAttributes, 'input.value')") == 0
    )
    ledger.clear()
    try:
        migrate(ledger.engine, ledger.engine.database, store_content=True)
        ledger.take(*made)
        assert {row["name"]: row["argument_hash"] for row in ledger.rows(hashed)} == found
        assert "order 1" not in ledger.engine.run("SELECT * FROM call_reports").decode()
    finally:
        migrate(ledger.engine, ledger.engine.database)


def test_the_same_work_of_two_agents_shows(ledger: Ledger) -> None:
    said = {names.OPERATION_NAME: "execute_tool", names.TOOL_NAME: "search", names.WORKLOAD: "refunds"}
    ledger.take(
        agent("one", "planner", {names.WORKLOAD: "refunds"}),
        *(
            span(name, {**said, names.AGENT_NAME: who, names.TOOL_CALL_ARGUMENTS: text}, parent="one", at=at)
            for at, (name, who, text) in enumerate(
                [
                    ("a", "planner", ASKED),
                    ("b", "worker", ASKED),
                    ("c", "worker", OTHER),
                    ("d", "worker", OTHER),
                ]
            )
        ),
    )
    row = only(
        ledger.rows(
            query("agent_messages").text,
            from_="2026-10-01 00:00:00",
            to_="2200-01-01 00:00:00",
            workloads="[]",
            tenants="[]",
        )
    )
    assert (row["tool_uses"], row["hashed_uses"], row["distinct_uses"], row["shared_uses"]) == (4, 4, 2, 1)
