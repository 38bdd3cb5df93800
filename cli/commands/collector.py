"""`spanledger collector`: the collector process alone, in the foreground, as a container runs it."""

import argparse

from cli.exit_codes import ExitCode
from cli.parser_options import add_config, add_data

NAME = "collector"
HELP = "run the collector alone, in the foreground"


def configure(parser: argparse.ArgumentParser) -> None:
    """Where the data is."""
    add_data(parser)
    add_config(parser)


def run(arguments: argparse.Namespace) -> ExitCode:
    """Becomes the collector; does not return."""
    from cli.become import become

    return become("collector", data=arguments.data, config=arguments.config)
