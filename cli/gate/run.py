"""Runs a command on the base and on the working tree, in turns, records what it calls, and has it compared.

In: parsed arguments. Out: GateResult. Raises UsageError when the command cannot run or records nothing, and
SpendLimitReached when the limit left nothing to compare.
"""

import argparse
import math
import os
import shlex
import subprocess
import tempfile
from contextlib import ExitStack
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from pathlib import Path

from analytics.gate.result import GateResult, SpendNote
from cli.errors import UsageError
from cli.gate.git import base_commit, base_warning, head_commit, worktree
from cli.gate.judge import Reader, result_of, with_limits
from cli.gate.limit_file import read_limits
from cli.gate.options import settings_of, volumes_of
from cli.gate.proxy.mounts import mounts_of
from cli.gate.proxy.running import Proxy, proxy
from cli.gate.recorded import recorded
from cli.gate.runner import TAIL_LINES, Arm, Job, Ran, Runner, set_aside
from cli.gate.selectors import FileSource, Source
from cli.gate.sink import Sink, sink
from cli.gate.spend import Meter, SpendLimitReached, Spent
from cli.gate.turns import PRIMING, Turn, read_cases, turns_of
from collector.config.model import load_config
from collector.settings import CollectorSettings, load_settings

BASE, HEAD = "base", "head"


def both_arms(arguments: argparse.Namespace) -> GateResult:
    """The comparison of what the command cost on both versions."""
    job_words, limit = _checked(arguments)
    cases = read_cases(Path(arguments.cases)) if arguments.cases else []
    settings = settings_of(arguments)
    volumes = volumes_of(arguments.monthly_tasks)
    rules = read_limits(arguments.limits) if arguments.limits else []
    where = load_settings(os.environ, data=arguments.data, config=arguments.config)
    here = Path.cwd()
    base = base_commit(arguments.base_ref, here, os.environ)
    turns = turns_of(arguments.repeats, len(cases) or None, prime=arguments.prime)
    with ExitStack() as stack:
        kept = Path(arguments.keep) if arguments.keep else Path(stack.enter_context(_scratch()))
        arms = (
            Arm(BASE, stack.enter_context(worktree(base, here)), base, _fresh(kept / BASE)),
            Arm(HEAD, here, head_commit(here), _fresh(kept / HEAD)),
        )
        if arguments.setup:
            _set_up(arguments.setup, arms[0])
        workload = here.name if arguments.suite == "default" else arguments.suite
        job = Job(job_words, arms, cases, arguments.timeout, arguments.jobs, workload)
        ran, spent = _recorded(job, turns, limit, arguments, where)
        spend = None if limit is None or spent is None else _spend(spent, limit, ran, turns)
        _check_recorded(arms, ran, spend)
        sources: list[Source] = [FileSource(arm.recordings) for arm in arms]
        with Reader(where) as reader:
            head_side, base_side, as_of = reader.sides(sources[0], sources[1])
        result = result_of(base_side, head_side, sources, settings, as_of, volumes, arguments.suite)
        result = with_limits(result, base_side, head_side, rules)
    is_one_case = any(run.case == job.whole_case for run in (*base_side.runs, *head_side.runs))
    return replace(_noted(result, job, ran, is_one_case, arguments), spend=spend)


def _checked(arguments: argparse.Namespace) -> tuple[list[str], Decimal | None]:
    """The command and the limit in USD. Raises UsageError naming the option."""
    command = arguments.command[1:] if arguments.command[:1] == ["--"] else arguments.command
    if not command:
        raise UsageError("which command? put it behind --, as in `spanledger gate run -- pytest evals`")
    for name in ("repeats", "jobs"):
        if getattr(arguments, name) < 1:
            raise UsageError(f"--{name} {getattr(arguments, name)}: expected 1 or more")
    if arguments.timeout is not None and not (math.isfinite(arguments.timeout) and arguments.timeout > 0):
        raise UsageError(f"--timeout {arguments.timeout}: expected seconds above 0")
    if arguments.provider and not arguments.record_proxy:
        raise UsageError("--provider names an address for --record-proxy, which is not given")
    if arguments.max_usd is None:
        return command, None
    try:
        limit = Decimal(arguments.max_usd.removeprefix("$"))
    except InvalidOperation:
        limit = Decimal("NaN")
    if not limit.is_finite() or limit <= 0:
        raise UsageError(f"--max-usd {arguments.max_usd}: expected dollars above 0, such as 5 or 0.50")
    return command, limit


def _recorded(
    job: Job,
    turns: list[Turn],
    limit: Decimal | None,
    arguments: argparse.Namespace,
    where: CollectorSettings,
) -> tuple[Ran, Spent | None]:
    """Runs every turn, with a meter where money is limited, and the proxy where it was asked for."""
    with ExitStack() as stack:
        meter = None
        if limit is not None:
            engine = stack.enter_context(recorded(load_config(where.config_path())))
            meter = Meter(engine, limit)
        spans = stack.enter_context(sink(meter.take if meter else None))
        recording = _proxy(stack, spans, meter, arguments) if arguments.record_proxy else None
        ran = Runner(job, spans, recording, meter).run(turns)
        return ran, None if meter is None else meter.spent()


def _proxy(stack: ExitStack, spans: Sink, meter: Meter | None, arguments: argparse.Namespace) -> Proxy:
    mounts = mounts_of(os.environ, arguments.provider)
    refusal = meter.refusal if meter is not None else lambda: ""
    return stack.enter_context(proxy(mounts, lambda key, line: spans.take(key, line, is_json=True), refusal))


def _spend(spent: Spent, limit: Decimal, ran: Ran, turns: list[Turn]) -> SpendNote:
    planned = sum(turn.repeat != PRIMING for turn in turns)
    return SpendNote(limit, spent.usd, spent.unpriced_calls, len(ran.done), planned, ran.is_stopped)


def _check_recorded(arms: tuple[Arm, Arm], ran: Ran, spend: SpendNote | None) -> None:
    """Leaves what can be compared. Raises SpendLimitReached or UsageError where that is nothing."""
    if spend is not None and spend.is_stopped:
        both = {turn.case for turn in ran.done if turn.arm == 0} & {
            turn.case for turn in ran.done if turn.arm == 1
        }
        if not both:
            missing = next(
                arm.name for number, arm in enumerate(arms) if all(t.arm != number for t in ran.done)
            )
            raise SpendLimitReached(
                f"stopped after {spend.runs_done} of {spend.runs_planned} runs: ${spend.spent_usd:.4f} spent of "
                f"--max-usd {spend.limit_usd}; no run of {missing} was done, so there is nothing to compare"
            )
        for turn in ran.done:
            if turn.case not in both:
                set_aside(arms[turn.arm], turn)
    for arm in arms:
        if not any(arm.recordings.iterdir()):
            raise UsageError(
                f"the command recorded nothing on {arm.name}: it must export its spans to "
                "OTEL_EXPORTER_OTLP_ENDPOINT over HTTP, or to SPANLEDGER_FILE with our hooks; "
                "--record-proxy records agents that do neither"
            )


def _noted(
    result: GateResult, job: Job, ran: Ran, is_one_case: bool, arguments: argparse.Namespace
) -> GateResult:
    arms = job.arms
    notes = {
        **result.notes,
        "base commit": arms[0].commit,
        "head commit": arms[1].commit,
        "runs": f"{arguments.repeats} a side in turns, {'both sides primed' if arguments.prime else 'not primed'}",
    }
    planned = arguments.repeats * max(1, len(job.cases))
    warnings = [
        f"{count} of {planned} runs of {name} ended with an error; what they cost is counted"
        for name, count in ran.failures.items()
        if count
    ]
    if beside := base_warning(arms[0].commit, arms[1].folder, os.environ):
        warnings.append(beside)
    if set(result.base.changes) & set(result.head.changes):
        warnings.append(
            "both sides say they are the same commit: is the base's own code what ran there? (--setup)"
        )
    if is_one_case:
        warnings.append(
            "nothing says which case a call belongs to, so the whole command is one case: "
            "give --cases, or the header x-spanledger-case"
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


def _scratch() -> "tempfile.TemporaryDirectory[str]":
    return tempfile.TemporaryDirectory(prefix="spanledger-gate-")
