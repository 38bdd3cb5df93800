"""`spanledger alerts silence`: keeps alerts quiet for a while, lists silences, ends one."""

import argparse

from cli.exit_codes import ExitCode
from cli.parser_options import add_data

NAME = "alerts silence"
HELP = "keep alerts quiet for a while; without options, list what is silenced"


def configure(parser: argparse.ArgumentParser) -> None:
    """What, for how long, why."""
    add_data(parser)
    parser.add_argument("--rule", metavar="PATTERN", help="rules by name (`*` any text)")
    parser.add_argument(
        "--scope", metavar="NAME=PATTERN", action="append", default=[], help="such as workload=support"
    )
    parser.add_argument("--for", metavar="AGE", dest="length", default="2h", help="how long (default: 2h)")
    parser.add_argument("--reason", metavar="TEXT", default="", help="why; shown with the silence")
    parser.add_argument("--end", metavar="ID", help="end this silence now")


def run(arguments: argparse.Namespace) -> ExitCode:
    """Prints the silence, or all that hold."""
    import os

    from cli.alerts.shared import age, end_silence, scope_argument, shown_scope, silence, silences, utc_now
    from cli.output import emit, emit_json, say
    from collector.settings import load_settings

    settings, now = load_settings(os.environ, data=arguments.data), utc_now()
    if arguments.end:
        end_silence(settings, arguments.end, now)
        say(f"silence {arguments.end} is over")
        return ExitCode.OK
    if arguments.rule or arguments.scope:
        scope = scope_argument(arguments.scope)
        rows = [
            silence(
                settings, arguments.rule or "*", scope, age(arguments.length, "--for"), arguments.reason, now
            )
        ]
    else:
        rows = silences(settings, now)
    if arguments.json:
        emit_json({"silences": rows})
        return ExitCode.OK
    for row in rows:
        what = f"{row['rule']} in {shown_scope(row['scope'])}"
        emit(f"{row['id']}  until {row['to_at'][:16]} UTC  {what}  {row['said_by']}: {row['reason'] or '-'}")
    if not rows:
        say("nothing is silenced")
    return ExitCode.OK
