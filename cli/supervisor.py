"""Keeps a few processes running: starts them in order, restarts what crashes, stops all of them cleanly.

In: ChildSpecs, a RestartPolicy. Out: True when it was asked to stop, StartError when it cannot go on.
Must leave no process behind, however it ends.
"""

import signal
import threading
import time
from collections.abc import Callable, Sequence
from types import FrameType

from cli.children import Child, ChildSpec
from cli.errors import CommandError, StartError
from cli.exit_codes import ExitCode
from cli.restart import RestartPolicy

LOOK_S = 0.1
SETTLED_LOOK_S = 0.5
STOP_S = 20.0
NOT_WORTH_RETRYING = (ExitCode.USAGE,)


class Supervisor:
    """Use as a context manager: leaving it stops every process. Runs in the main thread."""

    def __init__(
        self,
        specs: Sequence[ChildSpec],
        tell: Callable[[str], None],
        policy: RestartPolicy | None = None,
        healthy_within_s: float = 90.0,
    ) -> None:
        self._children = [Child(spec, tell) for spec in specs]
        self._tell = tell
        self._policy = policy or RestartPolicy()
        self._healthy_within_s = healthy_within_s
        self._crashes: dict[str, list[float]] = {spec.name: [] for spec in specs}
        self._due: dict[str, float] = {}
        self._stopping = threading.Event()
        self._signals_seen = 0

    def __enter__(self) -> "Supervisor":
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            # Under nohup a hang-up stays ignored; a shell that starts us with & ignores INT, which we want.
            if number != signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, self._on_signal)
        return self

    def __exit__(self, *_: object) -> None:
        self._stop()

    def start(self) -> bool:
        """Start every process in order, each once the one before is healthy. False = asked to stop meanwhile.

        Raises StartError with a process's last words if it ends or is not healthy in time.
        """
        for child in self._children:
            begun = time.monotonic()
            child.start()
            while not self._stopping.is_set() and not child.is_healthy():
                waited_s = time.monotonic() - begun
                if not child.is_running:
                    if child.exit_code not in NOT_WORTH_RETRYING:
                        child.recall()
                    raise StartError(_failed_to_start(child))
                if waited_s > self._healthy_within_s:
                    child.recall()
                    raise StartError(
                        f"the {child.spec.name} runs but is not ready after {waited_s:.0f} s; "
                        f"last words: {child.last_words() or 'none'}"
                    )
                self._stopping.wait(LOOK_S)
            if self._stopping.is_set():
                return False
            child.be_heard()
            self._tell(f"{child.spec.name} ready after {time.monotonic() - begun:.1f} s")
        return True

    def run(self, until: Callable[[], bool] = lambda: False) -> None:
        """Watch until asked to stop or `until` says so. Raises CommandError when a process keeps crashing."""
        while not self._stopping.is_set() and not until():
            for child in self._children:
                self._look_at(child)
            self._stopping.wait(SETTLED_LOOK_S)

    def _look_at(self, child: Child) -> None:
        name = child.spec.name
        if child.is_running:
            return
        now = time.monotonic()
        if name not in self._due:
            self._crashes[name].append(now)
            wait_s = self._policy.wait_s(self._crashes[name])
            if wait_s is None and child.exit_code == ExitCode.UNAVAILABLE:  # a full disk is freed some time
                wait_s = self._policy.longest_wait_s
            if wait_s is None or child.exit_code in NOT_WORTH_RETRYING:
                raise CommandError(_keeps_crashing(child, len(self._crashes[name])))
            self._tell(f"{name} ended ({_how(child)}); starting it again in {wait_s:g} s")
            self._due[name] = now + wait_s
        elif now >= self._due[name]:
            del self._due[name]
            child.start()
            child.be_heard()

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self._signals_seen += 1
        self._stopping.set()

    def _stop(self) -> None:
        running = [child for child in self._children if child.is_running]
        if running:
            self._tell(f"stopping {' and '.join(child.spec.name for child in running)}")
        for child in running:
            child.be_heard()
            child.ask_to_stop()
        asked_before = self._signals_seen
        deadline = time.monotonic() + STOP_S
        for child in running:
            while not child.wait(LOOK_S):
                if time.monotonic() > deadline or self._signals_seen > max(asked_before, 1):
                    self._tell(f"{child.spec.name} does not stop; killing it")
                    child.kill()
                    child.wait(STOP_S)


def _failed_to_start(child: Child) -> str:
    words = child.last_words().removeprefix(f"{child.spec.name}: ") or f"it said nothing ({_how(child)})"
    return f"the {child.spec.name} did not start: {words}"


def _keeps_crashing(child: Child, times: int) -> str:
    how_often = "ended" if times == 1 else f"ended {times} times"
    words = child.last_words() or "none"
    return f"the {child.spec.name} {how_often} ({_how(child)}), giving up; last words: {words}"


def _how(child: Child) -> str:
    code = child.exit_code
    if code is None:
        return "running"
    return signal.Signals(-code).name if code < 0 else f"exit code {code}"
