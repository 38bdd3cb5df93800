"""Pull requests of GitHub and merge requests of GitLab over their REST interfaces: comments and labels.

In: the environment of a CI job. Out: a Forge. Raises ForgeError with one line; a token is never shown.
Sources: GitHub REST "issue comments", "issues", "issue events"; GitLab REST "notes", "merge requests".
"""

import json
import os
import re
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from cli.errors import CommandError

PAGE = 100
MOST_PAGES = 50
TIMEOUT_S = 30
TRUSTED = frozenset(("OWNER", "MEMBER", "COLLABORATOR"))
DEVELOPER = 30
"""Access level on GitLab from which one may push."""

APPROVAL = "/cost approve"


class ForgeError(CommandError):
    """The forge cannot be asked, or refused; says what and what to do."""


@dataclass(frozen=True)
class Comment:
    """A comment; is_trusted: its author may write to the repository."""

    id: int
    body: str
    author: str
    created_at: str
    is_trusted: bool


@dataclass(frozen=True)
class Label:
    """A label that is on the pull request now, and who set it, when that is known."""

    name: str
    by: str
    at: str


class Forge(Protocol):
    """One pull request of one forge."""

    def comments(self) -> Iterator[Comment]:
        """All comments, oldest first."""
        ...

    def create(self, body: str) -> str:
        """Posts a comment; returns its address."""
        ...

    def update(self, comment: int, body: str) -> str:
        """Replaces a comment; returns its address."""
        ...

    def labels(self) -> list[Label]:
        """Labels that are on it now."""
        ...


def forge_of(environment: Mapping[str, str]) -> Forge:
    """The pull request that this CI job is about. Raises ForgeError naming what is missing."""
    if environment.get("GITLAB_CI"):
        return GitLab(environment)
    return GitHub(environment)


def pull_request_number(environment: Mapping[str, str]) -> int | None:
    """The number of the pull request that a CI job is about; None outside one."""
    if text := environment.get("CI_MERGE_REQUEST_IID"):
        return int(text) if text.isdigit() else None
    path = environment.get("GITHUB_EVENT_PATH", "")
    try:
        event = json.loads(Path(path).read_text(encoding="utf-8")) if path else {}
    except (OSError, ValueError):
        event = {}
    for name in ("pull_request", "issue"):
        number = (event.get(name) or {}).get("number") if isinstance(event, dict) else None
        if isinstance(number, int):
            return number
    found = re.fullmatch(r"refs/pull/(\d+)/\w+", environment.get("GITHUB_REF", ""))
    return int(found[1]) if found else None


class GitHub:
    """A pull request on GitHub, by GITHUB_TOKEN, GITHUB_REPOSITORY, GITHUB_API_URL and the event."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        number = pull_request_number(environment)
        repository = environment.get("GITHUB_REPOSITORY", "")
        token = environment.get("GITHUB_TOKEN", "")
        for value, what in (
            (token, "GITHUB_TOKEN is not set"),
            (repository, "GITHUB_REPOSITORY is not set"),
            (number, "this job is about no pull request"),
        ):
            if not value:
                raise ForgeError(f"the comment cannot be posted: {what}")
        self._issues = f"/repos/{repository}/issues"
        self._number = number
        headers = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}
        headers["Authorization"] = f"Bearer {token}"
        self._rest = Rest(environment.get("GITHUB_API_URL") or "https://api.github.com", headers)

    def comments(self) -> Iterator[Comment]:
        """As Forge.comments."""
        for found in self._rest.pages(f"{self._issues}/{self._number}/comments"):
            user = found.get("user") or {}
            is_trusted = found.get("author_association") in TRUSTED
            yield Comment(
                found["id"], found.get("body") or "", user.get("login", ""), found.get("created_at", ""), is_trusted
            )  # fmt: skip

    def create(self, body: str) -> str:
        """As Forge.create."""
        found = self._rest.send("POST", f"{self._issues}/{self._number}/comments", {"body": body})
        return str(found.get("html_url", ""))

    def update(self, comment: int, body: str) -> str:
        """As Forge.update."""
        found = self._rest.send("PATCH", f"{self._issues}/comments/{comment}", {"body": body})
        return str(found.get("html_url", ""))

    def labels(self) -> list[Label]:
        """As Forge.labels; only somebody who may write to the repository can label."""
        now = [
            label["name"]
            for label in self._rest.send("GET", f"{self._issues}/{self._number}").get("labels", [])
        ]
        setters: dict[str, Label] = {}
        if now:
            for event in self._rest.pages(f"{self._issues}/{self._number}/events"):
                if event.get("event") == "labeled":
                    name = event["label"]["name"]
                    actor = (event.get("actor") or {}).get("login", "")
                    setters[name] = Label(name, actor, event.get("created_at", ""))
        return [setters.get(name, Label(name, "", "")) for name in now]


class GitLab:
    """A merge request on GitLab, by GITLAB_TOKEN (scope api), CI_API_V4_URL, CI_PROJECT_ID and the job."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        number = pull_request_number(environment)
        for value, what in (
            (
                environment.get("GITLAB_TOKEN"),
                "GITLAB_TOKEN is not set; a project access token of scope api is needed",
            ),
            (environment.get("CI_API_V4_URL"), "CI_API_V4_URL is not set"),
            (number, "this job is about no merge request"),
        ):
            if not value:
                raise ForgeError(f"the comment cannot be posted: {what}")
        project = urllib.parse.quote(environment.get("CI_PROJECT_ID", ""), safe="")
        self._project = f"/projects/{project}"
        self._request = f"{self._project}/merge_requests/{number}"
        self._rest = Rest(environment["CI_API_V4_URL"], {"PRIVATE-TOKEN": environment["GITLAB_TOKEN"]})
        self._writers: set[str] | None = None

    def comments(self) -> Iterator[Comment]:
        """As Forge.comments."""
        for found in self._rest.pages(f"{self._request}/notes", sort="asc", order_by="created_at"):
            if found.get("system"):
                continue
            author = (found.get("author") or {}).get("username", "")
            body = found.get("body") or ""
            is_trusted = APPROVAL in body and author in self._may_write()
            yield Comment(found["id"], body, author, found.get("created_at", ""), is_trusted)

    def create(self, body: str) -> str:
        """As Forge.create."""
        self._rest.send("POST", f"{self._request}/notes", {"body": body})
        return f"{self._request}/notes"

    def update(self, comment: int, body: str) -> str:
        """As Forge.update."""
        self._rest.send("PUT", f"{self._request}/notes/{comment}", {"body": body})
        return f"{self._request}/notes/{comment}"

    def labels(self) -> list[Label]:
        """As Forge.labels."""
        now = self._rest.send("GET", self._request).get("labels", [])
        setters: dict[str, Label] = {}
        if now:
            for event in self._rest.pages(f"{self._request}/resource_label_events"):
                if event.get("action") == "add" and event.get("label"):
                    name = event["label"]["name"]
                    user = (event.get("user") or {}).get("username", "")
                    setters[name] = Label(name, user, event.get("created_at", ""))
        return [setters.get(name, Label(name, "", "")) for name in now]

    def _may_write(self) -> set[str]:
        if self._writers is None:
            members = self._rest.pages(f"{self._project}/members/all")
            self._writers = {m["username"] for m in members if m.get("access_level", 0) >= DEVELOPER}
        return self._writers


class Rest:
    """JSON over HTTPS with paging. A redirect is not followed, so a token never leaves its host."""

    def __init__(self, base: str, headers: Mapping[str, str]) -> None:
        self._base = base.rstrip("/")
        self._headers = {**headers, "User-Agent": "spanledger-gate", "Content-Type": "application/json"}
        self._opener = urllib.request.build_opener(_NoRedirect)

    def send(self, method: str, path: str, body: Mapping[str, object] | None = None) -> Any:
        """The answer's JSON. Raises ForgeError."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self._base + path, data, self._headers, method=method)
        try:
            with self._opener.open(request, timeout=TIMEOUT_S) as answer:
                return json.loads(answer.read() or b"{}")
        except urllib.error.HTTPError as error:
            hint = {
                401: "the token is not valid",
                403: "the token may not do that (a pull request from a fork has a read-only token)",
                404: "there is no such thing, or the token may not see it",
            }.get(error.code, error.reason)
            raise ForgeError(f"{method} {path}: {error.code}, {hint}") from None
        except (OSError, ValueError) as error:
            raise ForgeError(f"{method} {path}: {error}") from None

    def pages(self, path: str, **query: str) -> Iterator[dict[str, Any]]:
        """Every item of every page."""
        for page in range(1, MOST_PAGES + 1):
            words = urllib.parse.urlencode({**query, "per_page": PAGE, "page": page})
            found = self.send("GET", f"{path}?{words}")
            yield from found
            if len(found) < PAGE:
                return


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


def environment() -> Mapping[str, str]:
    """The environment of this process."""
    return os.environ
