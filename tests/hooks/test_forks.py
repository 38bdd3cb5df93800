"""Processes that `multiprocessing` starts: they end without `atexit`, and by SIGTERM while they wait for work."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
import multiprocessing, signal, sys
from concurrent.futures import ProcessPoolExecutor
import sdk_hooks

def work(number):
    with sdk_hooks.task("child", id=f"t{number}"):
        return signal.getsignal(signal.SIGTERM) is signal.SIG_DFL

def begin():
    sdk_hooks.instrument(file=FILE)

FILE = sys.argv[1]
if __name__ == "__main__":
    context = multiprocessing.get_context(sys.argv[2])
    start = None if sys.argv[2] == "fork" else begin
    begin()
    with ProcessPoolExecutor(2, mp_context=context, initializer=start) as pool:
        print(all(pool.map(work, range(4))))
"""


@pytest.mark.parametrize("how", ["fork", "spawn", "forkserver"])
def test_what_children_did_is_sent_when_they_end(how: str, tmp_path: Path) -> None:
    program, file = tmp_path / "program.py", tmp_path / "spans.jsonl"
    program.write_text(PROGRAM)
    ended = subprocess.run(
        [sys.executable, str(program), str(file), how],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    # A handler of ours would sometimes keep a child from being ended.
    assert (ended.returncode, ended.stdout) == (0, "True\n"), ended.stderr
    assert file.read_text().count('"task child"') == 4
