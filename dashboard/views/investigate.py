"""An investigation as figures, tables and one chart.

In: an Investigation. Out: payloads and figures. Imports no Streamlit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from analytics.bridge.split import WORDS, Bridge
from analytics.changes.words import short
from analytics.figures.change import Change, Tone
from analytics.figures.estimates import Estimate
from analytics.figures.numbers import UNKNOWN, count, plural, seconds, share, usd
from analytics.investigate.answer import Investigation, cause_words, shortened, slice_words, split_words
from analytics.investigate.leaves import AS_BEFORE
from analytics.investigate.rows import ExemplarRow, OutcomeRow
from analytics.overview import Figure
from analytics.periods import iso, stamp
from analytics.verdict import Piece
from dashboard.charts.figures import TREND_HEIGHT, aim, blank_figure, over
from dashboard.charts.plain import Chart, scatter
from dashboard.charts.theme import Palette
from dashboard.tables.table import Cell, Chip, Column, Line, Table

WHERE = (
    Column("Slice", align="left", first=True),
    Column("Difference", query="investigate_leaves", help="USD beyond what was expected of the slice."),
    Column("Share", query="investigate_leaves", help="Of the whole difference."),
    Column(
        "Explains",
        rank="mid",
        help="How much of the movement of all its leaves the slice explains, less its length.",
    ),
)
FROM_BEFORE = "all that were there before, together"
MOVERS = (
    Column("Element", align="left", first=True),
    Column("Difference", query="investigate_leaves", help="USD beyond what was expected of it."),
    Column("Share", query="investigate_leaves", help="Of the whole difference."),
    Column("Now", rank="mid", help="USD in the window."),
)
CHANGES = (
    Column("First seen, UTC", align="left", first=True),
    Column("What", align="left"),
    Column("Name", align="left"),
    Column("Workload", align="left", rank="mid"),
    Column("Tasks", rank="mid", query="investigate_changes", help="Its tasks in the window."),
)
WHY = (
    Column("Factor", align="left", first=True),
    Column(
        "Contributes", query="investigate_cells", help="Shapley values; they sum to the difference exactly."
    ),
    Column(
        "Of the difference", rank="mid", help="Its part over the whole; parts of both signs can exceed 100 %."
    ),
)
TASKS = (
    Column("Task", align="left", first=True),
    Column("Which", align="left"),
    Column("Cost", query="investigate_tasks", help="Cost of all calls of the task at list price."),
    Column("Calls", rank="mid", help="Calls of the task."),
    Column("Duration", rank="mid", help="From its first to its last span."),
    Column("Ended, UTC", align="left", rank="low"),
    Column("Outcome", align="left", rank="low"),
)
OUTCOMES = (
    Column("When", align="left", first=True),
    Column(
        "Tasks", query="investigate_outcomes", help="Before: as many as fit into a window of this length."
    ),
    Column(
        "Success rate",
        help="Share of judged tasks that succeeded; tasks without a verdict are in neither part.",
    ),
    Column("Useful units", rank="mid", help="Units that its successful tasks made."),
    Column("Cost per unit", help="Cost of tasks with an outcome, failures included, over units."),
    Column("P50", rank="low", help="Half of the tasks cost less."),
    Column("P95", rank="low", help="95 of 100 tasks cost less."),
)


def answer(found: Investigation) -> list[Piece]:
    """How much, since when, where and why, in a sentence or two."""
    amount = found.amount
    if not amount.now_usd and not amount.expected_usd:
        return [Piece("No call of known cost in the window, and none was expected.", strong=True)]
    way = "more" if amount.excess_usd >= 0 else "less"
    times = ""
    if amount.times is not None and amount.times < 1000 and f"{amount.times:.1f}" != "1.0":
        times = f" ({amount.times:.1f} times)"
    pieces = [
        Piece(f"{usd(amount.now_usd)} in {_hours(amount.hours)}", strong=True),
        Piece(f", {usd(abs(amount.excess_usd))} {way} than expected{times}"),
        Piece(f", since about {stamp(found.onset.at)} UTC." if found.onset.at else "."),
    ]
    if found.causes.causes:
        first = found.causes.causes[0]
        part = f" {share(first.share)} of it in " if 0 < first.share <= 1 else " Most of it in "
        pieces += [Piece(part), Piece(cause_words(first), strong=True), Piece(".")]
    said = split_words(found.split) if found.split is not None else ""
    if said:
        pieces.append(Piece(f" {said[:1].upper()}{said[1:]}."))
    return pieces


def figures(found: Investigation) -> list[Figure]:
    """Part 1: how much."""
    amount = found.amount
    unknown = (
        f"{plural(amount.unpriced_calls, 'call')} of unknown cost not in it." if amount.unpriced_calls else ""
    )
    hours = found.question.window.length.total_seconds() / 3600
    sample = f"{hours:.3g} h beside {plural(len(found.question.bases), 'earlier window')} as long"
    return [
        _figure(
            "now",
            "Spend an hour",
            amount.hourly_usd,
            "Cost of the calls that started in the window, by the hour.",
            sample,
            unknown,
        ),
        _figure(
            "expected",
            "Expected an hour",
            amount.expected_hourly_usd,
            f"Mean of {found.question.base_words}.",
            sample,
        ),
        _figure(
            "excess",
            "Beyond expected",
            amount.excess_usd,
            "Spend of the window less what was expected of it.",
            sample,
        ),
        _figure(
            "day",
            "A day, if it goes on",
            amount.excess_day_usd,
            "The excess at the same rate for 24 hours.",
            sample,
        ),
        _figure(
            "month",
            "30 days, if it goes on",
            amount.excess_month_usd,
            "The excess at the same rate for 30 days.",
            sample,
        ),
    ]


def _figure(
    key: str, label: str, value: float | None, meaning: str, sample: str, unknown: str = ""
) -> Figure:
    return Figure(
        key=key,
        label=label,
        text=usd(value),
        estimate=Estimate(value, 1),
        change=Change("", Tone.NONE, ""),
        meaning=meaning,
        query="investigate_leaves",
        sample=sample,
        unknown=unknown,
    )


def trend(found: Investigation, colours: Palette) -> Chart:
    """Part 2: spend over time beside what was expected, the window shaded, the onset marked."""
    course = found.course
    step = timedelta(seconds=course.trend.step_s)
    starts = [course.trend.span.from_ + step * number for number in range(course.trend.buckets)]
    figure = blank_figure(colours, TREND_HEIGHT)
    for name, values, colour, dash in (
        ("expected", course.expected, colours.muted, "dash"),
        ("spend", course.now, colours.series[0], "solid"),
    ):
        figure.add_trace(
            scatter(
                x=starts,
                y=list(values),
                name=name,
                mode="lines+markers",
                marker={"size": 1, "opacity": 0},
                line={"color": colour, "width": 2 if name == "spend" else 1.5, "dash": dash, "shape": "hv"},
                customdata=[usd(value) for value in values],
                hovertemplate=f"{name}: %{{customdata}}<extra></extra>",
                meta=aim(points=[_tasks_between(at, at + step) for at in starts]),
            )
        )
    window = found.question.window
    figure.add_vrect(x0=window.from_, x1=window.to, fillcolor=colours.primary, opacity=0.08)
    if found.onset.at is not None:
        figure.add_vline(x=found.onset.at, line={"color": colours.bad, "width": 1.5})
    figure.update_yaxes(tickprefix="$", tickformat=",.6~f", rangemode="tozero")
    figure.update_xaxes(**over(course.trend.span.from_, course.trend.span.to))
    return figure


def _tasks_between(from_: datetime, to: datetime) -> dict[str, str | None]:
    return {"range": None, "from": iso(from_), "to": iso(to)}


def change_table(found: Investigation) -> Table:
    """Part 2: what changed near it."""
    lines = tuple(
        Line(
            (
                Cell(stamp(row.first_seen), row.first_seen.timestamp()),
                Cell(row.kind.replace("_", " ")),
                Cell(short(row.name) if row.kind == "change" else row.name, row.name, title=row.name),
                Cell(row.workload),
                Cell(count(row.tasks), row.tasks),
            )
        )
        for row in found.onset.changes
    )
    return Table("What changed near it", CHANGES, lines)


def cause_table(found: Investigation) -> Table:
    """Part 3: root causes, the best first."""
    lines = []
    for number, cause in enumerate(found.causes.causes):
        also = "; ".join(slice_words(alias) for alias in cause.aliases[:3])
        lines.append(
            Line(
                (
                    Cell(
                        cause_words(cause),
                        cause_words(cause),
                        sub=f"also {also}" if also else "",
                        chips=(Chip("new"),) if cause.is_new else (),
                    ),
                    Cell(usd(cause.delta_usd), cause.delta_usd),
                    Cell(share(cause.share), cause.share),
                    Cell(f"{cause.score:.2f}", cause.score, share=max(0.0, min(1.0, cause.score))),
                ),
                id=f"cause {number}" if cause.predicate else "",
            )
        )
    return Table("Root cause", WHERE, tuple(lines))


def mover_table(found: Investigation) -> Table:
    """Part 3: plain top movers."""
    lines = tuple(
        Line(
            (
                Cell(
                    shortened(mover.element),
                    mover.element,
                    sub=mover.dimension.replace("_", " "),
                    title=FROM_BEFORE if mover.element == AS_BEFORE else mover.element,
                ),
                Cell(usd(mover.delta_usd), mover.delta_usd),
                Cell(share(mover.share), mover.share),
                Cell(usd(mover.now_usd), mover.now_usd),
            ),
            id=f"mover {number}",
        )
        for number, mover in enumerate(found.movers)
    )
    return Table("Top movers", MOVERS, lines)


def why_table(split: Bridge) -> Table:
    """Part 4: what the difference is made of."""
    whole = float(split.difference_usd)
    largest = max((abs(float(part.amount_usd)) for part in split.parts), default=0.0)
    lines = tuple(
        Line(
            (
                Cell(WORDS[part.factor]),
                Cell(
                    usd(float(part.amount_usd)),
                    float(part.amount_usd),
                    share=abs(float(part.amount_usd)) / largest if largest else None,
                ),
                Cell(share(float(part.amount_usd) / whole) if whole else UNKNOWN),
            )
        )
        for part in split.ranked()
    )
    return Table("Why", WHY, lines)


def task_table(rows: Sequence[ExemplarRow], hrefs: Mapping[str, str]) -> Table:
    """Part 5: example tasks; each leads to its page."""
    words = {"dearest": "dearest now", "usual": "usual now", "before": "usual before"}
    lines = tuple(
        Line(
            (
                Cell(row.task_id, row.task_id, sub=row.workload),
                Cell(words.get(row.which, row.which)),
                Cell(usd(row.cost_usd), row.cost_usd),
                Cell(count(row.calls), row.calls),
                Cell(seconds(row.duration_s), row.duration_s),
                Cell(stamp(row.ended_at), row.ended_at.timestamp()),
                Cell(
                    {True: "success", False: "failed"}.get(row.success, "open")
                    if row.success is not None
                    else "open"
                ),
            ),
            id=row.task_id,
            href=hrefs.get(row.task_id, ""),
        )
        for row in rows
    )
    return Table("Example tasks", TASKS, lines)


def outcome_table(rows: Sequence[OutcomeRow], base_scale: float) -> Table:
    """Part 6: whether it bought anything."""
    lines = []
    for row in rows:
        scale = 1.0 if row.side == 0 else base_scale
        rate = row.successes / row.judged if row.judged else None
        unit = row.cost_usd / row.units_made if row.units_made else None
        lines.append(
            Line(
                (
                    Cell("Now" if row.side == 0 else "Before"),
                    Cell(count(row.tasks * scale), row.tasks * scale),
                    Cell(share(rate), rate),
                    Cell(count(row.units_made * scale), row.units_made * scale),
                    Cell(usd(unit), unit),
                    Cell(usd(row.p50_usd if row.priced else None)),
                    Cell(usd(row.p95_usd if row.priced else None)),
                )
            )
        )
    return Table("Outcomes", OUTCOMES, tuple(lines))


def spoken(found: Investigation) -> str:
    """What the chart shows, for those who do not see it."""
    onset = f"; a step at {stamp(found.onset.at)} UTC" if found.onset.at else ""
    return f"Spend of {usd(found.amount.now_usd)} in the window, {usd(found.amount.expected_usd)} expected{onset}."


def _hours(hours: float) -> str:
    if hours < 1:
        return f"{hours * 60:.0f} min"
    return f"{hours:.3g} h"
