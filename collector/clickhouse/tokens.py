"""ClickHouse SQL split into tokens, as far as guarding and routing a statement needs it.

In: SQL text. Out: Token after Token, by the rules of ClickHouse's own lexer.
Where the two could disagree on what is quoted, a DOUBT token says so: a guard must refuse the whole text.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

WORD = "word"
QUOTED = "quoted"
TEXT = "text"
NUMBER = "number"
SIGN = "sign"
DOUBT = "doubt"

_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_HEX_TEXT = re.compile(r"[xXbB]'[0-9A-Fa-f]*'")
_ESCAPE = re.compile(r"\\[^`\"]")
_HEREDOC = re.compile(r"\$[A-Za-z0-9_]*\$")
_NUMBER = re.compile(r"(?:0[xX][0-9a-fA-F]+|\d[\d_]*(?:\.\d*)?(?:[eE][+-]?\d+)?)[A-Za-z0-9_]*")
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
            end = _comment_end(text, at)
            if "/*" in text[at + 2 : end]:
                yield Token(DOUBT, "/* /*", at, end, depth)
            at = end
        else:
            kind, value, end = _token(text, at)
            step = _BRACKETS.get(value, 0) if kind == SIGN else 0
            depth = max(depth + min(step, 0), 0)
            yield Token(kind, value, at, end, depth)
            depth += max(step, 0)
            at = end


def _token(text: str, at: int) -> tuple[str, str, int]:
    """Kind, value and end of the token at `at`."""
    char = text[at]
    if char in _QUOTES:
        value, end = _quoted(text, at)
        # A name may spell any letter as an escape, and so hide what it is.
        is_doubt = char != "'" and _ESCAPE.search(text, at, end) is not None
        return (DOUBT if is_doubt else _QUOTES[char]), value, end
    if match := _HEX_TEXT.match(text, at):
        return TEXT, match.group(), match.end()
    if match := _WORD.match(text, at):
        # x'..' and b'..' are one token, whatever stands between the quotes; a word may not lead into $.
        leads = text[match.end() : match.end() + 1]
        is_doubt = leads == "$" or (leads == "'" and match.group() in "xXbB")
        return (DOUBT if is_doubt else WORD), match.group(), match.end()
    if match := _NUMBER.match(text, at):
        return NUMBER, match.group(), match.end()
    if match := _HEREDOC.match(text, at):
        end = text.find(match.group(), match.end())
        if end >= 0:
            return TEXT, text[match.end() : end], end + len(match.group())
    is_doubt = char in "$#" or not char.isascii() or not char.isprintable() or text.startswith("//", at)
    return (DOUBT if is_doubt else SIGN), char, at + 1


def _line_end(text: str, at: int) -> int:
    end = text.find("\n", at)
    return len(text) if end < 0 else end + 1


def _comment_end(text: str, at: int) -> int:
    end = text.find("*/", at + 2)
    return len(text) if end < 0 else end + 2


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
