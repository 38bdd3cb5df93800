"""Writes the generated parts of the reference pages: `python -m cli.reference [DOCS_FOLDER]`.

In: the parser, the settings and the configuration models. Out: docs/commands.md, docs/configuration.md,
where each part stands between `<!-- generated: NAME -->` and `<!-- end -->`.
"""

import argparse
import contextlib
import io
import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from cli.exit_codes import ExitCode
from cli.parser import build
from collector.config import alerts as config_alerts
from collector.config import model as config
from collector.config import receivers as config_receivers
from collector.config.tiers import BUILT_IN
from collector.settings import PREFIX, CollectorSettings

PAGES = ("commands.md", "configuration.md")

MODELS: tuple[tuple[str, type[BaseModel]], ...] = (
    ("the file", config.Config),
    ("tiers", config.Tiers),
    ("workloads[]", config.WorkloadRule),
    ("workloads[].match", config.WorkloadMatch),
    ("latency_classes[]", config.LatencyClassRule),
    ("prices[]", config.PriceRule),
    ("single_agent_baselines.<workload>", config.Baseline),
    ("budgets[]", config.Budget),
    ("invoices[]", config.Invoice),
    ("schedules", config.Schedules),
    ("receivers[]", config_receivers.Receiver),
    ("alerts", config_alerts.Alerts),
    ("alerts.rules[]", config_alerts.AlertRule),
    ("receivers[].url_from, key_from, password_from, headers_from.<header>", config_receivers.SecretSource),
)


def fill(page: str) -> str:
    """The page with every generated part written anew. Raises KeyError for an unknown part."""

    def part(found: re.Match[str]) -> str:
        return f"<!-- generated: {found[1]} -->\n{PARTS[found[1]]()}\n<!-- end -->"

    return re.sub(r"<!-- generated: ([\w-]+) -->\n.*?<!-- end -->", part, page, flags=re.S)


def commands() -> str:
    """The help text of every command."""
    parts = []
    # Not as wide as the terminal in which it is written.
    with contextlib.redirect_stdout(io.StringIO()):
        for parser in leaves(build()):
            parts.append(f"## {parser.prog}\n\n```text\n{parser.format_help().rstrip()}\n```")
    return "\n" + "\n\n".join(parts) + "\n"


def leaves(parser: argparse.ArgumentParser) -> list[argparse.ArgumentParser]:
    """The parsers that run something, in the order of the help text."""
    groups = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    if not groups:
        return [parser]
    below = [leaf for group in groups for child in group.choices.values() for leaf in leaves(child)]
    return [parser, *below] if parser.get_default("run") else below


def exit_codes() -> str:
    """Table of exit codes."""
    meanings = {
        ExitCode.OK: "done; the answer is yes",
        ExitCode.FAILED: "the answer is no, or the work could not be finished",
        ExitCode.USAGE: "a wrong argument, setting or configuration; a taken port; a folder in use",
        ExitCode.NOT_COMPARABLE: "the two sides cannot be compared",
        ExitCode.NOT_ENOUGH_DATA: "too little data for a verdict",
        ExitCode.UNAVAILABLE: "the ledger cannot be reached, or there is none",
        ExitCode.SPEND_LIMIT: "a limit on spending stopped the work; what was done until then is told",
        ExitCode.INTERNAL: "a fault of SpanLedger itself",
        ExitCode.INTERRUPTED: "Ctrl-C before the work was done",
    }
    return _table(("code", "meaning"), [(str(int(code)), meanings[code]) for code in ExitCode])


def settings() -> str:
    """Table of the collector's environment settings."""
    rows = []
    for name, field in CollectorSettings.model_fields.items():
        rows.append((f"`{PREFIX}{name.upper()}`", _default(field.default), field.description or ""))
    return _table(("name", "default", "what it is"), rows)


def models() -> str:
    """One table a part of spanledger.yaml, with the model's docstring above it."""
    parts = []
    for place, model in MODELS:
        rows = [
            (
                f"`{field.alias or name}`",
                _default(field.get_default(call_default_factory=True)),
                field.description or "",
            )
            for name, field in model.model_fields.items()
        ]
        text = " ".join((model.__doc__ or "").split())
        parts.append(f"### {place}\n\n{text}\n\n{_table(('name', 'default', 'what it is'), rows)}")
    return "\n" + "\n\n".join(parts) + "\n"


def tiers() -> str:
    """Table of the built-in tier patterns."""
    return _table(
        ("tier", "patterns"),
        [(tier, " ".join(f"`{pattern}`" for pattern in patterns)) for tier, patterns in BUILT_IN.items()],
    )


PARTS: dict[str, Callable[[], str]] = {
    "commands": commands,
    "exit-codes": exit_codes,
    "settings": settings,
    "models": models,
    "tiers": tiers,
}


def _default(value: Any) -> str:
    if value is PydanticUndefined:
        return "required"
    if value is None or value == "" or isinstance(value, BaseModel | tuple | dict):
        return ""
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def _table(heads: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [heads, tuple("---" for _ in heads), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines)


if __name__ == "__main__":
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "docs")
    for name in PAGES:
        (folder / name).write_text(fill((folder / name).read_text()))
