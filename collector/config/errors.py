"""What pydantic found wrong -> lines a user can act on: file:line, the value, the nearest right name.

In: a ValidationError and the document it is about. Out: one text a fault, in the order of the file.
"""

import difflib
import re
import types
from collections.abc import Mapping, Sequence
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from collector.config.yaml import Document, Path

ATTRIBUTE = "attribute.<name>"
"""How the models call the keys `attribute.foo`, `attribute.bar`, ... of the file, gathered in one mapping."""

_PLAIN_WORDS = {
    "int_type": "expected a whole number",
    "int_parsing": "expected a whole number",
    "int_from_float": "expected a whole number",
    "decimal_type": "expected a number",
    "decimal_parsing": "expected a number",
    "finite_number": "expected a finite number",
    "string_too_short": "expected text that is not empty",
    "bool_type": "expected true or false",
    "bool_parsing": "expected true or false",
    "tuple_type": "expected a list, each entry on a line of its own after '- '",
    "list_type": "expected a list, each entry on a line of its own after '- '",
    "dict_type": "expected names with values below them",
    "model_type": "expected names with values below them",
    "model_attributes_type": "expected names with values below them",
    "string_type": "expected text; put it in quotes",
    "datetime_type": "expected a date such as 2026-11-01",
    "datetime_parsing": "expected a date such as 2026-11-01",
    "datetime_from_date_parsing": "expected a date such as 2026-11-01",
}


def explain(error: ValidationError, document: Document, model: type[BaseModel]) -> list[tuple[int, str]]:
    """One (line, text) for every fault pydantic reports about `document.value` read as `model`."""
    return [_explain_one(fault, document, model) for fault in error.errors()]


def _explain_one(fault: ErrorDetails, document: Document, model: type[BaseModel]) -> tuple[int, str]:
    path = _as_written(fault["loc"])
    kind = fault["type"]
    if kind == "extra_forbidden":
        names = _names_at(model, path[:-1])
        return document.line_of(path), f"{spell(path)} is not a name here; {_nearest(str(path[-1]), names)}"
    if kind == "missing":
        return document.line_of(path), f"{spell(path[:-1])} lacks {path[-1]}"
    said = _PLAIN_WORDS.get(kind) or fault["msg"].removeprefix("Value error, ").removeprefix("Input ")
    if kind == "literal_error":
        allowed = re.findall(r"'([^']*)'", str(fault.get("ctx", {}).get("expected", "")))
        said = _nearest(str(fault["input"]), allowed)
    return document.line_of(path), f"{spell(path)}{_shown(fault['input'])}: {said}"


def _as_written(location: Path) -> Path:
    """Where the value stands in the file: `(..., "attribute.<name>", "foo")` -> `(..., "attribute.foo")`."""
    if ATTRIBUTE in location[:-1]:
        at = location.index(ATTRIBUTE)
        return (*location[:at], f"attribute.{location[at + 1]}", *location[at + 2 :])
    return location


def spell(path: Path) -> str:
    """`("budgets", 0, "period")` -> `budgets[0].period`; the empty path is the file itself."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.removeprefix(".") or "the file"


def _shown(value: Any) -> str:
    if isinstance(value, Mapping | Sequence) and not isinstance(value, str):
        return ""
    if value is None:
        return " is empty"
    text = str(value) if not isinstance(value, bool) else str(value).lower()
    return f" is {text[:80]!r}"


def _nearest(wrong: str, names: Sequence[str]) -> str:
    found = difflib.get_close_matches(wrong.lower(), names, n=1, cutoff=0.5)
    if found:
        return f"did you mean {found[0]}?"
    return f"expected one of {', '.join(names)}"


def _names_at(model: type[BaseModel], path: Path) -> list[str]:
    """Names allowed in the mapping at `path`, found by walking the models."""
    current: Any = model
    for part in path:
        if isinstance(part, str) and isinstance(current, type) and issubclass(current, BaseModel):
            fields = {info.alias or name: info for name, info in current.model_fields.items()}
            current = _plain(fields[part].annotation) if part in fields else None
        else:
            arguments = get_args(current)
            position = 1 if get_origin(current) is dict else 0
            current = _plain(arguments[position]) if arguments else None
    if isinstance(current, type) and issubclass(current, BaseModel):
        return [info.alias or name for name, info in current.model_fields.items()]
    return []


def _plain(annotation: Any) -> Any:
    """`X | None` -> `X`."""
    if get_origin(annotation) in (Union, types.UnionType):
        return next(part for part in get_args(annotation) if part is not type(None))
    return annotation
