"""`spanledger gate`: compares what a task costs before and after a change, with a verdict."""

import argparse

from cli.exit_codes import ExitCode
from cli.parser_options import add_config, add_data, add_prices

NAME = "gate"
HELP = "compare what tasks cost before and after a change; the verdict is the exit code"


def configure(parser: argparse.ArgumentParser) -> None:
    """The two sides, what counts as too dear, and where the result goes."""
    from cli.gate.options import add_limits, add_outputs, add_settings

    parser.add_argument(
        "--base",
        metavar="SRC",
        help="before: a file or folder of recorded traces, or ledger:KEY=VALUE,... with workload, change, "
        "pull_request, prompt_version, environment, last, from, to",
    )
    parser.add_argument("--head", metavar="SRC", help="after: likewise")
    parser.add_argument(
        "--explain", metavar="FILE", help="show a result from its JSON report again, no sides needed"
    )
    parser.add_argument("--static", metavar="FILE", help="put the result of `gate static --report` beside it")
    parser.add_argument(
        "--monthly-tasks",
        metavar="N",
        action="append",
        default=[],
        help="tasks a month, or WORKLOAD=N, to tell the change in money a month "
        "(default: the last 28 days of the ledger, if it is one of the sides)",
    )
    add_limits(parser)
    add_settings(parser)
    add_outputs(parser)
    add_data(parser)
    add_prices(parser)
    add_config(parser)


def run(arguments: argparse.Namespace) -> ExitCode:
    """The exit code is 0 for PASS, WARN and INCONCLUSIVE, 1 for FAIL, 3 for not comparable; --strict: 4."""
    from cli.errors import UsageError
    from cli.gate.judge import judged
    from cli.gate.outputs import finish, replayed

    if arguments.explain:
        if arguments.base or arguments.head:
            raise UsageError("--explain shows a report as it is; leave --base and --head out")
        return finish(replayed(arguments.explain), arguments)
    if not arguments.base or not arguments.head:
        missing = "--base" if not arguments.base else "--head"
        raise UsageError(f"{missing} is missing: what is compared with what?")
    return finish(judged(arguments), arguments)
