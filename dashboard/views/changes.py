"""Table and charts of the page on changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from analytics.changes.effects import ChangeSpread, Effect, GateVerdict, Outcome, Side, gate_of
from analytics.changes.words import interval, percent, short, signed_usd
from analytics.figures.numbers import UNKNOWN, count, plural, share, usd
from analytics.periods import iso, stamp
from dashboard.charts.figures import Target, aim, between_usd, blank_figure, short_name
from dashboard.charts.lines import Series, bars
from dashboard.charts.plain import Chart, scatter
from dashboard.charts.theme import Palette
from dashboard.tables import cells
from dashboard.tables.table import Cell, Column, Line, Table

MOST_DOTS = 14
TONES = {Outcome.DEARER: "bad", Outcome.CHEAPER: "good"}
GATE_WORDS = {"NOT_COMPARABLE": "not comparable", "INCONCLUSIVE": "not enough evidence"}
GATE_TONES = {"FAIL": "bad", "WARN": "bad", "PASS": "good"}
COLUMNS = (
    Column("Change", align="left", first=True),
    Column(
        "In production",
        align="left",
        rank="mid",
        query="change_days",
        help="Typical cost of a task, after to before.",
    ),
    Column("Typical task", query="change_days", help="Ratio of geometric means; below: its 99 % interval."),
    Column("P50", rank="mid", query="change_levels", help="After; below: before."),
    Column("P95", rank="mid", query="change_levels", help="After; below: before."),
    Column("Success", rank="low", query="change_days", help="Of judged tasks, after; below: before."),
    Column(
        "A month",
        rank="mid",
        query="change_days",
        help="Mean cost after less before, at the volume since the change.",
    ),
    Column("Tasks", rank="low", query="change_days", help="After; below: before."),
    Column("Gate", align="left", query="gate_verdicts", help="Verdict before the merge; below: an override."),
)


def change_table(found: Sequence[Effect], gates: Sequence[GateVerdict]) -> Table:
    """One line a change and workload, the latest first."""
    most = max((abs(effect.monthly_usd or 0.0) for effect in found), default=0.0)
    return Table(
        "Changes, the latest first",
        COLUMNS if gates else COLUMNS[:-1],
        tuple(_line(effect, gates, most) for effect in found),
    )


def effect_chart(found: Sequence[Effect], kind: str, colours: Palette) -> Chart:
    """A dot with its interval for every change and workload that has one, the latest on top."""
    shown = [effect for effect in found if effect.ratio is not None][:MOST_DOTS]
    figure = blank_figure(colours, 80 + 30 * max(1, len(shown)))
    names = [f"{short(effect.after.value)} · {short_name(effect.workload)}" for effect in shown]
    for outcome, colour, label in (
        (Outcome.DEARER, colours.bad, "dearer"),
        (Outcome.CHEAPER, colours.good, "cheaper"),
        (Outcome.NONE_SHOWN, colours.muted, "no difference shown"),
    ):
        mine = [
            (name, effect) for name, effect in zip(names, shown, strict=True) if effect.outcome is outcome
        ]
        if not mine:
            continue
        ratios = [100 * ((effect.ratio or 1.0) - 1) for _, effect in mine]
        figure.add_trace(
            scatter(
                y=[name for name, _ in mine],
                x=ratios,
                name=label,
                mode="markers",
                marker={"color": colour, "size": 10},
                error_x={
                    "type": "data",
                    "symmetric": False,
                    "array": [100 * ((effect.high or 0) - (effect.ratio or 0)) for _, effect in mine],
                    "arrayminus": [100 * ((effect.ratio or 0) - (effect.low or 0)) for _, effect in mine],
                    "color": colour,
                    "thickness": 1.5,
                },
                customdata=[f"{percent(effect.ratio)}, {interval(effect)}" for _, effect in mine],
                hovertemplate="%{customdata}<extra></extra>",
                meta=aim(points=[_opened(effect, kind) for _, effect in mine]),
            )
        )  # fmt: skip
    figure.add_vline(x=0, line={"color": colours.muted, "width": 1, "dash": "dot"})
    figure.update_yaxes(type="category", categoryorder="array", categoryarray=names[::-1], showgrid=False)
    figure.update_xaxes(ticksuffix=" %", showgrid=True, gridcolor=colours.border, zeroline=False)
    figure.update_layout(hovermode="closest")
    return figure


def tasks_of(effect: Effect, side: Side, kind: str) -> Target:
    """Tasks of one side of a change, between its first and its last."""
    return {
        "workload": effect.workload,
        kind: side.value,
        "range": None,
        "from": iso(side.first_task),
        "to": iso(side.last_task + timedelta(minutes=1)),
    }


def spread_chart(effect: Effect, kind: str, rows: Sequence[ChangeSpread], colours: Palette) -> Chart:
    """How task cost is spread before and after, as shares of each side."""
    steps = range(min(row.step for row in rows), max(row.step for row in rows) + 1)
    series = []
    for side, colour, label in (
        (effect.before, colours.muted, "before"),
        (effect.after, colours.series[0], "after"),
    ):
        found = {row.step: row.tasks for row in rows if row.value == side.value}
        total = sum(found.values())
        values = [found.get(step, 0) / total if total else 0.0 for step in steps]
        texts = [
            f"{share(part)} of {plural(total, 'task')} cost {usd(10 ** (step / 10))} to {usd(10 ** ((step + 1) / 10))}"
            for step, part in zip(steps, values, strict=True)
        ]
        points = [between_usd(step) if step in found else None for step in steps]
        series.append(
            Series(label, values, colour, texts=texts, to=tasks_of(effect, side, kind), points=points)
        )
    places = [usd(10 ** ((step + 0.5) / 10)) for step in steps]
    return bars(places, series, colours, y={"tickformat": ".0%"}, mode="group")


def _line(effect: Effect, gates: Sequence[GateVerdict], most: float) -> Line:
    before, after = effect.before, effect.after
    gate = gate_of(effect, gates)
    unpriced = before.unpriced_tasks + after.unpriced_tasks
    return Line(
        (
            replace(
                cells.name(
                    short(after.value),
                    f"{effect.workload}, after {short(before.value)}, since {stamp(after.first_task)} UTC",
                ),
                title=f"{after.value}, before it {before.value}",
            ),
            cells.word(effect.outcome.value, tone=TONES.get(effect.outcome, "")),
            Cell(
                percent(effect.ratio),
                effect.ratio,
                tone=TONES.get(effect.outcome, ""),
                sub=f"{percent(effect.low)} to {percent(effect.high)}" if effect.ratio is not None else "",
                title=interval(effect)
                if effect.ratio is not None
                else "fewer than 30 priced tasks on one side",
            ),
            cells.money(after.p50_usd, sub=usd(before.p50_usd)),
            cells.money(after.p95_usd, sub=usd(before.p95_usd)),
            cells.rate(after.success.value, sub=share(before.success.value)),
            Cell(
                signed_usd(effect.monthly_usd),
                effect.monthly_usd,
                share=abs(effect.monthly_usd) / most if effect.monthly_usd is not None and most else None,
            ),
            cells.number(
                after.tasks,
                sub=count(before.tasks) + (f", {count(unpriced)} not priced" if unpriced else ""),
            ),
            *((_gate_cell(gate),) if gates else ()),
        ),
        id=f"{effect.workload}\n{after.value}",
    )


def _gate_cell(gate: GateVerdict | None) -> Cell:
    if gate is None:
        return Cell(UNKNOWN, "", title="no verdict of the gate is in the ledger for this change")
    word = GATE_WORDS.get(gate.verdict, gate.verdict.lower())
    who = f"overridden by {gate.overridden_by}" if gate.overridden_by else ""
    found = cells.word(word, tone=GATE_TONES.get(gate.verdict, ""), sub=who)
    over = f"{plural(gate.cases, 'case')}, " if gate.cases else ""
    said = f"{gate.reason} ({over}{stamp(gate.decided_at)} UTC)"
    return replace(found, title=f"{said}; {who}: {gate.override_reason}" if who else said)


def _opened(effect: Effect, kind: str) -> Target:
    """The page with one change open."""
    return {"by": kind, "effect": effect.after.value, "of": effect.workload}
