"""How a process ends: by itself, by SIGTERM, frozen after it returns; what is left is sent, and nothing hangs."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

BEGIN = """
import os, signal, sys, threading, time
import sdk_hooks
"""
WORK = """
with sdk_hooks.task("t", id="t1"):
    pass
"""
WAIT = """
print("ready", flush=True)
while True:
    time.sleep(0.05)
"""


def run(program: str, *, kill: bool = False, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("OTEL_")}
    process = subprocess.Popen(
        [sys.executable, "-c", program],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**clean, **environment},
    )
    if kill:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=60)
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)


def names_in(path: Path) -> list[str]:
    spans: list[str] = []
    for line in path.read_text().splitlines():
        for resource in json.loads(line)["resourceSpans"]:
            spans += [span["name"] for scope in resource["scopeSpans"] for span in scope["spans"]]
    return spans


def test_at_exit(tmp_path: Path) -> None:
    path = tmp_path / "spans.jsonl"
    done = run(f"{BEGIN}sdk_hooks.instrument()\n{WORK}", SPANLEDGER_FILE=str(path))
    assert (done.returncode, done.stderr) == (0, "")
    assert names_in(path) == ["task t"]


def test_sigterm(tmp_path: Path) -> None:
    path = tmp_path / "spans.jsonl"
    done = run(f"{BEGIN}sdk_hooks.instrument()\n{WORK}{WAIT}", kill=True, SPANLEDGER_FILE=str(path))
    assert (done.returncode, done.stderr) == (-signal.SIGTERM, "")
    assert names_in(path) == ["task t"]


def test_sigterm_with_somebody_elses_provider(tmp_path: Path) -> None:
    path = tmp_path / "spans.jsonl"
    theirs = f"""
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from sdk_hooks.file_export import FileExporter
provider = TracerProvider()
provider.add_span_processor(BatchSpanProcessor(FileExporter({str(path)!r})))
sdk_hooks.instrument(tracer_provider=provider)
"""
    done = run(BEGIN + theirs + WORK + WAIT, kill=True)
    assert done.returncode == -signal.SIGTERM
    assert names_in(path) == ["task t"]


def test_sigterm_while_a_lock_is_held(tmp_path: Path) -> None:
    """The signal comes in the middle of our own code: sending may fail, ending may not."""
    held = """
from sdk_hooks import pipeline
processor = pipeline._pipeline.processor
inside = [*vars(processor).values(), *vars(getattr(processor, "_batch_processor", processor)).values()]
locks = [found for found in inside if hasattr(found, "acquire")]
assert locks
for lock in locks:
    lock.acquire(blocking=False)
"""
    path = tmp_path / "spans.jsonl"
    program = f"{BEGIN}sdk_hooks.instrument()\n{WORK}{held}{WAIT}"
    assert run(program, kill=True, SPANLEDGER_FILE=str(path)).returncode == -signal.SIGTERM


def test_the_agents_own_handler_stays(tmp_path: Path) -> None:
    path = tmp_path / "spans.jsonl"
    own = "signal.signal(signal.SIGTERM, lambda *_: sys.exit(7))\n"
    for program in (
        f"{BEGIN}{own}sdk_hooks.instrument()\n{WORK}{WAIT}",
        f"{BEGIN}sdk_hooks.instrument()\n{own}{WORK}{WAIT}",
    ):
        path.unlink(missing_ok=True)
        assert run(program, kill=True, SPANLEDGER_FILE=str(path)).returncode == 7
        assert names_in(path) == ["task t"]


def test_taken_off_again() -> None:
    program = f"""{BEGIN}
sdk_hooks.instrument()
assert signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL
sdk_hooks.uninstrument()
assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
threading.Thread(target=sdk_hooks.instrument).run()
"""
    assert run(program).returncode == 0


@pytest.mark.parametrize("ending", ["exit", "SIGTERM"])
def test_a_dead_collector_holds_nobody_up(ending: str) -> None:
    dead = "http://127.0.0.1:1"
    program = f"{BEGIN}sdk_hooks.instrument(endpoint={dead!r})\n{WORK}" + (WAIT if ending != "exit" else "")
    done = run(program, kill=ending != "exit")
    assert done.returncode == (0 if ending == "exit" else -signal.SIGTERM)
    assert done.stderr.count("spans cannot be sent") == 1
    assert "Traceback" not in done.stderr


def test_flush_in_a_function_that_is_frozen_afterwards(tmp_path: Path) -> None:
    path = tmp_path / "spans.jsonl"
    frozen = f"""
sdk_hooks.instrument(file={str(path)!r})
{WORK}
assert sdk_hooks.flush() is True
os._exit(0)
"""
    assert run(BEGIN + frozen).returncode == 0
    assert names_in(path) == ["task t"]


def test_nowhere_to_send_is_quiet() -> None:
    done = run(f"{BEGIN}sdk_hooks.instrument()\n{WORK}", OTEL_TRACES_EXPORTER="none")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
