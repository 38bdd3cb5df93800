"""`spanledger prices check`: rules that do nothing, prices that contradict each other, models without a price."""

import argparse

from cli.exit_codes import ExitCode
from cli.parser_options import add_config, add_data

NAME = "prices check"
HELP = "check the price book, your own prices, and whether every model in the ledger has one"


def configure(parser: argparse.ArgumentParser) -> None:
    """Which ledger, whose prices."""
    add_data(parser)
    add_config(parser)


def run(arguments: argparse.Namespace) -> ExitCode:
    """Exit code 1 when costs are wrong or missing by what was found; 0 with warnings only."""
    import os
    from dataclasses import asdict
    from datetime import UTC, datetime

    from analytics.figures.numbers import plural
    from cli.output import emit, emit_json, say
    from cli.prices.ledger import unknown_models
    from collector.config.model import load_config
    from collector.prices.book import book_version
    from collector.prices.check import check_book
    from collector.settings import load_settings

    settings = load_settings(os.environ, data=arguments.data, config=arguments.config)
    config = load_config(settings.config_path())
    unknown, problem = unknown_models(settings)
    found = [*unknown, *check_book(config, datetime.now(UTC))]
    failed = any(finding.severity == "error" for finding in found)
    if arguments.json:
        emit_json(
            {
                "book": book_version(config),
                "ledger": problem or "read",
                "ok": not failed,
                "findings": [asdict(finding) for finding in found],
            }
        )
        return ExitCode.FAILED if failed else ExitCode.OK
    for finding in found:
        emit(f"{finding.severity}: {finding.subject}: {finding.what}")
        emit(f"  {finding.advice}")
    if problem:
        say(f"the models of the ledger were not looked at: {problem}")
    say(f"{book_version(config)}: {plural(len(found), 'finding') if found else 'right'}")
    return ExitCode.FAILED if failed else ExitCode.OK
