"""`spanledger config check`: whether spanledger.yaml is right, every fault with its line."""

import argparse

from cli.exit_codes import ExitCode

NAME = "config check"
HELP = "check spanledger.yaml; every fault is named with its line"


def configure(parser: argparse.ArgumentParser) -> None:
    """Takes the file; without it, the one the ledger would read."""
    parser.add_argument("file", nargs="?", metavar="FILE", help="default: the file the ledger would read")


def run(arguments: argparse.Namespace) -> ExitCode:
    """Prints what the file says. Faults go to stderr, exit code 2."""
    import os
    from pathlib import Path

    from cli.output import emit, emit_json, say
    from collector.config.model import load_config
    from collector.errors import ConfigError
    from collector.settings import load_settings

    path = Path(arguments.file) if arguments.file else load_settings(os.environ).config_path()
    try:
        config = load_config(path)
    except ConfigError as error:
        if not arguments.json:
            raise
        emit_json({"file": path, "ok": False, "problems": error.problems})
        return ExitCode.USAGE
    if arguments.json:
        emit_json({"file": path, "ok": True, "config": config.model_dump(mode="json", by_alias=True)})
        return ExitCode.OK
    if path is None:
        say("no spanledger.yaml; the defaults hold")
        return ExitCode.OK
    counts = (
        f"{len(config.workloads)} workload rules, {len(config.prices)} prices, {len(config.budgets)} budgets"
    )
    emit(f"{path}: right ({counts})")
    return ExitCode.OK
