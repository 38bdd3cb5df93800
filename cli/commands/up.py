"""`spanledger up`: the collector and the dashboard on this machine, supervised, until Ctrl-C."""

import argparse

from cli.exit_codes import ExitCode
from cli.parser_options import add_config, add_data

NAME = "up"
HELP = "start the collector and the dashboard, and keep them running"


def configure(parser: argparse.ArgumentParser) -> None:
    """Where the data is, and whether a dashboard is wanted."""
    add_data(parser)
    add_config(parser)
    parser.add_argument("--no-dashboard", action="store_true", help="start the collector alone")


def run(arguments: argparse.Namespace) -> ExitCode:
    """Returns once stopped. Prints the addresses when everything is ready."""
    import os

    from cli.output import say
    from cli.start import addresses, plan, preflight, supervised
    from cli.welcome import welcome

    wanted = plan(os.environ, arguments.data, arguments.config, dashboard=not arguments.no_dashboard)
    preflight(wanted)
    say("starting SpanLedger")
    with supervised(wanted, say) as supervisor:
        if supervisor.start():
            welcome(addresses(wanted), as_json=arguments.json)
            supervisor.run()
    say("stopped")
    return ExitCode.OK
