"""Local servers that speak the REST endpoints of GitHub and GitLab which the gate uses, with their paging."""

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

TOKEN = "secret-token-of-the-test"


@dataclass
class Host:
    """What stands on the forge: comments, labels and the events that set them; and what was asked of it."""

    url: str = ""
    comments: list[dict[str, Any]] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    members: list[dict[str, Any]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    refuse_writes: bool = False

    def say(self, author: str, body: str, association: str = "NONE") -> None:
        """Somebody comments."""
        self.comments.append(
            {
                "id": 1000 + len(self.comments),
                "body": body,
                "user": {"login": author},
                "author": {"username": author},
                "author_association": association,
                "created_at": f"2026-11-20T10:{len(self.comments) % 60:02d}:00Z",
                "html_url": f"https://forge/c/{1000 + len(self.comments)}",
                "system": False,
            }
        )

    def label(self, name: str, by: str) -> None:
        """Somebody sets a label."""
        self.labels.append(name)
        self.events.append(
            {
                "event": "labeled", "action": "add", "label": {"name": name}, "actor": {"login": by},
                "user": {"username": by}, "created_at": "2026-11-20T11:00:00Z",
            }
        )  # fmt: skip


@contextmanager
def forge(kind: str) -> Iterator[Host]:
    """A server of `kind`, github or gitlab, for pull request 7 of repository acme/agent (project 42)."""
    host = Host()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(host, kind))
    host.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield host
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


ROUTES = {
    "github": [
        (r"GET /repos/acme/agent/issues/7/comments", "list_comments"),
        (r"POST /repos/acme/agent/issues/7/comments", "create"),
        (r"PATCH /repos/acme/agent/issues/comments/(\d+)", "update"),
        (r"GET /repos/acme/agent/issues/7/events", "list_events"),
        (r"GET /repos/acme/agent/issues/7", "issue"),
    ],
    "gitlab": [
        (r"GET /projects/42/merge_requests/7/notes", "list_comments"),
        (r"POST /projects/42/merge_requests/7/notes", "create"),
        (r"PUT /projects/42/merge_requests/7/notes/(\d+)", "update"),
        (r"GET /projects/42/merge_requests/7/resource_label_events", "list_events"),
        (r"GET /projects/42/members/all", "list_members"),
        (r"GET /projects/42/merge_requests/7", "request"),
    ],
}


def _handler(host: Host, kind: str) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            return

        def _serve(self) -> None:
            parts = urlsplit(self.path)
            line = f"{self.command} {parts.path}"
            host.asked.append(line)
            size = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(size) or b"{}")
            if TOKEN not in (
                self.headers.get("Authorization", ""),
                self.headers.get("PRIVATE-TOKEN", ""),
            ) and (self.headers.get("Authorization") != f"Bearer {TOKEN}"):
                self._answer(401, {"message": "Bad credentials"})
                return
            for pattern, name in ROUTES[kind]:
                if found := re.fullmatch(pattern, line):
                    self._answer(*self._do(name, found.groups(), body, parse_qs(parts.query)))
                    return
            self._answer(404, {"message": "Not Found"})

        do_GET = do_POST = do_PATCH = do_PUT = _serve

        def _do(
            self, name: str, groups: tuple[str, ...], body: dict[str, Any], query: dict[str, list[str]]
        ) -> tuple[int, Any]:
            if name in ("create", "update") and host.refuse_writes:
                return 403, {"message": "Resource not accessible by integration"}
            if name == "create":
                host.say("ci-bot", body["body"])
                return 201, host.comments[-1]
            if name == "update":
                found = next(c for c in host.comments if c["id"] == int(groups[0]))
                found["body"] = body["body"]
                return 200, found
            if name == "issue":
                return 200, {"number": 7, "labels": [{"name": label} for label in host.labels]}
            if name == "request":
                return 200, {"iid": 7, "labels": host.labels}
            items = {
                "list_comments": host.comments,
                "list_events": host.events,
                "list_members": host.members,
            }[name]
            per_page, page = (int(query[key][0]) for key in ("per_page", "page"))
            return 200, items[(page - 1) * per_page : page * per_page]

        def _answer(self, status: int, value: Any) -> None:
            data = json.dumps(value).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

    return Handler
