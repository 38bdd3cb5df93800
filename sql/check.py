"""Checks every .sql file: header, one statement, parameters told in the header, columns with comments.

In: the files of this room. Out: one line a fault, exit code 1 when there is any. Never: a connection.
"""

import re
import sys

from sql.catalogue import ROOT, BadStatement, Statement, names, statement

ROOMS = ("schema", "views", "keeper", "queries")
_TABLE = re.compile(r"\bCREATE TABLE\b.*?\n\((?P<body>.*?)\n\)\nENGINE", re.DOTALL)


def main() -> int:
    """Prints faults to stderr; returns the exit code."""
    faults: list[str] = []
    count = 0
    for room in ROOMS:
        for name in names(room):
            count += 1
            faults += faults_of(room, name)
    for fault in faults:
        print(fault, file=sys.stderr)
    print(f"{count} SQL files checked, {len(faults)} faults")
    return 1 if faults else 0


def faults_of(room: str, name: str) -> list[str]:
    """Faults of one file, each a line that names the file, what is wrong, and what to do."""
    where = f"sql/{room}/{name}.sql"
    try:
        found = statement(f"{room}/{name}")
    except BadStatement as error:
        return [str(error)]
    if room == "queries":
        return _query_faults(where, found)
    if room == "schema":
        return _table_faults(where, found.text)
    return []


def _query_faults(where: str, found: Statement) -> list[str]:
    faults = [
        f"{where}: the header lacks '-- {key}: ...'"
        for key in ("columns", "tables")
        if not found.header.get(key)
    ]
    faults += [
        f"{where}: parameter {name} is not told in '-- params: ...'"
        for name in found.parameters
        if not re.search(rf"\b{name}\b", found.params)
    ]
    return faults


def _table_faults(where: str, text: str) -> list[str]:
    match = _TABLE.search(text)
    if not match:
        return []
    return [
        f"{where}: column {column.split()[0]} has no COMMENT"
        for column in _columns(match["body"])
        if not column.startswith("INDEX ") and " COMMENT '" not in column
    ]


def _columns(body: str) -> list[str]:
    columns, depth, current = [], 0, ""
    for line in body.splitlines():
        current = f"{current} {line.strip()}".strip()
        depth += line.count("(") - line.count(")")
        if depth == 0 and line.rstrip().endswith(","):
            columns.append(current)
            current = ""
    return [*columns, current]


if __name__ == "__main__":
    assert ROOT.is_dir()
    sys.exit(main())
