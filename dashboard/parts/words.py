"""Text from outside, made safe for Streamlit's Markdown."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from analytics.verdict import Piece

UNIT: Final = re.compile(r"(?<=\d) (?=(?:%|pp|min|ms|s|h|d)(?!\w))")
"""Between a number and its unit, where no line may end."""
MARKDOWN: Final = frozenset("\\`*_{}[]()#+-.!|<>$~:&=^\"'")


def plain(text: str) -> str:
    """The text with every character that Markdown would act on escaped, in one line."""
    words = UNIT.sub("\u00a0", " ".join(text.split()))
    return "".join(f"\\{char}" if char in MARKDOWN else char for char in words)


def sentence(pieces: Sequence[Piece]) -> str:
    """The pieces as Markdown, the strong ones bold."""
    out = []
    for piece in pieces:
        text = plain(piece.text)
        lead = " " if piece.text[:1] == " " else ""
        tail = " " if piece.text[-1:] == " " else ""
        out.append(lead + (f"**{text}**" if piece.strong else text) + tail)
    return "".join(out)
