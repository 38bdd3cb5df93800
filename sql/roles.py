"""The attribute names that recognition reads, from the one table that lists them.

In: nothing. Out: the table as text, the names. Never: a role that is not in the table.
"""

from functools import cache

from sql.catalogue import ROOT


@cache
def roles_csv() -> str:
    """`name,role,meaning,convention`, a heading and one line an attribute name."""
    return (ROOT / "data" / "attribute_roles.csv").read_text(encoding="utf-8")


@cache
def recognised_names() -> frozenset[str]:
    """Names that say something by themselves, such as gen_ai.agent.name."""
    return frozenset(line.split(",", 1)[0] for line in roles_csv().splitlines()[1:])
