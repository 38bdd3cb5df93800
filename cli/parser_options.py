"""Options that several commands share, so that they read the same everywhere."""

import argparse


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
