"""A rate limit by the minute, and the response headers in which each provider tells what is left of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

WINDOW_S = 60


@dataclass
class RateWindow:
    """Calls and tokens allowed in each minute of the clock."""

    calls: int = 4_000
    input_tokens: int = 8_000_000
    output_tokens: int = 1_600_000
    _minute: int = -1
    _calls_spent: int = 0
    _input_spent: int = 0
    _output_spent: int = 0

    def spend(self, now: float, input_tokens: int, output_tokens: int) -> None:
        """Counts one answered call at `now` (epoch seconds)."""
        self._roll(now)
        self._calls_spent += 1
        self._input_spent += input_tokens
        self._output_spent += output_tokens

    def used_up(self, now: float) -> bool:
        """Whether nothing is left at `now`."""
        self._roll(now)
        return (
            self._calls_spent >= self.calls
            or self._input_spent >= self.input_tokens
            or self._output_spent >= self.output_tokens
        )

    def anthropic_headers(self, now: float) -> dict[str, str]:
        """What is left, as the Claude API says it: `anthropic-ratelimit-*`."""
        self._roll(now)
        reset = datetime.fromtimestamp((self._minute + 1) * WINDOW_S, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        headers: dict[str, str] = {}
        for name, limit, spent in (
            ("requests", self.calls, self._calls_spent),
            ("input-tokens", self.input_tokens, self._input_spent),
            ("output-tokens", self.output_tokens, self._output_spent),
            ("tokens", self.input_tokens + self.output_tokens, self._input_spent + self._output_spent),
        ):
            headers[f"anthropic-ratelimit-{name}-limit"] = str(limit)
            headers[f"anthropic-ratelimit-{name}-remaining"] = str(max(0, limit - spent))
            headers[f"anthropic-ratelimit-{name}-reset"] = reset
        return headers

    def openai_headers(self, now: float) -> dict[str, str]:
        """What is left, as OpenAI says it: `x-ratelimit-*`."""
        self._roll(now)
        left_s = f"{(self._minute + 1) * WINDOW_S - now:.3f}s"
        tokens, spent = self.input_tokens + self.output_tokens, self._input_spent + self._output_spent
        return {
            "x-ratelimit-limit-requests": str(self.calls),
            "x-ratelimit-remaining-requests": str(max(0, self.calls - self._calls_spent)),
            "x-ratelimit-reset-requests": left_s,
            "x-ratelimit-limit-tokens": str(tokens),
            "x-ratelimit-remaining-tokens": str(max(0, tokens - spent)),
            "x-ratelimit-reset-tokens": left_s,
        }

    def _roll(self, now: float) -> None:
        minute = int(now // WINDOW_S)
        if minute != self._minute:
            self._minute = minute
            self._calls_spent = self._input_spent = self._output_spent = 0
