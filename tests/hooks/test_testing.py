"""The pytest plugin as a user has it: suites of their own, run by pytest in a process of their own."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.hooks import wire
from tests.hooks.scripted_server import Reply, ScriptedServer

ROOT = Path(__file__).parents[2]
HEAD = """
import os, threading
import openai, pytest, sdk_hooks
from sdk_hooks.testing import assert_cost_below

CHAT = {"model": "gpt-4.1", "messages": [{"role": "user", "content": "q"}]}

def ask(**options):
    client = openai.OpenAI(api_key="k", base_url=os.environ["PROVIDER"] + "/v1", max_retries=0)
    return client.chat.completions.create(**{**CHAT, **options})
"""


def suite(
    folder: Path, server: ScriptedServer, body: str, *options: str, **environment: str
) -> subprocess.CompletedProcess[str]:
    (folder / "test_agent.py").write_text(HEAD + body)
    clean = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("SPANLEDGER_", "OTEL_", "PYTEST_", "GITHUB_", "CI"))
    }
    plugins = ["-p", "sdk_hooks.testing_plugin", "-p", "no:cacheprovider"]
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *plugins, *options, "test_agent.py"],
        cwd=folder,
        env={**clean, "PYTHONPATH": str(ROOT), "PROVIDER": server.url, **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def answers(server: ScriptedServer, count: int, **changes: Any) -> None:
    server.add(*(Reply(body={**wire.completion(), "id": f"a{number}", **changes}) for number in range(count)))


def spans_of(path: Path) -> list[dict[str, Any]]:
    found = []
    for line in path.read_text().splitlines():
        for resource in json.loads(line)["resourceSpans"]:
            about = _plain(resource["resource"]["attributes"])
            for scope in resource["scopeSpans"]:
                for span in scope["spans"]:
                    found.append({"name": span["name"], "resource": about, **_plain(span["attributes"])})
    return found


def _plain(attributes: list[dict[str, Any]]) -> dict[str, Any]:
    return {one["key"]: next(iter(one["value"].values())) for one in attributes}


def test_calls_and_tasks_are_typed(tmp_path: Path, server: ScriptedServer) -> None:
    answers(server, 3)
    body = """
def test_it(spanledger_spans):
    with sdk_hooks.task("triage", id="t", tenant="acme") as task, sdk_hooks.agent("planner"):
        with sdk_hooks.cascade("classify") as cascade:
            for attempt in cascade.attempts("nano", "standard"):
                worker = threading.Thread(target=ask)
                worker.start(); worker.join()
                attempt.escalate(signal="schema")
        task.outcome(False, useful_units=0)
    ask()
    first, second, alone = spanledger_spans.calls
    assert (first.model, first.provider, first.operation) == ("gpt-4.1", "openai", "chat")
    assert (first.input_tokens, first.cache_read_tokens, first.output_tokens) == (INPUT, CACHED, OUTPUT)
    assert (first.tier, first.attempt, first.escalation_signal) == ("nano", 1, "")
    assert (second.tier, second.attempt, second.escalation_signal) == ("standard", 2, "schema")
    assert (first.workload, first.agent, first.step, first.task_id) == ("triage", "planner", "classify", "t")
    assert (alone.task_id, alone.tier, alone.attempt, alone.error_type) == ("", "", None, "")
    triage = spanledger_spans.task("triage")
    assert triage.calls == [first, second] and triage is not None and triage.success is False
    assert (triage.tiers, triage.attempts, triage.escalations) == (["nano", "standard"], 2, 1)
    assert triage.cost_usd == 2 * first.cost_usd and spanledger_spans.cost_usd == 3 * first.cost_usd
    assert spanledger_spans.output_tokens == 3 * OUTPUT
    with pytest.raises(LookupError, match="triage t"):
        spanledger_spans.task("other")
    spanledger_spans.assert_cost_below(1)
    assert_cost_below(triage, "0.5")

def test_the_next_starts_empty(spanledger_spans):
    assert spanledger_spans.calls == spanledger_spans.tasks == []
    spanledger_spans.assert_cost_below(1, allow_no_calls=True)
"""
    usage = wire.completion()["usage"]
    for word, value in (
        ("gpt-4.1", wire.completion()["model"]),
        ("INPUT", usage["prompt_tokens"]),
        ("CACHED", usage["prompt_tokens_details"]["cached_tokens"]),
        ("OUTPUT", usage["completion_tokens"]),
    ):
        body = body.replace(word, str(value))
    run = suite(tmp_path, server, body)
    assert run.returncode == 0, run.stdout
    assert "2 passed" in run.stdout


@pytest.mark.parametrize(
    ("test", "said"),
    [
        (
            "with sdk_hooks.task('triage', id='t1'): ask()\n    ask()\n"
            "    spanledger_spans.assert_cost_below('0.0001')",
            r"the test cost \$0\.00\d+, not below \$0\.000100; the dearest of 2 calls:\n.*gpt-\S+ .* in, .* out  "
            r"(task triage t1|no task)",
        ),
        (
            "with sdk_hooks.task('triage', id='t1'): ask()\n    assert_cost_below(spanledger_spans.task('t1'), 0)",
            r"task triage t1 cost \$0\.00\d+, not below \$0\.000000",
        ),
        ("spanledger_spans.assert_cost_below(1)", "the test made no call that was recorded"),
    ],
)
def test_a_test_that_is_too_dear_fails_and_says_why(
    tmp_path: Path, server: ScriptedServer, test: str, said: str
) -> None:
    answers(server, 2)
    run = suite(tmp_path, server, f"\ndef test_it(spanledger_spans):\n    {test}\n")
    assert run.returncode == 1, run.stdout
    assert re.search(said, run.stdout.replace("\nE    ", "\n")), run.stdout


def test_an_unknown_price_fails_and_says_so(tmp_path: Path, server: ScriptedServer) -> None:
    answers(server, 1, model="nobody-knows-it")
    body = "\ndef test_it(spanledger_spans):\n    ask(model='nobody-knows-it')\n"
    body += "    spanledger_spans.assert_cost_below(9)\n"
    run = suite(tmp_path, server, body)
    assert run.returncode == 1
    assert "is not known: 1 of 1 calls have no price" in run.stdout
    assert "nobody-knows-it" in run.stdout


RUN = """
def test_triage(spanledger_spans):
    with sdk_hooks.task("triage"):
        ask()

@pytest.mark.parametrize("kind", ["a", "b"])
def test_kinds(kind):
    with sdk_hooks.task("kinds"):
        ask()

def test_own_case():
    with sdk_hooks.task("own", case_id="case 7") as task:
        ask()
        task.outcome(True, checker="schema")
    assert False

def test_that_instruments_by_itself():
    sdk_hooks.instrument(service_name="agent")
    with sdk_hooks.task("itself"):
        ask()
    sdk_hooks.uninstrument()

def test_after_it():
    with sdk_hooks.task("after"):
        ask()
"""


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["alone", "xdist"])
def test_a_run_is_recorded_with_its_cases(
    tmp_path: Path, server: ScriptedServer, workers: tuple[str]
) -> None:
    answers(server, 6)
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    run = suite(
        tmp_path,
        server,
        RUN,
        "--spanledger-record",
        "runs/",
        *workers,
        GITHUB_SHA="c0ffee",
        GITHUB_REF="refs/pull/7/merge",
    )
    assert "1 failed, 5 passed" in run.stdout, run.stdout
    (path,) = (tmp_path / "runs").glob("*.jsonl")
    assert f"spanledger: run {path.stem} recorded in {path}" in run.stdout
    spans = spans_of(path)
    calls = {span["spanledger.workload"]: span for span in spans if span["name"].startswith("chat")}
    assert {span["spanledger.run.id"] for span in spans} == {path.stem}
    assert {span["spanledger.change.commit"] for span in spans} == {"c0ffee"}
    assert {span["spanledger.change.pull_request"] for span in spans} == {"7"}
    assert {span["resource"]["deployment.environment.name"] for span in spans} == {"test"}
    assert calls["triage"]["spanledger.case.id"] == "test_agent.py::test_triage"
    assert calls["own"]["spanledger.case.id"] == "case 7"
    assert calls["itself"]["spanledger.case.id"] == "test_agent.py::test_that_instruments_by_itself"
    kinds = {span["spanledger.case.id"] for span in spans if span.get("spanledger.workload") == "kinds"}
    assert kinds == {"test_agent.py::test_kinds[a]", "test_agent.py::test_kinds[b]"}
    if not workers:
        assert calls["after"]["spanledger.case.id"] == "test_agent.py::test_after_it"
    verdicts = {
        span["spanledger.case.id"]: (span["spanledger.outcome.success"], span["spanledger.outcome.checker"])
        for span in spans
        if "spanledger.outcome.success" in span
    }
    assert verdicts["test_agent.py::test_triage"] == (True, "pytest")
    assert verdicts["case 7"] == (True, "schema")


def test_a_named_run_in_a_named_file_outside_of_ci(tmp_path: Path, server: ScriptedServer) -> None:
    answers(server, 2)
    body = "\ndef test_it():\n    with sdk_hooks.task('t'):\n        ask()\n    assert ask is None\n"
    options = ("--spanledger-record", "base.jsonl", "--spanledger-run", "base")
    for _ in range(2):
        assert suite(tmp_path, server, body, *options).returncode == 1
    spans = spans_of(tmp_path / "base.jsonl")
    assert [span["spanledger.run.id"] for span in spans] == ["base"] * 6
    assert [s["spanledger.outcome.success"] for s in spans if "spanledger.outcome.success" in s] == [
        False
    ] * 2
    assert not [span for span in spans if "spanledger.change.commit" in span]


def test_the_plugin_loads_light(tmp_path: Path, server: ScriptedServer) -> None:
    body = """
def test_it():
    import sys
    heavy = ("opentelemetry.sdk", "google.protobuf", "genai_prices", "pydantic")
    ours = [name for name in sys.modules if name.startswith(heavy)]
    assert [name for name in ours if not name.startswith("pydantic")] == []
"""
    (tmp_path / "test_agent.py").write_text(body)
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "sdk_hooks.testing_plugin", "-p", "no:langsmith_plugin"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert run.returncode == 0, run.stdout
