"""Reads every .sql file of the room: its header, its typed parameters, its one statement.

In: a file name. Out: `Statement`, frozen. Never: text put together from values; values travel as typed parameters.
"""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent
HEADER_KEYS = ("purpose", "grain", "params", "columns", "tables", "reads", "writes", "written by")

_HEADER = re.compile(r"^--\s?(?P<text>.*)$")
_KEY = re.compile(r"^(?P<key>[a-z ]+):\s*(?P<value>.*)$")
_PARAMETER = re.compile(r"\{(?P<name>[a-z_][a-z0-9_]*):(?P<type>[A-Za-z0-9_()', ]+)\}")
_VIEW = re.compile(r"^CREATE VIEW ", re.MULTILINE)
_LITERAL_OR_COMMENT = re.compile(r"'(?:[^'\\]|\\.)*'|--[^\n]*")


class BadStatement(ValueError):
    """A .sql file breaks a rule of the house; the message names the file and the rule."""


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement and what its header says.

    `parameters` maps each typed parameter to its ClickHouse type, in order of first use.
    """

    name: str
    text: str
    purpose: str
    grain: str
    header: dict[str, str]
    parameters: dict[str, str]

    @property
    def columns(self) -> str:
        """The columns with their units, as the header says them."""
        return self.header.get("columns", "")

    @property
    def tables(self) -> str:
        """The tables that are read, as the header says them."""
        return self.header.get("tables", self.header.get("reads", ""))

    @property
    def params(self) -> str:
        """The parameters, as the header says them."""
        return self.header.get("params", "")

    @property
    def no_filter(self) -> dict[str, str]:
        """Every filter of a query (its parameters that are arrays) set to none."""
        return {name: "[]" for name, kind in self.parameters.items() if kind.startswith("Array")}


@cache
def statement(name: str) -> Statement:
    """The statement in `sql/<name>.sql`, for example `queries/overview`.

    Raises BadStatement when the file is missing or breaks a rule of the house.
    """
    path = ROOT / f"{name}.sql"
    if not path.is_file():
        known = ", ".join(sorted(names(path.parent.name)))
        raise BadStatement(f"no statement sql/{name}.sql; {path.parent.name}/ has: {known}")
    return parse(name, path.read_text(encoding="utf-8"))


def query(name: str) -> Statement:
    """The read query in `sql/queries/<name>.sql`."""
    return statement(f"queries/{name}")


def views_of(found: Statement) -> list[Statement]:
    """Views of the schema that a statement reads by name, in the order of their files."""
    text = _strip_comments(found.text)
    views = []
    for name in names("schema"):
        _, _, table = name.partition("_")
        if re.search(rf"\b{table}\b", text):
            made = statement(f"schema/{name}")
            if _VIEW.search(made.text):
                views.append(made)
    return views


def names(room: str) -> list[str]:
    """Names of all statements in `sql/<room>/`, sorted, without folder and suffix."""
    return list(_listed(room))


@cache
def _listed(room: str) -> tuple[str, ...]:
    """Looked up once: a page asks for every figure whether there is a query of its name."""
    return tuple(sorted(p.stem for p in (ROOT / room).glob("*.sql")))


def parse(name: str, source: str) -> Statement:
    """Splits a file into header and statement and checks the rules that hold for every file."""
    header = _header(source)
    text = source.strip().rstrip(";").rstrip()
    for key in ("purpose", "grain"):
        if not header.get(key):
            raise BadStatement(f"sql/{name}.sql: the header lacks '-- {key}: ...'")
    bare = _LITERAL_OR_COMMENT.sub("", text)
    if ";" in bare:
        raise BadStatement(f"sql/{name}.sql: more than one statement; a file holds one")
    parameters = {m["name"]: m["type"].strip() for m in _PARAMETER.finditer(_strip_comments(text))}
    return Statement(name, text, header["purpose"], header["grain"], header, parameters)


def _header(source: str) -> dict[str, str]:
    header: dict[str, str] = {}
    key = ""
    for line in source.splitlines():
        match = _HEADER.match(line)
        if not match:
            break
        pair = _KEY.match(match["text"])
        if pair and pair["key"] in HEADER_KEYS:
            key = pair["key"]
            header[key] = pair["value"].strip()
        elif key:
            header[key] = f"{header[key]} {match['text'].strip()}".strip()
    return header


def _strip_comments(text: str) -> str:
    return "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("--"))
