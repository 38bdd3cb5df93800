"""`spanledger prices show MODEL`: what a model name means and what it costs, through time. Needs no ledger."""

import argparse

from cli.exit_codes import ExitCode
from cli.parser_options import add_config, add_data

NAME = "prices show"
HELP = "what a model name means, and its prices through time, by class, place and prompt length"


def configure(parser: argparse.ArgumentParser) -> None:
    """The name as a provider or an emitter says it."""
    parser.add_argument(
        "model", metavar="MODEL", help="model name as seen, such as us.anthropic.claude-opus-5"
    )
    parser.add_argument(
        "--provider",
        default="",
        metavar="NAME",
        help="OpenTelemetry GenAI provider name (default: not reported)",
    )
    add_data(parser)
    add_config(parser)


def run(arguments: argparse.Namespace) -> ExitCode:
    """Exit code 1 when the name is unknown; then the lines to paste into spanledger.yaml are shown."""
    import os

    from cli.output import emit, emit_json
    from cli.prices.text import book_lines
    from cli.prices.yaml import rule_lines
    from collector.config.model import load_config
    from collector.prices.book import book_version, price_book, record
    from collector.prices.names import model_meaning
    from collector.settings import load_settings

    settings = load_settings(os.environ, data=arguments.data, config=arguments.config)
    config = load_config(settings.config_path())
    rows = price_book(config)
    meant = model_meaning(
        arguments.provider, arguments.model, {(row.provider, row.model) for row in rows}, config.tier_rules()
    )
    version = book_version(config)
    records = [
        {**record(version, row), "valid_from": row.valid_from, "valid_to": row.valid_to}
        for row in rows
        if (row.provider, row.model) == (meant.book_provider, meant.book_model)
    ]
    records.sort(key=lambda one: (str(one["service_class"]) != "standard", str(one["price_row"])))
    if arguments.json:
        told = {
            "book": version,
            "model": arguments.model,
            "provider": meant.book_provider,
            "means": meant.book_model,
        }
        emit_json({**told, "note": meant.note, "tier": meant.tier, "prices": records})
        return ExitCode.OK if records else ExitCode.FAILED
    if not records:
        emit(f"{arguments.model}: not in price book {version}; its calls have no cost. In spanledger.yaml:")
        emit(rule_lines(arguments.provider or "PROVIDER", arguments.model))
        return ExitCode.FAILED
    how = "by a naming rule" if meant.note == "alias" else "by its own name"
    emit(
        f"{arguments.model} is {meant.book_provider}/{meant.book_model} {how}, "
        f"tier {meant.tier or 'not known'}"
    )
    emit(f"price book {version}")
    emit("USD a million tokens; a write to a cache is short or long")
    for line in book_lines(records, f"{meant.book_provider}/{meant.book_model}"):
        emit(line)
    for reference in sorted(
        {f"{one['reference']} on {one['checked']}" for one in records if one["reference"]}
    ):
        emit(f"read from {reference}")
    return ExitCode.OK
