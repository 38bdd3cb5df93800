"""One round of every sample agent, one after another, against one local provider.
In: the collector's address; out: how many tasks were done. Needs the anthropic and openai packages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from examples.agents import coding_session, nightly_batch, research_planner, support_triage
from examples.agents.running import Agent, clients_of, hooked, local_provider


@dataclass(frozen=True)
class RoundSummary:
    """Tasks begun and tasks that succeeded, by service."""

    tasks: dict[str, int]
    successes: dict[str, int]


_AGENTS: dict[str, tuple[Agent, int]] = {
    "support-triage": (support_triage.run, 12),
    "research-planner": (research_planner.run, 5),
    "coding-agent": (coding_session.run, 1),
    "nightly-digest": (nightly_batch.run, 6),
}


def run_all(
    endpoint: str, *, seed: int = 7, token: str = "", progress: Callable[[int, int], None] | None = None
) -> RoundSummary:
    """Runs all agents and waits until their spans were sent to `endpoint`.

    progress is called with (tasks ended, tasks in all) after every task. token is sent as a bearer token.
    """
    total, ended = sum(tasks for _, tasks in _AGENTS.values()), 0
    begun: dict[str, int] = {}
    done: dict[str, int] = {}
    with local_provider(seed) as server:
        for service, (agent, tasks) in _AGENTS.items():
            begun[service] = tasks
            done[service] = 0
            with (
                hooked(service, endpoint, token) as tracer,
                clients_of(server.anthropic_url, tracer, tasks=tasks, seed=seed) as clients,
            ):
                for report in agent(clients):
                    ended += 1
                    done[service] += report.success
                    if progress is not None:
                        progress(ended, total)
    return RoundSummary(begun, done)
