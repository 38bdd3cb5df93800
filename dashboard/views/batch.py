"""Tables and the chart of the batch page."""

from __future__ import annotations

from collections.abc import Sequence

from analytics.figures.numbers import usd
from analytics.spend.batch import BATCHED, OFFLINE, BatchLive, BatchOutstanding, Waiting, between
from dashboard.charts.lines import Series, ranked
from dashboard.charts.plain import Chart
from dashboard.charts.theme import Palette
from dashboard.parts import links
from dashboard.tables import cells
from dashboard.tables.sheet import cell
from dashboard.tables.table import Cell, Column, Line, Table, csv_text

MOST_BARS = 8
WAITING = (
    Column("Agent", align="left", first=True),
    Column("Model", align="left", rank="mid"),
    Column("Calls", rank="mid", query="batch_live", help="Calls that started in the period."),
    Column("Spend, live", query="batch_live", help="What they cost, sent one by one."),
    Column("A batch would save", query="batch_live", help="Low: all cache hits lost. High: all kept."),
    Column(
        "Batches in a row",
        rank="low",
        query="batch_depth",
        help="Median calls of a task: a chain of k calls needs k batches, each up to a day.",
    ),
)
MOST_BATCHES = 60
BATCHES = (
    Column("Batch", align="left", first=True),
    Column("Model", align="left", rank="mid"),
    Column("Submitted, UTC", align="left", rank="mid"),
    Column("Requests", query="batch_outstanding", help="Requests in it, as submitted."),
    Column("Returned", query="batch_outstanding", help="With an answer of any kind."),
    Column("Failed", rank="low", query="batch_outstanding", help="Errored, canceled or expired."),
    Column("Not come back", query="batch_outstanding", help="Below: the custom ids of the first."),
)
KINDS = (
    Column("Agent", align="left", first=True),
    Column("Step", align="left", rank="low"),
    Column("Model", align="left", rank="mid"),
    Column("Latency class", align="left"),
    Column("Sent as", align="left"),
    Column("Calls", rank="mid", query="batch_live", help="Calls that started in the period."),
    Column("Spend", query="batch_live", help="Cost of its calls at list price."),
    Column("Failed", rank="low", query="batch_live", help="Calls that ended in an error."),
)


def waiting_table(found: Sequence[Waiting], colours: Palette) -> Table:
    """Live calls that nobody waits for; a row leads to its workload."""
    most = max((one.row.spend_usd for one in found), default=0.0)
    return Table("Live calls that could wait", WAITING, tuple(_waiting(one, most) for one in found))


def waiting_csv(found: Sequence[Waiting]) -> str:
    """The rows of `waiting_table`, unrounded."""
    header = (
        "workload", "agent", "step", "provider", "model", "calls", "spend_usd", "saves_low_usd", "saves_high_usd",
        "no_estimate_because", "batches_in_a_row",
    )  # fmt: skip
    rows = [
        (
            one.row.workload, one.row.agent, one.row.step, one.row.provider, one.row.model, one.row.calls,
            one.row.spend_usd, cell(one.low_usd), cell(one.high_usd), one.reason, cell(one.rounds),
        )
        for one in found
    ]  # fmt: skip
    return csv_text(header, rows)


def batch_table(batches: Sequence[BatchOutstanding]) -> Table:
    """Batches of the period, those that wait longest first."""
    return Table("Batches", BATCHES, tuple(Line(_batch(one)) for one in batches[:MOST_BATCHES]))


def kind_table(rows: Sequence[BatchLive], colours: Palette) -> Table:
    """Every kind of call with its latency class and how it was sent."""
    most = max((row.spend_usd for row in rows), default=0.0)
    return Table("Kinds of call by spend", KINDS, tuple(Line(_kind(row, most, colours)) for row in rows))


def share_chart(rows: Sequence[BatchLive], colours: Palette) -> Chart:
    """Spend by workload: somebody waits, nobody waits but live, batched, not labelled."""
    total: dict[str, float] = {}
    for row in rows:
        total[row.workload] = total.get(row.workload, 0.0) + row.spend_usd
    # Interactive spend would dwarf what the page is about.
    offline = {row.workload for row in rows if row.latency_class == OFFLINE or row.service_class in BATCHED}
    names = sorted(offline or total, key=lambda name: -total[name])[:MOST_BARS]
    kinds = (
        ("batched", colours.series[2]),
        ("live, could wait", colours.series[1]),
        ("somebody waits", colours.series[0]),
        ("not labelled", colours.muted),
    )
    series = []
    for kind, colour in kinds:
        values = [
            sum(row.spend_usd for row in rows if row.workload == name and _kind_of(row) == kind) or None
            for name in names
        ]
        if any(values):
            series.append(Series(kind, values, colour, points=[{"workload": one} for one in names]))
    return ranked(
        [name or "(no name)" for name in names],
        series,
        colours,
        words=usd,
        x={"tickprefix": "$", "tickformat": ",.6~f"},
    )


def _batch(one: BatchOutstanding) -> tuple[Cell, ...]:
    missing = ", ".join(one.examples[:2]) + (", …" if one.outstanding > 2 else "")
    return (
        cells.name(_short(one.batch_id), one.workload),
        Cell(one.model or "unknown model", one.model, sub=one.provider),
        Cell(one.submitted_at.strftime("%d %b %H:%M"), one.submitted_at.timestamp()),
        cells.number(one.requests) if one.requests else Cell("not told", None),
        cells.number(one.returned),
        cells.number(one.failed, tone="bad" if one.failed else ""),
        cells.number(
            one.outstanding, sub=missing if one.outstanding else "", tone="bad" if one.outstanding else ""
        ),
    )


def _short(batch_id: str) -> str:
    return batch_id if len(batch_id) <= 24 else f"{batch_id[:14]}…{batch_id[-6:]}"


def _kind_of(row: BatchLive) -> str:
    if row.service_class in BATCHED:
        return "batched"
    if row.latency_class == OFFLINE:
        return "live, could wait"
    return "somebody waits" if row.latency_class else "not labelled"


def _waiting(one: Waiting, most: float) -> Line:
    row = one.row
    saving = (
        Cell("unknown", None, sub=one.reason)
        if one.high_usd is None
        else Cell(between(one.low_usd, one.high_usd), one.high_usd)
    )
    cells_ = (
        cells.name(
            row.agent,
            " · ".join(part for part in (row.workload, row.step) if part),
            missing="(unnamed agent)",
        ),
        Cell(row.model or "unknown model", row.model),
        cells.number(row.calls),
        cells.spend(row.spend_usd, row.calls, row.unpriced, of=most),
        saving,
        cells.decimal(one.rounds, 0),
    )
    return Line(cells_, id=row.workload, href=links.href("workload", {"workload": row.workload}))


def _kind(row: BatchLive, most: float, colours: Palette) -> tuple[Cell, ...]:
    return (
        cells.name(row.agent, row.workload, missing="(unnamed agent)"),
        Cell(row.step, row.step),
        Cell(row.model or "unknown model", row.model),
        cells.word(row.latency_class or "not labelled"),
        cells.word(
            row.service_class or "standard", colours.series[2] if row.service_class in BATCHED else ""
        ),
        cells.number(row.calls),
        cells.spend(row.spend_usd, row.calls, row.unpriced, of=most),
        cells.number(row.failed, tone="bad" if row.failed else ""),
    )
