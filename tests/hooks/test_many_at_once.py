"""Ten thousand calls at once in one event loop: each knows its own task, and nothing stays behind."""

from __future__ import annotations

import asyncio
import gc
from collections import Counter
from typing import Any

import httpx2
import openai
import pytest

import sdk_hooks
from sdk_hooks import attributes as names
from sdk_hooks.call import Call
from sdk_hooks.scopes import Scope
from sdk_hooks.streams import WatchedAsync
from tests.hooks import wire
from tests.hooks.conftest import Spans, attributes

CALLS = 10_000
OURS = (Call, Scope, WatchedAsync)


def alive() -> Counter[str]:
    gc.collect()
    return Counter(type(found).__name__ for found in gc.get_objects() if isinstance(found, OURS))


def together(calls: int) -> httpx2.MockTransport:
    """A provider that answers nobody before all have asked."""
    waiting = 0
    all_sent = asyncio.Event()

    async def answer(request: httpx2.Request) -> httpx2.Response:
        nonlocal waiting
        waiting += 1
        if waiting == calls:
            all_sent.set()
        await all_sent.wait()
        if b'"stream":true' in request.content:
            content = b"".join(wire.chat_stream(usage=True).chunks or [])
            return httpx2.Response(200, content=content, headers={"content-type": "text/event-stream"})
        return httpx2.Response(200, json=wire.completion())

    return httpx2.MockTransport(answer)


async def at_once(calls: int) -> None:
    """`calls` tasks, each with one call; every tenth streams."""

    async def one(number: int) -> None:
        ask: Any = {"model": f"m{number}", "messages": []}
        with sdk_hooks.task("many", id=f"t{number}"), sdk_hooks.agent(f"a{number}"):
            if number % 10:
                await client.chat.completions.create(**ask)
            else:
                async for _ in await client.chat.completions.create(**ask, stream=True):
                    continue

    http = httpx2.AsyncClient(transport=together(calls), timeout=None)
    async with openai.AsyncOpenAI(api_key="k", max_retries=0, http_client=http) as client:
        await asyncio.gather(*(one(number) for number in range(calls)))


@pytest.mark.slow
def test_ten_thousand_calls_at_once(spans: Spans) -> None:
    before = alive()
    asyncio.run(at_once(CALLS))
    calls = [attributes(span) for span in spans.calls()]
    assert len(calls) == CALLS
    for call in calls:
        number = call[names.REQUEST_MODEL][1:]
        assert (call[names.TASK_ID], call[names.AGENT_NAME]) == (f"t{number}", f"a{number}")
        assert call[names.OUTPUT_TOKENS] == 80
    assert alive() == before
