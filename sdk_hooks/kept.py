"""The pieces of a body that the agent reads by itself, kept to be read for its usage at the end.

In: pieces as they come. Out: the whole, unless it is too large.
"""

from __future__ import annotations

KEPT_BYTES = 4 * 1024 * 1024
"""More than this of a body is not kept."""


class Kept:
    """Pieces are joined once: adding each to what came before would cost the square of their number."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self.size = 0

    def add(self, piece: bytes) -> None:
        """Another piece."""
        self.size += len(piece)
        if self.size <= KEPT_BYTES:
            self._pieces.append(piece)
        else:
            self._pieces.clear()

    def whole(self) -> bytes | None:
        """All pieces; None where they were too large."""
        return b"".join(self._pieces) if self.size <= KEPT_BYTES else None

    def take(self) -> bytes | None:
        """All pieces, which are forgotten."""
        found = self.whole()
        self._pieces.clear()
        self.size = 0
        return found
