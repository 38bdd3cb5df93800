"""What the local server knows of each model family: how able it is, how fast, and how it caches.
In: a model name; out: its traits. Limits follow the providers' prompt caching pages."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase


@dataclass(frozen=True)
class ModelTraits:
    """Traits of one model.

    ability: the share of tasks it can do, 0 to 1; minimum_prefix_tokens: the shortest prefix that is cached;
    reports_cache_writes: whether usage names tokens written (OpenAI does from GPT-5.6 on).
    """

    ability: float
    output_tokens_per_s: float
    first_chunk_s: float
    minimum_prefix_tokens: int
    reports_cache_writes: bool


# First match wins, so the narrower pattern stands above the wider one.
_TRAITS: tuple[tuple[str, ModelTraits], ...] = (
    ("claude-haiku-*", ModelTraits(0.68, 160, 0.4, 4096, True)),
    ("claude-sonnet-*", ModelTraits(0.90, 85, 0.8, 1024, True)),
    ("claude-opus-4-[567]*", ModelTraits(0.97, 60, 1.2, 4096, True)),
    ("claude-opus-4*", ModelTraits(0.97, 60, 1.2, 1024, True)),
    ("claude-*", ModelTraits(0.98, 60, 1.3, 512, True)),
    ("gpt-5.6-luna*", ModelTraits(0.70, 150, 0.4, 1024, True)),
    ("gpt-5.6-terra*", ModelTraits(0.91, 95, 0.7, 1024, True)),
    ("gpt-5.6*", ModelTraits(0.97, 70, 1.0, 1024, True)),
    ("gpt-6*", ModelTraits(0.98, 70, 1.0, 1024, True)),
    ("gpt-*-nano*", ModelTraits(0.64, 190, 0.3, 1024, False)),
    ("gpt-*-mini*", ModelTraits(0.86, 120, 0.5, 1024, False)),
    ("gpt-*", ModelTraits(0.96, 75, 0.9, 1024, False)),
)
_UNKNOWN = ModelTraits(0.74, 110, 0.6, 1024, False)


def traits_of(model: str) -> ModelTraits:
    """Traits of `model`; a model of no known family gets middling ones."""
    return next((traits for pattern, traits in _TRAITS if fnmatchcase(model, pattern)), _UNKNOWN)
