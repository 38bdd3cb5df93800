"""Chooses what the next batch takes: less after a failure, so that what cannot be recomputed holds nothing else up.

In: the parts that wait, which batches passed and which failed. Out: shares. Pure.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

CUT_INTO = 8
MOST_PIECES = CUT_INTO**6
TRIES = 3


@dataclass(frozen=True, slots=True)
class Part:
    """A part of touched_keys that waits."""

    name: str
    keys: int


@dataclass(frozen=True, slots=True)
class Share:
    """Parts of touched_keys; of one that was cut only the traces whose hash leaves `rest` when divided by `of`."""

    parts: tuple[str, ...]
    of: int = 1
    rest: int = 0

    @property
    def is_piece(self) -> bool:
        """Whether it is less than a whole part."""
        return self.of > 1


class Taking:
    """What is taken next. A part that failed alone is cut; its pieces and the parts behind it then take turns."""

    def __init__(self, batch_keys: int, small_keys: int) -> None:
        self._batch_keys = batch_keys
        self._small_keys = small_keys
        self._most_parts = 0  # 0 = any number
        self._pieces: deque[Share] = deque()
        self._failures: dict[Share, int] = {}
        self._took_piece = False
        self.is_large = False
        self.is_behind = False

    @property
    def is_cut(self) -> bool:
        """Whether a part is being worked on in pieces."""
        return bool(self._pieces)

    @property
    def is_limited(self) -> bool:
        """Whether less is taken than usual, since something failed."""
        return self.is_cut or self._most_parts > 0

    def next(self, waiting: Sequence[Part]) -> Share | None:
        """What to take of the parts that wait, oldest first; None when none does."""
        names = {part.name for part in waiting}
        self._pieces = deque(piece for piece in self._pieces if piece.parts[0] in names)
        cut = {piece.parts[0] for piece in self._pieces}
        whole = [part for part in waiting if part.name not in cut]
        if self._pieces and (not whole or not self._took_piece):
            self._took_piece, self.is_large, self.is_behind = True, False, True
            return self._pieces[0]
        self._took_piece = False
        return self._whole(whole, bool(cut)) if whole else None

    def passed(self, share: Share) -> bool:
        """Notes that a share is done; whether its parts may be struck."""
        self._failures.pop(share, None)
        if not share.is_piece:
            if self._most_parts:
                self._most_parts = self._most_parts + 1 if self.is_behind else 0
            return True
        self._pieces = deque(piece for piece in self._pieces if piece != share)
        return all(piece.parts != share.parts for piece in self._pieces)

    def failed(self, share: Share, traces: int) -> bool:
        """Takes less from now on; False when the share, of `traces` traces, is no less to be had, and failed often."""
        if len(share.parts) > 1:
            self._most_parts = len(share.parts) // 2
            return True
        if traces > 1 and share.of < MOST_PIECES:
            self._pieces = deque(piece for piece in self._pieces if piece != share)
            self._pieces.extendleft(
                Share(share.parts, share.of * CUT_INTO, share.rest + share.of * place)
                for place in range(CUT_INTO)
            )
            return True
        self._failures[share] = self._failures.get(share, 0) + 1
        if share.is_piece:
            self._pieces.rotate(-1)
        return self._failures[share] < TRIES

    def _whole(self, whole: Sequence[Part], is_cut: bool) -> Share:
        taken: list[str] = []
        keys = 0
        for part in whole:
            keys += part.keys
            if taken and (keys > self._batch_keys or len(taken) == self._most_parts):
                break
            taken.append(part.name)
        self.is_large = keys > self._small_keys
        self.is_behind = is_cut or len(taken) < len(whole)
        return Share(tuple(taken))
