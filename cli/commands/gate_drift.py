"""`spanledger gate drift`: finds the slow rise that every pull request hid."""

import argparse

from cli.exit_codes import ExitCode
from cli.parser_options import add_config, add_data

NAME = "gate drift"
HELP = "find a slow rise over many nights that no single change shows"


def configure(parser: argparse.ArgumentParser) -> None:
    """Which runs, and how much is too much."""
    parser.add_argument(
        "--runs", metavar="SRC", required=True,
        help="runs of many nights: a folder of recordings, or ledger:KEY=VALUE,... such as "
        "ledger:workload=W,environment=test,last=90d",
    )  # fmt: skip
    parser.add_argument(
        "--margin",
        type=float,
        default=0.10,
        metavar="SHARE",
        help="rise over the whole time that is told (default: 0.1)",
    )
    add_data(parser)
    add_config(parser)


def run(arguments: argparse.Namespace) -> ExitCode:
    """Exit 1 when the cost drifted, 4 when there are too few nights."""
    from cli.gate.drift import find_drift

    return find_drift(arguments)
