"""Makes a weekly review outside the dashboard, over whatever ledger the settings name.

In: settings, a week, a workload. Out: a Review. Raises UnavailableError, QueryError.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, get_type_hints

from analytics.review.answer import Review, review
from analytics.weeks import Week
from cli.ledger import Ledger, open_ledger, query_text
from collector.engine.typed import strings
from collector.runfile import reachable_host, read_run_info
from collector.settings import CollectorSettings
from dashboard.report.ask import review_data
from sql.catalogue import query
from sql.then import IN_FORCE, Prices


def review_of(settings: CollectorSettings, week: Week, workload: str, prices: Prices = IN_FORCE) -> Review:
    """The review of a week; workload empty = all."""
    with open_ledger(settings, prices) as ledger:

        def later(name: str, row_type: type[Any], given: Mapping[str, Any]) -> Callable[[], Sequence[Any]]:
            found = rows(ledger, name, row_type, given)
            return lambda: found

        return review(review_data(week, workload, later), week, workload, ledger.prices)


def rows(ledger: Ledger, name: str, row_type: type[Any], given: Mapping[str, Any]) -> list[Any]:
    """Rows of a query as its class; money keeps its digits."""
    used = {key: _text(value) for key, value in given.items() if key in query(name).parameters}
    answer = b"".join(ledger.query(query_text(name), "JSONCompactEachRowWithNames", used))
    lines = answer.decode().splitlines()
    if not lines:
        return []
    hints = get_type_hints(row_type)
    places = {column: at for at, column in enumerate(json.loads(lines[0]))}
    wanted = [(field.name, hints[field.name], places[field.name]) for field in fields(row_type)]
    return [
        row_type(**{column: _typed(values[at], hint) for column, hint, at in wanted})
        for values in (json.loads(line, parse_float=str) for line in lines[1:])
    ]


def dashboard_url(settings: CollectorSettings) -> str:
    """Where the dashboard of this ledger listens, as far as the settings tell; empty when it is not known."""
    info = read_run_info(settings.folder.run_file)
    port = getattr(info, "dashboard_port", 0) if info is not None else 0
    return f"http://{reachable_host(settings.host)}:{port}" if port else ""


def _text(value: Any) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
    if isinstance(value, list):
        return strings(value)
    return str(value)


def _typed(value: Any, hint: Any) -> Any:
    if value is None:
        return None
    text = str(hint)
    if "tuple" in text:
        return tuple(_number(each) if "float" in text else each for each in value)
    if hint is Decimal:
        return Decimal(str(value))
    if hint is datetime:
        return datetime.fromisoformat(str(value)).replace(tzinfo=UTC)
    if hint is date:
        return date.fromisoformat(str(value))
    if "float" in text:
        return _number(value)
    return int(value) if hint is int else value


def _number(value: Any) -> float:
    return float(value)
