"""What stands behind both wire formats: the stand-in model, the prompt caches, limits and faults.
In: a neutral prompt; out: an exchange, or the fault that the client must see. One object a server."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from examples.wire.behaviour import StandIn
from examples.wire.faults import Fault, fault_of
from examples.wire.limits import RateWindow
from examples.wire.models import traits_of
from examples.wire.prompt import Answer, Exchange, Prompt
from examples.wire.prompt_cache import AnthropicPromptCache, Block, CacheUse, OpenAIPromptCache
from examples.wire.tokens import digest

CLAUDE = "claude"
GPT = "gpt"


@dataclass
class Provider:
    """State of one running server.

    run keeps response ids of different servers apart; fault_rate is the share of tries that fail unasked;
    time_scale stretches answering times (0 answers at once, 1 as slowly as a real model).
    """

    seed: int = 7
    run: str = ""
    fault_rate: float = 0.0
    time_scale: float = 0.0
    retry_after_s: float = 0.05
    clock: Callable[[], float] = time.time
    limits: RateWindow = field(default_factory=RateWindow)
    _claude_cache: AnthropicPromptCache = field(default_factory=AnthropicPromptCache)
    _gpt_cache: OpenAIPromptCache = field(default_factory=OpenAIPromptCache)
    _count: itertools.count[int] = field(default_factory=itertools.count)

    def fault(self, prompt: Prompt) -> Fault | None:
        """The fault this try must meet: one asked for, one drawn by fault_rate, or a rate limit used up."""
        asked = fault_of(prompt, self.seed, self.fault_rate)
        if asked is not None:
            return asked
        return Fault(429) if self.limits.used_up(self.clock()) else None

    def exchange_claude(
        self, prompt: Prompt, blocks: Sequence[Block], account: str, service_tier: str
    ) -> Exchange:
        """Answers with explicit cache breakpoints, as Anthropic caches."""
        answer, now = StandIn(self.seed).answer(prompt), self.clock()
        cache = self._claude_cache.use(
            f"{account}/{prompt.model}",
            blocks,
            minimum_tokens=traits_of(prompt.model).minimum_prefix_tokens,
            now=now,
            usable_from=now + answer.first_chunk_s * self.time_scale,
        )
        return self._exchange(prompt, answer, cache, now, service_tier)

    def exchange_gpt(
        self, prompt: Prompt, text: str, account: str, service_tier: str, ttl: str = "30m"
    ) -> Exchange:
        """Answers with automatic prefix caching, as OpenAI caches; ttl is "30m" or "12h"."""
        answer, now = StandIn(self.seed).answer(prompt), self.clock()
        traits = traits_of(prompt.model)
        cache = self._gpt_cache.use(
            f"{account}/{prompt.model}",
            text,
            minimum_tokens=traits.minimum_prefix_tokens,
            now=now,
            usable_from=now + answer.first_chunk_s * self.time_scale,
            ttl=ttl,
        )
        if not traits.reports_cache_writes:
            unwritten = cache.write_short_tokens + cache.write_long_tokens
            cache = CacheUse(cache.fresh_tokens + unwritten, cache.read_tokens)
        return self._exchange(prompt, answer, cache, now, service_tier)

    def _exchange(
        self, prompt: Prompt, answer: Answer, cache: CacheUse, now: float, service_tier: str
    ) -> Exchange:
        self.limits.spend(now, cache.total_tokens, answer.output_tokens)
        number = digest(self.seed, self.run, next(self._count))[:24]
        return Exchange(number, prompt.model, answer, cache, int(now), service_tier)
