"""`spanledger reprice`: prices calls of the past by the newest book, or by a chosen one; shows first what moves."""

import argparse

from cli.exit_codes import ExitCode
from cli.parser_options import add_data

NAME = "reprice"
HELP = "price calls of the past anew; shows the dollars moved by model before anything changes"


def configure(parser: argparse.ArgumentParser) -> None:
    """Which calls, by which book, and whether to go on without asking."""
    add_data(parser)
    parser.add_argument(
        "--from", dest="from_", metavar="TIME", help="first moment, UTC (default: the beginning)"
    )
    parser.add_argument("--to", metavar="TIME", help="moment after the last, UTC (default: now)")
    parser.add_argument(
        "--book", metavar="VERSION", help="price book (default: the newest; `prices list --books` names them)"
    )
    parser.add_argument("--dry-run", action="store_true", help="only show what would change")
    parser.add_argument("--yes", action="store_true", help="go on without asking")


def run(arguments: argparse.Namespace) -> ExitCode:
    """What a call was first priced at stays in `original_cost_usd`. Exit code 2 when nobody can be asked."""
    import os

    from cli.errors import UsageError
    from cli.maintenance import writing_runner
    from cli.moments import moment
    from cli.output import emit, emit_json, progress, say
    from cli.prices.text import movement_lines
    from cli.reprice_steps import agreed, preview, whole_seconds
    from collector.prices.reprice_requests import ask, follow
    from collector.settings import load_settings

    from_ = moment("--from", arguments.from_) if arguments.from_ else None
    to = moment("--to", arguments.to) if arguments.to else None
    if from_ is not None and to is not None and from_ >= to:
        raise UsageError(f"--from {arguments.from_} is not before --to {arguments.to}")
    from_, to = whole_seconds(from_, to)
    with writing_runner(load_settings(os.environ, data=arguments.data)) as runner:
        found = preview(runner, from_, to, arguments.book)
        changes = any(int(row["changed_calls"]) for row in found.rows)
        if not arguments.json:
            say(f"by price book {found.book}")
            for line in movement_lines(found.rows):
                emit(line)
        if arguments.dry_run or not changes:
            if arguments.json:
                emit_json({"book": found.book, "models": found.rows, "repriced": False})
            elif not changes:
                say("nothing changes")
            if arguments.dry_run or arguments.book is None:
                return ExitCode.OK
        if not arguments.yes and not agreed():
            raise UsageError("nothing was changed; add --yes to go on, or --dry-run to only look")
        asked = ask(runner, from_, to, arguments.book)
        with progress("repricing") as advance:
            follow(runner, asked, advance)
    if arguments.json and changes:
        emit_json({"book": found.book, "models": found.rows, "repriced": True})
    elif not arguments.json:
        emit("repriced")
    return ExitCode.OK
