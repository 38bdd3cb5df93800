"""Runs inside one version of the user's code: builds the request of every case, twice. Needs nothing but Python.

In: MODULE:FUNCTION, a file of cases, the file to write. Out: a JSON object a case. Exit 3 with one line on stderr.
Must never import SpanLedger: it runs with the user's interpreter, on the user's modules.
"""

import importlib
import json
import os
import sys
from typing import Any


def main(builder: str, cases: str, out: str) -> int:
    """Writes what the builder returns, as JSON."""
    sys.path.insert(0, os.getcwd())
    name, _, attribute = builder.partition(":")
    try:
        build: Any = importlib.import_module(name)
        for part in (attribute or "build").split("."):
            build = getattr(build, part)
    except Exception as error:  # noqa: BLE001 - the user's code may raise anything
        return _fail(f"{builder} cannot be imported: {type(error).__name__}: {error}")
    with open(cases, encoding="utf-8") as file:
        given = json.load(file)
    with open(out, "w", encoding="utf-8") as file:
        for case in given:
            try:
                built = [_plain(build(case["case"])) for _ in range(2)]
            except Exception as error:  # noqa: BLE001 - the user's code may raise anything
                return _fail(f"{builder} failed on case {case['id']!r}: {type(error).__name__}: {error}")
            if not isinstance(built[0], dict):
                return _fail(
                    f"{builder} returned a {type(built[0]).__name__} for case {case['id']!r}, not a request"
                )
            file.write(
                json.dumps({"case": case["id"], "request": built[0], "again": built[1]}, default=str) + "\n"
            )
    return 0


def _plain(value: Any) -> Any:
    for name in ("model_dump", "to_dict", "dict"):
        if hasattr(value, name) and not isinstance(value, dict):
            return getattr(value, name)()
    return value


def _fail(text: str) -> int:
    print(" ".join(text.split())[:500], file=sys.stderr)
    return 3


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:4]))
