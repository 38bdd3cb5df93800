"""What the browser components were given, read back from a page that AppTest ran."""

from __future__ import annotations

import json
from typing import Any

from streamlit.testing.v1 import AppTest


def payloads(test: AppTest) -> list[dict[str, Any]]:
    """Payload of every component on the page, in order."""
    found = []
    for element in test.get("bidi_component"):
        proto = element.proto
        text = proto.json or proto.mixed.json
        found.append(json.loads(text))
    return found


def figure(test: AppTest, key: str) -> dict[str, Any]:
    """One key figure of the page."""
    for payload in payloads(test):
        for one in payload.get("figures", []):
            if one["key"] == key:
                return dict(one)
    raise AssertionError(f"no figure {key}")


def query_rows(test: AppTest, name: str) -> list[dict[str, str]]:
    """Rows on the page of a query, as texts by column."""
    for payload in payloads(test):
        if payload.get("caption") == f"Rows of {name}":
            heads = [column["label"] for column in payload["columns"]]
            return [
                dict(zip(heads, (cell.get("text", "") for cell in row["cells"]), strict=True))
                for row in payload["rows"]
            ]
    raise AssertionError(f"no rows of {name}")


def table(test: AppTest, caption: str) -> list[dict[str, Any]]:
    """Rows of the table with that caption."""
    for payload in payloads(test):
        if payload.get("caption") == caption:
            return list(payload["rows"])
    raise AssertionError(f"no table {caption}")
