"""`spanledger dashboard`: the dashboard process alone, in the foreground, as a container runs it."""

import argparse

from cli.exit_codes import ExitCode
from cli.parser_options import add_data

NAME = "dashboard"
HELP = "run the dashboard alone, in the foreground"


def configure(parser: argparse.ArgumentParser) -> None:
    """Which ledger it shows."""
    add_data(parser)


def run(arguments: argparse.Namespace) -> ExitCode:
    """Becomes the dashboard; does not return."""
    from cli.become import become

    return become("dashboard", data=arguments.data)
