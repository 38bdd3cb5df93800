"""Options that `gate` and its sub-commands share, and the settings they make.

In: a parser, parsed arguments. Out: GateSettings, volumes. Raises UsageError.
"""

import argparse
from dataclasses import fields

from analytics.gate.settings import GateSettings
from cli.errors import UsageError

EVERY_WORKLOAD = ""
_SHARES = {
    "margin": "smallest rise of the typical cost or the bill that fails",
    "tail_margin": "smallest rise of the costliest tenth that fails",
    "proof": "rise of the typical cost that a PASS rules out",
    "bill_proof": "rise of the bill that a PASS rules out",
    "fail_level": "chance of FAIL when nothing changed",
    "warn_level": "chance of WARN when nothing changed",
    "missing_cases": "share of cases on one side only that is still compared",
    "unpriced": "share of tokens or calls without a price that is still compared",
}


def add_settings(parser: argparse.ArgumentParser) -> None:
    """What counts as too dear, and how sure the gate must be."""
    group = parser.add_argument_group("what is too dear")
    for name, text in _SHARES.items():
        group.add_argument(
            _option(name), type=float, metavar="SHARE", help=f"{text} (default: {_default(name):g})"
        )
    group.add_argument(
        "--min-cases",
        type=int,
        metavar="N",
        help=f"fewer cases never pass (default: {_default('min_cases'):g})",
    )
    group.add_argument(
        "--allow-other-models",
        action="store_true",
        help="compare although the sides use other models: the change of model is what is tested",
    )


def add_limits(parser: argparse.ArgumentParser) -> None:
    """Absolute limits of single cases."""
    parser.add_argument(
        "--limits", metavar="FILE",
        help="YAML with limits of single cases (max_usd, max_usd_per_task, max_calls, max_tokens); one that is "
        "broken is exit 1",
    )  # fmt: skip


def settings_of(arguments: argparse.Namespace) -> GateSettings:
    """The settings. Raises UsageError naming the option."""
    given = {field.name: getattr(arguments, field.name, None) for field in fields(GateSettings)}
    try:
        return GateSettings(**{name: value for name, value in given.items() if value is not None})
    except ValueError as error:
        name, _, rest = str(error).partition(" ")
        option = _option(name) if name in given else name
        raise UsageError(f"{option} {rest}") from None


def add_outputs(parser: argparse.ArgumentParser) -> None:
    """Where the result goes."""
    group = parser.add_argument_group("outputs")
    group.add_argument("--comment", metavar="FILE", help="write the Markdown comment")
    group.add_argument("--report", metavar="FILE", help="write every number as JSON")
    group.add_argument("--junit", metavar="FILE", help="write JUnit XML")
    group.add_argument("--sarif", metavar="FILE", help="write SARIF 2.1.0")
    group.add_argument("--html", metavar="FILE", help="write a page with charts")
    group.add_argument(
        "--github", action="store_true", help="write the job summary and annotations of a GitHub Actions job"
    )
    group.add_argument(
        "--post",
        action="store_true",
        help="post the comment on the pull request, or update it (needs GITHUB_TOKEN)",
    )
    group.add_argument(
        "--prompt-file",
        metavar="PATH",
        action="append",
        default=[],
        help="file that annotations point at: a prompt or tool definition; may be given several times",
    )
    group.add_argument("--link", metavar="URL", default="", help="address that the comment links to")
    group.add_argument(
        "--suite", metavar="NAME", default="default", help="name of this suite; each has its own comment"
    )
    group.add_argument(
        "--record",
        action="store_true",
        help="keep the verdict and an override in the ledger, and heed its own record",
    )
    group.add_argument(
        "--unchanged",
        action="store_true",
        help="both sides are one version: the verdict counts as a test of the gate, and never fails",
    )
    group.add_argument("--strict", action="store_true", help="exit 4 when the evidence is not enough")


def volumes_of(given: list[str]) -> dict[str, float]:
    """Monthly tasks by workload; the key EVERY_WORKLOAD holds for those not named. Raises UsageError."""
    found: dict[str, float] = {}
    for text in given:
        name, equals, number = text.rpartition("=")
        try:
            found[name if equals else EVERY_WORKLOAD] = float(number)
        except ValueError:
            raise UsageError(f"--monthly-tasks {text!r}: expected N or WORKLOAD=N") from None
    return found


def _option(name: str) -> str:
    return "--" + name.replace("_", "-")


def _default(name: str) -> float:
    return float(getattr(GateSettings(), name))
