"""`spanledger alerts ack`: says that somebody looks after an alert, or whether it was right."""

import argparse

from cli.exit_codes import ExitCode
from cli.parser_options import add_data

NAME = "alerts ack"
HELP = "say that you look after an alert, or that it was a false alarm or useful"


def configure(parser: argparse.ArgumentParser) -> None:
    """Which alert, and what of it."""
    add_data(parser)
    parser.add_argument(
        "fingerprint", metavar="FINGERPRINT", help="as `alerts list` shows it; its beginning will do"
    )
    parser.add_argument(
        "--as", dest="mark", choices=("ack", "unack", "false-alarm", "useful", "unmarked"), default="ack",
        help="what to say (default: ack = seen, not told again); false alarms feed the rule's report",
    )  # fmt: skip
    parser.add_argument("--note", metavar="TEXT", default="", help="in your words")


def run(arguments: argparse.Namespace) -> ExitCode:
    """Marks the newest firing with that fingerprint."""
    import os

    from cli.alerts.shared import mark, utc_now
    from cli.output import emit_json, say
    from collector.settings import load_settings

    settings = load_settings(os.environ, data=arguments.data)
    row = mark(settings, arguments.fingerprint, arguments.mark.replace("-", "_"), arguments.note, utc_now())
    if arguments.json:
        emit_json(
            {"fingerprint": row["fingerprint"], "started_at": row["started_at"], "mark": arguments.mark}
        )
    else:
        say(f"{row['rule']} of {row['started_at'][:16]} UTC is marked: {arguments.mark}")
    return ExitCode.OK
