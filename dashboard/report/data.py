"""The weekly review as JSON: every number with its sample, times in ISO, cents as text, unknown as null."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from analytics.review.answer import Review
from analytics.weeks import Week
from dashboard.report.words import sentence


def as_json(review: Review) -> dict[str, Any]:
    """A tree of plain values."""
    found = _plain(review)
    assert isinstance(found, dict)
    found["verdict"] = sentence(review)
    del found["sentence"]
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, Week):
        return {"name": value.name, "from": value.from_.isoformat(), "to": value.to.isoformat()}
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, (tuple, list)):
        return [_plain(each) for each in value]
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    return value
