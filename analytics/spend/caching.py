"""What prompt caches save, and where they are used to no avail.

In: rows of `cache_agents` and `cache_writes`. Out: one line an agent with its saving and what is wrong, figures.
Source: a cached token saves (1 - r) of its fresh price, a written one costs (w - 1) more; an agent gains when
what its reads saved exceeds what its writes cost on top.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from analytics.facts.providers import cache_price, minimum_prefix
from analytics.figures.figure import figure, ratio
from analytics.figures.numbers import count, plural, share, usd
from analytics.overview import Figure
from analytics.verdict import Piece

CHURN: Final = 0.5
"""Above this share of written in written and read tokens, a prefix is rewritten more than it is used."""

FEWEST_CALLS: Final = 20


@dataclass(frozen=True)
class CacheAgent:
    """Query `cache_agents`."""

    workload: str
    agent: str
    provider: str
    model: str
    service_class: str
    calls: int
    known: int
    fresh: int
    cache_read: int
    write_short: int
    write_long: int
    spend_usd: float
    read_usd: float
    write_usd: float
    fresh_usd_per_token: float | None
    marked: int
    silent: int
    marked_tokens: float | None
    versions: int
    prefixes: int

    @property
    def written(self) -> int:
        return self.write_short + self.write_long

    @property
    def input(self) -> int:
        return self.fresh + self.cache_read + self.written


@dataclass(frozen=True)
class CacheWrites:
    """Query `cache_writes`."""

    workload: str
    agent: str
    model: str
    writes: int
    unread: int
    write_usd: float
    unread_usd: float
    long_writes: int
    gaps: int
    p50_gap_s: float | None
    p90_gap_s: float | None
    within_short: float | None
    within_hour: float | None
    named: int


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong: what in a word, why in a sentence, USD it cost in the period (None = not known)."""

    word: str
    why: str
    cost_usd: float | None


@dataclass(frozen=True)
class CacheLine:
    """One agent with one model; saved_usd is negative where the cache cost more than it saved, None if unknown."""

    row: CacheAgent
    writes: CacheWrites | None
    hit_rate: float | None
    saved_usd: float | None
    findings: tuple[Finding, ...]


def cache_lines(agents: Sequence[CacheAgent], writes: Sequence[CacheWrites]) -> list[CacheLine]:
    """Every agent and model, dearest first."""
    by_key = {(row.workload, row.agent, row.model): row for row in writes}
    found = []
    for row in agents:
        mine = by_key.get((row.workload, row.agent, row.model))
        saved = saved_usd(row)
        hit = ratio(row.cache_read, row.input)
        found.append(CacheLine(row, mine, hit, saved, tuple(_findings(row, mine, saved))))
    return found


def saved_usd(row: CacheAgent) -> float | None:
    """What reads saved less what writes cost on top; None where the price of a fresh token is unknown."""
    if not row.cache_read and not row.written:
        return 0.0
    price = row.fresh_usd_per_token
    if price is None:
        return None
    return row.cache_read * price - row.read_usd - (row.write_usd - row.written * price)


def _findings(row: CacheAgent, writes: CacheWrites | None, saved: float | None) -> list[Finding]:
    if row.calls < FEWEST_CALLS:
        return []
    found = []
    touched = row.cache_read + row.written
    if touched and row.written / touched > CHURN:
        found.append(_churn(row, writes, touched))
    elif saved is not None and saved < 0:
        found.append(Finding("loses", f"Its writes cost {usd(-saved)} more than its reads saved.", -saved))
    if row.silent and row.silent == row.marked:
        found.append(_silent(row))
    lifetime = _lifetime(row, writes) if writes is not None and writes.gaps >= FEWEST_CALLS else None
    if lifetime is None:
        return found
    # Why it is rewritten says more than that it is.
    return [lifetime, *(one for one in found if one.word not in ("rewritten", "loses"))]


def _churn(row: CacheAgent, writes: CacheWrites | None, touched: int) -> Finding:
    part = share(row.written / touched)
    if row.marked and row.prefixes > 0.5 * row.marked:
        why = (
            f"{plural(row.prefixes, 'different prefix', 'different prefixes')} in {plural(row.marked, 'call')}: "
            "something in the prompt's first part changes every time, such as the time or the order of tools."
        )
        word = "prefix changes"
    else:
        why = f"{part} of what touches the cache is written, not read: it lapses before it is used again."
        word = "rewritten"
    return Finding(word, why, writes.unread_usd if writes else None)


def _silent(row: CacheAgent) -> Finding:
    least = minimum_prefix(row.model)
    tokens = row.marked_tokens or 0.0
    if least is not None and tokens < least.value:
        why = (
            f"Its prefix of {count(tokens)} tokens is shorter than the {count(least.value)} that {row.model} "
            "caches, so the mark does nothing."
        )
        return Finding("too short", why, 0.0)
    return Finding("no effect", "A prefix is marked, yet nothing was written or read.", None)


def _lifetime(row: CacheAgent, writes: CacheWrites) -> Finding | None:
    price, known = row.fresh_usd_per_token, cache_price(row.model)
    if writes.long_writes and price is not None and known is not None:
        extra = row.write_long * price * (known.write_long - known.write_short)
        # Each pause between 5 minutes and an hour would be one more write instead of a read.
        spared = (writes.within_hour or 0.0) * writes.gaps * row.write_long / writes.long_writes
        extra -= spared * price * (known.write_short - known.read)
        if extra > 0:
            why = (
                f"Written for an hour, yet {share(writes.within_short)} of the pauses are shorter than 5 minutes: "
                "the short lifetime would cost less, rewrites included."
            )
            return Finding("lifetime too long", why, extra)
    short_only = not writes.long_writes and row.provider == "anthropic"
    if short_only and writes.named and (writes.within_hour or 0.0) > 0.5:
        why = (
            f"{share(writes.within_hour)} of the pauses are between 5 minutes and an hour: "
            "a write kept for an hour would be read."
        )
        return Finding("lifetime too short", why, writes.unread_usd)
    return None


def figures(lines: Sequence[CacheLine]) -> list[Figure]:
    """Hit rate, what caches saved, writes never read, calls that do not report."""
    read, known = sum(li.row.cache_read for li in lines), sum(li.row.input for li in lines)
    calls, reporting = sum(li.row.calls for li in lines), sum(li.row.known for li in lines)
    saved = [li.saved_usd for li in lines if li.saved_usd is not None]
    without = sum(1 for li in lines if li.saved_usd is None)
    write_usd = sum(li.row.write_usd for li in lines)
    unread = sum(li.writes.unread_usd for li in lines if li.writes)
    writes = sum(li.writes.writes for li in lines if li.writes)
    return [
        figure(
            "hit",
            "Cache hit rate",
            share(ratio(read, known)),
            "Input tokens read from a cache, over all input tokens of the calls that report a cache count: a "
            "ratio of sums. “Not reported” is not 0 %.",
            "cache_agents",
            sample=f"{count(known)} input tokens",
            known=known > 0,
            unknown=f"{plural(calls - reporting, 'call')} report no cache count."
            if calls > reporting
            else "",
        ),
        figure(
            "saved",
            "Saved by caching",
            usd(sum(saved)),
            "What the tokens that were read would have cost fresh, less what reading them cost, less what "
            "writing cost above the fresh price.",
            "cache_agents",
            sample=f"{plural(len(lines), 'pair')} of agent and model",
            known=bool(saved),
            unknown=f"{without} of them without a known fresh price." if without else "",
        ),
        figure(
            "unread",
            "Writes never read",
            usd(unread),
            "Cost of cache writes that no later call of the same prefix read within their lifetime. Where hooks "
            "name no prefix, any later read by the same prompt version counts, so this is a lower bound.",
            "cache_writes",
            sample=plural(writes, "write"),
            remark=f"{share(ratio(unread, write_usd))} of writes",
            known=writes > 0,
        ),
        figure(
            "wrong",
            "Agents with a finding",
            count(sum(1 for li in lines if li.findings)),
            "Agents and models where the cache is used to no avail; each is named in the table with the reason.",
            "cache_agents",
            sample=f"of {count(len(lines))}",
        ),
    ]


def verdict(lines: Sequence[CacheLine], shown: Sequence[Figure]) -> list[Piece]:
    """What caches do, and the worst place."""
    by_key = {each.key: each for each in shown}
    if not any(li.row.known for li in lines):
        return [Piece("No call in the period reports a cache count: nothing can be said about caching.")]
    pieces = [
        Piece("Caching saved "),
        Piece(by_key["saved"].text, strong=True),
        Piece(" at a hit rate of "),
        Piece(by_key["hit"].text, strong=True),
        Piece("; "),
        Piece(by_key["unread"].text, strong=True),
        Piece(" went into writes that nobody read. "),
    ]
    worst = max(
        ((li, one) for li in lines for one in li.findings if one.cost_usd),
        key=lambda it: it[1].cost_usd or 0,
        default=None,
    )
    if worst is None:
        return pieces
    line, finding = worst
    return [
        *pieces,
        Piece("Look first at "),
        Piece(f"{line.row.agent or 'the unnamed agent'} in {line.row.workload}", strong=True),
        Piece(f" ({usd(finding.cost_usd)}): {finding.why[:1].lower()}{finding.why[1:]}"),
    ]
