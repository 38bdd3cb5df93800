"""`spanledger outcomes import`: verdicts on tasks out of a file, days later and as often as needed."""

import argparse

from cli.exit_codes import ExitCode
from cli.parser_options import add_data

NAME = "outcomes import"
HELP = "take verdicts on tasks from a CSV or JSON-lines file"


def configure(parser: argparse.ArgumentParser) -> None:
    """Which file, and what holds where its lines do not say."""
    parser.add_argument(
        "file",
        metavar="FILE",
        help="columns or keys: task_id, success, checker, checker_kind, useful_units, unit, decided_at, workload; "
        "- reads stdin",
    )
    add_data(parser)
    parser.add_argument("--checker", metavar="NAME", default="", help="who judged, where a line does not say")
    parser.add_argument(
        "--checker-kind",
        choices=("deterministic", "model_judge", "human"),
        default="",
        help="kind of checker, where a line does not say",
    )
    parser.add_argument("--unit", metavar="NAME", default="", help="unit of useful_units, likewise")
    parser.add_argument(
        "--decided-at",
        metavar="TIME",
        help="when it was decided, likewise (default: when the file was last changed)",
    )
    parser.add_argument("--dry-run", action="store_true", help="check the file, write nothing")


def run(arguments: argparse.Namespace) -> ExitCode:
    """USAGE with every faulty line named when the file cannot be taken whole."""
    import os

    from cli.outcome_import import OutcomeSummary, import_outcomes, read_file
    from cli.outcome_rows import Defaults
    from cli.output import emit, emit_json
    from collector.settings import load_settings

    settings = load_settings(os.environ, data=arguments.data)
    text, changed_at = read_file(arguments.file, arguments.decided_at)
    defaults = Defaults(changed_at, arguments.checker, arguments.checker_kind, arguments.unit)
    summary: OutcomeSummary = import_outcomes(
        settings, text, arguments.file, defaults, dry_run=arguments.dry_run
    )
    if arguments.json:
        emit_json(summary.as_dict())
    else:
        emit("\n".join(summary.lines()))
    return ExitCode.OK
