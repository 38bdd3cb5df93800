"""`spanledger review`: the weekly review of one week, printed or sent.

In: a week, a workload, a format. Out: the review on stdout; with --send, deliveries on stderr.
Exit codes: 0 printed or delivered, 1 a receiver was not told, 2 a wrong week or receiver, 4 nothing in the week.
"""

import argparse
from typing import TYPE_CHECKING

from cli.exit_codes import ExitCode
from cli.parser_options import add_config, add_data, add_prices

if TYPE_CHECKING:
    from analytics.review.answer import Review
    from collector.config.model import Config

NAME = "review"
HELP = "print the weekly cost review, or send it"
FORMATS = ("md", "html", "json", "csv", "slack")


def configure(parser: argparse.ArgumentParser) -> None:
    """Week, workload, format, receivers."""
    add_data(parser)
    add_config(parser)
    add_prices(parser)
    parser.add_argument(
        "--week", metavar="WEEK", default="", help="such as 2026-W46 (default: the last full week)"
    )
    parser.add_argument("--workload", metavar="NAME", default="", help="one workload (default: all)")
    parser.add_argument("--format", choices=FORMATS, default=None, help="how to print it (default: md)")
    parser.add_argument("--send", action="store_true", help="deliver it to receivers of spanledger.yaml")
    parser.add_argument(
        "--to",
        metavar="RECEIVER",
        action="append",
        default=[],
        help="with --send: only this receiver; may be given several times (default: all that take letters)",
    )
    parser.add_argument("--dashboard-url", metavar="URL", default="", help="where links of the review lead")


def run(arguments: argparse.Namespace) -> ExitCode:
    """Makes the review and prints or sends it."""
    import os
    from datetime import UTC, datetime

    from analytics.weeks import UnreadableWeek, read_week
    from cli.errors import UsageError
    from cli.output import emit, say
    from cli.review import dashboard_url, review_of
    from collector.config.model import load_config
    from collector.settings import load_settings
    from dashboard.report.words import Links

    settings = load_settings(os.environ, data=arguments.data, config=arguments.config)
    try:
        week = read_week(arguments.week, datetime.now(UTC))
    except UnreadableWeek as error:
        raise UsageError(f"--week: {error}") from None
    if arguments.to and not arguments.send:
        raise UsageError("--to names receivers for --send; add --send")
    found = review_of(settings, week, arguments.workload, arguments.prices)
    if not found.tasks and not found.calls:
        of = f" in {arguments.workload}" if arguments.workload else ""
        say(f"nothing happened in {week.name} ({week.words}){of}")
        return ExitCode.NOT_ENOUGH_DATA
    links = Links((arguments.dashboard_url or dashboard_url(settings)).rstrip("/"), found.prices)
    if arguments.send:
        return _send(load_config(settings.config_path()), found, links, arguments.to)
    wanted = arguments.format or ("json" if arguments.json else "md")
    emit(_written(found, links, wanted).rstrip("\n"))
    return ExitCode.OK


def _written(found: "Review", links: object, wanted: str) -> str:
    from cli.output import json_text
    from dashboard.report import html, text
    from dashboard.report.data import as_json
    from dashboard.report.sheet import sheet
    from dashboard.report.words import Links

    assert isinstance(links, Links)
    if wanted == "json":
        return json_text(as_json(found))
    if wanted == "html":
        return html.document(found, links)
    if wanted == "csv":
        return sheet(found)
    return text.slack(found, links) if wanted == "slack" else text.markdown(found, links)


def _send(config: "Config", found: "Review", links: object, names: list[str]) -> ExitCode:
    from cli.errors import UsageError
    from cli.output import say
    from collector.notify.deliver import deliver, takes
    from collector.notify.model import Letter
    from dashboard.report.words import Links, title

    assert isinstance(links, Links)
    known = {receiver.name: receiver for receiver in config.receivers}
    unknown = [name for name in names if name not in known]
    if unknown:
        raise UsageError(
            f"--to {unknown[0]!r} is no receiver of spanledger.yaml; it has {', '.join(known) or 'none'}"
        )
    letter = Letter(
        title(found),
        _written(found, links, "slack"),
        _written(found, links, "md"),
        _written(found, links, "html"),
        links.page("review", found, week=found.week.name),
    )
    chosen = [known[name] for name in names] or [each for each in config.receivers if takes(each, letter)]
    if not chosen:
        raise UsageError(
            "no receiver in spanledger.yaml takes a review; add one of kind slack, email or webhook"
        )
    told = [deliver(each, letter) for each in chosen]
    for one in told:
        say(f"{one.receiver}: {'delivered' if one.ok else f'not told: {one.error}'}")
    return ExitCode.OK if all(one.ok for one in told) else ExitCode.FAILED
