"""Runs a command on the base and on the working tree, in turns, records what it calls, and has it compared.

In: parsed arguments. Out: GateResult. Raises UsageError when the command cannot run or records nothing.
"""

import argparse
import os
import shlex
import signal
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from analytics.gate.result import GateResult
from cli.errors import UsageError
from cli.gate.git import base_commit, base_warning, head_commit, worktree
from cli.gate.judge import Reader, result_of
from cli.gate.options import settings_of, volumes_of
from cli.gate.selectors import FileSource, Source
from cli.gate.sink import Sink, sink
from cli.output import progress, say
from collector.settings import load_settings

TAIL_LINES = 5
BASE, HEAD = "base", "head"


@dataclass(frozen=True)
class Arm:
    """One version: its name, where it runs, its commit, and where its recordings go."""

    name: str
    folder: Path
    commit: str
    recordings: Path


def both_arms(arguments: argparse.Namespace) -> GateResult:
    """The comparison of what the command cost on both versions."""
    command = arguments.command[1:] if arguments.command[:1] == ["--"] else arguments.command
    if not command:
        raise UsageError("which command? put it behind --, as in `spanledger gate run -- pytest evals`")
    if arguments.repeats < 1:
        raise UsageError(f"--repeats {arguments.repeats}: expected 1 or more")
    settings = settings_of(arguments)
    volumes = volumes_of(arguments.monthly_tasks)
    here = Path.cwd()
    base = base_commit(arguments.base_ref, here, os.environ)
    with ExitStack() as stack:
        kept = Path(arguments.keep) if arguments.keep else Path(stack.enter_context(_scratch()))
        arms = (
            Arm(BASE, stack.enter_context(worktree(base, here)), base, _fresh(kept / BASE)),
            Arm(HEAD, here, head_commit(here), _fresh(kept / HEAD)),
        )
        if arguments.setup:
            _set_up(arguments.setup, arms[0])
        failures = _run_all(command, arms, arguments)
        for arm in arms:
            if not any(arm.recordings.iterdir()):
                raise UsageError(
                    f"the command recorded nothing on {arm.name}: it must export its spans to "
                    "OTEL_EXPORTER_OTLP_ENDPOINT over HTTP, or to SPANLEDGER_FILE with our hooks"
                )
        sources: list[Source] = [FileSource(arm.recordings) for arm in arms]
        with Reader(load_settings(os.environ, data=arguments.data, config=arguments.config)) as reader:
            head_side, base_side, as_of = reader.sides(sources[0], sources[1])
        result = result_of(base_side, head_side, sources, settings, as_of, volumes, arguments.suite)
    return _noted(result, arms, failures, arguments)


def order_of(repeats: int) -> list[tuple[int, int]]:
    """(arm, repeat) in turns b h, h b, b h, ..., so that a provider's drift meets both sides alike."""
    turns = []
    for repeat in range(repeats):
        pair = (0, 1) if repeat % 2 == 0 else (1, 0)
        turns += [(arm, repeat) for arm in pair]
    return turns


def _run_all(command: Sequence[str], arms: tuple[Arm, Arm], arguments: argparse.Namespace) -> dict[str, int]:
    """Runs every turn; returns how many runs of each side ended with an error."""
    failures = {BASE: 0, HEAD: 0}
    turns = order_of(arguments.repeats)
    primes = [(arm, -1) for arm in (0, 1)] if arguments.prime else []
    with sink() as spans, progress("runs") as advance:
        for done, (number, repeat) in enumerate([*primes, *turns], 1):
            arm = arms[number]
            code, tail = _run_once(command, arm, repeat, spans, arguments.timeout)
            if code != 0:
                failures[arm.name] += repeat >= 0
                say(f"{arm.name}, run {repeat + 1}: ended with {code}" + (f": {tail}" if tail else ""))
            advance(done, len(primes) + len(turns))
    return failures


def _run_once(
    command: Sequence[str], arm: Arm, repeat: int, spans: Sink, timeout_s: float | None
) -> tuple[int, str]:
    """The exit code of one run and the end of what it said."""
    run = f"{arm.name}-{repeat + 1}"
    with ExitStack() as stack:
        folder = arm.recordings if repeat >= 0 else Path(stack.enter_context(_scratch()))
        spans.into(folder / run if repeat >= 0 else None)
        file = folder / f"{run}.jsonl"
        words = {"{arm}": arm.name, "{repeat}": str(repeat + 1), "{file}": str(file)}
        filled = [_filled(word, words) for word in command]
        environment = _environment(os.environ, arm, run, file, spans.port)
        try:
            process = subprocess.Popen(
                filled, cwd=arm.folder, env=environment, stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", start_new_session=True,
            )  # fmt: skip
        except OSError as error:
            raise UsageError(
                f"{filled[0]!r} cannot be run on {arm.name}: {error.strerror or error}"
            ) from None
        try:
            said, _ = process.communicate(timeout=timeout_s)
        except subprocess.TimeoutExpired:
            said = f"stopped after {timeout_s:g} s"
        finally:
            _stop(process)
    return process.returncode, " | ".join(said.strip().splitlines()[-TAIL_LINES:])[:500]


def _environment(own: Mapping[str, str], arm: Arm, run: str, file: Path, port: int) -> dict[str, str]:
    """The user's environment, told where spans go and which version this is, in the names every SDK reads."""
    labels = f"spanledger.run.id={run},spanledger.change.commit={arm.commit}"
    given = own.get("OTEL_RESOURCE_ATTRIBUTES")
    endpoint = f"http://127.0.0.1:{port}"
    changed = {
        "SPANLEDGER_FILE": str(file),
        "OTEL_EXPORTER_OTLP_ENDPOINT": endpoint,
        "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": f"{endpoint}/v1/traces",
        "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
        "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL": "http/protobuf",
        "OTEL_RESOURCE_ATTRIBUTES": f"{given},{labels}" if given else labels,
        "GATE_ARM": arm.name,
        # CI names one commit for the whole job; each side is its own.
        **{name: arm.commit for name in ("GITHUB_SHA", "CI_COMMIT_SHA") if name in own},
    }
    return {**own, **changed, "PWD": str(arm.folder)}


def _noted(
    result: GateResult, arms: tuple[Arm, Arm], failures: Mapping[str, int], arguments: argparse.Namespace
) -> GateResult:
    notes = {
        **result.notes,
        "base commit": arms[0].commit,
        "head commit": arms[1].commit,
        "runs": f"{arguments.repeats} a side in turns, {'both sides primed' if arguments.prime else 'not primed'}",
    }
    warnings = [
        f"{count} of {arguments.repeats} runs of {name} ended with an error; what they cost is counted"
        for name, count in failures.items()
        if count
    ]
    if beside := base_warning(arms[0].commit, arms[1].folder, os.environ):
        warnings.append(beside)
    if set(result.base.changes) & set(result.head.changes):
        warnings.append(
            "both sides say they are the same commit: is the base's own code what ran there? (--setup)"
        )
    sides = [
        replace(side, source=f"{arm.name} at {arm.commit[:12]}")
        for side, arm in zip((result.base, result.head), arms, strict=True)
    ]
    return replace(result, base=sides[0], head=sides[1], notes=notes, warnings=(*result.warnings, *warnings))


def _set_up(command: str, arm: Arm) -> None:
    done = subprocess.run(command, shell=True, cwd=arm.folder, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        said = " | ".join((done.stderr or done.stdout).strip().splitlines()[-TAIL_LINES:])
        raise UsageError(f"--setup {shlex.quote(command)} ended with {done.returncode} on the base: {said}")


def _fresh(folder: Path) -> Path:
    if folder.exists() and any(folder.iterdir()):
        raise UsageError(f"--keep {folder.parent}: {folder} holds recordings already; name another folder")
    folder.mkdir(parents=True, exist_ok=True)
    return folder.resolve()


def _filled(word: str, words: Mapping[str, str]) -> str:
    for mark, value in words.items():
        word = word.replace(mark, value)
    return word


def _scratch() -> "tempfile.TemporaryDirectory[str]":
    return tempfile.TemporaryDirectory(prefix="spanledger-gate-")


def _stop(process: "subprocess.Popen[str]") -> None:
    """Ends the whole group of a run: an agent's children must not send spans into the next run."""
    if process.poll() is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
