"""`spanledger version`: which SpanLedger this is, and on what it runs."""

import argparse

from cli.exit_codes import ExitCode

NAME = "version"
HELP = "print the version of SpanLedger and of what it stands on"

PARTS = ("spanledger", "chdb", "clickhouse-connect", "genai-prices", "streamlit")


def configure(parser: argparse.ArgumentParser) -> None:
    """No options of its own."""


def run(arguments: argparse.Namespace) -> ExitCode:
    """Prints one line a part, `name version`."""
    import platform
    from importlib.metadata import version

    from cli.output import emit, emit_json

    versions = {name: version(name) for name in PARTS} | {"python": platform.python_version()}
    if arguments.json:
        emit_json(versions)
    else:
        for name, number in versions.items():
            emit(f"{name} {number}")
    return ExitCode.OK
