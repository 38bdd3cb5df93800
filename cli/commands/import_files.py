"""`spanledger import`: calls out of files that other tools leave behind."""

import argparse

from cli.exit_codes import ExitCode
from cli.importers.records import FORMATS
from cli.parser_options import add_data

NAME = "import"
HELP = "read transcripts of Claude Code and Codex, LiteLLM and Langfuse exports, and OTLP files"


def configure(parser: argparse.ArgumentParser) -> None:
    """Which files, and what they become."""
    parser.add_argument(
        "paths",
        nargs="*",
        metavar="PATH",
        help="files, folders or patterns (default: the sessions of Claude Code and Codex in your home)",
    )
    add_data(parser)
    parser.add_argument(
        "--format", choices=FORMATS, default="", help="format of every file (default: found out)"
    )
    parser.add_argument(
        "--task-from",
        choices=("session", "prompt"),
        default="session",
        help="what is a task in transcripts: the session, or each prompt in it (default: session)",
    )
    parser.add_argument(
        "--workload",
        metavar="NAME",
        default="",
        help="workload of all calls (default: project folder, team, trace name, as the format has it)",
    )
    parser.add_argument("--tenant", metavar="NAME", default="", help="tenant of all calls")
    parser.add_argument(
        "--environment", metavar="NAME", default="", help="deployment environment of all calls"
    )
    parser.add_argument("--dry-run", action="store_true", help="read and price everything, write nothing")


def run(arguments: argparse.Namespace) -> ExitCode:
    """FAILED when a file that was named could not be read; broken lines are counted and do not fail it."""
    import os

    from cli.importers.files import expand
    from cli.importers.formats import Choice
    from cli.importers.run import Import, Wish
    from cli.importers.summary import clock, summary
    from cli.importers.targets import target
    from cli.output import emit, emit_json, progress
    from collector.settings import load_settings

    settings = load_settings(os.environ, data=arguments.data)
    paths = expand(arguments.paths)
    choice = Choice(arguments.format, arguments.task_from)
    wish = Wish(choice, arguments.workload, arguments.tenant, arguments.environment)
    with target(settings, dry_run=arguments.dry_run) as where:
        began = clock(where.runner)
        with progress("reading") as advance:
            tally = Import(where, wish).run(paths, advance)
        with progress("pricing") as advance:
            where.settle(advance)
        done = summary(where.runner, tally, began, is_dry_run=arguments.dry_run)
    if arguments.json:
        emit_json(done.as_dict())
    else:
        emit("\n".join(done.lines()))
    named = {os.path.realpath(os.path.expanduser(path)) for path in arguments.paths}
    failed = any(str(path) in named for path, _ in tally.unread) or not tally.files
    return ExitCode.FAILED if failed else ExitCode.OK
