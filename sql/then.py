"""Other prices than those in force: databases beside the ledger's own, whose tables are views with other costs in them.

In: the ledger's database, what is chosen (`then`: as first priced; `book:VERSION`: at one price book). Out: the name
of that database and the statements that make its views. Never: a query part of whose tables are at other prices.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final

from sql.catalogue import Statement, names, query, statement

Prices = str
"""`book`: at the price book in force; `then`: as each call was first priced; `book:VERSION`: at one book."""

IN_FORCE: Final = "book"
FIRST: Final = "then"
ONE_BOOK: Final = "book:"

BOOKS_OFFERED: Final = 8
"""The newest books, as many as the dictionary of prices holds."""

TABLES: Final = ("llm_calls", "tasks", "calls_rollup")
"""Tables with costs: a view of each stands in the other database, sql/views/then_<table>.sql or book_<table>.sql."""

_SUMS_STAND: Final = "summed_buckets"
"""Says which sums of settled hours hold; at other prices hardly any, and calls are read one by one."""

_STORED: Final = {"stored_calls": "llm_calls", "stored_tasks": "tasks", "stored_sums": "calls_rollup"}
"""Views of what the ledger holds, for the views that are made of both."""

_MADE = re.compile(r"^CREATE (?P<kind>TABLE|VIEW|DICTIONARY) IF NOT EXISTS (?P<name>\w+)", re.MULTILINE)
_READ = re.compile(r"\b(?:FROM|JOIN)\s+(\w+)")
_NO_TEXT = re.compile(r"'(?:[^'\\]|\\.)*'|--[^\n]*")


@dataclass(frozen=True)
class View:
    """One view. is_inside: made with the other database as the current one, as it reads its views."""

    text: str
    is_inside: bool


def then_database(database: str) -> str:
    """The database in which every call costs what it was first priced at."""
    return f"{database}_then"


def book_database(database: str, version: str) -> str:
    """The database in which every call costs what one price book says."""
    return f"{database}_at_{hashlib.sha256(version.encode()).hexdigest()[:12]}"


def priced_database(database: str, prices: Prices) -> str:
    """The database to ask for `prices`."""
    if prices == FIRST:
        return then_database(database)
    version = book_of(prices)
    return book_database(database, version) if version else database


def book_of(prices: Prices) -> str:
    """The version of the book, empty where none is named."""
    return prices.removeprefix(ONE_BOOK) if prices.startswith(ONE_BOOK) else ""


def has_then(asked: Statement) -> bool:
    """Whether a query can be asked at other prices: all it reads stands in those databases, and costs are among it."""
    read = _tables(asked)
    return bool(read & set(TABLES)) and read <= standing() and "dictGet" not in asked.text


@cache
def standing() -> frozenset[str]:
    """Names of all tables that stand in such a database, as views."""
    return frozenset({*TABLES, _SUMS_STAND, *_passed(), *_views()})


def statements(version: str = "") -> Iterator[View]:
    """What makes the views, in order, each with the parameter `into`: as first priced, or at the book `version`."""
    kind = "book" if version else "then"
    for name, table in [*_STORED.items(), *((table, table) for table in sorted(_passed()))]:
        final = " FINAL" if table in TABLES or _is_read_final(table) else ""
        yield View(
            f"CREATE OR REPLACE VIEW {{into:Identifier}}.{name} AS SELECT * FROM {table}{final}", False
        )
    for name, is_inside in (
        ("llm_calls", False),
        ("tasks", True),
        ("calls_rollup", True),
        (_SUMS_STAND, False),
    ):
        # A view takes no parameters of its maker: the version stands in its text, quoted.
        yield View(
            statement(f"views/{kind}_{name}").text.replace("{book:String}", _quoted(version)), is_inside
        )
    for name in _views():
        text = _schema()[name].text
        yield View(
            text.replace(
                f"CREATE VIEW IF NOT EXISTS {name} ", f"CREATE OR REPLACE VIEW {{into:Identifier}}.{name} "
            ),
            True,
        )


@cache
def _schema() -> dict[str, Statement]:
    """The statement that makes each table, view and dictionary."""
    found = {}
    for name in names("schema"):
        made = statement(f"schema/{name}")
        match = _MADE.search(made.text)
        if match:
            found[match["name"]] = made
    return found


@cache
def _views() -> tuple[str, ...]:
    """Views of the schema that queries read and that read tables with costs, in the order of their files."""
    asked = set().union(*(_tables(query(name)) for name in names("queries")))
    costly = {*TABLES, _SUMS_STAND}
    return tuple(name for name in _schema() if name in asked and _is_view(name) and _reach(name) & costly)


@cache
def _passed() -> frozenset[str]:
    """Tables without costs, or read only together with summed_buckets, that stand there as they are."""
    found: set[str] = set()
    for name in names("queries"):
        read = _tables(query(name))
        if read & set(TABLES):
            found |= read
    kept = found - set(TABLES) - {_SUMS_STAND} - set(_views())
    return frozenset(name for name in kept if "CREATE TABLE" in _schema()[name].text)


def _tables(asked: Statement) -> frozenset[str]:
    """Everything of the schema that a statement reads, views and what they read included."""
    return frozenset().union(*(_reach(name) for name in _named(asked)))


@cache
def _reach(name: str) -> frozenset[str]:
    made = _schema()[name]
    deeper = _named(made) - {name} if _is_view(name) else frozenset()
    return frozenset({name}).union(*(_reach(one) for one in deeper))


def _named(found: Statement) -> frozenset[str]:
    return frozenset(set(_READ.findall(_NO_TEXT.sub("''", found.text))) & set(_schema()))


def _is_view(name: str) -> bool:
    match = _MADE.search(_schema()[name].text)
    return match is not None and match["kind"] == "VIEW"


@cache
def _is_read_final(table: str) -> bool:
    wanted = re.compile(rf"\b(?:FROM|JOIN)\s+{table}(?:\s+AS\s+\w+)?\s+FINAL\b")
    return any(wanted.search(query(name).text) for name in names("queries"))


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
