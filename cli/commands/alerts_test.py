"""`spanledger alerts test`: sends a test alert to a receiver, and resolves it."""

import argparse

from cli.exit_codes import ExitCode

NAME = "alerts test"
HELP = "send a test alert to a receiver, and resolve it"


def configure(parser: argparse.ArgumentParser) -> None:
    """Whom to tell."""
    parser.add_argument(
        "receiver", metavar="RECEIVER", nargs="?", help="its name (default: all of alerts.notify)"
    )


def run(arguments: argparse.Namespace) -> ExitCode:
    """Exit code 1 if a receiver could not be told."""
    import os

    from cli.alerts.trial import receivers_to_try, try_receiver
    from cli.output import emit, emit_json
    from collector.config.model import load_config
    from collector.settings import load_settings

    path = load_settings(os.environ).config_path()
    config = load_config(path)
    results = [
        try_receiver(one, config.alerts.link) for one in receivers_to_try(config, path, arguments.receiver)
    ]
    if arguments.json:
        told = [{"receiver": done.receiver, "ok": done.ok, "error": done.error} for done in results]
        emit_json({"told": told})
    else:
        for done in results:
            emit(f"{done.receiver}: {'told' if done.ok else done.error}")
    return ExitCode.OK if all(done.ok for done in results) else ExitCode.FAILED
