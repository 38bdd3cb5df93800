"""Tables and charts of the caching page."""

from __future__ import annotations

from collections.abc import Sequence

from analytics.figures.figure import ratio
from analytics.figures.numbers import UNKNOWN, count, seconds, share, usd
from analytics.periods import Window
from analytics.rows import CallBucket
from analytics.spend.caching import CacheLine, Finding
from dashboard.charts.figures import Target, over
from dashboard.charts.lines import Series, lines, ranked
from dashboard.charts.plain import Chart
from dashboard.charts.theme import Palette
from dashboard.parts import links
from dashboard.tables import cells
from dashboard.tables.sheet import cell
from dashboard.tables.table import Cell, Column, Line, Table, csv_text

MOST_BARS = 8
FINDINGS = (
    Column("Agent", align="left", first=True),
    Column("Finding", align="left"),
    Column(
        "Cost in the period", query="cache_writes", help="What it cost in the period, where that is known."
    ),
    Column("Why", align="left", rank="mid"),
)
AGENTS = (
    Column("Agent", align="left", first=True),
    Column("Model", align="left", rank="mid"),
    Column("Input tokens", rank="low", query="cache_agents", help="Of calls that report a cache count."),
    Column("Hit rate", query="cache_agents", help="Read over fresh, read and written tokens."),
    Column("Saved", query="cache_agents", help="Reads saved, less what writes cost above the fresh price."),
    Column(
        "Written", rank="mid", query="cache_agents", help="Paid for writes; below: the share kept for long."
    ),
    Column(
        "Never read",
        query="cache_writes",
        help="Cost of writes that no later call read within their lifetime.",
    ),
    Column(
        "Pause",
        rank="low",
        query="cache_writes",
        help="From one call of a prefix to the next, P50; below P90.",
    ),
    Column("Finding", align="left", rank="low"),
)


def finding_table(found: Sequence[CacheLine]) -> Table:
    """One line a finding, dearest first; unknown cost last."""
    every = _findings(found)
    most = max((one.cost_usd or 0.0 for _, one in every), default=0.0)
    return Table(
        "What is wrong",
        FINDINGS,
        tuple(
            Line(
                (
                    cells.name(
                        line.row.agent, f"{line.row.workload} · {line.row.model}", missing="(unnamed agent)"
                    ),
                    cells.word(one.word, tone="bad"),
                    cells.money(one.cost_usd, of=most),
                    Cell(one.why),
                )
            )
            for line, one in every
        ),
    )


def finding_csv(found: Sequence[CacheLine]) -> str:
    """One row a finding, as `finding_table` orders them."""
    rows = [
        (line.row.workload, line.row.agent, line.row.model, one.word, cell(one.cost_usd), one.why)
        for line, one in _findings(found)
    ]
    return csv_text(("workload", "agent", "model", "finding", "cost_usd", "why"), rows)


def _findings(found: Sequence[CacheLine]) -> list[tuple[CacheLine, Finding]]:
    every = [(line, one) for line in found for one in line.findings]
    return sorted(every, key=lambda it: -1.0 if it[1].cost_usd is None else it[1].cost_usd, reverse=True)


def cache_table(found: Sequence[CacheLine], colours: Palette) -> Table:
    """Every agent and model; a row leads to its workload."""
    return Table("Agents by spend", AGENTS, tuple(_line(line, colours) for line in found))


def hit_chart(window: Window, rows: Sequence[CallBucket], colours: Palette) -> Chart:
    """Hit rate over time, and before."""
    series = []
    for period, colour, dash, name in (
        (1, colours.muted, "dot", "before"),
        (0, colours.series[0], "solid", "hit rate"),
    ):
        found = {row.bucket: row for row in rows if row.period == period}
        values = [
            ratio(found[n].cache_read, found[n].cache_known) if n in found else None
            for n in range(window.buckets)
        ]
        texts = [
            f"{share(v)} of {count(found[n].cache_known)} tokens" if n in found else UNKNOWN
            for n, v in enumerate(values)
        ]
        series.append(Series(name, values, colour, dash, 2.5 - period, texts, before=period == 1))
    return lines(window.starts(), series, colours, y={"tickformat": ".0%"}, x=over(window.from_, window.to))


def saving_chart(found: Sequence[CacheLine], colours: Palette) -> Chart:
    """Saved or lost by the agents where it is most."""
    by_agent: dict[tuple[str, str], float] = {}
    for line in found:
        if line.saved_usd:
            key = (line.row.agent, line.row.workload)
            by_agent[key] = by_agent.get(key, 0.0) + line.saved_usd
    top = sorted(by_agent.items(), key=lambda item: -abs(item[1]))[:MOST_BARS]
    top.sort(key=lambda item: -item[1])
    behind: list[Target] = [{"workload": key[1], "agent": key[0] or None} for key, _ in top]
    saved = Series(
        "saved", [v if v >= 0 else None for _, v in top], colours.series[2],
        texts=[usd(v) for _, v in top], points=behind,
    )  # fmt: skip
    lost = Series(
        "lost", [v if v < 0 else None for _, v in top], colours.series[1],
        texts=[usd(v) for _, v in top], points=behind,
    )  # fmt: skip
    names = [f"{agent or 'unnamed'} · {workload}" for (agent, workload), _ in top]
    return ranked(names, [saved, lost], colours, words=usd, x={"tickprefix": "$", "tickformat": ",.6~f"})


def _line(line: CacheLine, colours: Palette) -> Line:
    row, writes = line.row, line.writes
    not_reported = not row.known
    cells_ = (
        cells.name(row.agent, row.workload, missing="(unnamed agent)"),
        Cell(
            row.model or "unknown model",
            row.model,
            sub=row.service_class if row.service_class != "standard" else "",
        ),
        cells.number(row.input) if row.known else Cell("not reported", None),
        Cell("not reported", None) if not_reported else cells.rate(line.hit_rate),
        cells.money(line.saved_usd, tone="bad" if (line.saved_usd or 0.0) < 0 else ""),
        cells.money(
            row.write_usd,
            sub=f"{share(row.write_long / row.written)} long" if row.write_long and row.written else "",
        ),
        cells.money(
            writes.unread_usd,
            sub=f"{count(writes.unread)} of {count(writes.writes)}" + ("" if writes.named else ", at least"),
        )
        if writes
        else Cell("none written", None),
        cells.duration(writes.p50_gap_s, sub=f"P90 {seconds(writes.p90_gap_s)}")
        if writes and writes.gaps
        else Cell(UNKNOWN),
        cells.word(line.findings[0].word if line.findings else "", tone="bad"),
    )
    href = links.href("workload", {"workload": row.workload, "agent": row.agent or None})
    return Line(cells_, id=f"{row.workload}\n{row.agent}", href=href)
