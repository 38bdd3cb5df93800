"""Switching on and off: clients imported before or after, other providers, what the environment says."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import anthropic
import openai
import pytest
from opentelemetry.sdk.trace import TracerProvider

import sdk_hooks
from sdk_hooks import attributes as names
from sdk_hooks import guard
from sdk_hooks.changes import change_from
from tests.hooks import wire
from tests.hooks.scripted_server import Reply, ScriptedServer

ROOT = Path(__file__).parents[2]

LATE_IMPORT = """
import sys
import sdk_hooks
sdk_hooks.instrument()
assert "openai" not in sys.modules and "anthropic" not in sys.modules
import openai, anthropic
with sdk_hooks.task("triage"):
    openai.OpenAI(api_key="k", base_url=sys.argv[1] + "/v1").chat.completions.create(model="m", messages=[])
    anthropic.Anthropic(api_key="k", base_url=sys.argv[1]).messages.create(
        model="c", max_tokens=1, messages=[{"role": "user", "content": "q"}])
"""


def test_clients_imported_later_and_the_clients_own_spans(server: ScriptedServer, tmp_path: Path) -> None:
    """The provider is registered, so the anthropic client emits: one span a call all the same."""
    server.add(Reply(body=wire.completion()), Reply(body=wire.message()))
    out = tmp_path / "spans.jsonl"
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "SPANLEDGER_FILE": str(out)}
    subprocess.run([sys.executable, "-c", LATE_IMPORT, server.url], env=environment, check=True, timeout=60)
    spans = [
        (scope["scope"]["name"], span)
        for line in out.read_text().splitlines()
        for resource in json.loads(line)["resourceSpans"]
        for scope in resource["scopeSpans"]
        for span in scope["spans"]
    ]
    assert sorted((scope, span["name"]) for scope, span in spans) == [
        ("com.anthropic.sdk.python", "anthropic.messages.create"),
        ("sdk_hooks", "chat m"),
        ("sdk_hooks", "task triage"),
    ]
    for _, span in spans:
        values = {entry["key"]: entry["value"] for entry in span["attributes"]}
        assert values[names.WORKLOAD] == {"stringValue": "triage"}
        if span["name"].startswith("anthropic"):
            assert values[names.CACHE_WRITE_LONG_TOKENS] == {"intValue": "180"}
            assert values[names.SERVICE_CLASS] == {"stringValue": "priority"}


def test_everything_is_put_back() -> None:
    def methods() -> list[object]:
        return [
            openai.OpenAI.request,
            openai.AsyncOpenAI.request,
            anthropic.Anthropic._process_response,
            threading.Thread.start,
            ThreadPoolExecutor.submit,
        ]

    before, path = methods(), list(sys.meta_path)
    for _ in range(2):
        sdk_hooks.instrument(tracer_provider=TracerProvider(shutdown_on_exit=False))
        sdk_hooks.instrument(tracer_provider=TracerProvider(shutdown_on_exit=False))
        assert all(now is not then for now, then in zip(methods(), before, strict=True))
        sdk_hooks.uninstrument()
    assert methods() == before
    assert sys.meta_path == path


def test_without_instrument_nothing_happens() -> None:
    with sdk_hooks.task("t") as task, sdk_hooks.agent("a"), sdk_hooks.cascade("c") as cascade:
        for attempt in cascade.attempts("nano"):
            attempt.accept()
        task.outcome(True)
    sdk_hooks.record_outcome("t", success=True)
    assert sdk_hooks.flush()
    sdk_hooks.uninstrument()


@pytest.mark.parametrize(
    ("environment", "commit", "pull_request"),
    [
        ({}, None, None),
        ({"GITHUB_SHA": "a", "GITHUB_REF": "refs/heads/main"}, "a", None),
        ({"GITHUB_SHA": "a", "GITHUB_REF": "refs/pull/7/merge"}, "a", "7"),
        ({"CI_COMMIT_SHA": "b", "CI_MERGE_REQUEST_IID": "8"}, "b", "8"),
        ({"CIRCLE_SHA1": "c", "CIRCLE_PULL_REQUEST": "https://github.com/o/r/pull/9"}, "c", "9"),
        ({"BUILDKITE_COMMIT": "d", "BUILDKITE_PULL_REQUEST": "false"}, "d", None),
        ({"GIT_COMMIT": "e", "CHANGE_ID": "10"}, "e", "10"),
    ],
)
def test_the_change(environment: dict[str, str], commit: str | None, pull_request: str | None) -> None:
    change = change_from(environment)
    assert (change.get(names.CHANGE_COMMIT), change.get(names.CHANGE_PULL_REQUEST)) == (commit, pull_request)


def test_again_and_again_leaves_nothing_behind(tmp_path: Path) -> None:
    provider = TracerProvider(shutdown_on_exit=False)
    for _ in range(3):
        sdk_hooks.instrument(tracer_provider=provider, file=tmp_path / "spans.jsonl")
    try:
        processors = provider._active_span_processor._span_processors
        assert [type(one).__name__ for one in processors] == ["StampProcessor", "BatchSpanProcessor"]
        with sdk_hooks.task("t"):
            pass
        assert sdk_hooks.flush()
    finally:
        sdk_hooks.uninstrument()
    assert (tmp_path / "spans.jsonl").read_text().count('"task t"') == 1


def test_settings_that_opentelemetry_refuses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("OTEL_BSP_MAX_QUEUE_SIZE", "-1")
    guard._seen.clear()
    sdk_hooks.instrument(tracer_provider=TracerProvider(shutdown_on_exit=False), file=tmp_path / "s.jsonl")
    with sdk_hooks.task("t"):
        pass
    sdk_hooks.uninstrument()
    assert '"task t"' in (tmp_path / "s.jsonl").read_text()
    assert "OTEL_BSP_* settings are left aside" in caplog.text
