"""A result as JSON with every number, and back.

In: a result, or its text. Out: the other. Decimals are text, so that nothing is lost. Raises BadReport.
"""

from __future__ import annotations

import dataclasses
import json
import math
from decimal import Decimal
from typing import Any

from analytics.gate.result import FORMAT, GateResult, StaticResult


class BadReport(ValueError):
    """Text that is no report of the gate; says why."""


def to_json(result: GateResult) -> str:
    """The whole result, indented, keys in the order of the record."""
    return json.dumps(plain(result), indent=2, ensure_ascii=False) + "\n"


def plain(result: GateResult) -> dict[str, Any]:
    """The whole result as JSON knows it."""
    found: dict[str, Any] = _plain(dataclasses.asdict(result))
    return found


def from_json(text: str) -> GateResult:
    """The result that `to_json` wrote. Raises BadReport."""
    from pydantic import TypeAdapter, ValidationError

    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadReport(f"is not JSON: {error}") from None
    if not isinstance(found, dict) or "format" not in found or "settings" not in found:
        raise BadReport("is no report of `spanledger gate`")
    if found["format"] != FORMAT:
        raise BadReport(f"has format {found['format']}; this version reads {FORMAT}")
    try:
        return TypeAdapter(GateResult).validate_python(found)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise BadReport(f"{where}: {first['msg']}") from None


def static_from_json(text: str) -> StaticResult:
    """A static result from its JSON. Raises BadReport."""
    from pydantic import TypeAdapter, ValidationError

    try:
        return TypeAdapter(StaticResult).validate_python(json.loads(text))
    except ValidationError:
        raise BadReport("is no report of `spanledger gate static`") from None
    except (ValueError, RecursionError) as error:
        raise BadReport(f"is not JSON: {error}") from None


def _plain(value: Any) -> Any:
    match value:
        case dict():
            return {str(key): _plain(item) for key, item in value.items()}
        case list() | tuple():
            return [_plain(item) for item in value]
        case Decimal():
            return format(value, "f")
        case float() if not math.isfinite(value):
            return "Infinity" if value > 0 else "-Infinity" if value < 0 else "NaN"
    return value
