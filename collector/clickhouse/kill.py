"""KILL QUERY by query_id, as drivers and tools send it to stop a query of theirs.

In: the tokens of a statement. Out: the ids it names. Other forms of KILL are the engine's own and not for readers: to
the engine all users are one, and the collector's statements run beside theirs.
Source: https://clickhouse.com/docs/sql-reference/statements/kill
"""

from collections.abc import Sequence

from collector.clickhouse.tokens import TEXT, Token

KILLED = """
SELECT 'waiting' AS kill_status, arrayJoin({ids:Array(String)}) AS query_id, {user:String} AS user, '' AS query
"""
_ENDINGS = ("SYNC", "ASYNC")


def killed_ids(found: Sequence[Token]) -> tuple[str, ...] | None:
    """The ids of `KILL QUERY WHERE query_id = '...'` or `IN ('...', ...)`; None for any other statement."""
    words = list(found)
    if len(words) > 1 and words[-2].is_word("FORMAT"):
        del words[-2:]
    if words and words[-1].is_word(*_ENDINGS):
        words.pop()
    head = [token.value.upper() for token in words[:4]]
    if head != ["KILL", "QUERY", "WHERE", "QUERY_ID"] or len(words) < 6:
        return None
    rest = words[4:]
    if rest[0].is_sign("="):
        named = rest[1:]
    elif rest[0].is_word("IN") and rest[1].is_sign("(") and rest[-1].is_sign(")"):
        named = [token for token in rest[2:-1] if not token.is_sign(",")]
    else:
        return None
    if not named or any(token.kind != TEXT for token in named) or (rest[0].is_sign("=") and len(named) > 1):
        return None
    return tuple(token.value for token in named)
