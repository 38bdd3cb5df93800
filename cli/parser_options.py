"""Options that several commands share, so that they read the same everywhere."""

import argparse

PRICES_HELP = (
    "book = the price book in force, then = what each call was first priced at, book:VERSION = one of the newest "
    "books (a part of its version will do); default: book"
)


def add_data(parser: argparse.ArgumentParser) -> None:
    """Which ledger."""
    parser.add_argument(
        "--data", metavar="DIR", help="data folder (default: SPANLEDGER_DATA, else ./spanledger-data)"
    )


def add_config(parser: argparse.ArgumentParser) -> None:
    """Which spanledger.yaml."""
    parser.add_argument(
        "--config",
        metavar="FILE",
        help="spanledger.yaml (default: SPANLEDGER_CONFIG, else the one in the data folder, else here)",
    )


def add_prices(parser: argparse.ArgumentParser) -> None:
    """At which prices."""
    parser.add_argument("--prices", metavar="PRICES", default="book", type=_prices, help=PRICES_HELP)


def _prices(text: str) -> str:
    if text in ("book", "then") or (text.startswith("book:") and text != "book:"):
        return text
    raise argparse.ArgumentTypeError(f"{text!r} is none of book, then and book:VERSION")
