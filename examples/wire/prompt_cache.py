"""Prompt caching as the two providers do it: explicit breakpoints, and an automatic longest prefix.
In: the prompt in pieces and a time; out: disjoint token buckets. Keeps hashes only, never text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from examples.wire.tokens import CHARACTERS_PER_TOKEN, digest, estimate_tokens

LOOKBACK_BLOCKS = 20
MAX_BREAKPOINTS = 4
CHUNK_TOKENS = 128
LIFETIMES_S = {"5m": 300.0, "1h": 3600.0, "30m": 1800.0, "12h": 43200.0}


@dataclass(frozen=True)
class Block:
    """One piece of an Anthropic prompt; `ttl` is "5m" or "1h" where it carries cache_control, else None."""

    text: str
    ttl: str | None = None


@dataclass(frozen=True)
class CacheUse:
    """Where the input tokens of one call went; the four buckets are disjoint and sum to the whole prompt."""

    fresh_tokens: int
    read_tokens: int = 0
    write_short_tokens: int = 0
    write_long_tokens: int = 0

    @property
    def total_tokens(self) -> int:
        """All input tokens."""
        return self.fresh_tokens + self.read_tokens + self.write_short_tokens + self.write_long_tokens


@dataclass
class _Entry:
    usable_from: float
    expires_at: float
    lifetime_s: float


@dataclass
class _Store:
    """Prefix hashes with their lifetime. An entry is usable once the answer that wrote it has begun."""

    entries: dict[str, _Entry] = field(default_factory=dict)

    def read(self, key: str, now: float) -> bool:
        entry = self.entries.get(key)
        if entry is None or entry.usable_from > now:
            return False
        if entry.expires_at <= now:
            del self.entries[key]
            return False
        entry.expires_at = now + entry.lifetime_s
        return True

    def write(self, key: str, usable_from: float, lifetime_s: float) -> None:
        known = self.entries.get(key)
        expires_at = usable_from + lifetime_s
        if known is None or known.expires_at <= usable_from:
            self.entries[key] = _Entry(usable_from, expires_at, lifetime_s)
        elif known.expires_at < expires_at:
            # Whoever wrote first makes it usable first.
            first = min(known.usable_from, usable_from)
            self.entries[key] = _Entry(first, expires_at, max(known.lifetime_s, lifetime_s))


class AnthropicPromptCache:
    """Prefixes that end at a block with cache_control; the lookup goes back 20 blocks from each of them."""

    def __init__(self) -> None:
        self._store = _Store()

    def use(
        self,
        scope: str,
        blocks: Sequence[Block],
        *,
        minimum_tokens: int,
        now: float,
        usable_from: float | None = None,
    ) -> CacheUse:
        """Reads the longest cached prefix, writes what lies between it and the last breakpoint.

        scope separates models and accounts; now and usable_from are epoch seconds. A prefix shorter than
        minimum_tokens is neither read nor written. Source: the prompt caching guide of the Claude API.
        """
        hashes, sums = _prefixes(scope, blocks)
        total = sums[-1] if sums else 0
        marks = [i for i, block in enumerate(blocks) if block.ttl and sums[i] >= minimum_tokens]
        if not marks:
            return CacheUse(total)
        hit = self._longest_hit(marks, hashes, now)
        read = sums[hit] if hit >= 0 else 0
        short = long = 0
        reached = read
        for mark in marks:
            ttl = blocks[mark].ttl or "5m"
            self._store.write(hashes[mark], usable_from or now, LIFETIMES_S[ttl])
            written = max(0, sums[mark] - reached)
            long, short = (long + written, short) if ttl == "1h" else (long, short + written)
            reached = max(reached, sums[mark])
        return CacheUse(total - reached, read, short, long)

    def _longest_hit(self, marks: Sequence[int], hashes: Sequence[str], now: float) -> int:
        for mark in reversed(marks):
            for position in range(mark, max(-1, mark - LOOKBACK_BLOCKS), -1):
                if self._store.read(hashes[position], now):
                    return position
        return -1


class OpenAIPromptCache:
    """Every prompt of 1,024 tokens and more, in steps of 128 tokens, without being asked."""

    def __init__(self) -> None:
        self._store = _Store()

    def use(
        self,
        scope: str,
        prompt: str,
        *,
        minimum_tokens: int,
        now: float,
        usable_from: float | None = None,
        ttl: str = "30m",
    ) -> CacheUse:
        """Reads the longest cached prefix of `prompt` and writes the whole steps after it.

        ttl is "30m" or "12h"; the second counts as a long write. Source: OpenAI's prompt caching guide.
        """
        total = estimate_tokens(prompt)
        steps = total // CHUNK_TOKENS
        if total < minimum_tokens:
            return CacheUse(total)
        hashes = _chunk_hashes(scope, prompt, steps)
        first = -(-minimum_tokens // CHUNK_TOKENS)
        hit = next((n for n in range(steps, first - 1, -1) if self._store.read(hashes[n - 1], now)), 0)
        for n in range(first, steps + 1):
            self._store.write(hashes[n - 1], usable_from or now, LIFETIMES_S[ttl])
        read, written = hit * CHUNK_TOKENS, (steps - hit) * CHUNK_TOKENS
        short, long = (0, written) if ttl == "12h" else (written, 0)
        return CacheUse(total - read - written, read, short, long)


def _prefixes(scope: str, blocks: Sequence[Block]) -> tuple[list[str], list[int]]:
    hashes: list[str] = []
    sums: list[int] = []
    running, tokens = scope, 0
    for block in blocks:
        running = digest(running, block.text)
        tokens += estimate_tokens(block.text)
        hashes.append(running)
        sums.append(tokens)
    return hashes, sums


def _chunk_hashes(scope: str, prompt: str, steps: int) -> list[str]:
    width = CHUNK_TOKENS * CHARACTERS_PER_TOKEN
    hashes: list[str] = []
    running = scope
    for n in range(steps):
        running = digest(running, prompt[n * width : (n + 1) * width])
        hashes.append(running)
    return hashes
