"""Carries out turns: starts the command, takes what it sends, stops it at a limit of time or money.

In: a command, both sides, where spans go. Out: Ran. Raises UsageError for a command that cannot be started.
"""

import json
import os
import secrets
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from cli.errors import UsageError
from cli.gate.proxy.mounts import led
from cli.gate.proxy.running import Proxy
from cli.gate.proxy.spans import Run, outcome_span
from cli.gate.sink import Sink
from cli.gate.spend import Meter
from cli.gate.turns import PRIMING, Case, Turn
from cli.output import progress, say
from collector.otlp.files import recording_of

TAIL_LINES = 5
LOOK_S = 0.5
CHECKER = "exit code"


@dataclass(frozen=True)
class Arm:
    """One version: its name, where it runs, its commit, and where its recordings go."""

    name: str
    folder: Path
    commit: str
    recordings: Path


@dataclass
class Ran:
    """How the turns went: those that ended by themselves, runs that failed by side, whether money stopped the rest."""

    done: list[Turn] = field(default_factory=list)
    failures: dict[str, int] = field(default_factory=dict)
    is_stopped: bool = False


@dataclass(frozen=True)
class Job:
    """What every turn has in common. cases: empty = the command runs them all. whole_case: what a suite's calls are
    called where nothing names their case."""

    command: Sequence[str]
    arms: tuple[Arm, Arm]
    cases: Sequence[Case]
    timeout_s: float | None
    jobs: int
    workload: str
    whole_case: str = "the whole command"


class Runner:
    """Runs the turns of one job."""

    def __init__(self, job: Job, spans: Sink, proxy: Proxy | None, meter: Meter | None) -> None:
        self._job = job
        self._spans = spans
        self._proxy = proxy
        self._meter = meter
        self._running: dict[str, subprocess.Popen[str]] = {}
        self._cut: set[str] = set()
        self._lock = threading.Lock()
        self._stopped = threading.Event()

    def run(self, turns: Sequence[Turn]) -> Ran:
        """Every turn, or as many as the limit allows."""
        ran = Ran(failures={arm.name: 0 for arm in self._job.arms})
        over = threading.Event()
        watcher = threading.Thread(target=self._watch, args=(over,), daemon=True)
        watcher.start()
        try:
            with ThreadPoolExecutor(self._job.jobs) as pool, progress("runs") as advance:
                try:
                    futures = [pool.submit(self._turn, turn, ran) for turn in turns]
                    for done, future in enumerate(as_completed(futures), 1):
                        future.result()
                        advance(done, len(turns))
                except BaseException:
                    self._stop_all()
                    raise
        finally:
            over.set()
            watcher.join()
        ran.is_stopped = self._meter is not None and self._stopped.is_set()
        return ran

    def _watch(self, over: threading.Event) -> None:
        while self._meter is not None and not over.wait(LOOK_S):
            if self._meter.is_reached():
                self._stop_all()
                return

    def _stop_all(self) -> None:
        self._stopped.set()
        with self._lock:
            for key, process in self._running.items():
                if process.poll() is None:
                    self._cut.add(key)
                    _kill(process)

    def _turn(self, turn: Turn, ran: Ran) -> None:
        if self._stopped.is_set() or (self._meter is not None and self._meter.is_reached()):
            self._stopped.set()
            return
        arm = self._job.arms[turn.arm]
        case = None if turn.case is None else self._job.cases[turn.case]
        is_kept = turn.repeat != PRIMING
        with ExitStack() as stack:
            scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="spanledger-gate-")))
            stem = (arm.recordings if is_kept else scratch) / name_of(arm, turn)
            key = secrets.token_hex(8)
            code, said = self._command(key, turn, arm, case, stem, scratch)
        if self._is_cut(key):
            set_aside(arm, turn)
            return
        with self._lock:
            ran.done += [turn] if is_kept else []
            ran.failures[arm.name] += code != 0 and is_kept
        if code != 0:
            about = "" if case is None else f", case {case.id}"
            say(
                f"{arm.name}, run {turn.repeat + 1}{about}: ended with {code}" + (f": {said}" if said else "")
            )

    def _is_cut(self, key: str) -> bool:
        """Whether a run was ended, or a call of it refused, because the money was spent."""
        if self._proxy is not None and key in self._proxy.forwarder.refused:
            self._stopped.set()
            return True
        return key in self._cut

    def _command(
        self, key: str, turn: Turn, arm: Arm, case: Case | None, stem: Path, scratch: Path
    ) -> tuple[int, str]:
        """The exit code of one run and the end of what it said."""
        run = f"{arm.name}-{turn.repeat + 1}"
        file = stem.parent / f"{stem.name}.jsonl"
        self._spans.into(key, stem)
        if self._meter is not None:
            self._meter.watch(file)
        given = scratch / "case.json"
        given.write_text(json.dumps(case.value if case else None, ensure_ascii=False), encoding="utf-8")
        words = {
            "{arm}": arm.name, "{repeat}": str(turn.repeat + 1), "{file}": str(file), "{input}": str(given),
            "{case}": case.id if case else "",
        }  # fmt: skip
        filled = [_filled(word, words) for word in self._job.command]
        environment = self._environment(arm, run, file, key, case, given)
        whose = Run(run, case.id if case else self._job.whole_case, self._resource(arm))
        if self._proxy is not None:
            self._proxy.forwarder.runs[key] = whose
        try:
            code, said = self._process(filled, arm, environment, key)
            if self._proxy is not None:
                self._proxy.settle(key)
                if case is not None:
                    span = outcome_span(whose, code == 0, CHECKER, time.time_ns())
                    self._spans.take(key, span, is_json=True)
        finally:
            self._spans.close(key)
        return code, said

    def _process(
        self, filled: Sequence[str], arm: Arm, environment: Mapping[str, str], key: str
    ) -> tuple[int, str]:
        try:
            process = subprocess.Popen(
                filled, cwd=arm.folder, env=environment, stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", start_new_session=True,
            )  # fmt: skip
        except (OSError, ValueError) as error:
            what = getattr(error, "strerror", None) or error
            raise UsageError(f"{filled[0]!r} cannot be run on {arm.name}: {what}") from None
        with self._lock:
            self._running[key] = process
            if self._stopped.is_set():
                self._cut.add(key)
                _kill(process)
        try:
            said, _ = process.communicate(timeout=self._job.timeout_s)
        except subprocess.TimeoutExpired:
            said = f"stopped after {self._job.timeout_s:g} s"
        finally:
            _stop(process)
            with self._lock:
                del self._running[key]
        return process.returncode, " | ".join(said.strip().splitlines()[-TAIL_LINES:])[:500]

    def _environment(
        self, arm: Arm, run: str, file: Path, key: str, case: Case | None, given: Path
    ) -> dict[str, str]:
        """The user's environment, told where spans and calls go and which version this is, in names every SDK reads."""
        own = os.environ
        labels = {"spanledger.run.id": run, "spanledger.change.commit": arm.commit}
        if case is not None:
            labels["spanledger.case.id"] = case.id
        told = ",".join(f"{name}={quote(value, safe='')}" for name, value in labels.items())
        kept = own.get("OTEL_RESOURCE_ATTRIBUTES")
        endpoint = f"http://127.0.0.1:{self._spans.port}/{key}"
        changed = {
            "SPANLEDGER_FILE": str(file),
            "OTEL_EXPORTER_OTLP_ENDPOINT": endpoint,
            "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": f"{endpoint}/v1/traces",
            "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
            "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL": "http/protobuf",
            "OTEL_RESOURCE_ATTRIBUTES": f"{kept},{told}" if kept else told,
            "GATE_ARM": arm.name,
            "GATE_CASE": case.id if case else "",
            "GATE_INPUT": str(given),
            # CI names one commit for the whole job; each side is its own.
            **{name: arm.commit for name in ("GITHUB_SHA", "CI_COMMIT_SHA") if name in own},
        }
        if self._proxy is not None:
            changed |= led(self._proxy.mounts, self._proxy.port, key, own)
        return {**own, **changed, "PWD": str(arm.folder)}

    def _resource(self, arm: Arm) -> dict[str, str]:
        return {
            "service.name": self._job.workload,
            "deployment.environment.name": "test",
            "spanledger.change.commit": arm.commit,
        }


def name_of(arm: Arm, turn: Turn) -> str:
    """What the recordings of a turn are called, without suffixes."""
    return f"{arm.name}-{turn.repeat + 1}" + ("" if turn.case is None else f"-case{turn.case + 1}")


def set_aside(arm: Arm, turn: Turn) -> None:
    """Moves recordings that are no measurement, as those of a run that was stopped, out of the comparison."""
    stem = arm.recordings / name_of(arm, turn)
    folder = arm.recordings.parent / "stopped" / arm.name
    for path in arm.recordings.iterdir():
        if recording_of(path) == stem:
            folder.mkdir(parents=True, exist_ok=True)
            shutil.move(path, folder / path.name)


def _filled(word: str, words: Mapping[str, str]) -> str:
    for mark, value in words.items():
        word = word.replace(mark, value)
    return word


def _stop(process: "subprocess.Popen[str]") -> None:
    """Ends the whole group of a run: an agent's children must not send spans into the next run."""
    if process.poll() is None:
        _kill(process)
        process.wait()


def _kill(process: "subprocess.Popen[str]") -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
