"""Which commit a branch is compared with, and what is said when that is not where the branch began."""

import subprocess
from pathlib import Path

import pytest

from cli.errors import UsageError
from cli.gate.git import base_commit, base_warning


def git(folder: Path, *words: str) -> str:
    command = ["git", "-c", "user.email=a@example.com", "-c", "user.name=A", *words]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout.strip()


def commit(folder: Path, name: str) -> str:
    git(folder, "commit", "-q", "--allow-empty", "-m", name)
    return git(folder, "rev-parse", "HEAD")


@pytest.fixture
def commits(tmp_path: Path) -> dict[str, str]:
    """main: old - start - later; the branch leaves at `start`."""
    git(tmp_path, "init", "-q", "-b", "main")
    found = {name: commit(tmp_path, name) for name in ("old", "start")}
    git(tmp_path, "checkout", "-qb", "branch")
    found["head"] = commit(tmp_path, "head")
    git(tmp_path, "checkout", "-q", "main")
    found["later"] = commit(tmp_path, "later")
    git(tmp_path, "checkout", "-q", "branch")
    return found


def test_the_default_is_where_the_branch_began(tmp_path: Path, commits: dict[str, str]) -> None:
    assert base_commit(None, tmp_path, {}) == commits["start"]
    assert base_commit(None, tmp_path, {"GITHUB_BASE_REF": "main"}) == commits["start"]
    assert base_warning(commits["start"], tmp_path, {}) == ""


@pytest.mark.parametrize(
    ("base", "told"),
    [
        ("old", "1 commit of main counted as part of the change"),
        ("later", "1 commit of base missing in head, so what they did counts reversed"),
    ],
)
def test_another_base_is_told_with_what_it_brings(
    tmp_path: Path, commits: dict[str, str], base: str, told: str
) -> None:
    found = base_warning(commits[base], tmp_path, {})
    assert told in found
    assert commits["start"][:12] in found
    assert "leave --base-ref out" in found


def test_on_the_target_branch_versions_are_compared(tmp_path: Path, commits: dict[str, str]) -> None:
    git(tmp_path, "checkout", "-q", "main")
    assert base_warning(commits["old"], tmp_path, {}) == ""


def test_without_a_target_branch_nothing_is_said_and_a_base_must_be(
    tmp_path: Path, commits: dict[str, str]
) -> None:
    elsewhere = {"GITHUB_BASE_REF": "release"}
    assert base_warning(commits["old"], tmp_path, elsewhere) == ""
    with pytest.raises(UsageError, match="nothing in common with origin/release, release"):
        base_commit(None, tmp_path, elsewhere)
