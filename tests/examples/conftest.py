"""One provider server a module, with its clock in the hand of the test."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import anthropic
import openai
import pytest

from examples.provider_server import API_KEY, ProviderServer
from examples.wire.provider import Provider


@dataclass
class Clock:
    """A clock that only moves when told to; epoch seconds."""

    now: float = 1_795_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(scope="module")
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="module")
def server(clock: Clock) -> Iterator[ProviderServer]:
    with ProviderServer(Provider(seed=7, run="test", clock=clock, retry_after_s=0.01)) as running:
        yield running


@pytest.fixture(scope="module")
def claude(server: ProviderServer) -> Iterator[anthropic.Anthropic]:
    with anthropic.Anthropic(base_url=server.anthropic_url, api_key=API_KEY) as client:
        yield client


@pytest.fixture(scope="module")
def gpt(server: ProviderServer) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=server.openai_url, api_key=API_KEY) as client:
        yield client
