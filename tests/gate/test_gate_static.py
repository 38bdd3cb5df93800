"""Stage 0: two versions build the same requests; tokens, prefixes and cost a turn, without a model."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from analytics.gate.segments import segments
from analytics.gate.static import Built, compare_static
from analytics.gate.tokens import ERROR, ESTIMATE
from analytics.gate.verdict import Verdict
from cli.main import main

BUILDER = """
import time
SYSTEM = "You are a careful support agent. Answer from the handbook and never guess. " * 20
TOOLS = [{"name": "lookup", "description": "Looks an order up by its number.", "input_schema": {"type": "object"}}]
def build(case):
    return {
        "model": "claude-sonnet-4-5", "tools": TOOLS,
        "system": [{"type": "text", "text": SYSTEM, "cache_control": {"type": "ephemeral"}}],
        "messages": [{"role": "user", "content": case["question"]}],
    }
"""
CASES = [{"id": f"q{n}", "question": f"Where is order {n}?"} for n in range(4)]


def _git(folder: Path, *words: str) -> None:
    subprocess.run(
        ["git", "-c", "user.email=a@example.com", "-c", "user.name=A", *words],
        cwd=folder,
        check=True,
        capture_output=True,
    )


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    _git(tmp_path, "init", "-q", "-b", "main")
    (tmp_path / "agent_builder.py").write_text(BUILDER)
    (tmp_path / "cases.jsonl").write_text("\n".join(json.dumps(case) for case in CASES))
    _git(tmp_path, "add", "-A")
    _git(tmp_path, "commit", "-qm", "one")
    _git(tmp_path, "checkout", "-qb", "branch")
    for name in ("GITHUB_BASE_REF", "CI_MERGE_REQUEST_TARGET_BRANCH_NAME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(capfd: pytest.CaptureFixture[str], *words: str) -> tuple[int, Any, str]:
    code = main(
        ["gate", "static", "--builder", "agent_builder:build", "--cases", "cases.jsonl", "--json", *words]
    )
    out, err = capfd.readouterr()
    return code, json.loads(out) if out else None, err


def change(folder: Path, old: str, new: str) -> None:
    text = (folder / "agent_builder.py").read_text()
    assert old in text
    (folder / "agent_builder.py").write_text(text.replace(old, new))


def test_nothing_changed(repository: Path, capfd: pytest.CaptureFixture[str]) -> None:
    code, found, _ = run(capfd)
    assert (code, found["verdict"], found["parts"]) == (0, "PASS", [])
    assert all(
        case["first_difference"] is None and case["base_tokens"] == case["head_tokens"]
        for case in found["findings"]
    )
    assert found["error"] == ERROR
    assert found["counter"] == "estimate"


def test_a_longer_tool_fails_and_is_named_with_its_cost(
    repository: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    change(
        repository,
        "Looks an order up by its number.",
        "Looks an order up by its number. " + "It needs much care. " * 40,
    )
    code, found, _ = run(capfd, "--report", "static.json")
    assert (code, found["verdict"]) == (1, "FAIL")
    (part,) = found["parts"]
    assert part["name"] == "tool lookup"
    assert part["usd_per_turn"] == pytest.approx((part["head_tokens"] - part["base_tokens"]) * 3e-6)
    assert found["findings"][0]["first_difference"] == len(
        '{"name":"lookup","description":"Looks an order up by its number.'
    )
    assert json.loads((repository / "static.json").read_text())["verdict"] == "FAIL"


def test_a_small_change_of_the_prefix_warns_unless_it_is_announced(
    repository: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    change(repository, "never guess", "never ever guess")
    code, found, _ = run(capfd)
    assert (code, found["verdict"]) == (0, "WARN")
    assert "the cacheable prefix changes in 4 cases" in found["reason"]
    assert run(capfd, "--new-prompt-version")[1]["verdict"] == "PASS"


def test_a_clock_in_the_prompt_breaks_the_cache(repository: Path, capfd: pytest.CaptureFixture[str]) -> None:
    change(repository, '"text": SYSTEM', '"text": f"It is {time.time_ns()}. " + SYSTEM')
    found = run(capfd)[1]
    assert (found["verdict"], len(found["volatile"])) == ("WARN", 4)
    assert "differs between two builds of the same case" in found["reason"]


def test_what_depends_on_the_case_breaks_the_shared_prefix(
    repository: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    change(repository, '"text": SYSTEM', '"text": case["id"] + SYSTEM')
    found = run(capfd, "--new-prompt-version")[1]
    assert found["verdict"] == "WARN"
    assert found["shared_head"] < found["shared_base"] / 2


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("def build", "def built", "has no attribute 'build'"),
        ('case["question"]', 'case["answer"]', "failed on case 'q0': KeyError"),
        ("    return {", "    return 3 or {", "returned a int for case 'q0'"),
    ],
)
def test_a_builder_that_fails_is_one_line_and_exit_2(
    repository: Path, old: str, new: str, message: str, capfd: pytest.CaptureFixture[str]
) -> None:
    change(repository, old, new)
    code, _, err = run(capfd)
    assert code == 2
    assert err.count("\n") == 1
    assert "on head" in err
    assert message in err


def test_requests_of_other_makers_are_read_in_their_order() -> None:
    request = {
        "tools": [{"type": "function", "function": {"name": "find"}}],
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": [{"type": "text", "text": "Hi"}]},
        ],
    }
    assert [(s.name, s.is_static) for s in segments(request)] == [
        ("tool find", True),
        ("system", True),
        ("user 2", False),
    ]
    responses = {"instructions": "Be brief.", "input": "Hi"}
    assert [s.text for s in segments(responses)] == ["Be brief.", "Hi"]


def test_cases_of_one_side_only_are_no_comparison() -> None:
    one = Built("a", {"system": "x"}, {"system": "x"})
    other = Built("b", {"system": "x"}, {"system": "x"})
    found = compare_static([one], [other], lambda model: ESTIMATE, lambda model: None)
    assert found.verdict is Verdict.INCONCLUSIVE


def test_the_segment_that_grew_is_named_with_its_cost(
    repository: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    old = '"messages": [{"role": "user", "content": case["question"]}]'
    new = """"messages": [
        {"role": "user", "content": "Where is my order?"}, {"role": "assistant", "content": "Let me look. " * 80},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "1", "content": "shipped " * 9}]},
        {"role": "user", "content": case["question"]}]"""
    change(repository, old, new)
    code, found, _ = run(capfd)
    kinds = {row["kind"]: row for row in found["segments"]}
    assert (code, list(kinds)) == (1, ["tools", "system", "history", "tool results", "user"])
    assert kinds["history"]["base_tokens"] == 0
    assert kinds["history"]["head_usd"] == pytest.approx(kinds["history"]["head_tokens"] * 3e-6)
    assert kinds["system"]["base_tokens"] == kinds["system"]["head_tokens"] > 0
    main(["gate", "static", "--builder", "agent_builder:build", "--cases", "cases.jsonl"])
    out = capfd.readouterr().out
    assert "history grew most: 0 → " in out
    total = sum(row["head_tokens"] - row["base_tokens"] for row in kinds.values())
    assert f"together {total:+,.0f}".split() == [
        word
        for line in out.splitlines()
        if line.split()[:1] == ["together"]
        for word in (line.split()[0], line.split()[3])
    ]


REQUESTS = {
    "anthropic": {
        "tools": [{"name": "find"}],
        "system": [{"type": "text", "text": "Be brief."}],
        "messages": [
            {"role": "user", "content": "Hi"},
            {"role": "assistant", "content": [{"type": "tool_use", "id": "1", "name": "find", "input": {}}]},
            {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "1", "content": "found"}]},
        ],
    },
    "chat": {
        "tools": [{"type": "function", "function": {"name": "find"}}],
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "Hi"},
            {"role": "assistant", "content": None, "tool_calls": [{"id": "1", "function": {"name": "find"}}]},
            {"role": "tool", "tool_call_id": "1", "content": "found"},
        ],
    },
    "responses": {
        "tools": [{"type": "function", "name": "find"}],
        "instructions": "Be brief.",
        "input": [
            {"role": "user", "content": "Hi"},
            {"type": "function_call", "call_id": "1", "name": "find", "arguments": "{}"},
            {"type": "function_call_output", "call_id": "1", "output": "found"},
        ],
    },
    "gemini": {
        "tools": [{"functionDeclarations": [{"name": "find"}]}],
        "systemInstruction": {"parts": [{"text": "Be brief."}]},
        "contents": [
            {"role": "user", "parts": [{"text": "Hi"}]},
            {"role": "model", "parts": [{"functionCall": {"name": "find"}}]},
            {"role": "user", "parts": [{"functionResponse": {"name": "find", "response": {"found": True}}}]},
        ],
    },
    "bedrock": {
        "toolConfig": {"tools": [{"toolSpec": {"name": "find"}}]},
        "system": [{"text": "Be brief."}],
        "messages": [
            {"role": "user", "content": [{"text": "Hi"}]},
            {"role": "assistant", "content": [{"toolUse": {"toolUseId": "1", "name": "find"}}]},
            {"role": "user", "content": [{"toolResult": {"toolUseId": "1", "content": [{"text": "found"}]}}]},
        ],
    },
}


@pytest.mark.parametrize("maker", REQUESTS)
def test_segments_are_the_same_in_every_makers_format(maker: str) -> None:
    found = segments(REQUESTS[maker])
    assert [s.kind for s in found] == ["tools", "system", "user", "history", "tool results"]
    assert found[0].name == "tool find"
    assert "Be brief." in found[1].text
    assert "Hi" in found[2].text
    assert "found" in found[4].text
    assert all(s.text not in ("", "null") for s in found)
