"""Every page by keyboard alone: Tab reaches whatever can be used, focus is seen, Enter does what a click does."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.driver import page, settle
from tests.browser.test_pages import PATHS

pytestmark = pytest.mark.browser

MOST_STOPS = 700
WALKED = {
    # Every kind of selector, table, chart, card and link there is; the other pages are made of the same.
    name: PATHS[name]
    for name in (
        "overview", "workload calls", "escalation", "agents", "investigate", "alerts", "query", "review",
        "data health", "prices", "setup",
    )
} | {"few tasks": "/tasks?range=1h", "one change": "/changes?range=30d&by=prompt_version"}  # fmt: skip

# What stands in the open, through shadow roots: things that a pointer can use.
USABLE = """() => {
  const found = [];
  const visible = (node) =>
    node.checkVisibility({ visibilityProperty: true }) && node.getBoundingClientRect().width > 1;
  const walk = (root) => {
    for (const node of root.querySelectorAll('*')) {
      if (node.shadowRoot) walk(node.shadowRoot);
      if (node.matches('a[href], button, input, select, textarea, summary, tr.open') && visible(node)) found.push(node);
    }
  };
  walk(document);
  window.usable = found;
  return found.length;
}"""
# The focused thing, through shadow roots; true while it was not visited before.
STEP = """() => {
  let node = document.activeElement;
  while (node && node.shadowRoot && node.shadowRoot.activeElement) node = node.shadowRoot.activeElement;
  if (!node || node === document.body) return 'out';
  window.stops = window.stops || [];
  if (window.stops.includes(node)) return 'again';
  window.stops.push(node);
  const look = (chain) => chain.map((one) => {
    const style = getComputedStyle(one);
    return [style.outlineStyle, style.outlineWidth, style.outlineColor, style.boxShadow, style.borderColor,
      style.backgroundColor, style.textDecorationLine].join();
  }).join();
  // What the thing before looks like now that it has lost the focus: it must not be the same.
  const before = window.before;
  if (before && before.look === look(before.chain)) (window.unseen = window.unseen || []).push(before.text);
  const chain = [];
  for (let one = node, up = 0; one && up < 12; one = one.parentElement, up++) chain.push(one);
  window.before = { chain, look: look(chain), text: node.outerHTML.slice(0, 160) };
  return 'new';
}"""
# A row is reached through what stands in it, a group of radios through any of its members, a box through its input.
MISSED = """() => {
  const stops = window.stops || [];
  const reached = (node) => {
    if (stops.includes(node)) return true;
    if (node.matches('tr.open')) return stops.some((stop) => node.contains(stop));
    const group = node.closest('[role="radiogroup"], [role="tablist"], [data-testid="stButtonGroup"]');
    if (group && stops.some((stop) => group.contains(stop))) return true;
    const box = node.closest('[data-testid="stMultiSelect"], [data-testid="stSelectbox"], [data-testid="stTextInput"]');
    return Boolean(box && stops.some((stop) => box.contains(stop)));
  };
  return window.usable.filter((node) => node.isConnected && !node.disabled && node.tabIndex !== -1 && !reached(node))
    .concat(window.usable.filter((node) => node.matches('tr.open') && !reached(node)))
    .map((node) => node.outerHTML.slice(0, 160));
}"""


def _walk(opened: Page) -> int:
    new = out = 0
    while new < MOST_STOPS:
        opened.keyboard.press("Tab")
        step = opened.evaluate(STEP)
        new += step == "new"
        # Between the page's last thing and its first, and in front of some boxes, nothing has the focus.
        out = out + 1 if step == "out" else 0
        if step == "again" or out > 3:
            return new
    raise AssertionError(f"Tab does not come to an end within {MOST_STOPS} steps")


@pytest.mark.parametrize("name", WALKED)
def test_tab_reaches_whatever_can_be_used(chromium: Browser, full: str, name: str) -> None:
    with page(chromium) as (opened, _):
        opened.goto(full + WALKED[name])
        settle(opened)
        opened.add_style_tag(content="* { transition: none !important; }")
        assert opened.evaluate(USABLE) > 5
        assert _walk(opened) > 5
        assert opened.evaluate(MISSED) == []
        assert opened.evaluate("() => window.unseen || []") == []


def test_a_range_is_chosen_and_a_table_sorted_by_keyboard(chromium: Browser, full: str) -> None:
    with page(chromium) as (opened, watch):
        opened.goto(full)
        settle(opened)
        shorter = opened.get_by_role("radio", name="24h").or_(opened.get_by_role("button", name="24h")).first
        shorter.focus()
        opened.keyboard.press("Space")
        opened.wait_for_url(re.compile("range=24h"))
        settle(opened)
        header = opened.get_by_role("button", name="Tasks", exact=True)
        header.focus()
        opened.keyboard.press("Enter")
        expect(opened.locator('th[aria-sort="descending"]')).to_contain_text("Tasks")
        assert watch.errors == []


def test_a_filter_is_typed(chromium: Browser, full: str) -> None:
    with page(chromium) as (opened, _):
        opened.goto(full)
        settle(opened)
        opened.get_by_role("combobox", name="Workloads").focus()
        opened.keyboard.type("coding")
        opened.keyboard.press("Enter")
        opened.wait_for_url(re.compile("workload=coding-session"))


def test_a_row_that_opens_something_below_it_is_opened_by_enter(chromium: Browser, full: str) -> None:
    with page(chromium) as (opened, watch):
        opened.goto(full + "/changes?range=30d&by=prompt_version")
        settle(opened)
        opened.locator("td.first button.open").first.focus()
        opened.keyboard.press("Enter")
        opened.wait_for_url(re.compile("effect="))
        settle(opened)
        expect(opened.get_by_role("button", name="Tasks after")).to_be_visible()
        assert watch.errors == []


def test_csv_rows_and_tasks_behind_a_chart_are_had_by_enter(chromium: Browser, full: str) -> None:
    with page(chromium) as (opened, _):
        opened.goto(full + "/caching?range=30d")
        settle(opened)
        opened.get_by_role("button", name="CSV").first.focus()
        with opened.expect_download() as download:
            opened.keyboard.press("Enter")
        assert download.value.suggested_filename.endswith(".csv")
        for words, wanted in (("All its tasks", "Tasks"), ("cache_agents", "cache_agents")):
            link = opened.get_by_role("link", name=words).last
            link.focus()
            with opened.expect_popup() as popup:
                opened.keyboard.press("Enter")
            other = popup.value
            settle(other)
            expect(other.get_by_role("heading", name=wanted)).to_be_visible()
            assert "range=30d" in other.url
            other.close()


def test_the_menu_opens_a_page_by_keyboard(chromium: Browser, full: str) -> None:
    with page(chromium) as (opened, _):
        opened.goto(full + "/?range=24h")
        settle(opened)
        opened.locator('button[aria-haspopup="menu"]', has_text="Spend").focus()
        opened.keyboard.press("Enter")
        first = opened.get_by_role("menuitem").first
        expect(first).to_be_focused()
        opened.keyboard.press("ArrowDown")
        opened.keyboard.press("Enter")
        opened.wait_for_url("**/caching?*")
        settle(opened)
        assert "range=24h" in opened.url
