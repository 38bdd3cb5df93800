"""`spanledger demo`: `spanledger up` with four weeks of demo data and one round of live agents in it."""

import argparse

from cli.exit_codes import ExitCode
from cli.parser_options import add_data

NAME = "demo"
HELP = "start everything with weeks of demo data in it"


def configure(parser: argparse.ArgumentParser) -> None:
    """Where the data is."""
    add_data(parser)
    parser.add_argument(
        "--weeks", type=int, default=4, metavar="N", help="weeks of history in a new ledger (default: 4)"
    )
    parser.add_argument("--no-dashboard", action="store_true", help="start the collector alone")


def run(arguments: argparse.Namespace) -> ExitCode:
    """Returns once stopped. Prints the addresses when the demo's data is there."""
    import os

    from cli.demo import judge, play, state_of, write_demo_config
    from cli.errors import UsageError
    from cli.output import say
    from cli.start import addresses, plan, preflight, supervised
    from cli.welcome import welcome
    from collector.settings import load_settings

    if not 1 <= arguments.weeks <= 52:
        raise UsageError(f"--weeks {arguments.weeks}: expected 1 to 52")
    settings = load_settings(os.environ, data=arguments.data)
    state = state_of(settings.folder, arguments.weeks)
    write_demo_config(settings, state.now)
    wanted = plan(os.environ, arguments.data, None, dashboard=not arguments.no_dashboard)
    preflight(wanted)
    say("starting SpanLedger with its demo")
    with supervised(wanted, say) as supervisor:
        if supervisor.start() and play(wanted, supervisor, state):
            welcome(addresses(wanted), as_json=arguments.json)
            # After the addresses are told: nobody has to wait for it.
            if judge(wanted, supervisor):
                supervisor.run()
    say("stopped")
    return ExitCode.OK
