"""The two versions of a repository: where the branch began, and a work tree of it beside the user's own.

In: a folder inside a repository. Out: commits and paths. Raises UsageError with git's own words.
"""

import os
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from cli.errors import UsageError

MAIN_BRANCHES = ("origin/HEAD", "origin/main", "origin/master", "main", "master")


def git(*arguments: str, cwd: Path) -> str:
    """What git says. Raises UsageError."""
    try:
        done = subprocess.run(["git", *arguments], cwd=cwd, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise UsageError("git is not installed; it is needed for the base's work tree") from None
    if done.returncode != 0:
        said = " ".join(done.stderr.split()) or f"exit {done.returncode}"
        raise UsageError(f"git {' '.join(arguments[:2])}: {said}")
    return done.stdout.strip()


def base_commit(given: str | None, folder: Path, environment: Mapping[str, str]) -> str:
    """The commit to compare with: the one given, else where HEAD left the target branch."""
    if given:
        return git("rev-parse", "--verify", f"{given}^{{commit}}", cwd=folder)
    found = _left(folder, environment)
    if found is not None:
        return found[0]
    raise UsageError(
        f"no commit to compare with: HEAD has nothing in common with {', '.join(_targets(environment))}; "
        "say --base-ref, or fetch the whole history (fetch-depth: 0)"
    )


def base_warning(base: str, folder: Path, environment: Mapping[str, str]) -> str:
    """What a comparison with `base` holds beside this branch; empty where base is where the branch began.

    Empty as well on the target branch itself, where versions are compared rather than a branch.
    """
    found = _left(folder, environment)
    if found is None:
        return ""
    start, branch = found
    if start in (base, head_commit(folder)):
        return ""
    missing, extra = (
        int(git("rev-list", "--count", span, cwd=folder)) for span in (f"{start}..{base}", f"{base}..{start}")
    )
    what = []
    if extra:
        what.append(f"{_commits(extra)} of {branch} counted as part of the change")
    if missing:
        what.append(f"{_commits(missing)} of base missing in head, so what they did counts reversed")
    return (
        f"base {base[:12]} is not where this branch left {branch} ({start[:12]}): {'; '.join(what)}; "
        "leave --base-ref out to compare with where it left"
    )


def _left(folder: Path, environment: Mapping[str, str]) -> tuple[str, str] | None:
    """Where HEAD left the target branch, and the branch's name."""
    for name in _targets(environment):
        try:
            return git("merge-base", "HEAD", name, cwd=folder), name
        except UsageError:
            continue
    return None


def _targets(environment: Mapping[str, str]) -> tuple[str, ...]:
    target = environment.get("GITHUB_BASE_REF") or environment.get("CI_MERGE_REQUEST_TARGET_BRANCH_NAME")
    return (f"origin/{target}", target) if target else MAIN_BRANCHES


def _commits(count: int) -> str:
    return "1 commit" if count == 1 else f"{count} commits"


def head_commit(folder: Path) -> str:
    """The commit of the working tree."""
    return git("rev-parse", "HEAD", cwd=folder)


@contextmanager
def worktree(commit: str, folder: Path) -> Iterator[Path]:
    """The folder that stands for `folder` in a work tree of `commit`, for as long as it is needed."""
    root = Path(git("rev-parse", "--show-toplevel", cwd=folder))
    inside = Path(os.path.relpath(folder.resolve(), root.resolve()))
    with tempfile.TemporaryDirectory(prefix="spanledger-base-") as scratch:
        place = Path(scratch) / "base"
        git("worktree", "add", "--detach", str(place), commit, cwd=root)
        try:
            if not (place / inside).is_dir():
                raise UsageError(f"{inside} does not exist at {commit[:12]}")
            yield place / inside
        finally:
            git("worktree", "remove", "--force", str(place), cwd=root)
