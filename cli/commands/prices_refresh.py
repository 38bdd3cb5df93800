"""`spanledger prices refresh`: puts the list prices of the installed library and your own in force."""

import argparse

from cli.exit_codes import ExitCode
from cli.parser_options import add_config, add_data

NAME = "prices refresh"
HELP = "put the list prices of the installed genai-prices, and your own, in force"


def configure(parser: argparse.ArgumentParser) -> None:
    """Which ledger, and whose prices."""
    add_data(parser)
    add_config(parser)


def run(arguments: argparse.Namespace) -> ExitCode:
    """Prints the version of the price book in force. Calls priced before keep their price until a rebuild."""
    import os

    from cli.maintenance import writing_runner
    from cli.output import emit, emit_json, say
    from collector.config.model import load_config
    from collector.engine.priced import put_book_views
    from collector.prices.keeper import PriceKeeper
    from collector.settings import load_settings

    settings = load_settings(os.environ, data=arguments.data, config=arguments.config)
    config = load_config(settings.config_path())
    with writing_runner(settings) as runner:
        version = PriceKeeper(runner, config).load_book()
        put_book_views(runner, runner.database)
    if arguments.json:
        emit_json({"price_book": version})
    else:
        emit(f"price book {version}")
        say("calls priced before keep their price until `spanledger rebuild`")
    return ExitCode.OK
