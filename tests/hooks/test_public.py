"""Everything that agents call is typed and documented."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

import pytest

import sdk_hooks

NAMES = [name for name in sdk_hooks.__all__ if not name.startswith("__")]


def callables(name: str) -> Iterator[tuple[str, Any]]:
    """A public function, or a public class with its own public methods."""
    value = getattr(sdk_hooks, name)
    yield name, value
    if inspect.isclass(value):
        for method, function in vars(value).items():
            if inspect.isfunction(function) and not method.startswith("_"):
                yield f"{name}.{method}", function


@pytest.mark.parametrize("name", NAMES)
def test_typed_and_documented(name: str) -> None:
    for place, value in callables(name):
        if not callable(value):
            continue
        assert value.__doc__, f"{place} has no docstring"
        if inspect.isfunction(value):
            signature = inspect.signature(value)
            assert signature.return_annotation is not inspect.Signature.empty, (
                f"{place} says not what it gives"
            )
            bare = [
                parameter.name
                for parameter in signature.parameters.values()
                if parameter.annotation is inspect.Parameter.empty and parameter.name != "self"
            ]
            assert bare == [], f"{place} has parameters without types"
