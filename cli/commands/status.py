"""`spanledger status`: whether a ledger runs here, where it listens, and what it holds."""

import argparse

from cli.exit_codes import ExitCode
from cli.parser_options import add_data

NAME = "status"
HELP = "say whether the ledger runs, where, what it holds and how far behind it is"


def configure(parser: argparse.ArgumentParser) -> None:
    """Which ledger."""
    add_data(parser)


def run(arguments: argparse.Namespace) -> ExitCode:
    """Exit code 0 if a collector is running and answers, 5 if not (what the folder holds is still shown)."""
    import os

    from cli.ledger_status import describe, ledger_status
    from cli.output import emit, emit_json
    from collector.settings import load_settings

    status = ledger_status(load_settings(os.environ, data=arguments.data))
    if arguments.json:
        emit_json(status.as_dict())
    else:
        for line in describe(status):
            emit(line)
    return ExitCode.OK if status.running else ExitCode.UNAVAILABLE
