"""Every example for users of the hooks, run as it stands against the local provider, into a real collector.

The provider keeps what it served: the ledger must hold exactly these calls, at list price, in the one task.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import genai_prices
import pytest

from examples.provider_server import API_KEY, ProviderServer
from examples.wire.prompt import Exchange
from examples.wire.provider import Provider
from tests.collector.conftest import RunningCollector, start_collector

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "docs" / "hooks.md", ROOT / "docs" / "hooks-frameworks.md"]
BLOCK = re.compile(r"<!-- (run|collector|test): ([\w-]+) -->\n```python\n(.*?)```", re.DOTALL)
BLOCKS = {
    found[2]: (found[1], found[3]) for page in PAGES for found in BLOCK.finditer(page.read_text("utf-8"))
}
WAIT_S = 40.0


@dataclass(frozen=True)
class Expected:
    """What a block's one task looks like, and how many calls it makes beside those the provider keeps."""

    workload: str
    calls: int | None = None
    success: bool | None = True
    units: float | None = 1
    agent: str = ""
    embeddings: int = 0
    tiers: tuple[str, ...] = ()


EXPECTED = {
    "start": Expected("triage", 1),
    "anthropic-stream": Expected("draft", 1),
    "openai": Expected("answer", 1, embeddings=1),
    "openai-async-stream": Expected("chat", 1),
    "litellm": Expected("classify", 1),
    "gemini": Expected("translate", 1),
    "bedrock": Expected("summarise", 1),
    "cascade": Expected("classify", 2, tiers=("nano", "standard")),
    "outcome": Expected("triage", 1, success=False, units=0),
    "limits": Expected("research", 3, success=False, units=None),
    "propagation": Expected("plan", 1),
    "langgraph": Expected("support", agent="support"),
    "langgraph-openai": Expected("support", 1, agent="support"),
    "pydantic-ai": Expected("support", agent="support"),
    "pydantic-ai-instrumented": Expected("support", agent="support"),
    "openai-agents": Expected("support", agent="support"),
    "claude-agent": Expected("support"),
}


class Keeping(Provider):
    """A provider that keeps what it served."""

    def __init__(self, run: str) -> None:
        super().__init__(run=run)
        self.served: list[Exchange] = []

    def _exchange(self, *arguments: Any) -> Exchange:
        served = super()._exchange(*arguments)
        self.served.append(served)
        return served


@pytest.fixture(scope="module")
def collector(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCollector]:
    root = tmp_path_factory.mktemp("documented")
    running = start_collector(root / "data", root / "log")
    yield running
    assert running.stop() == 0


def run(name: str, folder: Path, collector: RunningCollector, *options: str) -> tuple[list[Exchange], str]:
    """Runs the block as a user would; gives what the provider served and what the block printed."""
    served, done = execute(BLOCKS[name][1], name, folder, collector, *options)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "sdk_hooks" not in done.stderr, "the hooks complain: " + done.stderr
    return served, done.stdout


def execute(
    code: str, name: str, folder: Path, collector: RunningCollector, *options: str
) -> tuple[list[Exchange], subprocess.CompletedProcess[str]]:
    is_test = BLOCKS[name][0] == "test"
    script = folder / ("test_agent.py" if is_test else "agent.py")
    script.write_text(code, "utf-8")
    test = ["-m", "pytest", "-q", "-p", "sdk_hooks.testing_plugin", "-p", "no:cacheprovider"]
    command = [sys.executable, *(test if is_test else []), str(script), *options]
    provider = Keeping(run=f"{name} {time.time_ns()}")
    with ProviderServer(provider) as server:
        done = subprocess.run(
            command,
            env=environment(server, collector, folder),
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
    return provider.served, done


def environment(server: ProviderServer, collector: RunningCollector, folder: Path) -> dict[str, str]:
    clean = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("SPANLEDGER_", "OTEL_", "PYTEST_", "GITHUB_", "AWS_", "CLAUDE"))
    }
    return {
        **clean,
        "PYTHONPATH": str(ROOT),
        "PYTHONWARNINGS": "ignore",
        "HOME": str(folder),
        "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{collector.info.otlp_http_port}",
        "ANTHROPIC_BASE_URL": server.anthropic_url,
        "ANTHROPIC_API_KEY": API_KEY,
        "OPENAI_BASE_URL": server.openai_url,
        "OPENAI_API_KEY": API_KEY,
        "GOOGLE_GEMINI_BASE_URL": server.gemini_url,
        "GEMINI_API_KEY": API_KEY,
        "AWS_ENDPOINT_URL_BEDROCK_RUNTIME": server.bedrock_url,
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
        "DISABLE_TELEMETRY": "1",
        "LANGSMITH_TRACING": "false",
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    }


def rows(collector: RunningCollector, sql: str, since: datetime) -> list[dict[str, Any]]:
    answer = collector.client().query(sql, parameters={"since": since}, tz_mode="aware")
    return [dict(zip(answer.column_names, row, strict=True)) for row in answer.result_rows]


CALLS = "SELECT * FROM llm_calls FINAL WHERE started_at >= {since:DateTime64(6, 'UTC')} ORDER BY started_at"
TASKS = "SELECT * FROM tasks FINAL WHERE started_at >= {since:DateTime64(6, 'UTC')}"


def settled(
    collector: RunningCollector, since: datetime, is_done: Callable[[list[Any], list[Any]], bool]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The calls and tasks since then, once they are what is waited for, or as they are when time is up."""
    until = time.monotonic() + WAIT_S
    while True:
        calls, tasks = rows(collector, CALLS, since), rows(collector, TASKS, since)
        if is_done(calls, tasks) or time.monotonic() > until:
            return calls, tasks
        time.sleep(0.1)


def usage(exchange: Exchange) -> tuple[int, ...]:
    cache = exchange.cache
    return (
        cache.fresh_tokens,
        cache.read_tokens,
        cache.write_short_tokens,
        cache.write_long_tokens,
        exchange.answer.output_tokens,
    )


def list_price(call: dict[str, Any], spent: tuple[int, ...]) -> Decimal:
    """By the library itself, from what the provider served."""
    fresh, read, short, long, output = spent
    counts = genai_prices.Usage(
        input_tokens=fresh + read + short + long,
        cache_read_tokens=read,
        cache_write_tokens=short + long,
        cache_write_1h_tokens=long,
        output_tokens=output,
    )
    provider = {"gcp.gemini": "google", "aws.bedrock": "aws"}.get(call["provider"], call["provider"])
    return genai_prices.calc_price(
        counts, call["response_model"] or call["request_model"], provider_id=provider
    ).total_price


def test_every_example_is_run() -> None:
    assert BLOCKS.keys() == EXPECTED.keys() | {"pytest"}


def test_the_example_for_pytest_passes_and_is_recorded(tmp_path: Path, collector: RunningCollector) -> None:
    served, printed = run("pytest", tmp_path, collector, "--spanledger-record", "runs/")
    assert len(served) == 1
    assert "1 passed" in printed
    (recorded,) = (tmp_path / "runs").glob("*.jsonl")
    assert recorded.read_text().count('"key":"gen_ai.response.id"') == 1


@pytest.mark.slow
@pytest.mark.parametrize("name", ["langgraph", "pydantic-ai", "pydantic-ai-instrumented", "openai-agents"])
def test_a_limit_ends_a_framework_s_run(name: str, tmp_path: Path, collector: RunningCollector) -> None:
    began = 'sdk_hooks.instrument(service_name="support-agent")'
    code = BLOCKS[name][1]
    assert began in code
    limited = code.replace(
        began, f"{began}\nsdk_hooks.set_limits(sdk_hooks.Limit('task', calls=1), shared=False)"
    )
    served, done = execute(limited, name, tmp_path, collector)
    assert len(served) == 1
    assert done.returncode == 1
    assert "sdk_hooks.guardrails.BudgetExceeded: task" in done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("name", EXPECTED)
def test_the_ledger_holds_exactly_what_the_provider_served(
    name: str, tmp_path: Path, collector: RunningCollector
) -> None:
    if name == "claude-agent" and find_spec("claude_agent_sdk") is None:
        pytest.skip("the extra claude-agent is not installed: it brings a program of 370 MB")
    expected, since = EXPECTED[name], datetime.now(UTC)
    served, printed = run(name, tmp_path, collector)
    assert served
    assert expected.calls in (None, len(served))
    count = len(served) + expected.embeddings

    def is_done(calls: list[Any], tasks: list[Any]) -> bool:
        return len(calls) >= count and any(
            t["success"] == expected.success and t["calls"] >= count for t in tasks
        )

    calls, tasks = settled(collector, since, is_done)
    (task,) = tasks
    assert (task["workload"], task["calls"]) == (expected.workload, count)
    assert (task["success"], task["useful_units"]) == (expected.success, expected.units)
    assert {call["task_id"] for call in calls} == {task["task_id"]}
    assert {call["workload"] for call in calls} == {expected.workload}
    if expected.agent:
        assert {call["agent"] for call in calls} == {expected.agent}
    if expected.tiers:
        assert tuple(call["tier"] for call in calls) == expected.tiers
        assert (task["escalations"], task["attempts"]) == (len(expected.tiers) - 1, len(expected.tiers))
    chats = [call for call in calls if call["output_tokens"]]
    assert len(calls) - len(chats) == expected.embeddings
    buckets = ("fresh_input", "cache_read", "cache_write_short", "cache_write_long", "output")
    found = [tuple(call[f"{bucket}_tokens"] or 0 for bucket in buckets) for call in chats]
    assert sorted(found) == sorted(usage(exchange) for exchange in served)
    assert [call["pricing_status"] for call in calls] == ["priced"] * len(calls)
    assert [call["list_cost_usd"] for call in chats] == [
        list_price(call, spent) for call, spent in zip(chats, found, strict=True)
    ]
    assert task["list_cost_usd"] == sum(call["list_cost_usd"] for call in calls) > 0
    if name == "limits":
        assert re.fullmatch(
            r"task \w+ spent 3 calls of 3 calls \((local: this process alone|ledger: .*)\)\n", printed
        )
