"""One supervised process: started on a leash, its output passed on line by line, stopped in two steps.

In: a ChildSpec. Out: whether it lives, its exit code, its last words.
Must be started from the main thread: the parent death signal hangs on the thread that forks.
"""

import os
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import IO

KEPT_LINES = 40


@dataclass(frozen=True)
class ChildSpec:
    """What to run and how to see that it works. `environment` is all the process gets."""

    name: str
    module: str
    environment: Mapping[str, str]
    is_healthy: Callable[[int], bool]
    """Called with the process id; must answer within about a second."""


class Child:
    """A process that runs one ChildSpec."""

    def __init__(self, spec: ChildSpec, tell: Callable[[str], None]) -> None:
        self.spec = spec
        self._tell = tell
        self._is_heard = False
        self._lines: deque[str] = deque(maxlen=KEPT_LINES)
        self._process: subprocess.Popen[bytes] | None = None
        self._reader: threading.Thread | None = None

    def start(self) -> None:
        """Start the process, in a session of its own: Ctrl-C in the terminal reaches the supervisor alone."""
        self._lines.clear()
        self._is_heard = False
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "cli.leash", str(os.getpid()), self.spec.module],
            env=dict(self.spec.environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        assert self._process.stdout is not None
        self._reader = threading.Thread(target=self._pass_on, args=(self._process.stdout,), daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int:
        """Process id, 0 before the start."""
        return self._process.pid if self._process else 0

    @property
    def exit_code(self) -> int | None:
        """None while it runs or before it was started; negative = ended by that signal."""
        return self._process.poll() if self._process else None

    @property
    def is_running(self) -> bool:
        """Whether the process lives."""
        return self._process is not None and self._process.poll() is None

    def is_healthy(self) -> bool:
        """Whether it lives and does its work."""
        return self.is_running and self.spec.is_healthy(self.pid)

    def be_heard(self) -> None:
        """Pass its lines on from here. What servers say on the way up is noise as long as they come up."""
        self._is_heard = True

    def recall(self) -> None:
        """Pass on what it said so far and was not heard."""
        if self._reader and not self.is_running:
            self._reader.join(timeout=2)
        if not self._is_heard:
            for line in list(self._lines):
                self._tell(f"{self.spec.name} | {line}")

    def last_words(self) -> str:
        """The last line it wrote that says something, '' if there was none. Complete once it has ended."""
        if self._reader and not self.is_running:
            self._reader.join(timeout=2)
        spoken = [line for line in self._lines if line.strip()]
        return spoken[-1].strip() if spoken else ""

    def ask_to_stop(self) -> None:
        """TERM; the process finishes what it has promised."""
        self._signal(signal.SIGTERM)

    def kill(self) -> None:
        """KILL; after this it is gone."""
        self._signal(signal.SIGKILL)

    def wait(self, timeout_s: float) -> bool:
        """Whether it ended within the time."""
        if self._process is None:
            return True
        try:
            self._process.wait(max(timeout_s, 0))
        except subprocess.TimeoutExpired:
            return False
        if self._reader:
            self._reader.join(timeout=1)  # what it said last is still in the pipe
        return True

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(number)

    def _pass_on(self, stream: IO[bytes]) -> None:
        for raw in stream:
            line = raw.decode(errors="replace").rstrip()
            self._lines.append(line)
            if line and self._is_heard:
                self._tell(f"{self.spec.name} | {line}")
