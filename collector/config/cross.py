"""Faults that lie between two parts of spanledger.yaml: a name in one that the other does not have.

In: parts that are right by themselves, and the document. Out: (line, text) for every fault.
"""

import difflib
from collections.abc import Collection

from collector.config.alerts import Alerts
from collector.config.errors import spell
from collector.config.yaml import Document, Path
from sql.catalogue import names


def unknown_receivers(
    alerts: Alerts, receivers: Collection[str], document: Document, at: Path
) -> list[tuple[int, str]]:
    """Receivers and queries that `alerts`, written at `at`, names and nobody has."""
    told = [((*at, "notify", number), name) for number, name in enumerate(alerts.notify)]
    told += [
        ((*at, "rules", number, "notify", place), name)
        for number, rule in enumerate(alerts.rules)
        for place, name in enumerate(rule.notify)
    ]
    faults = [
        (
            document.line_of(path),
            f"{spell(path)} is {name!r}: no receiver has that name; {_nearest(name, receivers)}",
        )
        for path, name in told
        if name not in receivers
    ]
    queries = [*alerts.queries, *names("queries")]
    for number, rule in enumerate(alerts.rules):
        if rule.query is not None and rule.query not in queries:
            path = (*at, "rules", number, "query")
            said = f"{spell(path)} is {rule.query!r}: no query has that name; {_nearest(rule.query, queries)}"
            faults.append((document.line_of(path), said))
    return faults


def _nearest(wrong: str, known: Collection[str]) -> str:
    found = difflib.get_close_matches(wrong, sorted(known), n=1, cutoff=0.5)
    if found:
        return f"did you mean {found[0]}?"
    return f"there are {', '.join(sorted(known)[:20])}" if known else "there are none"
