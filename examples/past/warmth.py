"""Whether a prompt prefix is still cached when a task comes: lifetimes, renewed by every use."""

from __future__ import annotations

from dataclasses import dataclass, field

from examples.past.story import NS

SHORT_S, LONG_S, AUTOMATIC_S = 300, 3600, 1800


@dataclass
class Warmth:
    """Since when each prefix has been in use without a gap, and its last use; nanoseconds since 1970.

    Tasks overlap but are planned one after another, so a use may lie before the last one that is known.
    """

    _used_ns: dict[str, tuple[int, int]] = field(default_factory=dict)

    def is_warm(self, prefix: str, now_ns: int, lifetime_s: int) -> bool:
        """Whether `prefix` is cached at now_ns; either way it is from now on."""
        since_ns, last_ns = self._used_ns.get(prefix, (now_ns, 0))
        if since_ns <= now_ns < last_ns + lifetime_s * NS:
            self._used_ns[prefix] = (since_ns, max(last_ns, now_ns))
            return True
        self._used_ns[prefix] = (now_ns, max(now_ns, last_ns) if now_ns < since_ns else now_ns)
        return False
