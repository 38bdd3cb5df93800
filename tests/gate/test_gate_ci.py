"""The GitHub action and the GitLab template: valid by schema, and the action's script run for real."""

import json
import os
import subprocess
import sys
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from junitparser import JUnitXml, TestSuite
from sarif_pydantic import Sarif

from benchmarks.gate_recordings import Suite, write

ROOT = Path(__file__).parents[2]
ACTION = ROOT / "deploy" / "github-action"
TEMPLATE = ROOT / "deploy" / "gitlab" / "spanledger-gate.yml"


def _schema(name: str) -> Any:
    text = files("check_jsonschema").joinpath(f"builtin_schemas/vendor/{name}.json").read_text()
    return json.loads(text)


@pytest.mark.parametrize(
    ("path", "schema"),
    [
        (ACTION / "action.yml", "github-actions"),
        (ACTION / "workflow.yml", "github-workflows"),
        (TEMPLATE, "gitlab-ci"),
    ],
)
def test_follows_the_schema_of_its_forge(path: Path, schema: str) -> None:
    document = yaml.safe_load(path.read_text())
    # YAML 1.1 reads the key `on` as true.
    document = {("on" if key is True else key): value for key, value in document.items()}
    jsonschema.validate(document, _schema(schema))


def test_the_action_puts_no_input_into_its_script() -> None:
    action = yaml.safe_load((ACTION / "action.yml").read_text())
    for step in action["runs"]["steps"]:
        assert "${{ inputs." not in step["run"], step["name"]
    told = {name for step in action["runs"]["steps"] for name in step["env"]}
    used = {f"GATE_{name.upper()}" for name in action["inputs"] if name not in ("python", "github-token")}
    assert used <= told


def test_the_script_gates_recordings_and_fills_the_job(tmp_path: Path) -> None:
    write(tmp_path / "base.jsonl", Suite("base", cases=22, repeats=2, spread=0.04))
    write(tmp_path / "head.jsonl", Suite("head", cases=22, repeats=2, spread=0.04, rise=1.6))
    spanledger = tmp_path / "spanledger"
    spanledger.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m cli "$@"\n')
    spanledger.chmod(0o755)
    environment = {
        "PATH": os.environ["PATH"], "HOME": str(tmp_path), "PYTHONPATH": str(ROOT), "SPANLEDGER": str(spanledger),
        "GATE_FOLDER": str(tmp_path / "out"), "GATE_BASE": "base.jsonl", "GATE_HEAD": "head.jsonl",
        "GATE_OPTIONS": "--margin 0.2 --strict", "GATE_POST": "true", "GATE_LINK": "https://forge.example/run/1",
        "GITHUB_ACTIONS": "true", "GITHUB_OUTPUT": str(tmp_path / "output"),
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md"),
    }  # fmt: skip
    done = subprocess.run(
        ["bash", str(ACTION / "gate.sh")],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        "comment.md", "report.json", "junit.xml", "report.sarif", "report.html",
    }  # fmt: skip
    _follows_sarif((tmp_path / "out" / "report.sarif").read_text())
    _follows_junit(tmp_path / "out" / "junit.xml")
    output = (tmp_path / "output").read_text()
    assert f"folder={tmp_path}/out\n" in output
    assert "verdict=FAIL\nblocks=true\n" in output
    assert "(https://forge.example/run/1)" in (tmp_path / "summary.md").read_text()
    assert json.loads((tmp_path / "out" / "report.json").read_text())["settings"]["margin"] == 0.2
    assert (
        "the comment is not on the pull request" in done.stderr
        or "cannot be posted: GITHUB_TOKEN" in done.stderr
    )
    assert "::error title=" in done.stdout


def _follows_sarif(text: str) -> None:
    """By the models of SARIF 2.1.0, and the references inside the file."""
    (run,) = Sarif.model_validate_json(text).runs
    assert run.results
    rules = run.tool.driver.rules or []
    for found in run.results:
        assert found.rule_index is not None
        assert rules[found.rule_index].id == found.rule_id
        assert found.message.text
        assert found.locations
        assert found.locations[0].physical_location is not None


def _follows_junit(path: Path) -> None:
    """As a reader of JUnit takes it: the counts are those of the cases."""
    found = JUnitXml.fromfile(str(path))
    suites = [found] if isinstance(found, TestSuite) else list(found)
    told = [(suite.tests, suite.failures, suite.errors, suite.skipped) for suite in suites]
    for suite in suites:
        suite.update_statistics()
    assert [(suite.tests, suite.failures, suite.errors, suite.skipped) for suite in suites] == told
    assert sum(suite.failures for suite in suites) == 1
