"""One comment on the pull request, kept up to date; overrides by label and comment, recorded in the ledger."""

import dataclasses
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from analytics.gate.comment import LONGEST, comment, marker
from analytics.gate.compare import compare
from analytics.gate.evidence import ModelUse, RunFacts, SideData
from analytics.gate.result import GateResult, Override
from analytics.gate.settings import GateSettings
from cli.gate import forge as gate_forge
from cli.gate import pull_request as gate_pull_request
from cli.gate.pull_request import post, with_override
from cli.gate.record import verdict_rows
from tests.gate.cells import cell
from tests.gate.forges import TOKEN, Host, forge

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def side(
    name: str, rise: float, cases: int = 25, workload: str = "triage", case: str = "case {}"
) -> SideData:
    rng = np.random.default_rng(len(name))
    cells = [
        cell(
            case.format(c),
            f"{name} {r}",
            tokens=(int(1000 * (1 + c) * rise * rng.uniform(0.95, 1.05)), 0, 0, 0, 50),
        )
        for c in range(cases)
        for r in range(3)
    ]
    runs = [
        RunFacts(c.unit, c.run, workload, NOW.date(), 1, 1, 0, 0, (f"{name}0123456789",), (), (), True)
        for c in cells
    ]
    used = ModelUse("anthropic", "small", "small", "priced", "book 1", len(cells), 1000, NOW)
    return SideData(f"{name}.jsonl", tuple(runs), (used,), tuple(cells), sum(c.cost_usd for c in cells))  # type: ignore[arg-type]  # sum of Decimals


def result(rise: float = 1.4, **more: object) -> GateResult:
    return compare(side("base", 1.0, **more), side("head", rise, **more), GateSettings(), NOW)  # type: ignore[arg-type]  # passed on


@pytest.fixture(params=["github", "gitlab"])
def host(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Host]:
    event = tmp_path / "event.json"
    event.write_text(json.dumps({"pull_request": {"number": 7}}))
    with forge(request.param) as found:
        environment = {
            "GITHUB_TOKEN": TOKEN, "GITHUB_REPOSITORY": "acme/agent", "GITHUB_API_URL": found.url,
            "GITHUB_EVENT_PATH": str(event),
        } if request.param == "github" else {
            "GITLAB_CI": "true", "GITLAB_TOKEN": TOKEN, "CI_API_V4_URL": found.url, "CI_PROJECT_ID": "42",
            "CI_MERGE_REQUEST_IID": "7",
        }  # fmt: skip
        monkeypatch.setattr(gate_pull_request, "environment", lambda: environment)
        found.members = [{"username": "ada", "access_level": 40}, {"username": "eve", "access_level": 20}]
        yield found


def test_one_comment_is_posted_and_then_updated(host: Host) -> None:
    for number in range(130):
        host.say(f"reader{number}", "looks good")
    assert post(result(1.4), "").startswith("comment posted")
    assert post(result(1.0), "").startswith("comment updated")
    ours = [c["body"] for c in host.comments if c["body"].startswith(marker("default"))]
    assert len(ours) == 1
    assert "PASS" in ours[0]
    assert len(host.comments) == 131


def test_each_suite_has_its_own_comment(host: Host) -> None:
    post(dataclasses.replace(result(), suite="nightly"), "")
    post(result(), "")
    assert [c["body"].splitlines()[0] for c in host.comments] == [marker("nightly"), marker("default")]


def test_a_comment_of_a_member_overrides_and_says_who(host: Host) -> None:
    host.say("eve", "/cost approve please", "NONE")
    assert with_override(result()).override is None
    host.say("ada", "Fine.\n/cost approve the new tool is worth it", "MEMBER")
    found = with_override(result())
    assert found.override == Override(
        "ada", "the new tool is worth it", "comment", host.comments[-1]["created_at"]
    )
    assert not found.blocks
    assert "accepted by ada" in comment(found)


def test_a_label_overrides_and_says_who(host: Host) -> None:
    host.label("cost-approved", "ada")
    host.label("other", "eve")
    assert with_override(result()).override == Override("ada", "", "label", "2026-11-20T11:00:00Z")


def test_our_own_comment_is_no_override(host: Host) -> None:
    post(result(), "")
    host.comments[-1]["author_association"] = "MEMBER"
    assert with_override(result()).override is None


def test_a_refused_comment_fails_nothing_and_shows_no_token(host: Host) -> None:
    host.refuse_writes = True
    told = post(result(), "")
    assert "the comment is not on the pull request" in told
    assert "403" in told
    assert TOKEN not in told


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        ({}, "GITHUB_TOKEN is not set"),
        ({"GITHUB_TOKEN": "x", "GITHUB_REPOSITORY": "a/b"}, "this job is about no pull request"),
        ({"GITLAB_CI": "1", "CI_MERGE_REQUEST_IID": "3"}, "GITLAB_TOKEN is not set"),
    ],
)
def test_what_is_missing_is_named(environment: dict[str, str], message: str) -> None:
    with pytest.raises(gate_forge.ForgeError, match=message):
        gate_forge.forge_of(environment)


def test_the_pull_request_is_found_in_the_ref_too() -> None:
    assert gate_forge.pull_request_number({"GITHUB_REF": "refs/pull/12/merge"}) == 12
    assert gate_forge.pull_request_number({"GITHUB_REF": "refs/heads/main"}) is None


def test_names_of_cases_never_become_markup() -> None:
    text = comment(result(case="x|{} `<img src=x>` @team $1 [a](b)"))
    assert "<img" not in text
    assert "@team" not in text
    assert "|`" not in text
    rows = [line for line in text.splitlines() if line.startswith("| x")]
    assert rows
    assert all(len(line.replace("\\|", "").split("|")) == 6 for line in rows)


def test_equal_sides_name_no_cause() -> None:
    same = side("base", 1.0)
    found = compare(same, same, GateSettings(), NOW)
    assert found.total is not None
    assert found.total.split.culprit == ""
    assert "**Why**" not in comment(found)


def test_a_comment_is_never_too_long() -> None:
    huge = result(case="{} " + "long name " * 900)
    assert len(comment(dataclasses.replace(huge, cases=huge.cases * 9))) <= LONGEST
    noted = dataclasses.replace(huge, warnings=("w" * 200_000,))
    assert len(comment(noted)) <= LONGEST


def test_rows_of_the_ledger_hold_the_verdict() -> None:
    rows = verdict_rows(result(), "gate", NOW, {"GITHUB_REF": "refs/pull/12/merge"})
    assert [(row["workload"], row["verdict"], row["pull_request"]) for row in rows] == [
        ("triage", "FAIL", "12"), ("all workloads", "FAIL", "12"),
    ]  # fmt: skip
    assert rows[0]["head_change"] == "head0123456789"
