"""How lines of words end on a terminal, and how they are left alone in a pipe."""

from __future__ import annotations

import os
import pty
import subprocess
import sys

SAID = "note     Price book: " + "a word and another one " * 8 + "end"
TELL = f"from cli.output import emit_prose; emit_prose({SAID!r}, 9)"


def on_a_terminal(columns: int) -> list[str]:
    """What a terminal of that width is told."""
    ours, theirs = pty.openpty()
    environment = {**os.environ, "COLUMNS": str(columns)}
    subprocess.run([sys.executable, "-c", TELL], stdout=theirs, env=environment, check=True)
    os.close(theirs)
    told = b""
    while not told.endswith(b"end\r\n"):
        told += os.read(ours, 4096)
    os.close(ours)
    return told.decode().splitlines()


def test_words_are_kept_whole_on_a_terminal() -> None:
    for columns in (80, 120):
        lines = on_a_terminal(columns)
        assert len(lines) > 1
        assert max(map(len, lines)) <= columns
        assert all(line.startswith(" " * 9 + line.split()[0]) for line in lines[1:])
        assert " ".join(" ".join(lines).split()) == " ".join(SAID.split())


def test_a_pipe_gets_the_line_as_it_is() -> None:
    done = subprocess.run([sys.executable, "-c", TELL], capture_output=True, text=True, check=True)
    assert done.stdout == f"{SAID}\n"
