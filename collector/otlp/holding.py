"""How much of all bodies together the receiver holds, from their first byte to the end of their request.

In: sizes as bodies arrive and are unpacked. Out: nothing, or Overloaded. Bodies of ordinary size always pass, so that a
few senders of huge ones, or of huge ones that never end, do not keep out everybody else.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from collector.otlp.writer import MIB, RETRY_AFTER_S, Overloaded

HELD_BYTES = 192 * MIB
ORDINARY_BYTES = MIB


class Holding:
    """Bodies larger than `ordinary_bytes` may hold `limit_bytes` in all; one of them always passes."""

    def __init__(self, limit_bytes: int = HELD_BYTES, ordinary_bytes: int = ORDINARY_BYTES) -> None:
        self._limit = limit_bytes
        self._ordinary = ordinary_bytes
        self._held = 0

    @contextmanager
    def body(self) -> Iterator["HeldBody"]:
        """One body, held until the end."""
        held = HeldBody(self)
        try:
            yield held
        finally:
            held.is_now(0)

    def resize(self, before: int, after: int) -> None:
        """A body that took `before` bytes takes `after`. Raises Overloaded, which leaves it as it was."""
        others = self._held - before
        if before < after > self._ordinary and others and others + after > self._limit:
            raise Overloaded(
                f"{others} bytes of other requests are being received, {self._limit} are allowed",
                RETRY_AFTER_S,
            )
        self._held = others + after


class HeldBody:
    """One body under way."""

    def __init__(self, holding: Holding) -> None:
        self._holding = holding
        self._size = 0

    def is_now(self, size: int) -> None:
        """It takes `size` bytes by now. Raises Overloaded."""
        self._holding.resize(self._size, size)
        self._size = size
