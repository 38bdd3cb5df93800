"""Small readers over decoded JSON bodies and headers, shared by every wire format."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import cast

from examples.wire.prompt import Hints, Json


class BadRequest(ValueError):
    """A body that the provider would refuse with status 400; the text says what is wrong."""


def as_map(value: object) -> Json:
    """`value` if it is a JSON object, else an empty one."""
    return cast("Json", value) if isinstance(value, Mapping) else {}


def as_list(value: object) -> list[object]:
    """`value` if it is a JSON array, else an empty one."""
    return value if isinstance(value, list) else []


def maps(value: object) -> list[Json]:
    """The JSON objects of the array `value`."""
    return [cast("Json", item) for item in as_list(value) if isinstance(item, Mapping)]


def whole(body: Json, names: Iterable[str], default: int) -> int:
    """The first of `names` that holds a whole number."""
    for name in names:
        value = body.get(name)
        if isinstance(value, int) and not isinstance(value, bool):
            return value
    return default


def hints_of(headers: Mapping[str, str]) -> Hints:
    """What `x-demo-difficulty`, `-output-tokens`, `-steps` and `-fault` dictate, and which try this is."""

    def number(name: str) -> float | None:
        try:
            return float(headers[name])
        except (KeyError, ValueError):
            return None

    def integer(name: str) -> int | None:
        value = number(name)
        return None if value is None else int(value)

    return Hints(
        difficulty=number("x-demo-difficulty"),
        output_tokens=integer("x-demo-output-tokens"),
        steps=integer("x-demo-steps"),
        fault=headers.get("x-demo-fault", ""),
        retry=integer("x-stainless-retry-count") or 0,
    )
