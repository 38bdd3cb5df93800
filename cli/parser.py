"""The argument parser: every command's options, and errors that name the nearest right word.

In: the command line. Out: parsed arguments with the command's `run`, or UsageError.
Must never import what a command needs to run: `--help` has to be instant.
"""

import argparse
import difflib
import re
import shutil
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import NoReturn, Protocol, TypeAlias, cast

from cli.errors import UsageError
from cli.exit_codes import ExitCode

WIDTH = 100
COMMANDS = (
    "up",
    "demo",
    "status",
    "sql",
    "import_files",
    "outcomes_import",
    "rebuild",
    "doctor",
    "reprice",
    "prices_list",
    "prices_show",
    "prices_check",
    "prices_override",
    "prices_refresh",
    "config_check",
    "investigate",
    "alerts_check",
    "alerts_list",
    "alerts_silence",
    "alerts_ack",
    "alerts_test",
    "alerts_replay",
    "collector",
    "dashboard",
    "review",
    "gate",
    "gate_run",
    "gate_plan",
    "gate_static",
    "gate_selftest",
    "gate_drift",
    "version",
)
GROUPS = {
    "outcomes": "verdicts on tasks",
    "prices": "what models cost: list prices, and your own",
    "config": "spanledger.yaml",
    "alerts": "what fires, and whom it tells",
}


class Command(Protocol):
    """What a module in `cli/commands` offers. NAME may be two words, such as `prices refresh`."""

    NAME: str
    HELP: str

    def configure(self, parser: argparse.ArgumentParser) -> None: ...
    def run(self, arguments: argparse.Namespace) -> ExitCode: ...


class Parser(argparse.ArgumentParser):
    """An ArgumentParser that raises UsageError in place of printing its usage and exiting."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{_with_nearest(message)} (see `{self.prog} --help`)")


def commands() -> list[Command]:
    """The command modules in the order of the help text."""
    return [cast(Command, import_module(f"cli.commands.{name}")) for name in COMMANDS]


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """Arguments with `run` set to the command's function. Raises UsageError."""
    parser = build()
    arguments, extra = parser.parse_known_args(argv)
    chosen = cast(Parser, getattr(arguments, "parser", parser))
    if extra:
        chosen.error(_unknown(extra[0], chosen))
    if not hasattr(arguments, "run"):
        chosen.error("which command?")
    return arguments


def build() -> Parser:
    """The whole parser."""
    parser = _parser("spanledger", "What your LLM agents cost per task, why, and what changed.")
    roots = _places(parser)
    places = {"": roots}
    single: dict[str, Parser] = {}
    for command in commands():
        group, _, name = command.NAME.rpartition(" ")
        if group not in places:
            # A group may be a command of its own, as `gate` is.
            holder = single.get(group) or _add(roots, group, GROUPS[group])
            holder.set_defaults(parser=holder)
            places[group] = _places(holder)
        sub = _add(places[group], name, command.HELP)
        single[command.NAME] = sub
        command.configure(sub)
        sub.add_argument("--json", action="store_true", help="print machine-readable JSON on stdout")
        sub.add_argument("--debug", action="store_true", help="on a failure, show where in the code it arose")
        sub.set_defaults(run=command.run, parser=sub)
    return parser


Places: TypeAlias = "argparse._SubParsersAction[Parser]"


def _parser(prog: str, description: str) -> Parser:
    return Parser(prog=prog, description=description, formatter_class=_formatter, allow_abbrev=False)


def _places(parser: argparse.ArgumentParser) -> Places:
    return parser.add_subparsers(metavar="COMMAND", parser_class=Parser, title="commands")


def _add(places: Places, name: str, help_text: str) -> Parser:
    description = help_text[0].upper() + help_text[1:] + "."
    return places.add_parser(
        name, help=help_text, description=description, formatter_class=_formatter, allow_abbrev=False
    )


def _formatter(prog: str) -> argparse.HelpFormatter:
    # As wide as the terminal at most; the reference pages and pipes always get the same.
    width = min(WIDTH, shutil.get_terminal_size((WIDTH, 24)).columns) if sys.stdout.isatty() else WIDTH
    return argparse.HelpFormatter(prog, width=width, max_help_position=28)


def _with_nearest(message: str) -> str:
    """Turn "invalid choice" into a sentence with the nearest word."""
    found = re.search(r"argument (\S+): invalid choice: '(.*)' \(choose from (.*)\)$", message)
    if not found:
        return message
    what, wrong, choices = found.groups()
    kind = "a command" if what == "COMMAND" else f"a value of {what}"
    return f"{wrong!r} is not {kind}; {_nearest(wrong, re.findall(r'[^, ]+', choices.replace(chr(39), '')))}"


def _unknown(argument: str, parser: argparse.ArgumentParser) -> str:
    if not argument.startswith("-"):
        return f"{argument!r} is one argument too many"
    options = [option for action in parser._actions for option in action.option_strings]
    return f"{argument.partition('=')[0]} is not an option; {_nearest(argument.partition('=')[0], options)}"


def _nearest(wrong: str, names: Sequence[str]) -> str:
    found = difflib.get_close_matches(wrong, names, n=1, cutoff=0.5)
    return f"did you mean {found[0]}?" if found else f"choose from {', '.join(names)}"
