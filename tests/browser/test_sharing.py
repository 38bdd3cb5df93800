"""Who may look, in Chromium: a login at a real OpenID Connect provider, tokens, locks, and the way out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import free_port, served
from tests.browser.driver import page, settle
from tests.browser.oidc_provider import CLIENT, SECRET, Provider, provider

pytestmark = pytest.mark.browser

TOKEN = "t0ken-of-the-wall"
PEOPLE = {
    "one workload": {"email": "ann@acme.example", "email_verified": True},
    "everything": {"email": "Eve@Staff.example"},
    "one tenant": {"email": "gil@globex.example", "email_verified": True},
    "stranger": {"email": "sam@elsewhere.example", "email_verified": True},
    "unverified": {"email": "fake@staff.example", "email_verified": False},
    "no address": {},
}
VIEWERS = """\
oidc:
  redirect_uri: {dashboard}/oauth2callback
  client_id: {client}
  client_secret_from: {{env: OIDC_SECRET}}
  cookie_secret_from: {{env: COOKIE_SECRET}}
  server_metadata_url: {provider}/.well-known/openid-configuration
viewers:
  - {{name: acme, email: "*@acme.example", workloads: [support-triage]}}
  - {{name: globex, email: "*@globex.example", tenants: [globex]}}
  - {{name: staff, email: "*@staff.example"}}
  - {{name: wall, token_from: {{env: WALL_TOKEN}}, workloads: [coding-session]}}
"""


@dataclass
class Shared:
    """A dashboard with viewers, and the provider that knows them."""

    address: str
    provider: Provider


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shared]:
    port, at = free_port(), free_port()
    path = tmp_path_factory.mktemp("viewers") / "viewers.yaml"
    path.write_text(
        VIEWERS.format(
            dashboard=f"http://127.0.0.1:{port}", provider=f"http://127.0.0.1:{at}", client=CLIENT
        ),
        encoding="utf-8",
    )
    settings = _settings(path)
    with provider(at, PEOPLE) as found, served(600, port, settings) as address:
        yield Shared(address, found)


def _settings(viewers: Path) -> dict[str, str]:
    return {
        "SPANLEDGER_DASHBOARD_VIEWERS": str(viewers),
        "OIDC_SECRET": SECRET,
        "COOKIE_SECRET": "signs-the-cookies-of-this-test",
        "WALL_TOKEN": TOKEN,
    }


def _log_in(opened: Page, who: str) -> None:
    opened.get_by_role("button", name="Log in").click()
    opened.get_by_role("link", name=who, exact=True).click()
    opened.wait_for_url("**127.0.0.1*/**")
    settle(opened)


def _asks(opened: Page) -> None:
    """Nothing of the ledger is there: no page, no menu, no name, no number."""
    expect(opened.get_by_text("This dashboard asks who you are.")).to_be_visible()
    words = opened.inner_text("body")
    assert not [
        word for word in ("support-triage", "coding-session", "$", "Overview", "You look") if word in words
    ]


def _workloads(opened: Page) -> list[str]:
    cells = opened.get_by_role("table", name="Workloads, dearest first").locator("tbody tr td:first-child")
    return cells.all_inner_texts()


def test_nobody_sees_anything_without_a_login(chromium: Browser, shared: Shared) -> None:
    with page(chromium) as (opened, _):
        for path in (
            "/",
            "/tasks?range=30d",
            "/query?name=task_totals",
            "/task?id=x",
            "/review",
            "/no-such-page",
        ):
            opened.goto(shared.address + path)
            settle(opened)
            _asks(opened)


def test_a_login_leads_back_to_the_link_and_keeps_its_lock(chromium: Browser, shared: Shared) -> None:
    with page(chromium) as (opened, watch):
        opened.goto(shared.address + "/workload?workload=support-triage&range=30d")
        settle(opened)
        _asks(opened)
        _log_in(opened, "one workload")
        assert "/workload?workload=support-triage&range=30d" in opened.url
        expect(opened.get_by_role("heading", name="support-triage")).to_be_visible()
        expect(opened.get_by_text("You look as acme, at support-triage only.")).to_be_visible()
        opened.goto(shared.address + "/?range=30d")
        settle(opened)
        assert [name.split("\n")[0] for name in _workloads(opened)] == ["support-triage"]
        opened.goto(shared.address + "/?workload=coding-session&range=30d")
        settle(opened)
        assert "$" not in opened.inner_text("body")
        opened.goto(shared.address + "/query?name=ledger_health")
        settle(opened)
        expect(opened.get_by_text("not for viewers of single workloads")).to_be_visible()
        assert watch.errors == []


def test_logging_out_ends_it_here_and_at_the_provider(chromium: Browser, shared: Shared) -> None:
    with page(chromium) as (opened, _):
        opened.goto(shared.address + "/")
        settle(opened)
        _log_in(opened, "everything")
        assert len(_workloads(opened)) > 1
        opened.reload()
        settle(opened)
        before = len(shared.provider.ended)
        opened.get_by_role("button", name="Log out").click()
        expect(opened.get_by_text("This dashboard asks who you are.")).to_be_visible(timeout=30_000)
        assert shared.provider.ended[before:] == ["everything"]
        for path in ("/", "/tasks"):
            opened.goto(shared.address + path)
            settle(opened)
            _asks(opened)


def test_a_tenants_viewer_sees_his_tenant_alone(chromium: Browser, shared: Shared) -> None:
    with page(chromium) as (opened, _):
        opened.goto(shared.address + "/?range=30d")
        settle(opened)
        _log_in(opened, "one tenant")
        expect(opened.get_by_text("You look as globex, at tenant globex only.")).to_be_visible()
        words = opened.inner_text("body")
        assert "acme" not in words
        assert "initech" not in words


@pytest.mark.parametrize(
    ("who", "said"),
    [
        ("stranger", "Your address is not among the viewers of this dashboard."),
        ("unverified", "Your address is not verified by its provider."),
        ("no address", "Your login names no address."),
    ],
)
def test_a_login_that_is_nobodys_sees_nothing(chromium: Browser, shared: Shared, who: str, said: str) -> None:
    with page(chromium) as (opened, _):
        opened.goto(shared.address + "/tasks")
        settle(opened)
        _log_in(opened, who)
        expect(opened.get_by_text(said)).to_be_visible()
        words = opened.inner_text("body")
        assert not [word for word in ("support-triage", "$", "Overview") if word in words]
        opened.get_by_role("button", name="Log out").click()
        expect(opened.get_by_text("This dashboard asks who you are.")).to_be_visible(timeout=30_000)


def test_a_login_that_was_changed_counts_for_nothing(chromium: Browser, shared: Shared) -> None:
    with page(chromium) as (opened, _):
        opened.goto(shared.address + "/")
        settle(opened)
        _log_in(opened, "one workload")
        cookies = opened.context.cookies()
        login = next(one for one in cookies if one["name"] == "_streamlit_user")
        opened.context.clear_cookies()
        value = str(login["value"])
        opened.context.add_cookies(
            [
                {
                    "name": "_streamlit_user",
                    "value": value[:-3] + ("aaa" if value[-3:] != "aaa" else "bbb"),
                    "url": shared.address,
                }
            ]
        )
        opened.goto(shared.address + "/")
        settle(opened)
        _asks(opened)


def test_a_token_opens_it_beside_the_login(chromium: Browser, shared: Shared) -> None:
    with page(chromium) as (opened, _):
        opened.goto(shared.address + "/")
        settle(opened)
        opened.goto(shared.address + "/token")
        opened.get_by_label("Token").fill("wrong")
        opened.get_by_role("button", name="Look").click()
        expect(opened.get_by_text("This token is not known.")).to_be_visible()
        opened.get_by_label("Token").fill(TOKEN)
        opened.get_by_role("button", name="Look").click()
        opened.wait_for_url(shared.address + "/")
        settle(opened)
        assert [name.split("\n")[0] for name in _workloads(opened)] == ["coding-session"]
        expect(opened.get_by_text("You look as wall, at coding-session only.")).to_be_visible()
        assert TOKEN not in opened.url
        opened.get_by_role("link", name="Log out").click()
        settle(opened)
        _asks(opened)
        opened.goto(f"{shared.address}/tasks?range=30d&token={TOKEN}")
        settle(opened)
        assert opened.url.endswith("/tasks?range=30d")
        expect(opened.get_by_text("You look as wall")).to_be_visible()
