"""ClickHouse SQL split into tokens, as far as guarding and routing a statement needs it.

In: SQL text. Out: Token after Token. Follows ClickHouse's lexer: nested comments, heredocs, quoted names.
Where that lexer is open to doubt the content is given out as code, so that a guard sees more, never less.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

WORD = "word"
QUOTED = "quoted"
TEXT = "text"
NUMBER = "number"
SIGN = "sign"

_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_$]*")
_NUMBER = re.compile(r"(?:0[xX][0-9a-fA-F]+|\d[\d_]*(?:\.\d*)?(?:[eE][+-]?\d+)?)[A-Za-z0-9_]*")
_BLOCK_EDGE = re.compile(r"/\*|\*/")
_QUOTES = {"'": TEXT, '"': QUOTED, "`": QUOTED}
_CLOSING = {quote: re.compile(rf"[{quote}\\]") for quote in _QUOTES}
_BRACKETS = {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}


@dataclass(frozen=True)
class Token:
    """One token. `value` is a word or sign as written, or the content of a quoted name or text, unescaped.

    `start` and `end` are offsets in the text; `depth` counts the brackets it stands in (a closing bracket
    has the depth of its opening one).
    """

    kind: str
    value: str
    start: int
    end: int
    depth: int

    def is_word(self, *words: str) -> bool:
        """Whether this is one of the keywords `words` (upper case), unquoted."""
        return self.kind == WORD and self.value.upper() in words

    def is_sign(self, sign: str) -> bool:
        """Whether this is the sign `sign`."""
        return self.kind == SIGN and self.value == sign


def tokens(text: str, start: int = 0) -> Iterator[Token]:
    """Tokens of `text` from `start` on, without comments and blanks. What is cut off just ends."""
    at, depth, length = start, 0, len(text)
    while at < length:
        char = text[at]
        if char.isspace():
            at += 1
        elif text.startswith("--", at):
            at = _line_end(text, at)
        elif text.startswith("/*", at):
            at = _comment_end(text, at)
        elif char in _QUOTES:
            value, end = _quoted(text, at)
            yield Token(_QUOTES[char], value, at, end, depth)
            at = end
        elif match := _WORD.match(text, at) or _NUMBER.match(text, at):
            kind = WORD if match.re is _WORD else NUMBER
            yield Token(kind, match.group(), at, match.end(), depth)
            at = match.end()
        else:
            # '#', '//' comments, heredocs and typographic quotes: their content comes out as code.
            step = _BRACKETS.get(char, 0)
            depth = max(depth + min(step, 0), 0)
            yield Token(SIGN, char, at, at + 1, depth)
            depth += max(step, 0)
            at += 1


def _line_end(text: str, at: int) -> int:
    end = text.find("\n", at)
    return len(text) if end < 0 else end + 1


def _comment_end(text: str, at: int) -> int:
    """End of the block comment that opens at `at`; ClickHouse lets them nest."""
    level = 0
    for edge in _BLOCK_EDGE.finditer(text, at):
        level += 1 if edge.group() == "/*" else -1
        if level == 0:
            return edge.end()
    return len(text)


def _quoted(text: str, at: int) -> tuple[str, int]:
    """Content and end of the quoted token at `at`; a backslash escapes, a doubled quote is one quote."""
    quote = text[at]
    parts: list[str] = []
    start = at + 1
    while match := _CLOSING[quote].search(text, start):
        parts.append(text[start : match.start()])
        if match.group() == "\\":
            parts.append(text[match.end() : match.end() + 1])
            start = match.end() + 1
        elif text.startswith(quote, match.end()):
            parts.append(quote)
            start = match.end() + 1
        else:
            return "".join(parts), match.end()
    return "".join([*parts, text[start:]]), len(text)
