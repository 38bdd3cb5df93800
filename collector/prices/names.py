"""Resolves names seen in traffic, once each: what a model name means in the price book, which workload rules hold.

In: names, the configuration, the models of the book. Out: frozen resolutions. Pure.
Never: the nearest name; a name no rule leads from stays unknown.
"""

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from collector.config.model import Config, WorkloadMatch
from collector.config.tiers import TierRule, tier_of
from collector.prices.rows import book_provider, library_model
from collector.prices.rules import ALSO_AT

NOT_REPORTED = frozenset(
    {
        "", "_other", "other", "unknown", "strands-agents", "langchain", "langgraph",
        "llamaindex", "llama_index", "haystack",
        "autogen", "ag2", "crewai", "smolagents", "litellm", "pydantic_ai", "semantic_kernel", "openai_agents", "agno",
        "microsoft.agent_framework", "custom",
    }
)  # fmt: skip
"""What emitters say in place of a provider: nothing, or the name of a framework."""

COMMON_PROVIDERS = ("anthropic", "openai", "google")
"""Where a name is looked for when the provider was not reported, in this order."""

_PATH = re.compile(r"^(?:models|publishers/[a-z0-9-]+/models|foundation-model|inference-profile)/")
_PROVIDER = re.compile(r"^(?P<provider>[a-z][a-z0-9_.-]*)/")
_BEDROCK = re.compile(
    r"^(?:(?:us|eu|apac|ap|jp|au|ca|sa|us-gov|global)\.)?"
    r"(?:anthropic|amazon|meta|mistral|cohere|ai21|deepseek|openai|qwen|moonshotai|zai|minimax|writer|nvidia|google|twelvelabs|stability)"
    r"\.[a-z]"
)


@dataclass(frozen=True, slots=True)
class ModelMeaning:
    """Row of the price book a model name means; empty texts when it is unknown. `note` is `alias` or empty."""

    provider: str
    model: str
    book_provider: str
    book_model: str
    note: str
    tier: str


@dataclass(frozen=True, slots=True)
class WorkloadRuling:
    """Workload and latency class that the rules give a combination of names; empty texts when none holds."""

    service: str
    workload: str
    agent: str
    environment: str
    labels: str
    ruled_workload: str
    latency_class: str


LibraryLookup = Callable[[str, str], str | None]


def model_meaning(
    provider: str,
    model: str,
    book: Collection[tuple[str, str]],
    tiers: Iterable[TierRule],
    lookup: LibraryLookup = library_model,
) -> ModelMeaning:
    """What `model` at `provider` means: exactly, else by the library's explicit rules, else without its prefixes.

    `book` holds (provider, model) of every row of the price book.
    """
    names, prefixes = _spellings(model)
    rules = tuple(tiers)
    tier = next((found for found in (tier_of(name, rules) for name in names) if found), "")
    for at in _providers(provider, names, prefixes):
        for name in (*names, *_added_prefix(at, names)):
            if (at, name) in book:
                note = "" if name == model and at == book_provider(provider) else "alias"
                return ModelMeaning(provider, model, at, name, note, tier)
            found = lookup(at, name)
            if found and (at, found) in book:
                return ModelMeaning(provider, model, at, found, "alias", tier)
    return ModelMeaning(provider, model, "", "", "", tier)


def workload_ruling(
    service: str, workload: str, agent: str, environment: str, labels: str, config: Config
) -> WorkloadRuling:
    """What the rules of spanledger.yaml say of a combination of names; the first rule that matches decides.

    `labels` holds the attributes that rules match, as lines of `name=value`.
    """
    seen = {"service": service, "workload": workload, "agent": agent, "environment": environment}
    attributes = dict(line.split("=", 1) for line in labels.splitlines() if "=" in line)
    ruled = next((rule.workload for rule in config.workloads if _matches(rule.match, seen, attributes)), "")
    name = ruled or workload or service
    latency = next((r.latency_class for r in config.latency_classes if fnmatchcase(name, r.workload)), "")
    return WorkloadRuling(service, workload, agent, environment, labels, ruled, latency)


def _spellings(model: str) -> tuple[list[str], list[str]]:
    """The name, then without its path and the providers before it, one at a time; and those providers."""
    names, providers = [model], []
    # An ARN is five parts and what it names, which may hold colons itself.
    name = model.split(":", 5)[-1] if model.startswith("arn:") else model
    while True:
        if name not in names:
            names.append(name)
        shorter = _PATH.sub("", name, count=1)
        prefix = _PROVIDER.match(shorter)
        if shorter == name and prefix:
            providers.append(book_provider(prefix["provider"]))
            shorter = shorter[prefix.end() :]
        if shorter == name or not shorter:
            return names, providers
        name = shorter


def _providers(provider: str, names: Sequence[str], prefixes: Sequence[str]) -> list[str]:
    """Providers of the book where the name may stand, in the order in which they are tried."""
    bedrock = ["aws"] if any(_BEDROCK.match(name) for name in names) else []
    if provider.lower() in NOT_REPORTED:
        found = [*prefixes, *bedrock] or list(COMMON_PROVIDERS)
    else:
        found = [book_provider(provider), *prefixes, *bedrock]
    return list(dict.fromkeys(each for at in found for each in (at, *ALSO_AT.get(at, ()))))


def _added_prefix(provider: str, names: Sequence[str]) -> list[str]:
    """Bedrock's name of a Claude model of which only the last part is told; a GovCloud name without its place."""
    if provider != "aws":
        return []
    last = names[-1]
    bare = [last.removeprefix("us-gov.")] if last.startswith("us-gov.") else []
    return [*bare, *([f"anthropic.{last}"] if last.startswith("claude-") else [])]


def _matches(match: WorkloadMatch, seen: Mapping[str, str], attributes: Mapping[str, str]) -> bool:
    wanted = [(seen[name], getattr(match, name)) for name in seen if getattr(match, name) is not None]
    wanted += [(attributes.get(name, ""), pattern) for name, pattern in match.attributes.items()]
    return bool(wanted) and all(
        value == pattern if pattern == "" else fnmatchcase(value, pattern) for value, pattern in wanted
    )
