"""Resolves names seen in traffic, once each: what a model name means in the price book, which workload rules hold.

In: names, the configuration, the models of the book. Out: frozen resolutions. Pure.
Never: the nearest name; a name no rule leads from stays unknown.
"""

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase

from collector.config import Config, WorkloadMatch
from collector.config_tiers import TierRule, tier_of
from collector.price_rows import book_provider, library_model

# Other providers whose models a provider serves under the same names, in the order in which they are tried.
ALSO_AT = {
    "azure.ai.openai": ("openai",),
    "azure.ai.inference": ("openai",),
    "gcp.vertex_ai": ("anthropic",),
    "": ("anthropic", "openai", "google"),
}

_PREFIX = re.compile(r"^(?:models/|publishers/[a-z-]+/models/|(?P<provider>[a-z_]+)/)")


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
    """What `model` at `provider` means: exactly, else by the library's explicit rules, else without its prefix.

    `book` holds (provider, model) of every row of the price book.
    """
    tier = tier_of(model, tiers) or ""
    for at in _providers(provider, model):
        for name in dict.fromkeys((model, _PREFIX.sub("", model, count=1))):
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


def _providers(provider: str, model: str) -> list[str]:
    prefix = _PREFIX.match(model)
    named = [book_provider(prefix["provider"])] if prefix and prefix["provider"] else []
    own = [book_provider(provider)] if provider else []
    return list(dict.fromkeys([*own, *named, *ALSO_AT.get(provider, ())]))


def _matches(match: WorkloadMatch, seen: Mapping[str, str], attributes: Mapping[str, str]) -> bool:
    wanted = [(seen[name], getattr(match, name)) for name in seen if getattr(match, name) is not None]
    wanted += [(attributes.get(name, ""), pattern) for name, pattern in match.attributes.items()]
    return bool(wanted) and all(
        value == pattern if pattern == "" else fnmatchcase(value, pattern) for value, pattern in wanted
    )
