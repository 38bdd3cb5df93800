"""`spanledger sql`: one statement to the ledger, whether a collector is running or not."""

import argparse

from cli.exit_codes import ExitCode
from cli.parser_options import add_data, add_prices

NAME = "sql"
HELP = "ask the ledger in SQL, whether a collector is running or not"


def configure(parser: argparse.ArgumentParser) -> None:
    """The statement, its parameters, and the format of the answer."""
    parser.add_argument("statement", metavar="STATEMENT", help="a SELECT; - reads it from stdin")
    add_data(parser)
    parser.add_argument(
        "--format",
        metavar="NAME",
        help="any ClickHouse output format (default: PrettyCompactMonoBlock in a terminal, else JSONEachRow)",
    )
    add_prices(parser)
    parser.add_argument(
        "--param",
        metavar="NAME=VALUE",
        action="append",
        default=[],
        help="value of {NAME:Type} in the statement; may be given several times",
    )


def run(arguments: argparse.Namespace) -> ExitCode:
    """Copies the answer to stdout as it arrives."""
    import os
    import sys

    from cli.ledger import open_ledger
    from collector.settings import load_settings

    given = sys.stdin.buffer.read() if arguments.statement == "-" else os.fsencode(arguments.statement)
    statement = _utf8(given, "STATEMENT")
    parameters = dict(_parameter(text) for text in arguments.param)
    fmt = arguments.format or _default_format(arguments.json, sys.stdout.isatty())
    settings = load_settings(os.environ, data=arguments.data)
    with open_ledger(settings, arguments.prices) as ledger:
        for piece in ledger.query(statement, fmt, parameters):
            sys.stdout.buffer.write(piece)
        sys.stdout.buffer.flush()
    return ExitCode.OK


def _default_format(as_json: bool, is_terminal: bool) -> str:
    return "PrettyCompactMonoBlock" if is_terminal and not as_json else "JSONEachRow"


def _utf8(given: bytes, name: str) -> str:
    from cli.errors import UsageError

    try:
        return given.decode()
    except UnicodeDecodeError as error:
        raise UsageError(f"{name}: byte {given[error.start]:#04x} at {error.start} is not UTF-8") from None


def _parameter(text: str) -> tuple[str, str]:
    import os

    from cli.errors import UsageError

    name, equals, value = _utf8(os.fsencode(text), "--param").partition("=")
    if not equals or not name.isidentifier():
        raise UsageError(f"--param {text!r}: expected NAME=VALUE")
    return name, value
