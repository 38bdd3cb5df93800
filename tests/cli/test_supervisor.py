"""The supervisor with real processes: order, restart, giving up, stopping, and no orphan ever."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from collector.processes import is_alive

ROOT = Path(__file__).parents[2]


class Supervised:
    """A supervisor process over one stand-in."""

    def __init__(self, module: str, pid_file: Path, **environment: str) -> None:
        self.pid_file = pid_file
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.cli.supervise", f"tests.cli.children.{module}"],
            env={**os.environ, "PYTHONPATH": str(ROOT), "PID_FILE": str(pid_file), **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def pids(self) -> list[int]:
        return [int(word) for word in self.pid_file.read_text().split()] if self.pid_file.exists() else []

    def wait_for_pid(self, number: int = 1) -> int:
        wait_until(lambda: len(self.pids()) >= number)
        return self.pids()[number - 1]

    def wait_until_ready(self) -> int:
        """Pid of the first child, once the supervisor knows that it is healthy."""
        wait_until(Path(f"{self.pid_file}.ready").exists)
        return self.pids()[0]

    def end(self) -> tuple[int, str]:
        said, _ = self.process.communicate(timeout=30)
        return self.process.returncode, said


def wait_until(holds: Callable[[], bool], within_s: float = 20) -> None:
    deadline = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Supervised]]:
    started: list[Supervised] = []

    def begin(module: str, **environment: str) -> Supervised:
        started.append(Supervised(module, tmp_path / "pids", **environment))
        return started[-1]

    yield begin
    for one in started:
        if one.process.poll() is None:
            one.process.kill()
            one.process.wait()
        for pid in one.pids():
            if is_alive(pid):
                os.kill(pid, signal.SIGKILL)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_asked_to_stop_it_stops_the_child_first_and_ends_well(
    start: Callable[..., Supervised], number: signal.Signals
) -> None:
    supervised = start("steady")
    pid = supervised.wait_for_pid()
    supervised.process.send_signal(number)
    code, said = supervised.end()
    assert code == 0
    assert "worker | goodbye" in said
    assert not is_alive(pid)


def test_a_second_signal_kills_a_child_that_does_not_listen(start: Callable[..., Supervised]) -> None:
    supervised = start("steady", IGNORE="1")
    pid = supervised.wait_for_pid()
    supervised.process.send_signal(signal.SIGINT)
    time.sleep(0.3)
    assert is_alive(pid)
    supervised.process.send_signal(signal.SIGINT)
    code, said = supervised.end()
    assert (code, is_alive(pid)) == (0, False)
    assert "does not stop; killing it" in said


def test_a_crashed_child_is_started_again(start: Callable[..., Supervised]) -> None:
    supervised = start("steady")
    os.kill(supervised.wait_until_ready(), signal.SIGKILL)
    second = supervised.wait_for_pid(2)
    wait_until(lambda: is_alive(second))
    supervised.process.send_signal(signal.SIGTERM)
    code, said = supervised.end()
    assert code == 0
    assert "worker ended (SIGKILL); starting it again" in said


def test_a_child_that_keeps_crashing_is_given_up_clearly(start: Callable[..., Supervised]) -> None:
    supervised = start("steady")
    supervised.wait_until_ready()
    for number in (1, 2, 3):
        os.kill(supervised.wait_for_pid(number), signal.SIGKILL)
    code, said = supervised.end()
    assert code == 1
    assert "error: the worker ended 3 times (SIGKILL), giving up; last words: up" in said


def test_a_child_whose_disk_is_full_is_tried_until_it_comes_up(start: Callable[..., Supervised]) -> None:
    supervised = start("returning")
    os.kill(supervised.wait_until_ready(), signal.SIGKILL)
    last = supervised.wait_for_pid(6)
    wait_until(lambda: is_alive(last))
    supervised.process.send_signal(signal.SIGTERM)
    code, said = supervised.end()
    assert code == 0
    assert said.count("worker ended (exit code 5); starting it again") == 4


def test_nobody_to_talk_to_stops_no_child(start: Callable[..., Supervised]) -> None:
    supervised = start("talking")
    supervised.wait_until_ready()
    assert supervised.process.stdout is not None
    supervised.process.stdout.close()
    done = Path(f"{supervised.pid_file}.done")
    wait_until(done.exists)
    assert supervised.process.poll() is None


@pytest.mark.parametrize("code", ["1", "2"])
def test_a_child_that_cannot_start_is_one_line_with_its_last_words(
    start: Callable[..., Supervised], code: str
) -> None:
    ended, said = start("failing", CODE=code).end()
    assert ended == 2
    assert "error: the worker did not start: port 1 is taken" in said


def test_children_end_when_the_supervisor_is_killed(start: Callable[..., Supervised]) -> None:
    supervised = start("steady")
    pid = supervised.wait_until_ready()
    supervised.process.kill()
    supervised.process.wait()
    wait_until(lambda: not is_alive(pid))
