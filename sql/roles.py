"""What recognition knows, from the tables that say it: attribute names, and how each emitter counts.

In: nothing. Out: the tables as text, the names. Never: a role that is not in the table.
"""

from functools import cache

from sql.catalogue import ROOT


@cache
def roles_csv() -> str:
    """`name,role,meaning,convention`, a heading and one line an attribute name."""
    return (ROOT / "data" / "attribute_roles.csv").read_text(encoding="utf-8")


@cache
def emitter_rules_csv() -> str:
    """A heading and one line an emitter; the columns are explained in schema/0100_emitter_rules.sql."""
    return (ROOT / "data" / "emitter_rules.csv").read_text(encoding="utf-8")


@cache
def recognised_names() -> frozenset[str]:
    """Names that say something by themselves, such as gen_ai.agent.name."""
    return frozenset(line.split(",", 1)[0] for line in roles_csv().splitlines()[1:])
