"""Values as ClickHouse reads them in typed parameters.

In: Python values. Out: text. Never: a value inside a statement.
"""

from collections.abc import Iterable


def strings(values: Iterable[str]) -> str:
    """Text of an Array(String)."""
    return "[" + ",".join(_quoted(value) for value in values) + "]"


def numbers(values: Iterable[int]) -> str:
    """Text of an array of whole numbers."""
    return "[" + ",".join(str(value) for value in values) + "]"


def text(value: str) -> str:
    """Text of a String; a parameter is read as tab-separated, so its own separators are escaped."""
    return value.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n")


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n").replace("\t", "\\t")
    return f"'{escaped}'"
