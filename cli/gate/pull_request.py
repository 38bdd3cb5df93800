"""The gate on its pull request: one comment, kept up to date, and overrides that people give there.

In: a result. Out: the result with its override; a line on what became of the comment. Never fails a gate by itself.
"""

import re
from collections.abc import Iterable
from dataclasses import replace

from analytics.gate.comment import comment, marker
from analytics.gate.result import GateResult, Override
from cli.gate.forge import Comment, Forge, ForgeError, environment, forge_of
from cli.output import say

LABEL = "cost-approved"
_APPROVE = re.compile(r"^/cost approve\b[ \t]*(.*)$", re.MULTILINE)


def with_override(result: GateResult) -> GateResult:
    """The result with the override that its pull request carries; as it is when there is none or nobody to ask."""
    try:
        found = override_of(forge_of(environment()))
    except ForgeError as error:
        say(f"overrides were not looked up: {error}")
        return result
    return result if found is None else replace(result, override=found)


def override_of(forge: Forge) -> Override | None:
    """The latest `/cost approve` of somebody who may write, else the label."""
    approvals = [(given, found) for given in forge.comments() if (found := _approval(given))]
    if approvals:
        given, reason = approvals[-1]
        return Override(given.author, reason.strip(), "comment", given.created_at)
    for label in forge.labels():
        if label.name == LABEL:
            return Override(label.by or "somebody", "", "label", label.at)
    return None


def post(result: GateResult, link: str) -> str:
    """Posts the comment, or updates the one that is there; a refusal is told and fails nothing."""
    try:
        forge = forge_of(environment())
        text = comment(result, link)
        old = _ours(forge.comments(), marker(result.suite))
        where = forge.create(text) if old is None else forge.update(old.id, text)
    except ForgeError as error:
        return f"the comment is not on the pull request: {error}"
    return f"comment {'posted' if old is None else 'updated'}: {where}"


def _approval(given: Comment) -> str | None:
    if not given.is_trusted or given.body.startswith("<!-- spanledger-gate:"):
        return None
    found = _APPROVE.search(given.body)
    return found[1] if found else None


def _ours(comments: Iterable[Comment], mark: str) -> Comment | None:
    return next((found for found in comments if found.body.startswith(mark)), None)
