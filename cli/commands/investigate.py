"""`spanledger investigate`: what happened to cost in a window: how much, since when, where, why."""

import argparse

from cli.exit_codes import ExitCode
from cli.parser_options import add_data, add_prices

NAME = "investigate"
HELP = "explain cost in a window: how much, since when, where, why, which tasks, what to pull"

SCOPES = ("workload", "model", "agent", "tier", "environment", "tenant", "prompt_version", "change", "task")


def configure(parser: argparse.ArgumentParser) -> None:
    """Which time, compared with which, and of what."""
    add_data(parser)
    add_prices(parser)
    parser.add_argument(
        "--window", metavar="TIME",
        help="1h, 6h, 24h, 7d up to now, or FROM/TO in ISO 8601, UTC (default: the alert's, else 1h)",
    )  # fmt: skip
    parser.add_argument(
        "--alert",
        metavar="FINGERPRINT",
        help="window and scope of this alert's newest firing, as its link has them",
    )
    parser.add_argument(
        "--baseline",
        metavar="TIME",
        help="FROM/TO, or `before` (default: the same time of up to four earlier weeks)",
    )
    parser.add_argument(
        "--scope", metavar="NAME=VALUE", action="append", default=[], help=f"one of {', '.join(SCOPES)}"
    )
    parser.add_argument("--markdown", action="store_true", help="print Markdown for chat and tickets")


def run(arguments: argparse.Namespace) -> ExitCode:
    """Exit code 4 when the ledger holds no call in either window."""
    import os
    from datetime import UTC, datetime

    from analytics.investigate.ask import first_call, investigate, latest
    from analytics.investigate.question import UnanswerableQuestion, question
    from cli.errors import UsageError
    from cli.investigate import Asked, as_markdown, as_text, as_values
    from cli.investigate_times import firing_of, scope_in, scope_of, spans, window_of
    from cli.output import emit, emit_json, say
    from cli.typed_rows import typed_ledger
    from collector.settings import load_settings

    scope = scope_of(arguments.scope, SCOPES)
    now = datetime.now(UTC)
    with typed_ledger(load_settings(os.environ, data=arguments.data), arguments.prices) as ledger:
        alert = firing_of(ledger, arguments.alert, now) if arguments.alert else None
        window, baseline = spans(arguments.window or window_of(alert), arguments.baseline, now)
        scope = scope_in(alert, SCOPES) | scope
        try:
            asked = question(
                window, first_call(ledger), scope, baseline,
                alert=alert.fingerprint if alert else "", rule=alert.rule if alert else "",
            )  # fmt: skip
        except UnanswerableQuestion as error:
            raise UsageError(str(error)) from None
        found = investigate(ledger, asked)
        told = Asked(latest(ledger, found, now), alert, ledger.prices)
    if arguments.json:
        emit_json(as_values(found, told))
    else:
        for line in as_markdown(found, told) if arguments.markdown else as_text(found, told):
            emit(line)
    if not found.amount.now_usd and not found.amount.expected_usd and not found.amount.unpriced_calls:
        say("no call in either window" + (" of that scope" if scope else ""))
        return ExitCode.NOT_ENOUGH_DATA
    return ExitCode.OK
