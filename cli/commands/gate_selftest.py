"""`spanledger gate selftest`: how often the gate cries wolf, and how often it sees a real rise."""

import argparse

from cli.exit_codes import ExitCode
from cli.parser_options import add_config, add_data

NAME = "gate selftest"
HELP = "measure the gate's false alarms and its power, on simulated and on your own recorded runs"


def configure(parser: argparse.ArgumentParser) -> None:
    """How many suites, of which kind."""
    from cli.gate.options import add_settings

    parser.add_argument(
        "--runs",
        metavar="SRC",
        help="your own recorded runs with repeats: dealt out to two sides with nothing changed",
    )
    parser.add_argument(
        "--trials", type=int, default=1000, metavar="N", help="unchanged suites (default: 1000)"
    )
    parser.add_argument(
        "--cases", type=int, default=40, metavar="N", help="cases of a simulated suite (default: 40)"
    )
    parser.add_argument(
        "--repeats", type=int, default=3, metavar="N", help="runs a case and side (default: 3)"
    )
    parser.add_argument(
        "--spread", type=float, default=0.25, metavar="SD", help="run-to-run SD of ln cost (default: 0.25)"
    )
    parser.add_argument(
        "--seed", type=int, default=1, metavar="N", help="the same seed gives the same suites (default: 1)"
    )
    add_settings(parser)
    add_data(parser)
    add_config(parser)


def run(arguments: argparse.Namespace) -> ExitCode:
    """Exit 1 when more unchanged suites fail than the acceptance rule allows."""
    from cli.gate.selftest import selftest

    return selftest(arguments)
