"""`spanledger prices list`: what the models in use cost, or the whole book, or the books there are."""

import argparse

from cli.exit_codes import ExitCode
from cli.parser_options import add_data

NAME = "prices list"
HELP = "list prices of the models in use, the whole price book, or the books there are"


def configure(parser: argparse.ArgumentParser) -> None:
    """Which ledger, and what of it."""
    add_data(parser)
    parser.add_argument("--all", action="store_true", help="every model of the book, used or not")
    parser.add_argument(
        "--provider", default="", metavar="NAME", help="only models of this provider of the book"
    )
    parser.add_argument("--book", default="", metavar="VERSION", help="price book (default: the newest)")
    parser.add_argument("--books", action="store_true", help="the books that were loaded, newest first")


def run(arguments: argparse.Namespace) -> ExitCode:
    """Prices are USD a million tokens."""
    import json
    import os

    from cli.ledger import open_ledger, query_text
    from cli.output import emit, emit_json, say
    from cli.prices.text import book_lines
    from collector.engine.typed import text
    from collector.settings import load_settings

    name = "price_books" if arguments.books else "price_rows"
    given = {
        "book": text(arguments.book),
        "provider": text(arguments.provider),
        "model": "",
        "seen_only": "false" if arguments.all else "true",
    }
    with open_ledger(load_settings(os.environ, data=arguments.data)) as ledger:
        answer = b"".join(ledger.query(query_text(name), "JSONEachRow", {} if arguments.books else given))
    found = [json.loads(line) for line in answer.splitlines()]
    if arguments.json:
        emit_json({"books" if arguments.books else "prices": found})
        return ExitCode.OK
    if arguments.books:
        for row in found:
            emit(f"{row['version']}  loaded {str(row['loaded_at'])[:19]} UTC{_holds(row)}")
        return ExitCode.OK
    if not found:
        say("no model in use has a price; --all lists the whole book")
        return ExitCode.OK
    for line in book_lines(found):
        emit(line)
    return ExitCode.OK


def _holds(row: dict[str, object]) -> str:
    froms, tos = row["prices_from"], row["prices_to"]
    assert isinstance(froms, list)
    assert isinstance(tos, list)
    stretches = [
        f"{from_} to {to}" for from_, to in zip(froms, tos, strict=True) if str(to) > "1970-01-01 00:00:00"
    ]
    held = f"; prices calls of {', '.join(stretches)}" if stretches else ""
    return f"{'; newest' if row['is_newest'] else ''}{held}"
