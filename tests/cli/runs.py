"""Runs the real command in a process of its own, with an environment that names nothing of ours."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def clean_environment(**given: str) -> dict[str, str]:
    """This process's environment without SPANLEDGER_*, plus `given`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SPANLEDGER_")}
    return {**kept, "PYTHONPATH": str(ROOT), **given}


def command(*arguments: str) -> list[str]:
    """The command line of `spanledger ARGUMENTS`."""
    return [sys.executable, "-P", "-m", "cli", *arguments]


def spanledger(
    *arguments: str, cwd: Path | None = None, stdin: str = "", timeout_s: float = 60, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run it to its end."""
    return subprocess.run(
        command(*arguments),
        cwd=cwd,
        input=stdin,
        env=clean_environment(**environment),
        capture_output=True,
        text=True,
        timeout=timeout_s,
        check=False,
    )
