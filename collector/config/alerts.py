"""Alert rules: the `alerts` part of spanledger.yaml, or the file it names.

In: parsed YAML. Out: frozen models; every fault stands at the name that is wrong.
"""

import re
from datetime import timedelta
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)

from collector.config.alert_defaults import DEFAULT_RULES
from collector.config.measures import MEASURES, Dimension

Text = Annotated[str, Field(min_length=1)]
Kind = Literal["budget", "forecast", "shift", "runaway", "limit", "query"]
Number = Annotated[float, Field(allow_inf_nan=False)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_DEFAULTS = {rule["name"]: rule for rule in DEFAULT_RULES}
_OF_KIND: dict[str, tuple[str, ...]] = {
    "budget": ("min_excess_usd",),
    "forecast": ("over",),
    "shift": ("sigmas", "min_excess_usd", "by", "scope"),
    "runaway": ("cost_times", "call_times", "min_usd", "min_calls", "fewest", "scope"),
    "limit": ("measure", "above", "at_least", "below", "rise", "drop", "window", "baseline", "fewest", "by", "scope"),
    "query": ("query", "column", "above", "at_least", "below", "window", "by"),
}  # fmt: skip
_COMPARISONS = ("above", "at_least", "below", "rise", "drop")


def _is_duration(value: str) -> str:
    if not re.fullmatch(r"[1-9]\d{0,5}[smhd]", value):
        raise ValueError("expected a whole number and s, m, h or d, such as 90s, 30m, 6h or 7d")
    return value


Duration = Annotated[str, AfterValidator(_is_duration)]


def duration(value: str) -> timedelta:
    """`6h` as a timedelta."""
    return timedelta(seconds=int(value[:-1]) * _UNITS[value[-1]])


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=False)


class AlertRule(_Part):
    """One rule. A rule with the name of a built-in one changes of it only what it gives.

    `budget` and `forecast` watch the `budgets`; `shift` cost against its seasonal plan; `runaway` single tasks;
    `limit` a measure against `above`, `at_least`, `below`, or its own past by `rise` (0.5 = half as much again) or
    `drop` (0.1 = ten points); `query` a column of a named query.
    """

    name: Text = Field(description="how it is called in alerts; unique")
    kind: Kind = Field(description="budget, forecast, shift, runaway, limit or query")
    off: bool = Field(default=False, description="true = not evaluated")
    severity: Literal["page", "ticket", "info"] = Field(default="ticket", description="how urgent it is")
    measure: str | None = Field(default=None, description="limit: what is measured")
    query: Text | None = Field(default=None, description="query: its name in sql/queries or in `queries`")
    column: Text | None = Field(default=None, description="query: the column that is held against the limit")
    above: Number | None = Field(default=None, description="limit, query: fires above this")
    at_least: Number | None = Field(default=None, description="limit, query: fires at or above this")
    below: Number | None = Field(default=None, description="limit, query: fires below this")
    rise: Positive | None = Field(default=None, description="limit: fires at this share above the baseline")
    drop: Positive | None = Field(default=None, description="limit: fires at this much below the baseline")
    window: Duration = Field(default="24h", description="limit, query: how far back is measured")
    baseline: Duration = Field(
        default="14d", description="limit: how far back before the window is the baseline"
    )
    fewest: Annotated[int, Field(ge=1)] = Field(default=30, description="fewer things than this: no verdict")
    by: tuple[str, ...] = Field(default=(), description="one alert for each of these (query: its columns)")
    scope: dict[str, str] = Field(default_factory=dict, description="only where these patterns match")
    sigmas: Positive | None = Field(default=None, description="shift: how far off the plan")
    min_excess_usd: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = Field(
        default=None, description="shift: USD beyond plan in six hours; budget: USD an hour"
    )
    over: Positive = Field(default=1.05, description="forecast: fires above this share of the budget")
    cost_times: Positive = Field(default=20.0, description="runaway: times the P95 cost of its workload")
    call_times: Positive = Field(default=5.0, description="runaway: times the P99 calls of its workload")
    min_usd: Annotated[float, Field(ge=0, allow_inf_nan=False)] = Field(
        default=1.0, description="runaway: never below this cost"
    )
    min_calls: Annotated[int, Field(ge=1)] = Field(default=50, description="runaway: never below these calls")
    hold: Duration | None = Field(default=None, description="how long it must last before it fires")
    clear: Duration = Field(default="30m", description="how long it must be clear before it resolves")
    repeat: Duration | None = Field(default=None, description="how often a firing alert is told again")
    notify: tuple[Text, ...] = Field(
        default=(), description="receivers by name; empty = those of `alerts.notify`"
    )
    owner: str = Field(default="", description="who looks after it; told with the alert")
    runbook: str = Field(default="", description="address of what to do; told with the alert")
    lever: str = Field(
        default="", description="address of the switch, route or rollback; told with the alert"
    )

    @field_validator(*{name for names in _OF_KIND.values() for name in names})
    @classmethod
    def _belongs_to_kind(cls, value: Any, info: ValidationInfo) -> Any:
        kind = info.data.get("kind")
        if kind in _OF_KIND and info.field_name not in _OF_KIND[kind]:
            raise ValueError(f"is not for kind {kind}, which takes {', '.join(_OF_KIND[kind])}")
        return value

    @field_validator("measure")
    @classmethod
    def _is_measured(cls, value: str | None) -> str | None:
        if value is not None and value not in MEASURES:
            raise ValueError(f"is not measured; there are {', '.join(MEASURES)}")
        return value

    @field_validator("by", "scope")
    @classmethod
    def _are_dimensions(cls, value: Any, info: ValidationInfo) -> Any:
        if info.data.get("kind") == "query":
            return value
        measure = MEASURES.get(info.data.get("measure") or "")
        known: tuple[str, ...] = (
            measure.dimensions if measure else ("workload", "model", "tier", "agent", "tenant")
        )
        for name in value:
            if name not in known:
                raise ValueError(f"{name} is not among {', '.join(known)}")
        if info.data.get("kind") == "shift" and "tenant" in value and set(value) - {"tenant", "workload"}:
            raise ValueError(
                "tenant goes with workload alone: sums by model, tier and agent do not name tenants"
            )
        if info.data.get("kind") == "runaway" and set(value) - {"workload"}:
            raise ValueError("a task has a workload; runaway takes scope by workload alone")
        return value

    @model_validator(mode="after")
    def _is_complete(self) -> Self:
        given = [name for name in _COMPARISONS if getattr(self, name) is not None]
        if self.kind in ("limit", "query") and len(given) != 1:
            names = [name for name in _COMPARISONS if name in _OF_KIND[self.kind]]
            raise ValueError(f"give exactly one of {', '.join(names)}")
        if self.kind == "limit" and self.measure is None:
            raise ValueError("kind limit needs measure")
        if self.kind == "query" and (self.query is None or self.column is None):
            raise ValueError("kind query needs query and column")
        return self

    @property
    def grouped_by(self) -> tuple[Dimension, ...]:
        """What a limit rule is grouped by: its own choice or the measure's, and all that its scope names."""
        measure = MEASURES[self.measure or ""]
        wanted = {*(self.by or measure.by), *self.scope}
        return tuple(name for name in measure.dimensions if name in wanted)


def _completed(rule: Any) -> Any:
    """A rule that names a built-in one, with what it leaves out; a comparison of its own replaces that one's."""
    if not isinstance(rule, dict) or rule.get("name") not in _DEFAULTS or "kind" in rule:
        return rule
    built_in = _DEFAULTS[str(rule["name"])]
    compares = any(name in rule for name in _COMPARISONS)
    kept = {name: value for name, value in built_in.items() if not (compares and name in _COMPARISONS)}
    return {**kept, **rule}


class Alerts(_Part):
    """Alerts. The built-in rules are on; `spanledger alerts check` lists what holds."""

    file: Text | None = Field(default=None, description="a file with this part, beside spanledger.yaml")
    built_in: bool = Field(default=True, description="false = only your own rules")
    every_s: Annotated[int, Field(ge=5, le=3600)] = Field(default=60, description="seconds between rounds")
    repeat: Duration = Field(default="4h", description="how often a firing alert is told again")
    notify: tuple[Text, ...] = Field(default=(), description="receivers by name")
    link: Text = Field(default="http://127.0.0.1:8501", description="address of the dashboard, for links")
    rules: tuple[AlertRule, ...] = Field(default=(), description="your rules")
    queries: dict[str, Text] = Field(
        default_factory=dict, description="queries of your own, by name, for rules"
    )

    @field_validator("rules", mode="before")
    @classmethod
    def _from_built_in(cls, value: Any) -> Any:
        if not isinstance(value, list | tuple):
            return value
        return [_completed(rule) for rule in value]

    @field_validator("rules")
    @classmethod
    def _each_name_once(cls, value: tuple[AlertRule, ...]) -> tuple[AlertRule, ...]:
        names = [rule.name for rule in value]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"{twice[0]!r} is the name of two rules")
        return value

    @field_validator("link")
    @classmethod
    def _is_address(cls, value: str) -> str:
        if not re.match(r"https?://[^/\s]+", value):
            raise ValueError("expected http:// or https:// and a host")
        return value.rstrip("/")

    def in_force(self) -> tuple[AlertRule, ...]:
        """The rules that are evaluated: yours, and the built-in ones that yours do not change."""
        own = {rule.name for rule in self.rules}
        built_in = [AlertRule.model_validate(rule) for rule in DEFAULT_RULES if rule["name"] not in own]
        return tuple(rule for rule in (*(built_in if self.built_in else ()), *self.rules) if not rule.off)
