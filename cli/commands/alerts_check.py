"""`spanledger alerts check`: whether the alert rules are right, and which hold."""

import argparse

from cli.exit_codes import ExitCode

NAME = "alerts check"
HELP = "check the alert rules and list those in force; every fault is named with its line"


def configure(parser: argparse.ArgumentParser) -> None:
    """Takes the file; without it, the one the ledger would read."""
    parser.add_argument("file", nargs="?", metavar="FILE", help="spanledger.yaml (default: the one in use)")


def run(arguments: argparse.Namespace) -> ExitCode:
    """Prints one line a rule. Faults go to stderr, exit code 2; a secret that is not there yet is a warning."""
    import os
    from pathlib import Path

    from cli.alerts.check import rule_lines, warnings
    from cli.output import emit, emit_json, say
    from collector.alerts.config import alerts_of
    from collector.config.model import load_config
    from collector.errors import ConfigError
    from collector.settings import load_settings

    path = Path(arguments.file) if arguments.file else load_settings(os.environ).config_path()
    try:
        config = load_config(path)
        source = alerts_of(config, path)
    except ConfigError as error:
        if not arguments.json:
            raise
        emit_json({"file": path, "ok": False, "problems": error.problems})
        return ExitCode.USAGE
    said = warnings(config)
    if arguments.json:
        rules = [rule.model_dump(mode="json", exclude_defaults=True) for rule in source.alerts.in_force()]
        emit_json({"file": source.path, "ok": True, "rules": rules, "warnings": said})
        return ExitCode.OK
    for line in rule_lines(source.alerts, config):
        emit(line)
    for warning in said:
        say(warning)
    return ExitCode.OK
