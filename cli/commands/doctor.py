"""`spanledger doctor`: what is right and what is doubtful in the data, and what to do about it."""

import argparse

from cli.exit_codes import ExitCode
from cli.parser_options import add_data

NAME = "doctor"
HELP = "say what is right and what is doubtful in the data, and what to do"


def configure(parser: argparse.ArgumentParser) -> None:
    """Which ledger, which calls, and from which severity on it fails."""
    add_data(parser)
    parser.add_argument(
        "--from", dest="from_", metavar="TIME", help="first moment of the calls, UTC (default: 7 days ago)"
    )
    parser.add_argument("--to", metavar="TIME", help="moment after the last, UTC (default: now)")
    parser.add_argument(
        "--format", choices=("text", "json"), default="text", help="how to print (default: text)"
    )
    parser.add_argument("--sql", action="store_true", help="show the query behind each finding too")
    parser.add_argument(
        "--fail-on",
        choices=("warning", "error", "never"),
        default="error",
        help="exit 1 from this severity on (default: error)",
    )


def run(arguments: argparse.Namespace) -> ExitCode:
    """Exit code 0 = fine, 1 = a finding of the severity of --fail-on, 5 = no ledger."""
    import os
    from datetime import UTC, datetime

    from analytics.health.finding import ORDER
    from cli.doctor_report import as_dict, examine, text_lines
    from cli.errors import UsageError
    from cli.ledger import open_ledger
    from cli.moments import moment
    from cli.output import emit, emit_json, emit_prose
    from collector.settings import load_settings

    now = datetime.now(UTC)
    from_ = moment("--from", arguments.from_) if arguments.from_ else None
    to = moment("--to", arguments.to) if arguments.to else None
    if from_ is not None and from_ >= (to or now):
        raise UsageError(f"--from {arguments.from_} is not before --to {arguments.to or 'now'}")
    with open_ledger(load_settings(os.environ, data=arguments.data)) as ledger:
        report = examine(ledger, from_, to, now)
    if arguments.json or arguments.format == "json":
        emit_json(as_dict(report))
    else:
        for line in text_lines(report, with_sql=arguments.sql):
            if line.lstrip().startswith("|"):
                emit(line)
            else:
                emit_prose(line, 9)
    if arguments.fail_on == "never":
        return ExitCode.OK
    failing = ORDER.index(report.verdict.worst) <= ORDER.index(arguments.fail_on)
    return ExitCode.FAILED if failing else ExitCode.OK
