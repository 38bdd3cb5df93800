"""The weekly review as one HTML document: styles and charts inside it, clean on screen, in mail and on paper.

In: a Review, colours, where the dashboard answers. Out: HTML text; every name from outside is escaped.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from html import escape
from pathlib import Path
from typing import Final

from analytics.figures.numbers import UNKNOWN, count, plural, share, usd
from analytics.periods import iso
from analytics.review.answer import Review
from analytics.review.parts import Slice
from analytics.review.plan import Gate
from dashboard.charts.theme import LIGHT, Palette
from dashboard.report import svg
from dashboard.report.markup import linked, section, table, taken
from dashboard.report.tables import actions, checks, savings, workloads
from dashboard.report.words import (
    Links,
    basis,
    bridge_memo,
    cents,
    effect_words,
    gate_name,
    gate_words,
    interval,
    legend,
    month,
    override_words,
    plain_cents,
    plan,
    release_name,
    signed,
    taken_over,
    title,
)

STYLE: Final = Path(__file__).with_name("report.css")
NAMED: Final = 5
MOST_GATES: Final = 8
GATE_TONES: Final = {"FAIL": "bad", "WARN": "bad", "PASS": "good"}
CAUSES: Final = {
    "model_mix": "workload",
    "input_tokens_per_call": "context",
    "cache_mix": "caching",
    "price": "prices",
}
"""Pages on which the calls behind a cause of the bridge are told apart; of the others the tasks are."""


def document(review: Review, links: Links, colours: Palette = LIGHT) -> str:
    """A whole file."""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title(review))}</title></head><body>{body(review, links, colours)}</body></html>\n"
    )


def body(review: Review, links: Links, colours: Palette = LIGHT) -> str:
    """The review with its style, to stand inside a page."""
    parts = [
        f"<style>{_style(colours)}</style>",
        '<article class="review">',
        f"<header><h1>{escape(title(review))}</h1>",
        '<p class="verdict">'
        + "".join(
            f"<strong>{_unbroken(p.text)}</strong>" if p.strong else _unbroken(p.text)
            for p in review.sentence
        )
        + "</p>",
        f"<p>{escape(plan(review))}</p>",
        f'<p class="muted">{escape(month(review))} {escape(basis(review))}</p></header>',
        _numbers(review, links),
        checks("Plan", review.budgets, review, links) if review.budgets else "",
        _days(review, links),
        _bridge(review, links),
        _slices(review, links),
        _releases(review, links),
        checks("Discipline", review.checks, review, links),
        savings(review, links),
        actions(review, links),
        checks("Data quality", review.quality, review, links),
        workloads(review, links),
        "</article>",
    ]
    return "".join(parts)


def _unbroken(text: str) -> str:
    """Escaped, with no line ending between a minus and its dollars (a word joiner forbids it)."""
    return escape(text).replace("−$", "−&#8288;$")


def _style(colours: Palette) -> str:
    names = {
        "background": colours.background,
        "surface": colours.surface,
        "text": colours.text,
        "muted": colours.muted,
        "line": colours.border,
        "accent": colours.primary,
        "good": colours.good,
        "bad": colours.bad,
        **{f"s{n}": colour for n, colour in enumerate(colours.series[:NAMED])},
        "s5": colours.muted,
    }
    given = "".join(f"--{name}:{value};" for name, value in names.items())
    return f".review{{{given}}}" + STYLE.read_text(encoding="utf-8")


def _numbers(review: Review, links: Links) -> str:
    rows_of = links.page("query", review, name="review_weeks")
    rows = []
    for trend in review.trends:
        values = [p.value for p in trend.points]
        change = trend.change_text
        tone = ""
        if change and trend.sure and trend.change and trend.lower_is_better is not None:
            tone = "good" if (trend.change < 0) == trend.lower_is_better else "bad"
        chart = svg.sparkline(
            values,
            [p.low for p in trend.points],
            [p.high for p in trend.points],
            f"{trend.label} over eight weeks: {', '.join(trend.texts)}",
        )
        thin = (
            "; fewer than 30, too thin to compare" if trend.now.thin and trend.now.value is not None else ""
        )
        rows.append(
            [
                f"<b>{escape(trend.label)}</b><br><small>{escape(trend.meaning)}</small>",
                f'<span class="big">{linked(trend.text, rows_of)}</span>',
                f'<span class="{tone}">{escape(change or UNKNOWN)}</span>',
                escape(interval(trend) or UNKNOWN),
                f"{escape(taken_over(trend))}{thin}",
                chart,
            ]
        )
    head = ("", "This week", "On the week before", "95 % interval", "Taken over", "Eight weeks")
    how = "Of the tasks that ended in each week; what each number is stands under its name."
    note = taken(review, links, how, "review_weeks", sample=plural(review.tasks, "task"))
    return section("The numbers", table(head, rows, right=(1, 2, 3)) + note)


def _days(review: Review, links: Links) -> str:
    if not review.days:
        return section("Spend by day", '<p class="muted">No call started in the week.</p>')
    total: dict[str, float] = {}
    for row in review.days:
        total[row.workload] = total.get(row.workload, 0.0) + row.spend_usd
    order = sorted(total, key=lambda name: -total[name])
    named, rest = order[:NAMED], order[NAMED:]
    days = [review.week.monday + timedelta(days=n) for n in range(7)]

    def spend(names: Sequence[str]) -> list[float]:
        return [sum(r.spend_usd for r in review.days if r.day == day and r.workload in names) for day in days]

    series = [(name or "(no name)", spend([name])) for name in named]
    if rest:
        series.append((rest[0] or "(no name)" if len(rest) == 1 else f"{len(rest)} more", spend(rest)))
    sums = [sum(values[n] for _, values in series) for n in range(7)]
    whole = links.page("tasks", review)
    spoken = "Spend by day: " + ", ".join(
        f"{day:%a} {usd(each)}" for day, each in zip(days, sums, strict=True)
    )
    hrefs = [_of_day(review, links, day) for day in days]
    names = [f"{day:%a %d}" for day in days]
    chart = "".join(
        svg.stacked_days(names, series, spoken, usd(max(sums)), hrefs, width)
        for width in (svg.WIDE, svg.SLIM)
    )
    keys = "".join(
        f'<span class="key"><i class="s{n}"></i>{escape(name)} {linked(usd(sum(values)), href)}</span>'
        for n, (name, values, href) in enumerate(
            zip(
                legend([s[0] for s in series]),
                [s[1] for s in series],
                # Of what is summed up as more, all tasks of the week are the way.
                [
                    *(
                        links.page("tasks", review, workload=name)
                        for name in (*named, *rest[: len(rest) == 1])
                    ),
                    *([whole] if len(rest) > 1 else []),
                ],
                strict=True,
            )
        )
    )
    how = "Cost of the calls that started on each day, UTC, by workload."
    note = taken(review, links, how, "review_days", sample=plural(review.calls, "call"))
    total_words = linked(usd(review.spend_usd), whole)
    return section(
        "Spend by day",
        f'<p>{total_words} in the week.</p><div class="chart">{chart}</div><p class="keys">{keys}</p>{note}',
    )


def _of_day(review: Review, links: Links, day: date) -> str:
    start = datetime.combine(day, time(), UTC)
    return links.page("tasks", review, **{"from": iso(start), "to": iso(start + timedelta(days=1))})


def _bridge(review: Review, links: Links) -> str:
    split = review.bridge
    if split is None:
        return section("From last week to this one", '<p class="muted">No tasks in one of the two weeks.</p>')
    parts = [(line.words, float(line.amount_usd), cents(line.amount_usd)) for line in split.lines]
    ends = (("the week before", plain_cents(split.before_usd)), ("this week", plain_cents(split.now_usd)))
    spoken = "Cost bridge: " + ", ".join(f"{words} {text}" for words, _, text in parts)
    hrefs = [
        _before(review, links),
        *(links.page(*_cause(review, line.factor), **_view(line.factor)) for line in split.lines),
        links.page("tasks", review),
    ]
    chart = "".join(
        svg.bridge(float(split.before_usd), float(split.now_usd), parts, ends, spoken, hrefs, width)
        for width in (svg.WIDE, svg.SLIM)
    )
    more = (
        f"<p>More work: <b>{cents(split.more_work_usd)}</b>. Dearer work: <b>{cents(split.dearer_work_usd)}</b>. "
        "The parts are Shapley values and sum to the difference to the cent; cost is that of the tasks that ended in "
        f'each week.</p><p class="muted">{escape(bridge_memo(split))}</p>'
    )
    note = taken(
        review,
        links,
        "Each bar leads to what it is made of.",
        "bridge_cells",
        sample=plural(review.tasks, "task"),
    )
    return section("From last week to this one", f'<div class="chart">{chart}</div>{more}{note}')


def _cause(review: Review, factor: str) -> tuple[str, Review]:
    return CAUSES.get(factor, "tasks"), review


def _view(factor: str) -> dict[str, str]:
    return {"view": "models"} if factor == "model_mix" else {}


def _before(review: Review, links: Links) -> str:
    """The tasks of the week before."""
    week = review.week.previous
    return links.page("tasks", review, **{"from": iso(week.from_), "to": iso(week.to)})


def _slices(review: Review, links: Links) -> str:
    def rows(found: Sequence[Slice]) -> list[list[str]]:
        return [
            [
                linked(one.words, links.page("tasks", review, **_filters(one)))
                + (" <small>new</small>" if one.is_new else ""),
                linked(signed(one.delta_usd), links.page("tasks", review, **_filters(one))),
                f"{linked(usd(one.before_usd), _slice_before(review, links, one))} → "
                f"{linked(usd(one.now_usd), links.page('tasks', review, **_filters(one)))}",
                linked("a task with its dearest call", links.task(one.task)) if one.task else "",
            ]
            for one in found
        ]

    head = ("Slice", "Change", "Spend", "Example")
    up = table(head, rows(review.up), right=(1, 2)) if review.up else '<p class="muted">Nothing rose.</p>'
    down = (
        table(head, rows(review.down), right=(1, 2)) if review.down else '<p class="muted">Nothing fell.</p>'
    )
    how = "Slices of calls by what moved together, the best explanation first; amounts are of the calls of each week."
    note = taken(review, links, how, "review_calls", sample=plural(review.calls, "call"))
    return section("Who moved it", f"<h3>Up</h3>{up}<h3>Down</h3>{down}{note}")


def _slice_before(review: Review, links: Links, one: Slice) -> str:
    week = review.week.previous
    return links.page("tasks", review, **_filters(one), **{"from": iso(week.from_), "to": iso(week.to)})


def _filters(one: Slice) -> dict[str, str]:
    return {
        name: element
        for name, element in one.predicate
        if name in ("workload", "model", "agent", "tier") and element != "(none)"
    }


def _releases(review: Review, links: Links) -> str:
    how = "Releases by what their tasks cost before and after; verdicts as the gate recorded them, at its prices."
    note = taken(review, links, how, "review_releases", "review_facts")
    return section("Changes of the week", _effects(review, links) + _gates(review, links) + note)


def _gates(review: Review, links: Links) -> str:
    if not review.gates:
        return '<p class="muted">The gate recorded no verdict in the week.</p>'
    rows = [
        [
            linked(gate_name(one), links.page("changes", review, by=_kind(one))),
            f'<b class="{GATE_TONES.get(one.verdict, "")}">{escape(one.verdict)}</b>',
            escape(gate_words(one)) + f"<br><small>{escape(one.reason)}</small>",
            escape(override_words(one)) or "nobody",
        ]
        for one in review.gates[:MOST_GATES]
    ]
    return "<h3>What the gate said</h3>" + table(("Change", "Verdict", "Measured", "Overridden by"), rows)


def _kind(one: Gate) -> str:
    return "pull_request" if one.pull_request else "change"


def _effects(review: Review, links: Links) -> str:
    if not review.releases:
        return '<p class="muted">No release began in the week.</p>'
    rows = [
        [
            f"<b>{linked(release_name(one), links.page('changes', review, workload=one.workload))}</b><br>"
            f"<small>{escape(one.workload)}, from {one.at:%a %d %b %H:%M} UTC</small>",
            escape(effect_words(one)),
            f"{share(one.success_before)} → {share(one.success)}",
            f"{count(one.before_tasks)} before, {count(one.tasks)} after",
        ]
        for one in review.releases[:8]
    ]
    return (
        table(("Release", "Measured effect", "Success", "Tasks"), rows)
        + '<p class="muted">After against the seven days before, at the same hours of the day.</p>'
    )
