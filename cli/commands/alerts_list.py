"""`spanledger alerts list`: what fires, and what could not be delivered."""

import argparse

from cli.exit_codes import ExitCode
from cli.parser_options import add_data

NAME = "alerts list"
HELP = "list alerts that fire (or fired), and messages that could not be delivered"


def configure(parser: argparse.ArgumentParser) -> None:
    """Which alerts."""
    add_data(parser)
    parser.add_argument("--all", action="store_true", help="resolved ones too")
    parser.add_argument("--last", metavar="AGE", default="7d", help="how far back (default: 7d)")


def run(arguments: argparse.Namespace) -> ExitCode:
    """Exit code 1 when something fires that nobody has acknowledged or silenced."""
    import os

    from analytics.figures.numbers import plural
    from cli.alerts.shared import age, alerts_between, shown_scope, undelivered, utc_now
    from cli.output import emit, emit_json, emit_prose, say
    from collector.settings import load_settings

    settings, now = load_settings(os.environ, data=arguments.data), utc_now()
    from_ = now - age(arguments.last, "--last")
    rows = alerts_between(settings, from_, now, () if arguments.all else ("firing", "pending"))
    lost = undelivered(settings, from_, now)
    if arguments.json:
        emit_json({"alerts": rows, "undelivered": lost})
    else:
        for row in rows:
            flags = [name for name in ("silenced", "acknowledged") if row[name]]
            flags += ["inhibited"] if row["inhibited_by"] else []
            flags += [row["verdict"].replace("_", " ")] if row["verdict"] else []
            state = row["state"] + (f" ({', '.join(flags)})" if flags else "")
            emit(
                f"{row['fingerprint']}  {row['started_at'][:16]}  {row['severity']:6}  {state}  {row['rule']}"
            )
            emit_prose(f"    {shown_scope(row['scope'])}: {row['summary']}", 6)
        for row in lost:
            say(
                f"{row['state']} message to {row['receiver']} ({row['rule']}), "
                f"{plural(int(row['tries']), 'try', 'tries')}: {row['error']}"
            )
        if not rows:
            say("nothing fires" if not arguments.all else "no alerts in that time")
    open_ones = [
        row
        for row in rows
        if row["state"] == "firing" and not (row["silenced"] or row["acknowledged"] or row["inhibited_by"])
    ]
    return ExitCode.FAILED if open_ones else ExitCode.OK
