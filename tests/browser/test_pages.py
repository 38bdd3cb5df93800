"""Every page in real Chromium: light, dark and narrow, by click and by link."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from dashboard.data.pages import FRESH_S
from tests.browser.conftest import served
from tests.browser.driver import NARROW, WIDE, page, settle

pytestmark = pytest.mark.browser

PATHS = {
    "overview": "/",
    "workload": "/workload?workload=support-triage",
    "workload turns": "/workload?workload=coding-session&view=turns",
    "workload calls": "/workload?workload=coding-session&view=calls",
    "useful": "/useful",
    "escalation": "/escalation",
    "caching": "/caching",
    "batch": "/batch",
    "context": "/context",
    "agents": "/agents",
    "changes": "/changes?range=30d",
    "investigate": "/investigate?range=24h",
    "alerts": "/alerts",
    "query": "/query?name=task_totals",
    "review": "/review",
    "review print": "/review?embed=true&embed_options=light_theme",
    "data health": "/health",
    "prices": "/prices",
    "query without a time": "/query?name=price_books",
    "unreadable week": "/review?week=someday",
    "tasks": "/tasks?range=24h",
    "setup": "/setup",
    "unknown task": "/task?id=nobody",
    "unreadable window": "/?from=yesterday",
}


# Tables that are wider than their frame, through shadow roots; the columns of a query are as many as it has.
CUT = """() => {
  const found = [];
  const walk = (root) => {
    for (const node of root.querySelectorAll('*')) {
      if (node.shadowRoot) walk(node.shadowRoot);
      if (node.matches('.frame') && node.scrollWidth > node.clientWidth + 1) found.push(node.ariaLabel);
    }
  };
  walk(document);
  return found.filter((name) => !name.startsWith('Rows of '));
}"""


def _no_trouble(opened: Page) -> None:
    assert opened.evaluate(CUT) == []
    expect(opened.locator('[data-testid="stException"]')).to_have_count(0)
    wider = opened.evaluate("() => document.documentElement.scrollWidth > innerWidth + 1")
    assert not wider, "the page scrolls sideways"


@pytest.mark.parametrize("look", ["light", "dark", "narrow"])
@pytest.mark.parametrize("name", PATHS)
def test_page_opens_clean(chromium: Browser, full: str, name: str, look: str) -> None:
    with page(chromium, dark=look == "dark", size=NARROW if look == "narrow" else WIDE) as (opened, watch):
        opened.goto(full + PATHS[name])
        settle(opened)
        _no_trouble(opened)
        assert watch.errors == []
        assert watch.foreign == []


# Meters of a column that do not begin in one line, and numbers parted from their unit by the end of a line.
RAGGED = """() => {
  const found = [];
  const walk = (root) => {
    for (const node of root.querySelectorAll('*')) {
      if (node.shadowRoot) walk(node.shadowRoot);
      if (!node.matches('tbody') || !node.closest('.frame')) continue;
      const columns = {};
      for (const meter of node.querySelectorAll('td.right .meter'))
        (columns[meter.closest('td').cellIndex] ??= new Set()).add(Math.round(meter.getBoundingClientRect().left));
      for (const begins of Object.values(columns))
        if (Math.max(...begins) - Math.min(...begins) > 3) found.push(node.closest('.frame').ariaLabel);
    }
  };
  walk(document);
  return found;
}"""
PARTED = """() => {
  const found = [];
  const walk = (root) => {
    const texts = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      const node = texts.currentNode;
      if (!node.parentElement || node.parentElement.closest('style, pre, .review')) continue;
      for (const match of node.data.matchAll(/\\d[ \\u00a0](%|pp)/g)) {
        const range = document.createRange();
        range.setStart(node, match.index);
        range.setEnd(node, match.index + match[0].length);
        if (new Set([...range.getClientRects()].map((box) => Math.round(box.top))).size > 1) found.push(match.input);
      }
    }
    for (const node of root.querySelectorAll('*')) if (node.shadowRoot) walk(node.shadowRoot);
  };
  walk(document.body);
  return found;
}"""


@pytest.mark.parametrize("name", ["overview", "caching", "context", "agents", "changes"])
def test_columns_read_in_line(chromium: Browser, full: str, name: str) -> None:
    for size in (NARROW, WIDE):
        with page(chromium, size=size) as (opened, _):
            opened.goto(full + PATHS[name])
            settle(opened)
            assert opened.evaluate(RAGGED) == []
            assert opened.evaluate(PARTED) == []


def test_the_review_fits_a_phone(chromium: Browser, full: str) -> None:
    with page(chromium, size=NARROW) as (opened, _):
        opened.goto(full + PATHS["review"])
        settle(opened)
        charts = opened.locator(".review svg:visible")
        assert charts.count() >= 6
        for number in range(charts.count()):
            box = charts.nth(number).bounding_box()
            assert box is not None
            assert box["x"] + box["width"] <= NARROW[0] + 1


def test_from_overview_to_a_call(chromium: Browser, full: str) -> None:
    with page(chromium) as (opened, watch):
        opened.goto(full + "/?range=7d&tier=nano")
        settle(opened)
        opened.get_by_role("link", name="support-triage").click()
        opened.wait_for_url("**/workload?*")
        settle(opened)
        expect(opened.get_by_role("heading", name="support-triage")).to_be_visible()
        assert "tier=nano" in opened.url
        opened.locator("tr.open a").first.click()
        opened.wait_for_url("**/task?*")
        settle(opened)
        expect(opened.locator(".st-key-verdict")).to_contain_text("It cost $")
        tree = opened.get_by_role("treegrid")
        tree.locator(".row").first.focus()
        opened.keyboard.press("ArrowDown")
        opened.keyboard.press("ArrowDown")
        opened.keyboard.press("Enter")
        expect(tree.locator(".detail")).to_contain_text("Cost, exact")
        assert watch.errors == []


def test_filters_stand_in_the_address(chromium: Browser, full: str) -> None:
    with page(chromium) as (opened, _):
        opened.goto(full)
        settle(opened)
        opened.get_by_role("button", name="24h").or_(opened.get_by_role("radio", name="24h")).first.click()
        opened.wait_for_url(re.compile("range=24h"))
        settle(opened)
        opened.get_by_role("combobox", name="Workloads").click()
        opened.get_by_role("option", name="coding-session").click()
        opened.wait_for_url(re.compile("workload=coding-session"))
        opened.goto(opened.url)
        settle(opened)
        expect(opened.locator('[data-figure="tasks"] .value')).not_to_have_text("0")
        rows = opened.locator("tr.open")
        expect(rows).to_have_count(1)


def test_dragging_over_the_trend_opens_that_time(chromium: Browser, full: str) -> None:
    with page(chromium) as (opened, _):
        opened.goto(full)
        settle(opened)
        # Later than figures are kept: the page that the drag runs then draws another one.
        opened.wait_for_timeout((FRESH_S + 2) * 1000)
        box = opened.locator(".st-key-trend .nsewdrag").first.bounding_box()
        assert box is not None
        opened.mouse.move(box["x"] + box["width"] * 0.3, box["y"] + box["height"] / 2)
        opened.mouse.down()
        opened.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + box["height"] / 2, steps=8)
        opened.mouse.up()
        opened.wait_for_url(re.compile("from=.*to="))
        settle(opened)
        _no_trouble(opened)


def test_figures_tell_what_stands_behind_them(chromium: Browser, full: str) -> None:
    with page(chromium) as (opened, _):
        opened.goto(full)
        settle(opened)
        opened.get_by_role("button", name="About: P95 cost per task").focus()
        tip = opened.locator('[data-figure="p95"] .tip')
        expect(tip).to_be_visible()
        expect(tip).to_contain_text("task_figures")
        expect(tip).to_contain_text("95 of 100 tasks")


def test_an_empty_ledger_shows_how_to_send(chromium: Browser, empty: str) -> None:
    with page(chromium) as (opened, watch):
        opened.goto(empty)
        settle(opened)
        expect(opened.get_by_text("Nothing has arrived yet")).to_be_visible()
        expect(opened.get_by_text("OTEL_EXPORTER_OTLP_ENDPOINT")).to_be_visible()
        assert watch.errors == []


def test_a_fresh_process_opens_a_deep_link(chromium: Browser) -> None:
    with served(0) as address, page(chromium) as (opened, watch):
        opened.goto(address + "/agents")
        settle(opened)
        expect(opened.get_by_text("Nothing has arrived yet")).to_be_visible()
        assert watch.errors == []


def test_the_review_prints_to_a_pdf(chromium: Browser, full: str) -> None:
    with page(chromium) as (opened, watch):
        opened.goto(full + "/review?embed=true&embed_options=light_theme")
        settle(opened)
        expect(opened.get_by_role("heading", name="From last week to this one")).to_be_visible()
        charts = opened.locator(".review svg")
        assert charts.count() >= 6
        opened.emulate_media(media="print")
        expect(opened.locator('[data-testid="stHeader"]')).to_be_hidden()
        title = opened.get_by_role("heading", level=1).bounding_box()
        assert title is not None
        above = opened.evaluate(
            "([x, y]) => document.elementFromPoint(x, y)?.tagName",
            [title["x"] + 5, title["y"] + title["height"] / 2],
        )
        assert above not in ("IMG", "BUTTON", "HEADER")
        assert opened.pdf(format="A4", print_background=True).startswith(b"%PDF")
        assert watch.errors == []


def test_a_figure_leads_to_its_query(chromium: Browser, full: str) -> None:
    with page(chromium) as (opened, _):
        opened.goto(full + "/?workload=support-triage")
        settle(opened)
        opened.get_by_role("button", name="About: Success rate").focus()
        href = opened.locator('[data-figure="success"] .tip a').get_attribute("href")
        assert href == "query?workload=support-triage&name=task_figures"
        opened.goto(f"{full}/{href}")
        settle(opened)
        expect(opened.get_by_role("heading", name="task_figures")).to_be_visible()
        expect(opened.get_by_text("workloads = support-triage")).to_be_visible()


@pytest.mark.parametrize(
    ("path", "mark", "wanted"),
    [
        ("/", ".st-key-heat .barlayer .point path", r"tasks\?.*from=.*to=.*sort=cost"),
        ("/", ".st-key-spend .barlayer .point path", r"tasks\?.*from=.*to=.*workload="),
        ("/workload?workload=support-triage", ".st-key-spread .barlayer .point path", r"tasks\?.*cost="),
        ("/escalation", ".st-key-depths .barlayer .point path", r"tasks\?.*depth="),
        ("/agents", ".st-key-roles .barlayer .point path", r"tasks\?.*workload="),
    ],
)
def test_a_click_on_a_chart_leads_to_its_tasks(
    chromium: Browser, full: str, path: str, mark: str, wanted: str
) -> None:
    with page(chromium) as (opened, watch):
        opened.goto(full + path)
        settle(opened)
        bars = opened.locator(mark)
        tall = [n for n in range(bars.count()) if (bars.nth(n).bounding_box() or {"height": 0})["height"] > 4]
        bars.nth(tall[0]).scroll_into_view_if_needed()
        box = bars.nth(tall[0]).bounding_box()
        assert box is not None
        opened.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        opened.mouse.down()
        opened.mouse.up()
        opened.wait_for_url(re.compile(wanted))
        settle(opened)
        expect(opened.get_by_role("heading", name="Tasks")).to_be_visible()
        assert opened.locator("tbody tr").count() > 0
        _no_trouble(opened)
        assert watch.errors == []
