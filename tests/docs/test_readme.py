"""The README against the code: what it prints, names and shows must be so."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from cli.start import Addresses
from cli.welcome import welcome
from examples.provider_server import API_KEY, ProviderServer

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def block(marker: str) -> str:
    """The fenced block that follows `<!-- marker -->`."""
    match = re.search(rf"<!-- {re.escape(marker)} -->\n```\w+\n(.*?)```", README, re.DOTALL)
    assert match, f"README.md has no block <!-- {marker} -->"
    return match[1]


def test_printed_output_is_what_up_prints(capsys: pytest.CaptureFixture[str]) -> None:
    defaults = Addresses(
        dashboard="http://127.0.0.1:8501",
        otlp_http="http://127.0.0.1:4318",
        otlp_grpc="http://127.0.0.1:4317",
        clickhouse="http://127.0.0.1:8123",
        clickhouse_user="default",
        clickhouse_password_file="spanledger-data/clickhouse-password",
        data="spanledger-data",
        asks_for_token=False,
    )
    welcome(defaults, as_json=False)
    assert capsys.readouterr().out.strip() == block("output: demo").strip()


def test_commands_of_make_exist() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"`?\bmake ([a-z]+)\b", README))
    assert {"demo", "test", "bench"} <= named
    assert named <= targets


def test_every_path_named_exists() -> None:
    paths = re.findall(r"\]\((?!http)([^)#]+)\)", README)
    paths += [p for p in re.findall(r"`([\w./-]+/[\w./-]*)`", README) if not p.startswith(("http", "."))]
    missing = [p for p in paths if not (ROOT / p).exists()]
    assert paths
    assert missing == []


@pytest.mark.parametrize("line", re.findall(r"^\$ \.venv/bin/spanledger (.+)$", README, re.MULTILINE))
def test_commands_of_spanledger_parse(line: str) -> None:
    run = subprocess.run(
        [sys.executable, "-m", "cli", line.split()[0], "--help"], cwd=ROOT, capture_output=True, text=True
    )
    assert run.returncode == 0, run.stderr


def _spans_of(code: str, folder: Path, server: ProviderServer) -> list[dict[str, object]]:
    """Runs code of the README as an agent would, spans into a file; returns the spans' attributes."""
    script, spans = folder / "agent.py", folder / "spans.jsonl"
    script.write_text(code)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SPANLEDGER_")}
    environment |= {
        "SPANLEDGER_FILE": str(spans),
        "ANTHROPIC_BASE_URL": server.anthropic_url,
        "ANTHROPIC_API_KEY": API_KEY,
        "PYTHONPATH": str(ROOT),
        "PYTHONWARNINGS": "ignore::DeprecationWarning",
    }
    run = subprocess.run(
        [sys.executable, str(script)], env=environment, cwd=folder, capture_output=True, text=True
    )
    assert run.returncode == 0, run.stderr
    assert run.stderr == ""
    found = []
    for line in spans.read_text().splitlines():
        for resource in json.loads(line)["resourceSpans"]:
            for scope in resource["scopeSpans"]:
                found += [
                    {a["key"]: next(iter(a["value"].values())) for a in span["attributes"]}
                    for span in scope["spans"]
                ]
    return found


def test_the_lines_for_an_agent_record_one_call_of_one_task(tmp_path: Path) -> None:
    with ProviderServer() as server:
        spans = _spans_of(block("run: hooks"), tmp_path, server)
    calls = [s for s in spans if s.get("gen_ai.operation.name") == "chat"]
    tasks = [s for s in spans if s.get("gen_ai.operation.name") == "invoke_workflow"]
    assert len(calls) == 1
    assert int(str(calls[0]["gen_ai.usage.output_tokens"])) > 0
    assert [t["gen_ai.workflow.name"] for t in tasks] == ["summarise"]
    assert calls[0]["spanledger.task.id"] == tasks[0]["spanledger.task.id"]


def test_the_lines_for_a_cascade_record_an_escalation(tmp_path: Path) -> None:
    before = """
import anthropic
import sdk_hooks
sdk_hooks.instrument(service_name="my-agent")
client = anthropic.Anthropic()
MODEL_OF = {"nano": "claude-haiku-4-5", "standard": "claude-sonnet-4-5", "premium": "claude-opus-4-5"}
answers = []
def ask(model):
    answers.append(client.messages.create(model=model, max_tokens=50, messages=[{"role": "user", "content": "label"}]))
    return answers[-1]
def looks_right(answer):
    return len(answers) == 2
"""
    with ProviderServer() as server:
        spans = _spans_of(before + block("run: cascade"), tmp_path, server)
    calls = [s for s in spans if s.get("gen_ai.operation.name") == "chat"]
    assert [(c["spanledger.tier"], c["spanledger.attempt"]) for c in calls] == [
        ("nano", "1"),
        ("standard", "2"),
    ]
    assert calls[1]["spanledger.escalation.from_tier"] == "nano"
    assert calls[1]["spanledger.escalation.signal"] == "checker"
