"""Tokens of a text without a tokenizer: an estimate by pieces, its error measured against published tokenizers.

In: text. Out: a whole number. The same text always counts the same, so a difference is a difference of text.
The weights are least squares against o200k_base over prose, code, JSON and 22 languages; `python -m benchmarks
gate_tokens` measures what they are worth.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass

ERROR = 0.10
"""Largest error met on English, code, SQL and JSON, against o200k, cl100k, DeepSeek's and Claude 2's, as a share."""

OTHER_ERROR = 0.50
"""The same against o200k and DeepSeek's on other languages; older tokenizers differ from these by more."""

OTHER_SHARE = 0.01
"""From this share of characters outside ASCII on, a text counts as another language."""

LONG_WORD = 8
_WORD, _LETTER_PAST_LONG, _DIGITS, _GLUED, _MARKS, _MARK_PAST_THREE, _LINE, _SPACE = (
    0.92, 0.47, 1.16, 0.46, 1.23, 0.08, 1.58, 1.06,
)  # fmt: skip
_PIECES = re.compile(
    r"(?P<glued>(?<![^\w\s\0])[^\w\s\0](?=[A-Za-z])|_(?=[A-Za-z]))|(?P<word>[A-Z]+(?![a-z])|[A-Z]?[a-z]+)|(?P<digits>\d{1,3})"
    r"|(?P<marks>(?:[^\w\s\0]|_)+)[\r\n]*|(?P<line>\s*[\r\n]+)|(?P<space>\s+)",
    re.ASCII,
)
_OTHER = re.compile(r"[^\x00-\x7f]+")
_SCRIPTS = (
    (0x80, 0.34), (0x250, 0.60), (0x300, 0.34), (0x370, 0.40), (0x400, 0.29), (0x530, 0.38), (0x590, 0.44),
    (0x600, 0.34), (0x700, 0.60), (0x900, 0.42), (0xE00, 0.40), (0xE80, 0.70), (0x10A0, 0.37), (0x1100, 0.60),
    (0x1E00, 0.45), (0x2000, 0.80), (0x3000, 0.80), (0x3040, 0.57), (0x3100, 0.73), (0xA000, 0.80), (0xAC00, 0.63),
    (0xD7B0, 1.00), (0xFF00, 0.80), (0x10000, 2.00),
)  # fmt: skip
"""Tokens a character, by the code point at which a script begins."""

_STARTS = [start for start, _ in _SCRIPTS]


def estimate(text: str) -> int:
    """Tokens of `text`, about."""
    total = 0.0
    if not text.isascii():
        for run in _OTHER.findall(text):
            total += sum(_SCRIPTS[bisect_right(_STARTS, ord(letter)) - 1][1] for letter in run)
        text = _OTHER.sub("\0", text)
    for found in _PIECES.finditer(text):
        match found.lastgroup:
            case "word":
                total += _WORD + _LETTER_PAST_LONG * max(0, len(found[0]) - LONG_WORD)
            case "digits":
                total += _DIGITS
            case "glued":
                total += _GLUED
            case "marks":
                total += _MARKS + _MARK_PAST_THREE * max(0, len(found["marks"]) - 3)
            case "line":
                total += _LINE
            case _:
                total += _SPACE * (len(found[0]) > 1)
    return max(round(total), 1) if text else 0


def error_of(text: str) -> float:
    """The estimate's error on a text of this kind."""
    others = sum(map(len, _OTHER.findall(text)))
    return OTHER_ERROR if others > OTHER_SHARE * len(text) else ERROR


@dataclass(frozen=True)
class Counter:
    """A way to count tokens. error_of: largest error met on texts of this kind, as a share; 0 = the model's own."""

    name: str
    count: Callable[[str], int]
    error_of: Callable[[str], float]


ESTIMATE = Counter("estimate", estimate, error_of)
