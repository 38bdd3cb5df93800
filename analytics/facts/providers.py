"""Facts about providers that no span carries, out of one dated file with a source for each.

In: a model's name. Out: the fact and its source, or None: what the file does not know is unknown.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase
from functools import cache
from importlib.resources import files
from typing import Any, Final

FILE: Final = "facts/providers.toml"


@dataclass(frozen=True)
class Fact:
    """One number and where it stands."""

    value: float
    source: str


@dataclass(frozen=True)
class CachePrice:
    """Cache prices as multiples of the price of fresh input."""

    read: float
    write_short: float
    write_long: float
    source: str


def as_of() -> date:
    """Day on which the facts were read."""
    found = _facts()["as_of"]
    assert isinstance(found, date)
    return found


def context_window(model: str) -> Fact | None:
    """Tokens that the model can be shown."""
    return _fact("context_window", model, "tokens")


def minimum_prefix(model: str) -> Fact | None:
    """Tokens of the shortest prefix that the provider caches."""
    return _fact("minimum_prefix", model, "tokens")


def batch_discount(model: str) -> Fact | None:
    """Fraction that a batch takes off the price."""
    return _fact("batch", model, "discount")


def cache_price(model: str) -> CachePrice | None:
    """Cache prices of the model, as multiples."""
    row = _row("cache_price", model)
    return CachePrice(row["read"], row["write_short"], row["write_long"], row["source"]) if row else None


def break_even_reads(write: float, read: float) -> int:
    """Reads after which a cache write at `write` times the fresh price has paid off, a read costing `read` times.

    Source: a write and n reads cost w + n*r, the same without a cache 1 + n; so n >= (w - 1) / (1 - r).
    """
    return max(0, -int(-round((write - 1) / (1 - read), 9) // 1))


def _fact(kind: str, model: str, field: str) -> Fact | None:
    row = _row(kind, model)
    return Fact(float(row[field]), str(row["source"])) if row else None


@cache
def _row(kind: str, model: str) -> dict[str, Any] | None:
    lower = model.lower()
    for row in _facts()[kind]:
        if any(fnmatchcase(lower, pattern) for pattern in row["patterns"]):
            return dict(row)
    return None


@cache
def _facts() -> dict[str, Any]:
    text = files("analytics").joinpath(FILE).read_text(encoding="utf-8")
    return tomllib.loads(text)
