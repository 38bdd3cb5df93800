"""Prices as they were then: a second database whose views give calls, tasks and sums at what they were first priced at.

In: a query of the catalogue, the name of the ledger's database. Out: whether it can be asked as priced then, and where.
Never: a query that reads anything else beside, for its parts would not fit together.
"""

import re
from typing import Final, Literal

from sql.catalogue import Statement

Prices = Literal["book", "then"]
"""`book`: at the price book in force; `then`: as each call was first priced."""

TABLES: Final = ("llm_calls", "tasks", "calls_rollup")
"""Tables that stand in it, one view of sql/views/then_<table>.sql each."""


def then_database(database: str) -> str:
    """The database of these views, beside the ledger's own."""
    return f"{database}_then"


def has_then(query: Statement) -> bool:
    """Whether a query can be asked as priced then: it reads nothing but these tables."""
    read = re.findall(r"\w+", query.tables)
    return bool(read) and set(read) <= set(TABLES)
