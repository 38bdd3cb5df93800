"""Where the parts of one statement stand: its FORMAT, its trailing SETTINGS, an insert's target and data.

In: SQL text. Out: a Statement. It routes and rewrites only; what a statement may do is `clickhouse_guard`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from collector.clickhouse.tokens import NUMBER, TEXT, WORD, Token, tokens

# What can follow a column that happens to be called "format".
_NOT_A_FORMAT_WORDS = """
    ASC DESC NULLS COLLATE WITH FROM AS IN NOT LIKE ILIKE AND OR BETWEEN IS LIMIT ORDER GROUP WHERE
    HAVING UNION EXCEPT INTERSECT SETTINGS THEN ELSE END WHEN JOIN ON USING OFFSET DIV MOD
"""
_NOT_A_FORMAT = frozenset(_NOT_A_FORMAT_WORDS.split())
_INSERT_TURNS = ("FORMAT", "VALUES", "SELECT", "WITH", "FROM", "SETTINGS")


@dataclass(frozen=True)
class Statement:
    """One statement. `text` ends with its last token: no trailing comment, blank or semicolon."""

    text: str
    words: tuple[Token, ...]
    first: str
    """First keyword in upper case, '' if there is none."""
    fmt: str | None = None
    """Format named by a FORMAT clause."""
    _format_span: tuple[int, int] | None = None
    settings: tuple[tuple[str, str], ...] = field(default=())
    """A trailing SETTINGS clause of plain literals."""
    _settings_span: tuple[int, int] | None = None

    def without_settings(self) -> str:
        """The text without its trailing SETTINGS clause, the FORMAT clause kept."""
        return _cut(self.text, self._settings_span)

    def into(self, target: str, fmt: str, keep_settings: bool) -> str:
        """The text as a query whose result goes to `target`, an INTO OUTFILE clause, in `fmt`."""
        if self._format_span is None:
            body = self.text if keep_settings else self.without_settings()
            return f"{body}\n{target} FORMAT {fmt}"
        start, end = self._format_span
        head, tail = self.text[:start], self.text[end:]
        if not keep_settings and self._settings_span is not None:
            if self._settings_span[0] < start:
                head = _cut(head, self._settings_span)
            else:
                tail = ""
        return f"{head}\n{target} FORMAT {fmt} {tail}".rstrip()


@dataclass(frozen=True)
class InsertHead:
    """The head of an INSERT that brings data: `statement` without FORMAT, `fmt`, and where the data begin.

    `fmt` is '' when the statement names none.
    """

    statement: str
    fmt: str
    data_start: int


def read_statement(text: str) -> Statement:
    """The parts of the query or command in `text`; for an INSERT with data see `read_insert`."""
    found = list(tokens(text))
    while found and found[-1].is_sign(";"):
        found.pop()
    if not found:
        return Statement("", (), "")
    text = text[: found[-1].end]
    first = next((token.value.upper() for token in found if token.kind == WORD), "")
    fmt_at = _format_clause(found)
    settings_at, settings = _settings_clause(found, fmt_at)
    return Statement(
        text,
        tuple(found),
        first,
        fmt=found[fmt_at + 1].value if fmt_at is not None else None,
        _format_span=(found[fmt_at].start, found[fmt_at + 1].end) if fmt_at is not None else None,
        settings=settings,
        _settings_span=settings_at,
    )


def read_insert(text: str) -> InsertHead | None:
    """The head of the INSERT in `text`, or None if it is none or takes its data from a query."""
    opening: list[Token] = []
    scan = tokens(text)
    for token in scan:
        opening.append(token)
        if len(opening) == 1 and not token.is_word("INSERT"):
            return None
        # Brackets before the turn hold column names or a table function; a query may stand in brackets.
        if len(opening) > 1 and token.is_word("SELECT", "WITH") and opening[-2].is_sign("("):
            return None
        if token.depth or not token.is_word(*_INSERT_TURNS) or len(opening) < 3:
            continue
        if opening[-2].is_sign(".") or opening[-2].is_word("INTO", "TABLE", "INSERT"):
            continue  # a table of that name
        if token.is_word("SELECT", "WITH", "FROM"):
            return None
        if token.is_word("VALUES"):
            return InsertHead(text[: token.start], "Values", token.end)
        if token.is_word("FORMAT"):
            named = next(scan, None)
            if named is None:
                return InsertHead(text[: token.start], "", token.end)
            if named.value.upper() == "VALUES":
                return InsertHead(text[: token.start], "Values", named.end)
            return InsertHead(text[: token.start], named.value, _data_start(text, named.end))
    if opening and opening[0].is_word("INSERT"):
        return InsertHead(text[: opening[-1].end].rstrip("; \n\t"), "", len(text))
    return None


def _data_start(text: str, at: int) -> int:
    """Data begin after the first line break, or after the blanks if there is none before them."""
    while at < len(text) and text[at] in " \t\f;":
        at += 1
    if text.startswith("\r\n", at):
        return at + 2
    return at + 1 if text.startswith(("\n", "\r"), at) else at


def _format_clause(found: Sequence[Token]) -> int | None:
    """Index of the FORMAT keyword of the statement's own FORMAT clause."""
    for index in range(len(found) - 2, 0, -1):
        token, following = found[index], found[index + 1]
        if token.depth or not token.is_word("FORMAT") or following.kind != WORD:
            continue
        if found[index - 1].is_sign(".") or following.value.upper() in _NOT_A_FORMAT:
            continue
        rest = found[index + 2 :]
        if not rest or rest[0].is_word("SETTINGS"):
            return index
    return None


def _settings_clause(
    found: Sequence[Token], fmt_at: int | None
) -> tuple[tuple[int, int] | None, tuple[tuple[str, str], ...]]:
    """Span and pairs of a SETTINGS clause at the end of the statement or right before its FORMAT clause."""
    for index in range(len(found) - 1, 0, -1):
        token = found[index]
        if token.depth or not token.is_word("SETTINGS"):
            continue
        stop = fmt_at if fmt_at is not None and fmt_at > index else len(found)
        pairs = _pairs(found[index + 1 : stop])
        return ((token.start, found[stop - 1].end), pairs) if pairs else (None, ())
    return None, ()


def _pairs(found: Sequence[Token]) -> tuple[tuple[str, str], ...]:
    """`name = literal, ...` as pairs, or () if it is anything else."""
    pairs: list[tuple[str, str]] = []
    for index in range(0, len(found), 4):
        group = found[index : index + 4]
        if len(group) < 3 or group[0].kind != WORD or not group[1].is_sign("="):
            return ()
        if group[2].kind not in (WORD, NUMBER, TEXT) or (len(group) == 4 and not group[3].is_sign(",")):
            return ()
        value = {"TRUE": "1", "FALSE": "0"}.get(group[2].value.upper(), group[2].value)
        pairs.append((group[0].value, value))
    return tuple(pairs) if len(found) % 4 == 3 else ()


def _cut(text: str, span: tuple[int, int] | None) -> str:
    return text if span is None else (text[: span[0]] + text[span[1] :]).rstrip()
