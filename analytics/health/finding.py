"""One finding on the health of the ledger's data: how grave it is, what it says, what to do."""

from dataclasses import dataclass
from typing import Final, Literal

Severity = Literal["error", "warning", "note", "ok"]
ORDER: Final = ("error", "warning", "note", "ok")


@dataclass(frozen=True)
class Finding:
    """One line of the health of the data.

    `name` is stable, for scripts; `kinds` are the kinds of `health_examples` that show its calls; `query` has its rows.
    """

    name: str
    severity: Severity
    title: str
    what: str
    advice: str
    query: str
    kinds: tuple[str, ...] = ()
