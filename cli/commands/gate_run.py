"""`spanledger gate run`: runs a command on the base and on the working tree, in turns, and compares what it cost."""

import argparse

from cli.exit_codes import ExitCode
from cli.parser_options import add_config, add_data

NAME = "gate run"
HELP = "run your own suite or agent on both versions, in turns, and compare"


def configure(parser: argparse.ArgumentParser) -> None:
    """What is run, on which versions, how often."""
    from cli.gate.options import add_outputs, add_settings

    parser.add_argument(
        "command", nargs=argparse.REMAINDER, metavar="-- COMMAND",
        help="run as it is, without a shell; {arm}, {repeat} and {file} are filled in",
    )  # fmt: skip
    parser.add_argument(
        "--base-ref", metavar="REF",
        help="version to compare with (default: where this branch left the target branch of the pull request, or main)",
    )  # fmt: skip
    parser.add_argument("--repeats", type=int, default=3, metavar="R", help="runs a side (default: 3)")
    parser.add_argument(
        "--setup",
        metavar="COMMAND",
        help="shell command run once in the base's work tree before the first run",
    )
    parser.add_argument(
        "--prime",
        action="store_true",
        help="run both sides once beforehand, unrecorded, so that caches are warm",
    )
    parser.add_argument(
        "--keep", metavar="DIR", help="keep the recordings here (default: a temporary folder)"
    )
    parser.add_argument(
        "--timeout", type=float, metavar="S", help="seconds after which a run is stopped (default: none)"
    )
    parser.add_argument("--static", metavar="FILE", help="put the result of `gate static --report` beside it")
    parser.add_argument(
        "--monthly-tasks", metavar="N", action="append", default=[], help="tasks a month, or WORKLOAD=N"
    )
    add_settings(parser)
    add_outputs(parser)
    add_data(parser)
    add_config(parser)


def run(arguments: argparse.Namespace) -> ExitCode:
    """Exit codes as those of `gate`; a command that records nothing is exit 2."""
    from cli.gate.outputs import finish
    from cli.gate.run import both_arms

    return finish(both_arms(arguments), arguments)
