"""What the files of sql/schema make, and which of them may be made anew.

In: the names of the files. Out: `SchemaFile`, frozen. A table that keeps rows is made once; what keeps nothing
(views, dictionaries, Null and Memory tables) is replaced when its file changes.
"""

import hashlib
import re
from dataclasses import dataclass

from sql.catalogue import names, statement

_ENGINE = re.compile(r"^ENGINE = (?:Null|Memory)\b", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class SchemaFile:
    """One file of the schema. `target` is the object it makes, empty for a statement that only alters."""

    name: str
    text: str
    kind: str
    target: str

    @property
    def digest(self) -> str:
        """SHA-256 of the statement, hex."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def keeps_rows(self) -> bool:
        """Whether dropping what it makes would lose something."""
        return self.kind in {"TABLE", "ALTER"} and not _ENGINE.search(self.text)

    @property
    def is_scratch(self) -> bool:
        """Whether it holds rows of one batch only; its columns may be copied from a table (`AS`)."""
        return self.kind == "TABLE" and bool(_ENGINE.search(self.text))

    @property
    def copies_columns(self) -> bool:
        """Whether it may have taken over the columns of a table, which it does not follow by itself."""
        return self.is_scratch or self.kind == "VIEW"

    @property
    def is_trigger(self) -> bool:
        """Whether inserts into another table run through it."""
        return self.kind == "MATERIALIZED VIEW"


_CREATES = re.compile(
    r"^CREATE (?P<kind>TABLE|VIEW|MATERIALIZED VIEW|DICTIONARY) IF NOT EXISTS (?P<target>\w+)", re.MULTILINE
)


def schema_files() -> list[SchemaFile]:
    """Every file of sql/schema in the order of its number."""
    return [_schema_file(name) for name in names("schema")]


def _schema_file(name: str) -> SchemaFile:
    text = statement(f"schema/{name}").text
    found = _CREATES.search(text)
    if found:
        return SchemaFile(name, text, found["kind"], found["target"])
    return SchemaFile(name, text, "ALTER", "")
