"""Which release of the agent runs: commit and pull request, read from the variables of the CI or host.

Takes the environment as a mapping, gives attributes; an unknown environment gives none.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from sdk_hooks.attributes import CHANGE_COMMIT, CHANGE_PULL_REQUEST

COMMIT_VARIABLES = (
    "GITHUB_SHA",
    "CI_COMMIT_SHA",
    "CIRCLE_SHA1",
    "BUILDKITE_COMMIT",
    "BITBUCKET_COMMIT",
    "BUILD_SOURCEVERSION",
    "TRAVIS_PULL_REQUEST_SHA",
    "TRAVIS_COMMIT",
    "DRONE_COMMIT_SHA",
    "GIT_COMMIT",
    "VERCEL_GIT_COMMIT_SHA",
    "RENDER_GIT_COMMIT",
    "HEROKU_SLUG_COMMIT",
)
"""In the order in which they are asked; the first that is set wins."""

PULL_REQUEST_VARIABLES = (
    "CI_MERGE_REQUEST_IID",
    "CIRCLE_PULL_REQUEST",
    "BUILDKITE_PULL_REQUEST",
    "BITBUCKET_PR_ID",
    "SYSTEM_PULLREQUEST_PULLREQUESTNUMBER",
    "TRAVIS_PULL_REQUEST",
    "DRONE_PULL_REQUEST",
    "CHANGE_ID",
    "VERCEL_GIT_PULL_REQUEST_ID",
)

_GITHUB_REF = re.compile(r"refs/pull/(\d+)/")
_TRAILING_NUMBER = re.compile(r"(\d+)/?$")


def change_from(environment: Mapping[str, str]) -> dict[str, str]:
    """`spanledger.change.*` of the running code, as far as `environment` tells; without what it does not
    tell.

    A pull request is its number as text, also where the variable holds its address.
    """
    change: dict[str, str] = {}
    commit = next((value for name in COMMIT_VARIABLES if (value := environment.get(name))), None)
    if commit:
        change[CHANGE_COMMIT] = commit
    if number := _pull_request(environment):
        change[CHANGE_PULL_REQUEST] = number
    return change


def _pull_request(environment: Mapping[str, str]) -> str | None:
    if match := _GITHUB_REF.match(environment.get("GITHUB_REF", "")):
        return match.group(1)
    # "false" is how some systems say that a build is for no pull request.
    for name in PULL_REQUEST_VARIABLES:
        if match := _TRAILING_NUMBER.search(environment.get(name, "")):
            return match.group(1)
    return None
