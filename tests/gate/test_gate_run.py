"""`gate run` with agents that send no spans: cases one by one, the proxy, a limit on spending."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from cli.gate.recorded import Recorded, recorded
from cli.main import main
from collector.config.model import Config
from examples.provider_server import API_KEY, ProviderServer
from examples.wire.provider import Provider

AGENT = """
import json, os, sys, urllib.request
words = "Be careful. " * 40
question = json.load(open(sys.argv[1]))["question"]
asked = [{"role": "user", "content": question}]
body = {"model": "claude-haiku-4-5", "max_tokens": 20, "system": words, "messages": asked}
headers = {"x-api-key": os.environ["KEY"], "content-type": "application/json", "anthropic-version": "2023-06-01"}
url = os.environ["ANTHROPIC_BASE_URL"] + "/v1/messages"
for _ in range(2):
    urllib.request.urlopen(urllib.request.Request(url, json.dumps(body).encode(), headers)).read()
sys.exit("fail" in question)
"""
CASES = [{"id": f"größe {n}, 100 %", "question": f"Where is order {n}?"} for n in range(6)]


@pytest.fixture(scope="module")
def warm() -> Iterator[Recorded]:
    with recorded(Config()) as engine:
        yield engine


@pytest.fixture(scope="module")
def server() -> Iterator[ProviderServer]:
    with ProviderServer(Provider(seed=3, run="gate", time_scale=0.0)) as found:
        yield found


@pytest.fixture
def repository(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, warm: Recorded, server: ProviderServer
) -> Path:
    """A branch whose system prompt is three times as long as that of `main`."""
    for module in ("judge", "run"):
        monkeypatch.setattr(f"cli.gate.{module}.recorded", lambda config: nullcontext(warm))
    for name in ("GITHUB_BASE_REF", "CI_MERGE_REQUEST_TARGET_BRANCH_NAME", "OTEL_RESOURCE_ATTRIBUTES"):
        monkeypatch.delenv(name, raising=False)
    for name, url in (
        ("ANTHROPIC_BASE_URL", server.anthropic_url),
        ("OPENAI_BASE_URL", server.openai_url),
        ("KEY", API_KEY),
    ):
        monkeypatch.setenv(name, url)
    folder = tmp_path / "repository"
    folder.mkdir()
    (tmp_path / "cases.jsonl").write_text("\n".join(json.dumps(case) for case in CASES))
    _git(folder, "init", "-q", "-b", "main")
    (folder / "agent.py").write_text(AGENT)
    _git(folder, "add", "-A")
    _git(folder, "commit", "-qm", "one")
    _git(folder, "checkout", "-qb", "dearer")
    (folder / "agent.py").write_text(AGENT.replace("* 40", "* 120"))
    _git(folder, "commit", "-qam", "two")
    monkeypatch.chdir(folder)
    return tmp_path


def _git(folder: Path, *words: str) -> None:
    command = ["git", "-c", "user.email=a@example.com", "-c", "user.name=A", *words]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)


def run(capfd: pytest.CaptureFixture[str], folder: Path, *words: str) -> tuple[int, Any, str]:
    command = [sys.executable, "agent.py", "{input}"]
    options = [
        "--cases",
        str(folder / "cases.jsonl"),
        "--record-proxy",
        "--keep",
        str(folder / "kept"),
        "--json",
    ]
    code = main(["gate", "run", *options, *words, "--", *command])
    out, err = capfd.readouterr()
    return code, json.loads(out) if out else None, err


def test_an_agent_without_spans_is_recorded_case_by_case(
    repository: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    code, found, err = run(capfd, repository, "--repeats", "2", "--jobs", "3")
    assert code in (0, 1), err
    assert sorted(case["case"] for case in found["cases"]) == sorted(case["id"] for case in CASES)
    judged = found["total"]["judgement"]
    assert (judged["cases"], judged["base"]["runs"], judged["head"]["runs"]) == (6, 12, 12)
    assert judged["typical"]["ratio"] > 1.3
    assert found["base"]["calls"] == found["head"]["calls"] == 24
    assert found["total"]["success"]["base_succeeded"] == found["total"]["success"]["base_judged"] == 12
    assert found["workloads"][0]["workload"] == "repository"
    assert Decimal(found["base"]["cost_usd"]) > 0
    kinds = {row["kind"]: row for row in found["segments"]}
    assert set(kinds) == {"system", "user"}
    assert kinds["system"]["head_tokens"] > 2.5 * kinds["system"]["base_tokens"]
    assert kinds["system"]["head_usd"] > 2.5 * kinds["system"]["base_usd"] > 0
    assert kinds["user"]["head_tokens"] == pytest.approx(kinds["user"]["base_tokens"], rel=0.1)
    main(["gate", "--explain", str(_report(repository, found)), "--comment", str(repository / "c.md")])
    assert "system grew most: " in capfd.readouterr().out
    assert "**Prompt**: system grew most" in (repository / "c.md").read_text()
    kept = "".join(path.read_text() for path in (repository / "kept").rglob("*.jsonl"))
    assert "Where is order" not in kept
    assert API_KEY not in kept


def test_a_limit_stops_the_suite_and_the_rest_is_compared(
    repository: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    _, whole, _ = run(capfd, repository, "--repeats", "1")
    cost = Decimal(whole["base"]["cost_usd"]) + Decimal(whole["head"]["cost_usd"])
    os.rename(repository / "kept", repository / "kept-whole")
    limit = cost / 2
    code, found, _ = run(capfd, repository, "--repeats", "1", "--max-usd", f"{limit:.8f}")
    spend = found["spend"]
    assert code == (1 if found["verdict"] == "FAIL" else 6)
    assert spend["is_stopped"] is True
    assert 0 < spend["runs_done"] < spend["runs_planned"] == 12
    assert limit <= Decimal(spend["spent_usd"]) < cost * Decimal("0.9")
    compared = Decimal(found["base"]["cost_usd"]) + Decimal(found["head"]["cost_usd"])
    assert compared <= Decimal(spend["spent_usd"])
    assert 0 < found["total"]["judgement"]["cases"] < len(CASES)
    kept = [path.name for path in (repository / "kept").rglob("*.jsonl")]
    assert spend["runs_done"] <= len(kept) <= spend["runs_done"] + 1
    main(["gate", "--explain", str(_report(repository, found))])
    assert "stopped by the limit on spending after" in capfd.readouterr().out


def _report(folder: Path, found: Any) -> Path:
    path = folder / "report.json"
    path.write_text(json.dumps(found))
    return path


def test_a_limit_that_leaves_nothing_to_compare_is_exit_6(
    repository: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    code, found, err = run(capfd, repository, "--repeats", "1", "--max-usd", "0.000001")
    assert (code, found) == (6, None)
    told = next(line for line in err.splitlines() if line.startswith("spanledger:"))
    assert "spent of --max-usd 0.000001; no run of" in told
    assert "nothing to compare" in told


def test_a_limit_that_is_not_reached_is_told_with_what_was_spent(
    repository: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    code, found, _ = run(capfd, repository, "--repeats", "1", "--max-usd", "$25")
    assert code in (0, 1)
    both = Decimal(found["base"]["cost_usd"]) + Decimal(found["head"]["cost_usd"])
    assert (Decimal(found["spend"]["spent_usd"]), found["spend"]["is_stopped"]) == (both, False)


def test_without_cases_the_whole_command_is_one_and_that_is_said(
    repository: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (repository / "one.json").write_text(json.dumps(CASES[0]))
    words = ["--record-proxy", "--repeats", "1", "--json", "--", sys.executable, "agent.py"]
    code = main(["gate", "run", *words, str(repository / "one.json")])
    found = json.loads(capfd.readouterr().out)
    assert code == 0
    assert [case["case"] for case in found["cases"]] == ["the whole command"]
    assert any("give --cases" in text for text in found["warnings"])


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--max-usd", "much"), "--max-usd much: expected dollars above 0"),
        (("--max-usd", "nan"), "--max-usd nan: expected dollars above 0"),
        (("--max-usd", "0"), "--max-usd 0: expected dollars above 0"),
        (("--jobs", "0"), "--jobs 0: expected 1 or more"),
        (("--timeout", "nan"), "--timeout nan: expected seconds above 0"),
        (("--provider", "A=http://x"), "--provider names an address for --record-proxy"),
        (("--record-proxy", "--provider", "A"), "expected VARIABLE=URL"),
        (("--cases", "none.json"), "--cases none.json: cannot be read"),
    ],
)
def test_options_that_make_no_sense_are_one_line_and_exit_2(
    repository: Path, words: tuple[str, ...], message: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(["gate", "run", "--repeats", "1", *words, "--", "true"]) == 2
    err = capfd.readouterr().err
    assert message in err
    assert err.count("\n") == 1


HOOKED = """
import json, os, sys
import anthropic, sdk_hooks
sdk_hooks.instrument(service_name="agent")
client = anthropic.Anthropic(api_key=os.environ["KEY"])
with sdk_hooks.task("agent"):
    client.messages.create(model="claude-haiku-4-5", max_tokens=20, messages=[{"role": "user", "content": "Hello"}])
"""


def test_an_instrumented_agent_behind_the_proxy_is_counted_once(
    repository: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
    (repository / "hooked.py").write_text(HOOKED)
    (repository / "one.json").write_text(json.dumps(CASES[:1]))
    options = ["--cases", str(repository / "one.json"), "--record-proxy", "--repeats", "1", "--json"]
    code = main(["gate", "run", *options, "--", sys.executable, str(repository / "hooked.py")])
    out, err = capfd.readouterr()
    assert code == 0, err
    found = json.loads(out)
    assert [(side["calls"], side["runs"], side["cases"]) for side in (found["base"], found["head"])] == [
        (1, 1, 1), (1, 1, 1),
    ]  # fmt: skip
    assert not any("one case" in text for text in found["warnings"])
