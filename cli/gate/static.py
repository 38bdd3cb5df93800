"""Has both versions build the requests of the same cases, and compares them.

In: parsed arguments. Out: a table, an ExitCode. Raises UsageError. Prompts stay in a temporary folder that is removed.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from analytics.gate.replay import BadReport, static_from_json
from analytics.gate.result import StaticResult
from analytics.gate.static import Built, Price, compare_static
from analytics.gate.verdict import Verdict
from analytics.gate.words import signed
from analytics.gate.words_static import counted_words, grown_words, segment_rows
from cli.errors import UsageError
from cli.exit_codes import ExitCode
from cli.gate.counters import counter_of
from cli.gate.git import base_commit, base_warning, worktree
from cli.gate.turns import read_cases
from cli.output import emit, emit_json, say
from collector.config.model import Config, load_config
from collector.prices.book import price_book
from collector.prices.names import model_meaning
from collector.settings import load_settings

CHILD = Path(__file__).with_name("static_child.py")
SHOWN = 10
PER_MTOK = 1_000_000


def static(arguments: argparse.Namespace) -> ExitCode:
    """Prints the static result."""
    settings = load_settings(os.environ, data=arguments.data, config=arguments.config)
    here = Path.cwd()
    cases = [{"id": case.id, "case": case.value} for case in read_cases(Path(arguments.cases))]
    base = base_commit(arguments.base_ref, here, os.environ)
    with tempfile.TemporaryDirectory(prefix="spanledger-static-") as scratch, worktree(base, here) as folder:
        given = Path(scratch) / "cases.json"
        given.write_text(json.dumps(cases), encoding="utf-8")
        python = arguments.python or sys.executable
        sides = [
            _build(python, arguments.builder, where, given, Path(scratch) / f"{name}.jsonl", name)
            for name, where in (("base", folder), ("head", here))
        ]
    result = compare_static(
        sides[0], sides[1], counter_of, _price_of(load_config(settings.config_path())),
        is_new_version=arguments.new_prompt_version,
    )  # fmt: skip
    if beside := base_warning(base, here, os.environ):
        say(f"note: {beside}")
    if arguments.report:
        try:
            Path(arguments.report).write_text(json.dumps(asdict(result), indent=2) + "\n", encoding="utf-8")
        except OSError as error:
            raise UsageError(
                f"--report {arguments.report}: cannot be written: {error.strerror or error}"
            ) from None
    if arguments.json:
        emit_json(asdict(result))
    else:
        _show(result)
    return ExitCode.FAILED if result.verdict is Verdict.FAIL else ExitCode.OK


def read_static(path: str) -> StaticResult:
    """A static result out of its report. Raises UsageError."""
    try:
        return static_from_json(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"--static {path}: cannot be read: {error.strerror or error}") from None
    except (BadReport, UnicodeDecodeError) as error:
        raise UsageError(f"--static {path}: {error}") from None


def _build(python: str, builder: str, folder: Path, cases: Path, out: Path, side: str) -> list[Built]:
    environment = {**os.environ, "PWD": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [python, str(CHILD), builder, str(cases), str(out)]
    try:
        done = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, check=False
        )
    except OSError as error:
        raise UsageError(f"--python {python}: cannot be run: {error.strerror or error}") from None
    if done.returncode != 0:
        said = done.stderr.strip().splitlines()[-1:] or [f"exit {done.returncode}"]
        raise UsageError(f"--builder on {side}: {said[0]}")
    rows = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    return [Built(row["case"], row["request"], row["again"]) for row in rows]


def _price_of(config: Config) -> Price:
    """USD a token of fresh input today, by the price book; None where the model is in it nowhere."""
    now = datetime.now(UTC)
    rows = [
        row
        for row in price_book(config)
        if row.service_class == "standard" and not row.region and not row.above_input_tokens
        and row.valid_from <= now < row.valid_to
    ]  # fmt: skip
    usd: Mapping[tuple[str, str], Any] = {
        (row.provider, row.model): row.prices.get("fresh_input_usd_per_mtok") for row in rows
    }

    @cache
    def price(model: str) -> float | None:
        for provider in ("anthropic", "openai", "google", "aws", ""):
            found = model_meaning(provider, model, usd.keys(), config.tier_rules())
            value = usd.get((found.book_provider, found.book_model))
            if value is not None:
                return float(value) / PER_MTOK
        return None

    return price


def _show(result: StaticResult) -> None:
    emit(f"{result.verdict.value}: {result.reason}")
    emit(counted_words(result))
    if result.segments:
        emit(f"  {'a call on average':<18}{'base':>10}{'head':>10}{'change':>22}")
    for row in segment_rows(result.segments):
        emit(f"  {row.kind:<18}{row.base:>10}{row.head:>10}{row.change:>22}")
    if grown := grown_words(result.segments):
        emit(grown)
    for part in result.parts[:SHOWN]:
        usd = "" if part.usd_per_turn is None else f", {signed(part.usd_per_turn)} a turn"
        emit(f"  {part.name}: {part.base_tokens:,} → {part.head_tokens:,} tokens{usd}")
    for found in result.findings[:SHOWN]:
        where = (
            "prefix unchanged"
            if found.first_difference is None
            else f"prefix differs at character {found.first_difference:,}"
        )
        emit(f"  case {found.case}: {found.base_tokens:,} → {found.head_tokens:,} input tokens, {where}")
