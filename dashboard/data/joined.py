"""Queries of a page that are asked as one, so that no page asks more than six.

In: a ledger, groups of query names. Out: its own `later`, in which the queries of a group go together: once all of a
group are named, or the first answer is waited for. A name of two groups goes with the first once, then with the second.
Raises as the ledger does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

from dashboard.data.client import Ledger, Parameter

Row = TypeVar("Row")


@dataclass
class _Group:
    names: tuple[str, ...]
    asked: list[tuple[str, type[Any], Mapping[str, Parameter]]] = field(default_factory=list)
    answers: Callable[[], list[list[Any]]] | None = None


class Joined:
    """One page's way to ask. Names of no group are asked by themselves."""

    def __init__(self, ledger: Ledger, *groups: tuple[str, ...]) -> None:
        self._ledger = ledger
        self._open = {names: _Group(names) for names in groups}
        self._been: set[tuple[tuple[str, ...], str]] = set()

    def later(
        self, name: str, row_type: type[Row], parameters: Mapping[str, Parameter]
    ) -> Callable[[], list[Row]]:
        """Starts the query, alone or when its group is whole; calling the result waits for its rows."""
        groups = [names for names in self._open if name in names]
        if not groups:
            return self._ledger.later(name, row_type, parameters)
        # Once it has gone with all of them it goes with the last again.
        chosen = next((names for names in groups if (names, name) not in self._been), groups[-1])
        self._been.add((chosen, name))
        group = self._open[chosen]
        place = len(group.asked)
        group.asked.append((name, row_type, parameters))
        if len(group.asked) == len(group.names):
            self._start(group)

        def rows() -> list[Row]:
            if group.answers is None:
                for one in list(self._open.values()):
                    self._start(one)
            assert group.answers is not None
            return cast("list[Row]", group.answers()[place])

        return rows

    def _start(self, group: _Group) -> None:
        """Asks what was named; what is named later makes another group."""
        if not group.asked or group.answers is not None:
            return
        group.answers = self._ledger.later_together(group.asked)
        self._open[group.names] = _Group(group.names)
