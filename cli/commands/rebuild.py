"""`spanledger rebuild`: applies a changed spanledger.yaml to what is already in the ledger."""

import argparse

from cli.exit_codes import ExitCode
from cli.parser_options import add_data

NAME = "rebuild"
HELP = "apply a changed tier map, workload rules or prices to history"


def configure(parser: argparse.ArgumentParser) -> None:
    """Which ledger, and which part of its history."""
    add_data(parser)
    parser.add_argument(
        "--from", dest="from_", metavar="TIME", help="first moment, UTC (default: the beginning)"
    )
    parser.add_argument("--to", metavar="TIME", help="moment after the last, UTC (default: now)")


def run(arguments: argparse.Namespace) -> ExitCode:
    """Returns once every call and task of the period is recomputed, by the configuration the collector reads."""
    import os

    from cli.errors import UsageError
    from cli.maintenance import writing_runner
    from cli.moments import moment
    from cli.output import emit, emit_json, progress
    from collector.config.model import load_config
    from collector.keeper.rebuild import rebuild
    from collector.settings import load_settings

    from_ = moment("--from", arguments.from_) if arguments.from_ else None
    to = moment("--to", arguments.to) if arguments.to else None
    if from_ is not None and to is not None and from_ >= to:
        raise UsageError(f"--from {arguments.from_} is not before --to {arguments.to}")
    settings = load_settings(os.environ, data=arguments.data)
    load_config(settings.config_path())
    with writing_runner(settings) as runner, progress("rebuilding") as advance:
        traces = rebuild(runner, from_, to, advance)
    if arguments.json:
        emit_json({"traces": traces})
    else:
        emit(f"{traces:,} traces recomputed")
    return ExitCode.OK
