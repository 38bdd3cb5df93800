"""`spanledger alerts replay`: what would have fired over history, with and without proposed rules."""

import argparse

from cli.exit_codes import ExitCode
from cli.parser_options import add_data

NAME = "alerts replay"
HELP = "say what the rules would have fired over history, beside proposed ones; tells nobody"


def configure(parser: argparse.ArgumentParser) -> None:
    """Which time, and which rules besides."""
    add_data(parser)
    parser.add_argument(
        "--from", dest="from_", metavar="TIME", required=True, help="ISO 8601, UTC; rounds begin here"
    )
    parser.add_argument("--to", metavar="TIME", help="ISO 8601, UTC (default: now)")
    parser.add_argument("--rules", metavar="FILE", help="proposed rules, in the form of the alerts part")


def run(arguments: argparse.Namespace) -> ExitCode:
    """Prints a count by rule and every alert."""
    import os
    from datetime import UTC, datetime
    from pathlib import Path

    from analytics.periods import UnreadableWindow, absolute_window
    from cli.alerts.replay import lines, replays, values
    from cli.errors import UsageError
    from cli.output import emit, emit_json
    from collector.settings import load_settings

    try:
        window = absolute_window(arguments.from_, arguments.to or "", datetime.now(UTC))
    except UnreadableWindow as error:
        raise UsageError(str(error)) from None
    proposed = Path(arguments.rules) if arguments.rules else None
    settings = load_settings(os.environ, data=arguments.data)
    now, other = replays(settings, window.from_, window.to, proposed)
    if arguments.json:
        emit_json(values(now, other))
    else:
        for line in lines(now, other):
            emit(line)
    return ExitCode.OK
