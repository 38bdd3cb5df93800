"""Who may look: tokens at the door, viewers files, and workloads that a viewer cannot leave."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket, WebSocketDisconnect

from analytics.periods import relative_window
from dashboard import navigation
from dashboard.data import changes as data_changes
from dashboard.data import pages as data
from dashboard.serving import access
from dashboard.serving.door import COOKIE, LASTS_S, Door, access_of
from dashboard.serving.settings import DashboardSettings
from dashboard.serving.viewers import Access, Viewers, ViewersError, load_viewers
from dashboard.serving.way_back import COOKIE as CAME_FOR
from dashboard.serving.way_back import WayBack
from tests.dashboard.conftest import NOW
from tests.dashboard.engine import TestLedger
from tests.dashboard.payloads import figure, payloads, query_rows, table
from tests.dashboard.seed import Traffic, traffic
from tests.dashboard.test_pages import Open, _words

VIEWERS = Viewers({"s3cret": Access("acme", ("support-triage",)), "other": Access("all of it")})


def _client(viewers: Viewers, now: float = 1000.0) -> TestClient:
    async def page(request: Request) -> PlainTextResponse:
        return PlainTextResponse(f"inside {request.url.path}")

    async def stream(socket: WebSocket) -> None:
        await socket.accept()
        await socket.send_text("inside")
        await socket.close()

    app = Starlette(
        routes=[WebSocketRoute("/_stcore/stream", stream), Route("/{path:path}", page)],
        middleware=[Middleware(Door, viewers=viewers, now=lambda: now)],
    )
    return TestClient(app, follow_redirects=False)


def test_the_door_is_closed_without_a_cookie() -> None:
    client = _client(VIEWERS)
    for path in ("/", "/tasks?range=7d", "/_stcore/host-config", "/static/index.js", "/media/x.csv"):
        answer = client.get(path)
        assert answer.status_code == 401
        assert "inside" not in answer.text
    with pytest.raises(WebSocketDisconnect), client.websocket_connect("/_stcore/stream"):
        pass
    assert client.get("/_stcore/health").text == "inside /_stcore/health"


def test_a_token_opens_it_and_leaves_the_address() -> None:
    client = _client(VIEWERS)
    answer = client.get("/tasks?token=s3cret&workload=a+b")
    assert (answer.status_code, answer.headers["location"]) == (303, "/tasks?workload=a+b")
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "s3cret" not in cookie
    assert client.get("/tasks").text == "inside /tasks"
    with client.websocket_connect("/_stcore/stream") as socket:
        assert socket.receive_text() == "inside"


def test_the_form_takes_a_token_and_says_when_it_is_wrong() -> None:
    client = _client(VIEWERS)
    wrong = client.post("/x?y=%22%3E%3Cscript%3E", data={"token": "guess"})
    assert wrong.status_code == 403
    assert "This token is not known" in wrong.text
    assert "<script" not in wrong.text
    assert client.post("/", data={"token": "x" * 9000}).status_code == 413
    assert client.post("/", data={"token": "other"}).status_code == 303
    assert _client(VIEWERS).get("/%2F%2Fevil.example/?token=s3cret").headers["location"] == "/evil.example/"


def test_cookies_end_and_cannot_be_made_up() -> None:
    client = _client(VIEWERS)
    client.get("/?token=s3cret")
    value = client.cookies[COOKIE].strip('"')
    assert access_of({COOKIE: value}, VIEWERS, 1000) == VIEWERS.by_name("acme")
    assert access_of({COOKIE: value}, VIEWERS, 1000 + LASTS_S + 1) is None
    made_up = ("acme.99999999999.", "", "a.b.c", "x.\u00b2.y", "\u00e9.99999999999.x", f"x.{'9' * 5000}.y")
    for bad in (value[:-1] + "0", value.replace("acme", "all%20of%20it"), *made_up):
        assert bad == value or access_of({COOKIE: bad}, VIEWERS, 1000) is None
    renewed = Viewers({"changed": Access("acme", ("support-triage",))})
    assert access_of({COOKIE: value}, renewed, 1000) is None


def test_viewers_file(tmp_path: Path) -> None:
    path = tmp_path / "viewers.yaml"
    path.write_text(
        "oidc: {redirect_uri: 'https://l.example/oauth2callback', client_id: me, client_secret_from: {env: CS},"
        " cookie_secret_from: {env: KS}, server_metadata_url: 'https://idp.example/.well-known/openid-configuration'}\n"
        "viewers:\n"
        "  - {name: acme, token_from: {env: ACME}, workloads: [support-triage]}\n"
        "  - {name: staff, email: '*@example.com'}\n"
    )
    settings = DashboardSettings(dashboard_viewers=path, dashboard_token="boss")
    found = load_viewers(settings, {"ACME": "t1\n", "CS": "x", "KS": "y"})
    assert found.by_token("t1") == Access("acme", ("support-triage",))
    assert found.by_token("boss") == Access("everything")
    assert found.by_token("") is None
    assert found.by_email("Ann@Example.com") == Access("staff")
    assert found.by_email("ann@example.org") is None
    assert found.oidc is not None
    assert found.oidc["client_secret"] == "x"
    assert load_viewers(DashboardSettings()).is_open


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("viewers: []", "at least 1 item"),
        ("viewers: [{name: a}]", "exactly one of token_from and email"),
        ("viewers: [{name: a, email: 'x@y'}]", "no oidc part"),
        ("viewers: [{name: a, token: t}]", "token"),
        ("viewers: [{name: a, token_from: {env: NOT_SET}}]", "environment variable NOT_SET is empty"),
        ("viewers: [{name: everything, token_from: {env: PATH}}]", "choose another"),
        ("{", "no YAML"),
    ],
)
def test_viewers_files_that_cannot_hold(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "viewers.yaml"
    path.write_text(text)
    with pytest.raises(ViewersError, match=said):
        load_viewers(DashboardSettings(dashboard_viewers=path), {})


@pytest.fixture
def locked(monkeypatch: pytest.MonkeyPatch) -> Access:
    mine = Access("acme", ("support-triage",))
    monkeypatch.setattr(access, "current", lambda: mine)
    return mine


def test_a_lock_narrows_every_page(
    full: TestLedger, open_page: Open, locked: Access, four_weeks: Traffic
) -> None:
    others = {task["workload"] for task in four_weeks.tasks} - set(locked.workloads)
    for name in (
        "overview",
        "workload",
        "tasks",
        "escalation",
        "caching",
        "batch",
        "context",
        "agents",
        "review",
        "changes",
        "investigate",
    ):
        test = open_page(name)
        assert not test.exception
        shown = (
            _words(test)
            + str(payloads(test))
            + str([box.options for box in (*test.multiselect, *test.selectbox)])
        )
        assert not [other for other in others if other in shown], name
    test = open_page("overview")
    assert [row["id"] for row in table(test, "Workloads, dearest first")] == ["support-triage"]


def test_a_lock_cannot_be_lifted_by_a_link(full: TestLedger, open_page: Open, locked: Access) -> None:
    mine = figure(open_page("overview", workload="support-triage"), "tasks")["text"]
    both = figure(open_page("overview", workload=["support-triage", "coding-session"]), "tasks")["text"]
    assert mine == both
    test = open_page("overview", workload="coding-session")
    assert not test.exception
    assert "Nothing matches" in _words(test)
    assert "Nothing happened" in _words(open_page("review", workload="coding-session"))
    assert "not for viewers of single workloads" in _words(open_page("query", name_="ledger_health"))


@pytest.mark.parametrize("name", ["health", "prices", "alerts"])
def test_what_cannot_be_narrowed_says_so_plainly(
    full: TestLedger, open_page: Open, locked: Access, name: str
) -> None:
    test = open_page(name)
    assert not test.exception
    assert [box.value.replace("\\", "") for box in test.info] == [
        "This is not for viewers of single workloads. You see support-triage. Ask whoever runs the ledger for more."
    ]
    assert "Try again" not in [button.label for button in test.button]


def test_tasks_of_others_are_unknown(
    full: TestLedger, open_page: Open, locked: Access, four_weeks: Traffic
) -> None:
    other = next(task for task in four_weeks.tasks if task["workload"] != "support-triage")
    own = next(task for task in four_weeks.tasks if task["workload"] == "support-triage")
    assert "does not know the task" in _words(open_page("task", id=other["task_id"]))
    assert own["task_id"] in _words(open_page("task", id=own["task_id"]))


def test_what_is_kept_for_one_is_not_shown_to_another(
    full: TestLedger, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    def tasks(mine: Access) -> Any:
        monkeypatch.setattr(access, "current", lambda: mine)
        return figure(open_page("overview"), "tasks")["text"]

    everything, narrow = tasks(Access("boss")), tasks(Access("acme", ("support-triage",)))
    assert everything != narrow
    assert tasks(Access("boss")) == everything
    assert data.FRESH_S > 0


def test_answers_are_kept_apart_everywhere() -> None:
    """`st.cache_data` alone would give one viewer what was kept for another."""
    folder = Path(access.__file__).parent
    found = {
        path.name for path in folder.rglob("*.py") if "@st.cache_data" in path.read_text(encoding="utf-8")
    }
    assert found == set()


def test_changes_leave_out_what_the_gate_said_of_others(
    full: TestLedger, open_page: Open, locked: Access
) -> None:
    test = open_page("changes", range_="30d")
    assert not test.exception
    assert "gate verdicts" not in [button.label for button in test.get("download_button")]
    assert data_changes.spread(relative_window("7d", NOW), "change", "coding-session", ("a", "b")) == []


TENANT = "globex"


@pytest.fixture
def of_tenant(ledger: TestLedger, monkeypatch: pytest.MonkeyPatch) -> Traffic:
    """A ledger whose tasks belong to two tenants in turn, and a viewer of one of them."""
    made = traffic(12, NOW, days=5, tasks=60)
    for number, task in enumerate(made.tasks):
        task["tenant"] = TENANT if number % 2 else "acme"
    ledger.fill(made)
    monkeypatch.setattr(access, "current", lambda: Access(TENANT, (), (TENANT,)))
    return made


def test_a_lock_to_a_tenant_narrows_what_can_be_narrowed(of_tenant: Traffic, open_page: Open) -> None:
    mine = [task for task in of_tenant.tasks if task["tenant"] == TENANT]
    test = open_page("tasks")
    assert not test.exception
    assert {row["id"] for row in table(test, "Tasks")} == {task["task_id"] for task in mine}
    assert f"{len(mine)} tasks ended" in _words(test)
    offered = {task["workload"] for task in mine}
    workloads = next(box for box in test.multiselect if box.key == "workload")
    assert set(workloads.options) == offered
    useful = open_page("useful")
    assert not useful.exception
    done = [task for task in mine if task["success"] is not None or task["useful_units"] is not None]
    assert figure(useful, "open")["text"].startswith(f"{len(mine) - len(done)} task")
    query = open_page("query", name_="useful_output")
    assert not query.exception
    assert f"tenants = {TENANT}" not in _words(query)
    total = next(
        row for row in query_rows(query, "useful_output") if row["part"] == "total" and row["period"] == "0"
    )
    assert int(total["tasks"]) == len(mine)


def test_tasks_of_other_tenants_are_unknown(of_tenant: Traffic, open_page: Open) -> None:
    own = next(task for task in of_tenant.tasks if task["tenant"] == TENANT)
    other = next(task for task in of_tenant.tasks if task["tenant"] != TENANT)
    assert own["task_id"] in _words(open_page("task", id=own["task_id"]))
    for asked in ({"id": other["task_id"]}, {"id": own["task_id"], "with_": other["task_id"]}):
        assert "does not know the task" in _words(open_page("task", **asked))


@pytest.mark.parametrize("name", ["investigate", "alerts", "health", "prices"])
def test_pages_that_know_no_tenant_say_so(
    of_tenant: Traffic, open_page: Open, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(navigation, "OF_TENANTS", (name,))
    test = open_page(name)
    assert not test.exception
    assert "This is not for viewers of single tenants. You see tenant globex." in _words(test)
    others = {task["task_id"] for task in of_tenant.tasks if task["tenant"] != TENANT}
    assert not [other for other in others if other in str(payloads(test)) + _words(test)]


def test_the_menu_of_a_tenant_leaves_out_what_cannot_be_shown(of_tenant: Traffic, open_page: Open) -> None:
    test = open_page("health")
    assert not test.exception
    assert [one.value for one in test.title] == ["Overview"]


def test_a_viewers_file_may_name_tenants(tmp_path: Path) -> None:
    path = tmp_path / "viewers.yaml"
    path.write_text(
        "viewers:\n  - {name: g, token_from: {env: G}, tenants: [globex], workloads: [support]}\n"
    )
    viewers = load_viewers(DashboardSettings(dashboard_viewers=path), {"G": "s"})
    found = viewers.by_token("s")
    assert found == Access("g", ("support",), ("globex",))
    assert found is not None
    assert found.words == "support, tenant globex"
    assert found.may_see("support", "globex")
    assert not found.may_see("support", "acme")


def test_a_token_has_a_form_beside_the_login_and_a_way_out() -> None:
    client = _client(Viewers(VIEWERS.tokens, (("*@example.com", Access("staff")),)))
    assert client.get("/").text == "inside /"
    assert client.get("/token").status_code == 401
    assert client.post("/token", data={"token": "guess"}).status_code == 403
    assert client.post("/token", data={"token": "s3cret"}).headers["location"] == "/"
    assert COOKIE in client.cookies
    assert client.get("/leave").headers["location"] == "/"
    assert COOKIE not in client.cookies


@pytest.mark.parametrize(
    ("asked", "kept"),
    [
        ("/tasks?range=30d&workload=a%20b", "/tasks?range=30d&workload=a%20b"),
        ("/?token=s3cret", ""),
        ("/x?" + "y" * 3000, ""),
        ("/_stcore/host-config", ""),
    ],
)
def test_the_page_asked_for_is_kept_until_the_login_has_come_back(asked: str, kept: str) -> None:
    client = _way_back("/")
    answer = client.get(asked, headers={"accept": "text/html"})
    assert unquote(answer.cookies.get(CAME_FOR, "")) == kept
    assert client.get("/oauth2callback").headers["location"] == (kept or "/")
    assert CAME_FOR not in client.cookies


@pytest.mark.parametrize(
    "planted", ["//evil.example/", "/\\evil.example", "https://evil.example", "/a%0d%0aset-cookie: x=y"]
)
def test_nobody_is_sent_elsewhere_after_a_login(planted: str) -> None:
    client = _way_back("/")
    assert (
        client.get("/oauth2callback", headers={"cookie": f"{CAME_FOR}={planted}"}).headers["location"] == "/"
    )


def _way_back(home: str) -> TestClient:
    async def page(request: Request) -> Response:
        if request.url.path != "/oauth2callback":
            return PlainTextResponse("inside")
        answer = RedirectResponse(home, 302)
        answer.set_cookie("_streamlit_user", "signed")
        return answer

    app = Starlette(routes=[Route("/{path:path}", page)], middleware=[Middleware(WayBack)])
    return TestClient(app, follow_redirects=False)
