"""Writes a gate's result: the terminal, files, a GitHub job, the pull request; and turns it into an exit code.

In: a result, parsed arguments. Out: an ExitCode. Raises UsageError for a file that cannot be written.
"""

import argparse
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from analytics.gate.checks import github_annotations, junit, sarif
from analytics.gate.comment import comment
from analytics.gate.replay import BadReport, from_json, plain, to_json
from analytics.gate.result import GateResult
from analytics.gate.verdict import Verdict
from cli.errors import UsageError
from cli.exit_codes import ExitCode
from cli.output import emit, emit_json, say

SUMMARY_BYTES = 1_000_000


def replayed(path: str) -> GateResult:
    """A result out of its JSON report. Raises UsageError naming the file."""
    try:
        return from_json(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"--explain {path}: cannot be read: {error.strerror or error}") from None
    except (BadReport, UnicodeDecodeError) as error:
        raise UsageError(f"--explain {path}: {error}") from None


def finish(result: GateResult, arguments: argparse.Namespace) -> ExitCode:
    """Everything that was asked for, then the exit code."""
    if arguments.static:
        from cli.gate.static import read_static

        result = replace(result, static=read_static(arguments.static))
    if arguments.post:
        from cli.gate.pull_request import with_override

        result = with_override(result)
    if arguments.record or arguments.unchanged:
        result = _trusted(result, arguments)
    _write_files(result, arguments)
    if arguments.json:
        emit_json(plain(result))
    else:
        from cli.gate.terminal import show

        show(result)
    if arguments.github:
        _github_job(result, arguments)
    if arguments.post:
        from cli.gate.pull_request import post

        say(post(result, arguments.link))
    if arguments.record:
        from cli.gate.record import record

        record(result, arguments)
    return exit_code(result, strict=arguments.strict)


def _trusted(result: GateResult, arguments: argparse.Namespace) -> GateResult:
    """The result as far as the gate's own record lets it block; a comparison with itself never blocks."""
    if arguments.unchanged:
        return replace(result, is_demoted=True)
    from cli.gate.record import trust_of
    from cli.ledger import open_ledger
    from collector.settings import load_settings

    with open_ledger(load_settings(os.environ, data=arguments.data)) as ledger:
        found = trust_of(result.suite, lambda sql, params: b"".join(ledger.query(sql, "JSONColumns", params)))
    if not found.nights:
        return result
    return replace(result, is_demoted=found.is_demoted, notes={**result.notes, "trust": found.words()})


def exit_code(result: GateResult, *, strict: bool) -> ExitCode:
    """0 PASS, WARN, INCONCLUSIVE; 1 FAIL; 6 stopped by a spending limit; 3 not comparable; strict: 4 INCONCLUSIVE."""
    if result.blocks:
        return ExitCode.FAILED
    if result.spend is not None and result.spend.is_stopped:
        return ExitCode.SPEND_LIMIT
    if result.verdict is None:
        return ExitCode.NOT_COMPARABLE
    if strict and result.verdict is Verdict.INCONCLUSIVE:
        return ExitCode.NOT_ENOUGH_DATA
    return ExitCode.OK


def _write_files(result: GateResult, arguments: argparse.Namespace) -> None:
    files = arguments.prompt_file
    texts: dict[str, Callable[[], str]] = {
        "comment": lambda: comment(result, arguments.link),
        "report": lambda: to_json(result),
        "junit": lambda: junit(result),
        "sarif": lambda: sarif(result, files, _version()),
        "html": lambda: _page(result),
    }
    for name, text in texts.items():
        path = getattr(arguments, name)
        if path:
            _write(f"--{name}", Path(path), text())


def _write(option: str, path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{option} {path}: cannot be written: {error.strerror or error}") from None


def _github_job(result: GateResult, arguments: argparse.Namespace) -> None:
    """The job summary, outputs of the step, and annotations on stdout, where GitHub reads them."""
    summary = os.environ.get("GITHUB_STEP_SUMMARY")
    if summary:
        text = comment(result, arguments.link).encode()[:SUMMARY_BYTES].decode(errors="ignore")
        _append("GITHUB_STEP_SUMMARY", summary, text)
    else:
        say("GITHUB_STEP_SUMMARY is not set: no job summary is written")
    outputs = os.environ.get("GITHUB_OUTPUT")
    if outputs:
        verdict = result.verdict.value if result.verdict else "NOT_COMPARABLE"
        _append("GITHUB_OUTPUT", outputs, f"verdict={verdict}\nblocks={str(result.blocks).lower()}\n")
    if not arguments.json:
        for line in github_annotations(result, arguments.prompt_file):
            emit(line)


def _append(name: str, path: str, text: str) -> None:
    try:
        with open(path, "a", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise UsageError(f"{name} {path}: cannot be written: {error.strerror or error}") from None


def _version() -> str:
    from importlib.metadata import version

    return version("spanledger")


def _page(result: GateResult) -> str:
    from cli.gate.html import page

    return page(result)
