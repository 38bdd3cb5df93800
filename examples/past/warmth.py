"""Whether a prompt prefix is still cached when a task comes: lifetimes, renewed by every use."""

from __future__ import annotations

from dataclasses import dataclass, field

from examples.past.story import NS

SHORT_S, LONG_S, AUTOMATIC_S = 300, 3600, 1800


@dataclass
class Warmth:
    """Last use of each prefix; times are nanoseconds since 1970."""

    _last_ns: dict[str, int] = field(default_factory=dict)

    def is_warm(self, prefix: str, now_ns: int, lifetime_s: int) -> bool:
        """Whether `prefix` is cached at now_ns; either way it is from now on."""
        last_ns = self._last_ns.get(prefix)
        self._last_ns[prefix] = max(now_ns, last_ns or 0)
        return last_ns is not None and 0 <= now_ns - last_ns < lifetime_s * NS
