"""`spanledger prices override MODEL`: a price of your own, as lines for spanledger.yaml or written into it."""

import argparse

from cli.exit_codes import ExitCode
from cli.parser_options import add_config, add_data

NAME = "prices override"
HELP = "make a price rule of your own: shown, or written into spanledger.yaml"
PRICES = {
    "input": "fresh_input_usd_per_mtok",
    "cache-read": "cache_read_usd_per_mtok",
    "cache-write": "cache_write_short_usd_per_mtok",
    "cache-write-long": "cache_write_long_usd_per_mtok",
    "output": "output_usd_per_mtok",
    "web-search": "web_search_usd_per_kcall",
}


def configure(parser: argparse.ArgumentParser) -> None:
    """What the rule says; see `prices` in docs/configuration.md."""
    parser.add_argument(
        "model", metavar="MODEL", help="model or deployment name as seen; * stands for any text"
    )
    parser.add_argument("--provider", required=True, metavar="NAME", help="OpenTelemetry GenAI provider name")
    parser.add_argument("--discount", metavar="FRACTION", help="off the list price: 0.15 = 15%% less")
    parser.add_argument("--factor", metavar="NUMBER", help="on the list price: 1.1 = 10%% more")
    parser.add_argument("--same-as", metavar="MODEL", help="the list price of another model of the provider")
    parser.add_argument(
        "--service-class", metavar="NAME", help="only standard, batch, flex, priority or fast"
    )
    parser.add_argument("--from", dest="from_", metavar="TIME", help="first moment, UTC (default: always)")
    parser.add_argument("--to", metavar="TIME", help="moment after the last, UTC (default: for good)")
    for option in PRICES:
        unit = "thousand searches" if option == "web-search" else "million tokens"
        parser.add_argument(f"--{option}", metavar="USD", help=f"USD a {unit}")
    parser.add_argument(
        "--write", action="store_true", help="add it to spanledger.yaml instead of showing it"
    )
    add_data(parser)
    add_config(parser)


def run(arguments: argparse.Namespace) -> ExitCode:
    """A running collector takes a written rule over within seconds; `spanledger reprice` applies it to the past."""
    import os
    from pathlib import Path
    from typing import Any

    from cli.output import emit, emit_json, say
    from cli.prices.yaml import rule_line, with_rule
    from collector.config.model import parse_config
    from collector.paths import write_atomically
    from collector.settings import load_settings

    words: dict[str, Any] = {
        "provider": arguments.provider,
        "model": arguments.model,
        "service_class": arguments.service_class,
        "from": _date("--from", arguments.from_),
        "to": _date("--to", arguments.to),
        "discount": _number("--discount", arguments.discount),
        "factor": _number("--factor", arguments.factor),
        "same_as": arguments.same_as,
        **{
            name: _number(f"--{option}", getattr(arguments, option.replace("-", "_")))
            for option, name in PRICES.items()
        },
    }
    rule = {key: value for key, value in words.items() if value is not None}
    parse_config(f"prices:\n  - {rule_line(rule)}\n".encode(), "the rule")
    settings = load_settings(os.environ, data=arguments.data, config=arguments.config)
    path = settings.config_path() or settings.folder.config
    if arguments.write:
        before = Path(path).read_text(encoding="utf-8") if Path(path).exists() else ""
        after = with_rule(before, rule, str(path))
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        write_atomically(Path(path), after.encode())
    if arguments.json:
        emit_json({"file": path, "written": arguments.write, "rule": rule_line(rule)})
    else:
        emit(f"prices:\n  - {rule_line(rule)}")
        say(
            f"written to {path}; `spanledger reprice` applies it to the past"
            if arguments.write
            else f"add it to {path}, or say --write"
        )
    return ExitCode.OK


def _number(option: str, text: str | None) -> object:
    from decimal import Decimal, InvalidOperation

    from cli.errors import UsageError

    if text is None:
        return None
    try:
        return Decimal(text)
    except InvalidOperation:
        raise UsageError(f"{option} {text!r}: expected a number such as 0.15") from None


def _date(option: str, text: str | None) -> object:
    from cli.moments import moment

    if text is None:
        return None
    found = moment(option, text)
    return found.date() if found.time().isoformat() == "00:00:00" else found.isoformat()
