"""`spanledger gate static`: what a change of prompts and tools costs, without calling a model."""

import argparse

from cli.exit_codes import ExitCode
from cli.parser_options import add_config, add_data

NAME = "gate static"
HELP = "compare the requests two versions build, without calling a model"


def configure(parser: argparse.ArgumentParser) -> None:
    """Who builds requests, for which cases."""
    parser.add_argument(
        "--builder", metavar="MODULE:FUNCTION", required=True,
        help="callable that takes a case and returns the request it would send (model, system, tools, messages)",
    )  # fmt: skip
    parser.add_argument(
        "--cases",
        metavar="FILE",
        required=True,
        help="cases: a JSON list, or a JSON object a line; stays on this machine",
    )
    parser.add_argument(
        "--base-ref", metavar="REF", help="version to compare with (default: as in `gate run`)"
    )
    parser.add_argument(
        "--python", metavar="PATH", help="interpreter that has the agent's packages (default: this one)"
    )
    parser.add_argument(
        "--new-prompt-version",
        action="store_true",
        help="the change names a new prompt version: a changed prefix is meant",
    )
    parser.add_argument("--report", metavar="FILE", help="write the result for `gate --static`")
    add_data(parser)
    add_config(parser)


def run(arguments: argparse.Namespace) -> ExitCode:
    """Exit 1 when the input of a call grew by more than a tenth."""
    from cli.gate.static import static

    return static(arguments)
