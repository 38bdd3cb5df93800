"""An investigation as text, Markdown or JSON: the same eight parts as the page, in its order.

In: an Investigation. Out: text, plain values. Pure.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, is_dataclass
from datetime import datetime
from decimal import Decimal
from textwrap import wrap
from typing import Any

from analytics.alerts.rows import AlertRow
from analytics.bridge.split import WORDS
from analytics.figures.numbers import plural, seconds, share, usd
from analytics.investigate.answer import (
    Investigation,
    cause_words,
    shortened,
    slice_words,
    split_name,
    split_words,
)
from analytics.investigate.health import health_notes
from analytics.investigate.rows import OutcomeRow
from analytics.investigate.stopped import Latest
from analytics.periods import iso, stamp
from analytics.price_words import not_in_force
from cli.typed_rows import shown
from sql.catalogue import query
from sql.then import IN_FORCE, Prices


@dataclass(frozen=True)
class Part:
    """One part: its heading and its lines; lines of `table` have one head."""

    title: str
    lines: tuple[str, ...] = ()
    head: tuple[str, ...] = ()
    table: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True)
class Asked:
    """What is told besides: whether it has stopped, the alert that asked, at which prices."""

    latest: Latest | None = None
    alert: AlertRow | None = None
    prices: Prices = IN_FORCE


NOBODY = Asked()
WIDTH = 80


def parts_of(found: Investigation, asked: Asked = NOBODY) -> list[Part]:
    """Data health, then the eight parts in order."""
    return [
        Part("Data health", tuple(text for _, text in health_notes(found.health, found.question.window))),
        _amount(found, asked.latest),
        _onset(found),
        _where(found),
        _movers(found),
        _why(found),
        _exemplars(found),
        _outcomes(found),
        Part("7 What to pull", (*_own_levers(asked), *found.levers) or ("Nothing stands out to be pulled.",)),
        _queries(found),
    ]


def as_text(found: Investigation, asked: Asked = NOBODY) -> Iterator[str]:
    """For a terminal."""
    if asked.alert is not None:
        yield from _alert_lines(asked.alert)
    yield f"{_scope(found)}, {found.question.window.words}"
    yield f"compared with {found.question.base_words}"
    if said := not_in_force(asked.prices):
        yield said
    for part in parts_of(found, asked):
        yield ""
        yield part.title.upper()
        for line in part.lines:
            yield from wrap(
                line, WIDTH, initial_indent="  ", subsequent_indent="    ", break_long_words=False
            )
        if part.table:
            rows = [part.head, *part.table]
            widths = [max(len(row[at]) for row in rows) for at in range(len(part.head))]
            yield from (
                "  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
                for row in rows
            )


def as_markdown(found: Investigation, asked: Asked = NOBODY) -> Iterator[str]:
    """For chat and tickets; names from traces are escaped."""
    yield f"# {_plain(_scope(found))}"
    yield ""
    if asked.alert is not None:
        yield from (f"{_plain(line)}\n" for line in _alert_lines(asked.alert))
    yield f"{found.question.window.words}, compared with {found.question.base_words}"
    if said := not_in_force(asked.prices):
        yield f"\n{_plain(said)}"
    for part in parts_of(found, asked):
        yield ""
        yield f"## {part.title}"
        yield ""
        yield from (f"- {_plain(line)}" for line in part.lines)
        if part.table:
            yield f"| {' | '.join(part.head)} |"
            yield f"|{'---|' * len(part.head)}"
            yield from (f"| {' | '.join(_plain(cell) for cell in row)} |" for row in part.table)


def as_values(found: Investigation, asked: Asked = NOBODY) -> dict[str, Any]:
    """For programs: every number, with the queries that reproduce them."""
    split = found.split
    notes = [text for _, text in health_notes(found.health, found.question.window)]
    latest = asked.latest
    return {
        "alert": None if asked.alert is None else _value(asked.alert),
        "latest": None if latest is None else {**_value(latest), "course": latest.course.value},
        "prices": asked.prices,
        "window": _value(found.question.window),
        "compared_with": [_value(base) for base in found.question.bases],
        "scope": {name: list(values) for name, values in found.question.scope.items()},
        "health": {**_value(found.health), "notes": notes},
        "amount": {
            **_value(found.amount), "excess_usd": found.amount.excess_usd, "times": found.amount.times,
            "excess_day_usd": found.amount.excess_day_usd, "excess_month_usd": found.amount.excess_month_usd,
        },
        "onset": _value(found.onset),
        "causes": [{**_value(cause), "delta_usd": cause.delta_usd} for cause in found.causes.causes],
        "offsets": _value(found.causes.offsets),
        "top_movers": [{**_value(mover), "delta_usd": mover.delta_usd} for mover in found.movers],
        "split": None if split is None else {
            "of": dict(found.split_of), "difference_usd": str(split.difference_usd),
            "parts": {part.factor.value: str(part.amount_usd) for part in split.parts},
        },
        "exemplars": _value(found.exemplars),
        "outcomes": _value(found.outcomes),
        "levers": list(found.levers),
        "queries": [
            {"gives": gives, "query": name, "parameters": _used(name, parameters)}
            for gives, name, parameters in found.queries
        ],
    }  # fmt: skip


def _own_levers(asked: Asked) -> tuple[str, ...]:
    """What the rule itself says of lever, runbook and owner."""
    details = asked.alert.details if asked.alert else {}
    return tuple(f"{name}: {details[name]}" for name in ("lever", "runbook", "owner") if details.get(name))


def _alert_lines(row: AlertRow) -> Iterator[str]:
    until = f", resolved at {stamp(row.resolved_at)} UTC" if row.resolved_at else ""
    yield f"alert {row.fingerprint}: {row.rule} ({row.severity}), since {stamp(row.started_at)} UTC{until}"
    yield row.summary


def _amount(found: Investigation, latest: Latest | None) -> Part:
    amount = found.amount
    times = f", {amount.times:.2f} times as much" if amount.times is not None else ""
    lines = [
        f"{usd(amount.hourly_usd)} an hour, expected {usd(amount.expected_hourly_usd)}{times}",
        f"{usd(amount.now_usd)} in {amount.hours:g} h, expected {usd(amount.expected_usd)}: "
        f"{usd(amount.excess_usd)} beyond what was expected",
        f"if it goes on so: {usd(amount.excess_day_usd)} a day, {usd(amount.excess_month_usd)} in 30 days beyond it",
    ]
    if latest is not None:
        said, why = latest.words
        lines += [f"has it stopped? {said}", why]
    if amount.unpriced_calls:
        lines.append(f"{plural(amount.unpriced_calls, 'call')} of unknown cost not in it")
    return Part("1 How much", tuple(lines))


def _onset(found: Investigation) -> Part:
    at = found.onset.at
    lines = [f"since about {stamp(at)} UTC" if at else "no single moment stands out"]
    names = [shortened(row.name) if row.kind == "change" else row.name for row in found.onset.changes]
    table = tuple(
        (stamp(row.first_seen), row.kind.replace("_", " "), row.workload, str(row.tasks), name)
        for row, name in zip(found.onset.changes, names, strict=True)
    )
    if not table:
        lines.append("no release, prompt version, model or price book was new within a day of it")
    return Part(
        "2 Since when, and what changed near it",
        tuple(lines),
        ("first seen, UTC", "what", "workload", "tasks", "name"),
        table,
    )


def _where(found: Investigation) -> Part:
    rows = []
    for cause in found.causes.causes:
        also = "; ".join(slice_words(alias) for alias in cause.aliases)
        rows.append((
            cause_words(cause) + (" (new)" if cause.is_new else ""), usd(cause.delta_usd), share(cause.share),
            f"{cause.score:.2f}", also,
        ))  # fmt: skip
    lines = ("nothing moved enough to be ranked",) if not rows else ()
    return Part(
        "3 Where: root cause", lines, ("slice", "difference", "share", "score", "also known as"), tuple(rows)
    )


def _movers(found: Investigation) -> Part:
    rows = tuple(
        (
            slice_words(((m.dimension, m.element),)),
            usd(m.delta_usd),
            share(m.share),
            usd(m.now_usd),
            usd(m.expected_usd),
        )
        for m in found.movers
    )
    return Part("3 Where: plain top movers", (), ("element", "difference", "share", "now", "expected"), rows)


def _why(found: Investigation) -> Part:
    split = found.split
    if split is None:
        return Part("4 Why", ("no call began in the window or before it",))
    was, now = usd(float(split.base_usd)), usd(float(split.head_usd))
    lines = [f"{split_name(found)}: from {was} expected to {now}"]
    said = split_words(split)
    rows = tuple((WORDS[part.factor], usd(float(part.amount_usd))) for part in split.ranked())
    return Part("4 Why", (*lines, *((said,) if said else ())), ("factor", "contributes"), rows)


def _exemplars(found: Investigation) -> Part:
    words = {"dearest": "dearest now", "usual": "usual now", "before": "usual before"}
    rows = tuple(
        (
            words[row.which],
            row.task_id,
            usd(row.cost_usd),
            str(row.calls),
            seconds(row.duration_s),
            stamp(row.ended_at),
        )
        for row in found.exemplars
    )
    lines = () if rows else ("no priced task ended in the slice",)
    return Part("5 Example tasks", lines, ("which", "task", "cost", "calls", "duration", "ended, UTC"), rows)


def _outcomes(found: Investigation) -> Part:
    scale = (1.0, found.question.base_scale)
    rows = tuple((("now", "before")[row.side], *_outcome(row, scale[row.side])) for row in found.outcomes)
    lines = () if rows else ("no task ended",)
    return Part(
        "6 Did it buy anything",
        lines,
        ("", "tasks", "success rate", "useful units", "cost per unit", "P50", "P95"),
        rows,
    )


def _outcome(row: OutcomeRow, scale: float) -> tuple[str, ...]:
    rate = row.successes / row.judged if row.judged else None
    unit = row.cost_usd / row.units_made if row.units_made else None
    priced = row.priced > 0
    return (
        f"{row.tasks * scale:,.0f}", share(rate), f"{row.units_made * scale:,.0f}", usd(unit),
        usd(row.p50_usd if priced else None), usd(row.p95_usd if priced else None),
    )  # fmt: skip


def _queries(found: Investigation) -> Part:
    lines = []
    for gives, name, parameters in found.queries:
        given = " ".join(
            f"{key}={value!r}" for key, value in _used(name, parameters).items() if value not in ("[]", "")
        )
        lines.append(f"{gives}: sql/queries/{name}.sql with {given}")
    return Part("8 The queries behind the numbers", tuple(lines))


def _used(name: str, parameters: Mapping[str, Any]) -> dict[str, str]:
    known = query(name).parameters
    return {key: shown(value, known[key]) for key, value in parameters.items() if key in known}


def _scope(found: Investigation) -> str:
    named = [f"{name} {', '.join(values)}" for name, values in found.question.scope.items() if values]
    return "; ".join(named) or "Everything"


def _plain(text: str) -> str:
    return "".join(f"\\{char}" if char in "\\`*_[]<>|#" else char for char in " ".join(text.split()))


def _value(item: Any) -> Any:
    if is_dataclass(item) and not isinstance(item, type):
        return {name: _value(value) for name, value in asdict(item).items()}
    if isinstance(item, Mapping):
        return {str(name): _value(value) for name, value in item.items()}
    if isinstance(item, Sequence) and not isinstance(item, str):
        return [_value(each) for each in item]
    if isinstance(item, datetime):
        return iso(item)
    return str(item) if isinstance(item, Decimal) else item
