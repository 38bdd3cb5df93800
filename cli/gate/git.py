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
    target = environment.get("GITHUB_BASE_REF") or environment.get("CI_MERGE_REQUEST_TARGET_BRANCH_NAME")
    names = [f"origin/{target}", target] if target else list(MAIN_BRANCHES)
    for name in filter(None, names):
        try:
            return git("merge-base", "HEAD", name, cwd=folder)
        except UsageError:
            continue
    raise UsageError(
        f"no commit to compare with: HEAD has nothing in common with {', '.join(filter(None, names))}; "
        "say --base-ref, or fetch the whole history (fetch-depth: 0)"
    )


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
