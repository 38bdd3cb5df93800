"""`spanledger gate run`: runs a command on the base and on the working tree, in turns, and compares what it cost."""

import argparse

from cli.exit_codes import ExitCode
from cli.parser_options import add_config, add_data

NAME = "gate run"
HELP = "run your own suite or agent on both versions, in turns, and compare"


def configure(parser: argparse.ArgumentParser) -> None:
    """What is run, on which versions, how often."""
    from cli.gate.options import add_limits, add_outputs, add_settings

    parser.add_argument(
        "command", nargs=argparse.REMAINDER, metavar="-- COMMAND",
        help="run as it is, without a shell; {arm}, {repeat}, {file}, {case} and {input} are filled in",
    )  # fmt: skip
    parser.add_argument(
        "--base-ref", metavar="REF",
        help="version to compare with (default: where this branch left the target branch of the pull request, or main)",
    )  # fmt: skip
    parser.add_argument("--repeats", type=int, default=3, metavar="R", help="runs a side (default: 3)")
    parser.add_argument(
        "--cases", metavar="FILE",
        help="run the command once for every case: a JSON list, or a JSON value a line; {case} is its id, "
        "{input} a file that holds it",
    )  # fmt: skip
    parser.add_argument("--jobs", type=int, default=1, metavar="N", help="runs at once (default: 1)")
    parser.add_argument(
        "--max-usd", metavar="USD",
        help="stop when the suite has spent this much at list price; exit 6, what was done until then is told",
    )  # fmt: skip
    parser.add_argument(
        "--record-proxy", action="store_true",
        help="record the calls of agents that send no spans: ANTHROPIC_BASE_URL, OPENAI_BASE_URL and "
        "GOOGLE_GEMINI_BASE_URL lead to a local proxy that forwards to the provider",
    )  # fmt: skip
    parser.add_argument(
        "--provider", metavar="VARIABLE=URL", action="append", default=[],
        help="a further address for --record-proxy, set as VARIABLE; may be given several times",
    )  # fmt: skip
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
    add_limits(parser)
    add_settings(parser)
    add_outputs(parser)
    add_data(parser)
    add_config(parser)


def run(arguments: argparse.Namespace) -> ExitCode:
    """Exit codes as those of `gate`; a command that records nothing is exit 2, a limit on spending exit 6."""
    from cli.gate.outputs import finish
    from cli.gate.run import both_arms

    return finish(both_arms(arguments), arguments)
