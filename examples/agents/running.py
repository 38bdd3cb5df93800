"""What every sample agent needs to run: clients, hooks, and a local provider when none is named.
In: command line arguments; out: an exit code. stdout gets one line a task, nothing else."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import anthropic
import openai
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace import Tracer

import sdk_hooks
from examples.provider_server import API_KEY, ProviderServer
from examples.wire.provider import Provider
from sdk_hooks.attributes import ENVIRONMENT

FAULT_RATE = 0.02
TIME_SCALE = 0.01


@dataclass(frozen=True)
class Clients:
    """The two providers' clients, and what decides the work: how many tasks, and the seed of their texts.

    tracer is for what an agent tells by itself, beside the hooks.
    """

    anthropic: anthropic.Anthropic
    openai: openai.OpenAI
    tracer: Tracer
    tasks: int
    seed: int


@dataclass(frozen=True)
class TaskReport:
    """How one task ended, for the line printed about it."""

    name: str
    success: bool
    note: str

    def __str__(self) -> str:
        return f"{self.name}: {'done' if self.success else 'not done'}, {self.note}"


Agent = Callable[[Clients], Iterator[TaskReport]]


@contextmanager
def hooked(service_name: str, endpoint: str, token: str = "") -> Iterator[Tracer]:
    """The hooks, sending to `endpoint`; what was recorded inside has been sent when the block ends.

    An agent calls `instrument` and no more. Here a tracer provider of its own lets one process play several
    services after one another.
    """
    about = {"service.name": service_name, ENVIRONMENT: "production"}
    provider = TracerProvider(resource=Resource.create(about), shutdown_on_exit=False)
    sdk_hooks.instrument(
        tracer_provider=provider,
        endpoint=endpoint,
        headers={"authorization": f"Bearer {token}"} if token else None,
        complete_stream_usage=True,
    )
    try:
        yield provider.get_tracer(service_name)
    finally:
        sdk_hooks.flush(10.0)
        sdk_hooks.uninstrument()
        provider.shutdown()


@contextmanager
def clients_of(
    address: str, tracer: Tracer, *, tasks: int, seed: int, api_key: str = API_KEY
) -> Iterator[Clients]:
    """Real clients of both providers, pointed at one provider server."""
    with (
        anthropic.Anthropic(base_url=address, api_key=api_key, max_retries=3) as claude,
        openai.OpenAI(base_url=f"{address}/v1", api_key=api_key, max_retries=3) as gpt,
    ):
        yield Clients(claude, gpt, tracer, tasks, seed)


def local_provider(seed: int) -> ProviderServer:
    """A provider in this process that fails now and then and takes a little time, like a real one."""
    run = f"{time.time_ns()}"
    return ProviderServer(Provider(seed=seed, run=run, fault_rate=FAULT_RATE, time_scale=TIME_SCALE))


def main(service_name: str, agent: Agent, tasks: int, arguments: list[str] | None = None) -> int:
    """Runs one agent from the command line."""
    parser = argparse.ArgumentParser(description=(agent.__doc__ or service_name).splitlines()[0])
    parser.add_argument(
        "--endpoint", default="http://127.0.0.1:4318", help="OTLP/HTTP address of the collector"
    )
    parser.add_argument(
        "--provider", default="", help="base address of a provider server; one is started when left out"
    )
    parser.add_argument("--tasks", type=int, default=tasks, help="how many tasks to do")
    parser.add_argument("--seed", type=int, default=7, help="decides the texts and the answers")
    chosen = parser.parse_args(arguments)
    with ExitStack() as stack:
        address = chosen.provider.rstrip("/")
        if not address:
            address = stack.enter_context(local_provider(chosen.seed)).anthropic_url
        tracer = stack.enter_context(hooked(service_name, chosen.endpoint))
        clients = stack.enter_context(clients_of(address, tracer, tasks=chosen.tasks, seed=chosen.seed))
        reports = []
        for report in agent(clients):
            reports.append(report)
            print(report, flush=True)
    print(f"{sum(r.success for r in reports)} of {len(reports)} tasks done", file=sys.stderr)
    return 0
