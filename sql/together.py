"""Several read queries as one statement: one way to the ledger and back, and one query of a page.

In: statements of the catalogue, the columns wanted of each. Out: a statement of one row, with an array of tuples for
each query, in its order. Parameters keep their names behind `q0_`, `q1_`, ..., as queries may give one name two values.
For small answers: each is held as one value.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

from sql.catalogue import Statement

Value = TypeVar("Value")
Part = tuple[Statement, tuple[str, ...]]
"""A query and the columns wanted of it."""


def together(parts: Sequence[Part]) -> Statement:
    """The statement that answers them all."""
    selects, froms, parameters = [], [], {}
    for number, (part, columns) in enumerate(parts):
        text = part.text
        for name, kind in part.parameters.items():
            text = text.replace(f"{{{name}:", f"{{{_renamed(number, name)}:")
            parameters[_renamed(number, name)] = kind
        # The tables of a join need names, and an aggregate keeps the order of what it reads.
        froms.append(
            f"(SELECT groupArray(tuple({', '.join(columns)})) AS found FROM (\n{text}\n)) AS q{number}"
        )
        selects.append(f"q{number}.found AS q{number}")
    name = "+".join(part.name for part, _ in parts)
    return Statement(
        name,
        f"SELECT {', '.join(selects)}\nFROM " + "\nCROSS JOIN ".join(froms),
        name,
        "one row",
        {},
        parameters,
    )


def given_together(given: Sequence[Mapping[str, Value]]) -> dict[str, Value]:
    """Parameters of each query, named as the statement names them."""
    return {_renamed(n, name): value for n, one in enumerate(given) for name, value in one.items()}


def _renamed(number: int, name: str) -> str:
    return f"q{number}_{name}"
