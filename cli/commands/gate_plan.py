"""`spanledger gate plan`: how many runs it takes to see a change of a given size."""

import argparse

from cli.exit_codes import ExitCode
from cli.parser_options import add_config, add_data

NAME = "gate plan"
HELP = "say how many runs are needed to see a given change, from runs already recorded"


def configure(parser: argparse.ArgumentParser) -> None:
    """Where the run-to-run spread comes from, and which change is to be seen."""
    parser.add_argument(
        "--runs", metavar="SRC", help="recorded runs with repeats: a file, a folder, or ledger:KEY=VALUE,..."
    )
    parser.add_argument(
        "--spread",
        type=float,
        metavar="SD",
        help="run-to-run SD of ln cost, in place of --runs, such as 0.25",
    )
    parser.add_argument(
        "--rise", type=float, default=0.10, metavar="SHARE", help="true rise to be seen (default: 0.1)"
    )
    parser.add_argument(
        "--power", type=float, default=0.8, metavar="SHARE", help="how often it is to be seen (default: 0.8)"
    )
    parser.add_argument(
        "--cases", type=int, metavar="N", help="cases of the suite (default: those of --runs)"
    )
    add_data(parser)
    add_config(parser)


def run(arguments: argparse.Namespace) -> ExitCode:
    """Exit 4 when the runs hold no repeats to take the spread from."""
    from cli.gate.plan import plan, show

    return show(plan(arguments), as_json=arguments.json)
