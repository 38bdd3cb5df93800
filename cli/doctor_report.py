"""What `spanledger doctor` asks and says.

In: a ledger, a period. Out: a report; as lines for a person, or as plain values for a script.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from analytics.figures.numbers import plural
from analytics.health.finding import Finding
from analytics.health.findings import HealthData, Verdict, verdict
from analytics.health.queries import QUERIES
from analytics.health.rows import Example
from cli.json_rows import rows_of
from cli.ledger import Ledger
from cli.prices.text import shown
from sql.catalogue import query

LOOKED_AT = timedelta(days=7)
SHOWN = 3


@dataclass(frozen=True)
class Report:
    """The verdict on a period and calls behind it."""

    from_: datetime
    to: datetime
    verdict: Verdict
    examples: tuple[Example, ...]


def examine(ledger: Ledger, from_: datetime | None, to: datetime | None, now: datetime) -> Report:
    """Asks the ledger. Raises QueryError, UnavailableError."""
    end = to or now
    start = from_ or end - LOOKED_AT
    given = {"from_": _stamp(start), "to_": _stamp(end)}

    def ask(name: str, row_type: type[Any]) -> list[Any]:
        asked = query(name)
        used = asked.no_filter | {key: value for key, value in given.items() if key in asked.parameters}
        return rows_of(b"".join(ledger.query(asked.text, "JSONEachRow", used)), row_type)

    found: dict[str, Any] = {part: ask(name, row_type) for part, (name, row_type) in QUERIES.items()}
    found["load"] = found["load"][0]
    return Report(start, end, verdict(HealthData(**found), now), tuple(ask("health_examples", Example)))


def as_dict(report: Report) -> dict[str, Any]:
    """Plain values: every finding with its query, its SQL and calls behind it."""
    return {
        "from": report.from_,
        "to": report.to,
        "worst": report.verdict.worst,
        "calls": report.verdict.calls,
        "priced_share": report.verdict.priced_share,
        "findings": [
            {
                **asdict(finding),
                "sql": query(finding.query).text,
                "examples": [asdict(example) for example in _behind(report, finding)],
            }
            for finding in report.verdict.findings
        ],
    }


def text_lines(report: Report, *, with_sql: bool) -> Iterator[str]:
    """The report for a person, worst first."""
    return (shown(line) for line in _lines(report, with_sql=with_sql))


def _lines(report: Report, *, with_sql: bool) -> Iterator[str]:
    found = report.verdict
    yield f"calls from {report.from_:%Y-%m-%d %H:%M} to {report.to:%Y-%m-%d %H:%M} UTC"
    for finding in found.findings:
        yield f"{finding.severity:<8} {finding.title}: {finding.what}"
        if finding.severity != "ok" and finding.advice != "nothing to do":
            yield f"         do: {finding.advice}"
        tasks = {example.task_id: example for example in reversed(_behind(report, finding))}
        for example in list(tasks.values())[::-1][:SHOWN]:
            model = example.model or "unnamed model"
            yield f"         task {example.task_id}  {model}  {example.started_at:%Y-%m-%d %H:%M}"
        if finding.severity in ("error", "warning") and not with_sql:
            yield f"         rows: query {finding.query} (--sql shows it)"
        if with_sql:
            yield from (f"         | {line}" for line in query(finding.query).text.splitlines())
    counts = ", ".join(plural(found.count(severity), severity) for severity in ("error", "warning", "note"))
    yield f"{counts}; the same with links stands in the dashboard under Data health"


def _behind(report: Report, finding: Finding) -> list[Example]:
    return [example for example in report.examples if example.kind in finding.kinds]


def _stamp(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}"
