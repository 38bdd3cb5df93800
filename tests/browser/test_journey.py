"""What the README promises: start, send one call with the real client, see its exact cost on the page."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from genai_prices import Usage, calc_price
from playwright.sync_api import Browser, expect

from tests.browser.driver import page, settle
from tests.browser.stack import running

pytestmark = pytest.mark.browser

MODEL = "claude-haiku-4-5"
# A process of its own: hooks stay in an agent's process for good.
AGENT = """
import sys
import anthropic
import sdk_hooks
from examples.provider_server import API_KEY, ProviderServer

sdk_hooks.instrument(service_name="my-agent", endpoint=sys.argv[1])
with ProviderServer() as server, sdk_hooks.task("first-light") as task:
    answer = anthropic.Anthropic(base_url=server.anthropic_url, api_key=API_KEY).messages.create(
        model=sys.argv[2], max_tokens=200, messages=[{"role": "user", "content": "Say hello to the ledger."}]
    )
    print(task.id, answer.usage.input_tokens, answer.usage.output_tokens)
sdk_hooks.flush()
"""


@pytest.mark.slow
def test_first_call_from_hook_to_page(chromium: Browser, tmp_path: Path) -> None:
    with running(tmp_path / "ledger") as stack, page(chromium) as (opened, watch):
        opened.goto(stack.dashboard)
        settle(opened)
        expect(opened.get_by_text("Nothing has arrived yet")).to_be_visible()
        expect(opened.get_by_text(stack.otlp_http, exact=True)).to_be_visible()

        command = [sys.executable, "-c", AGENT, stack.otlp_http, MODEL]
        said = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout.split()
        task_id, tokens_in, tokens_out = said[0], int(said[1]), int(said[2])
        price = calc_price(
            Usage(input_tokens=tokens_in, output_tokens=tokens_out), model_ref=MODEL, provider_id="anthropic"
        )

        # The page notices by itself.
        link = opened.get_by_role("link", name="first-light")
        link.wait_for(timeout=30_000)
        settle(opened)
        link.click()
        opened.wait_for_url("**/workload?*")
        settle(opened)
        opened.locator("tr.open a").first.click()
        opened.wait_for_url(re.compile(rf"/task\?.*id={task_id}"))
        settle(opened)
        exact = f"${price.total_price.normalize():f}"
        expect(opened.get_by_test_id("stMetric").filter(has_text="Cost, exact")).to_contain_text(exact)
        opened.get_by_role("treegrid").locator(".row.kind-call").click()
        detail = opened.get_by_role("treegrid").locator(".detail")
        expect(detail).to_contain_text(exact)
        expect(detail).to_contain_text(f"{tokens_out} tokens")
        assert watch.errors == []
        assert watch.foreign == []


@pytest.mark.slow
def test_the_page_says_when_the_ledger_is_away_and_comes_back(chromium: Browser, tmp_path: Path) -> None:
    with running(tmp_path / "ledger") as stack, page(chromium) as (opened, _):
        collector = json.loads((stack.data / "run.json").read_bytes())["pid"]
        # While the supervisor stands still, nothing starts the collector again.
        os.kill(stack.pid, signal.SIGSTOP)
        try:
            os.kill(collector, signal.SIGKILL)
            opened.goto(stack.dashboard)
            expect(opened.get_by_text("The ledger does not answer")).to_be_visible(timeout=20_000)
        finally:
            os.kill(stack.pid, signal.SIGCONT)
        expect(opened.get_by_text("Nothing has arrived yet")).to_be_visible(timeout=60_000)
