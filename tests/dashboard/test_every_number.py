"""Every number of every page: what it means, the query it comes from, over how many; every chart leads to its tasks.

By class, not by list: pages, figures, columns and charts are walked as they are found, so a new one is held to it too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

import plotly.graph_objects as go
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from analytics.periods import Window, iso
from dashboard.charts import zoom
from dashboard.charts.plain import Chart, bar
from dashboard.data import client
from dashboard.navigation import ENTRIES
from dashboard.pages.workload import VIEWS
from sql import catalogue
from tests.dashboard.conftest import NOW
from tests.dashboard.engine import TestLedger
from tests.dashboard.payloads import payloads
from tests.dashboard.seed import Traffic

Open = Callable[..., AppTest]
Pages = dict[str, "Seen"]

NARROW = {"range_": "30d", "workload": "support-triage"}
NO_FIGURES = {"setup", "query"}
"""Pages that state nothing about the ledger by themselves."""
KNOWN = set(catalogue.names("queries"))


def _opened(name: str, address: dict[str, Any]) -> AppTest:
    test = AppTest.from_string(f"from dashboard.navigation import show\nshow({name!r})", default_timeout=60)
    for key, value in address.items():
        test.query_params[key.removesuffix("_")] = value
    test.run()
    assert not test.exception, (name, address)
    return test


def addresses(four_weeks: Traffic) -> list[tuple[str, dict[str, Any]]]:
    """Every page as it opens, narrowed, and in each of its views."""
    task = four_weeks.tasks[len(four_weeks.tasks) // 2]
    found: list[tuple[str, dict[str, Any]]] = []
    for entry in ENTRIES:
        if entry.name in NO_FIGURES:
            continue
        found += (
            [("task", {"id": task["task_id"]})]
            if entry.name == "task"
            else [(entry.name, {}), (entry.name, NARROW)]
        )
    return [*found, *(("workload", {"workload": "coding-session", "view": view}) for view in VIEWS)]


@dataclass
class Seen:
    """A page that ran, and its charts as they were drawn: figure, window of its points, where a click leads."""

    test: AppTest
    charts: list[tuple[Chart, Window | None, str]] = field(default_factory=list)


@pytest.fixture(scope="module")
def pages(filled: TestLedger, four_weeks: Traffic) -> Iterator[Pages]:
    client.use(filled)
    st.cache_data.clear()
    drawn: list[tuple[Chart, Window | None, str]] = []
    found = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(zoom, "_leave", lambda figure, window, key, page: drawn.append((figure, window, page)))
        for name, address in addresses(four_weeks):
            drawn.clear()
            found[f"{name} {address}"] = Seen(_opened(name, address), list(drawn))
    yield found
    client.use(None)


def _links(test: AppTest) -> list[str]:
    """Addresses of queries that captions and texts lead to."""
    texts = [str(block.value) for block in (*test.caption, *test.markdown)]
    return [found for text in texts for found in re.findall(r"\]\(query\?([^)]*)\)", text)]


def _named(test: AppTest) -> dict[str, str]:
    """Every query that the page names, with the query string that leads to its rows."""
    found = {parse_qs(link)["name"][0]: link for link in _links(test)}
    for payload in payloads(test):
        for part in (*payload.get("figures", []), *payload.get("columns", [])):
            if query := part.get("query"):
                found[query] = f"name={query}&{payload.get('behind', {}).get(query, '')}".rstrip("&")
    return found


def test_every_number_says_what_it_is_and_where_it_comes_from(pages: Pages) -> None:
    faults, seen = set(), 0
    for page, opened in pages.items():
        for payload in payloads(opened.test):
            for one in payload.get("figures", []):
                seen += 1
                if not one["meaning"] or one["query"] not in KNOWN or (one["known"] and not one["sample"]):
                    faults.add(f"{page}: figure {one['key']}")
            for column in payload.get("columns", []):
                # Names and words stand on the left; what stands on the right is a number.
                if column["align"] == "left" or column.get("kind") == "spark":
                    continue
                seen += 1
                if not column.get("help") or column.get("query") not in KNOWN:
                    faults.add(f"{page}: column {column['label']} of {payload['caption']}")
    assert not faults, "\n".join(sorted(faults))
    assert seen > 300


def test_one_name_is_one_number_on_every_page(pages: Pages) -> None:
    """Figures of one name say the same on every page that is asked the same, in number, change and colour."""
    seen: dict[tuple[str, str], dict[tuple[str, str, str], list[str]]] = {}
    for page, opened in pages.items():
        name, _, address = page.partition(" ")
        if "id" in address or "view" in address:
            continue
        for payload in payloads(opened.test):
            for one in payload.get("figures", []):
                change = one.get("change") or {}
                said = (one["text"], change.get("text", ""), change.get("tone", ""))
                seen.setdefault((one["label"], address), {}).setdefault(said, []).append(name)
    shared = {key: said for key, said in seen.items() if sum(map(len, said.values())) > 1}
    assert {"Success rate", "Spend", "Escalation rate", "Cache hit rate"} <= {label for label, _ in shared}
    faults = {key: said for key, said in shared.items() if len({text for text, _, _ in said}) > 1}
    assert not faults
    # A figure without a change on one page is none that contradicts.
    stated = {key: {one[1:] for one in said if one[1]} for key, said in shared.items()}
    assert {key: changes for key, changes in stated.items() if len(changes) > 1} == {}


def test_every_table_has_its_csv_and_a_name(pages: Pages) -> None:
    for page, opened in pages.items():
        tables = [payload for payload in payloads(opened.test) if "columns" in payload]
        assert all(payload["caption"] for payload in tables), page
        assert len(opened.test.get("download_button")) >= len(tables), page


def test_every_chart_leads_to_its_tasks_and_its_rows(pages: Pages) -> None:
    """By a click, or by the way beside a chart that is dragged; Streamlit has one of the two."""
    seen, faults = 0, []
    for page, opened in pages.items():
        drawn = opened.test.get("plotly_chart")
        assert len(drawn) == len(opened.charts), page
        dragged = 0
        for figure, window, _ in opened.charts:
            seen += 1
            if figure.layout["dragmode"] is not False:
                dragged += 1
            elif not any(_targets(figure, window)):
                faults.append(
                    f"{page}: {[(trace['x'], trace['meta']) for trace in figure.data]} leads nowhere"
                )
        said = [str(block.value).replace("\\", "") for block in opened.test.caption]
        ways = [one for one in said if "Drag to open a time." in one and "[All its tasks](" in one]
        if dragged > len(ways):
            faults.append(f"{page}: {dragged} charts are dragged, {len(ways)} ways to their tasks")
        if len(_links(opened.test)) < len(drawn):
            faults.append(f"{page}: a chart of {len(drawn)} does not name its query")
    assert not faults, "\n".join(faults)
    assert seen > 25


def test_plotly_knows_every_name_and_value_of_every_chart(pages: Pages) -> None:
    """Charts are plain values (dashboard.charts.plain), so nothing else refuses a name that no browser knows."""
    charts = [figure.to_dict() for seen in pages.values() for figure, _, _ in seen.charts]
    assert len(charts) > 25
    for chart in charts:
        assert go.Figure(chart).to_dict() == chart
        for axis in ("x", "y"):
            named = any(isinstance(place, str) for trace in chart["data"] for place in trace[axis])
            assert not named or chart["layout"][f"{axis}axis"].get("type") == "category", (
                "names are no numbers"
            )
        is_time = "range" in chart["layout"]["xaxis"] and not isinstance(
            chart["layout"]["xaxis"]["range"][0], int
        )
        assert ("tickformatstops" in chart["layout"]["xaxis"]) == is_time, "days are said of time alone"
    with pytest.raises(ValueError, match="Invalid property"):
        go.Figure({"data": [bar(x=[1], y=[2], colour="red")]})


def _targets(figure: Chart, window: Window | None) -> Iterator[object]:
    for curve, trace in enumerate(figure.data):
        for point in range(len(trace["x"])):
            yield zoom.target(figure, window, curve, point)


def test_every_named_query_shows_its_rows(pages: Pages) -> None:
    """No link ends at “its rows depend on more”: what the page asked stands in the link."""
    tried: dict[str, str] = {}
    for seen in pages.values():
        tried.update(
            {query: link for query, link in _named(seen.test).items() if query not in tried or "p." in link}
        )
    assert len(tried) > 35
    faults = []
    for query, link in tried.items():
        address = parse_qs(link, keep_blank_values=True)
        opened = _opened("query", {f"{name}_": value for name, value in address.items()})
        words = " ".join(str(block.value) for block in (*opened.caption, *opened.warning, *opened.info))
        if "depend on more" in words or "cannot be read" in words or not opened.code:
            faults.append(f"{query}: {link}: {words[:200]}")
    assert not faults, "\n".join(faults)


def test_a_link_shows_the_same_again(pages: Pages, four_weeks: Traffic) -> None:
    """Opened again by its address, a page shows the same; windows are absolute, as in a copied link."""
    fixed = {"range_": [], "from_": iso(NOW.replace(hour=0, minute=0)), "to_": iso(NOW)}
    for name, address in addresses(four_weeks):
        first = _opened(name, {key: value for key, value in (address | fixed).items() if value})
        again = _opened(name, dict(first.query_params))
        assert [one for one in payloads(first) if "html" not in one] == [
            one for one in payloads(again) if "html" not in one
        ], name


def test_what_a_link_says_wrongly_is_named(full: TestLedger) -> None:
    test = _opened("query", {"name": "task_hours", "p.width_h": "wide"})
    assert "“p.width_h” cannot be read" in test.warning[0].value.replace("\\", "")
