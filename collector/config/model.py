"""spanledger.yaml: what a team tells the ledger about its models, workloads, prices and budgets.

In: the path of the file, or None. Out: one frozen Config, or ConfigError with a line for every fault.
Must never ignore a name it does not know.
"""

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from collector.config.alerts import Alerts
from collector.config.cross import unknown_receivers
from collector.config.errors import ATTRIBUTE, explain
from collector.config.receivers import Receiver
from collector.config.tiers import TIERS, TierName, TierRule, tier_rules
from collector.config.yaml import read_yaml
from collector.errors import ConfigError
from sql.roles import recognised_names

Text = Annotated[str, Field(min_length=1)]


def _no_zero(price: Decimal) -> Decimal:
    """The book holds nine decimals: a price below them would silently become none at all."""
    if price and not round(price, 9):
        raise ValueError("is finer than the billionth of a dollar that a price is held to")
    return price


UsdPerMtok = Annotated[Decimal, Field(ge=0, le=1_000_000, allow_inf_nan=False), AfterValidator(_no_zero)]


def _utc(value: Any) -> Any:
    """A date means its first moment in UTC, also where quotes make a text of it."""
    if isinstance(value, (bool, int, float)):
        raise ValueError("expected a date such as 2026-11-01")
    if isinstance(value, str):
        value = _read(value)
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError("say which zone, such as 2026-11-01T08:00:00Z, or give a date alone")
        return value.astimezone(UTC)
    if isinstance(value, date):
        return datetime.combine(value, time(), tzinfo=UTC)
    return value


def _read(text: str) -> date | datetime | str:
    """A date or a moment out of a text; anything else stays text, which is then refused."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        pass
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return text


def _said(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d}" if moment.time() == time() else f"{moment:%Y-%m-%dT%H:%M:%SZ}"


Moment = Annotated[datetime, BeforeValidator(_utc)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=False)


class Tiers(_Part):
    """Patterns on model names (`*` any text, `?` one character), tried before the built-in ones."""

    nano: tuple[Text, ...] = Field(default=(), description="patterns of the cheapest tier")
    standard: tuple[Text, ...] = Field(default=(), description="patterns of the middle tier")
    premium: tuple[Text, ...] = Field(default=(), description="patterns of the dearest tier")

    @model_validator(mode="after")
    def _each_pattern_once(self) -> Self:
        seen: dict[str, str] = {}
        for tier in TIERS:
            for pattern in getattr(self, tier):
                if pattern.lower() in seen:
                    raise ValueError(f"pattern {pattern!r} stands in {seen[pattern.lower()]} and in {tier}")
                seen[pattern.lower()] = tier
        return self


class WorkloadMatch(_Part):
    """What a span must say for a workload rule to hold; every given part must. Patterns as in `tiers`.

    Written in the file as `attribute.<name>: pattern` for any other span or resource attribute.
    The empty text matches only where nothing is set.
    """

    service: str | None = Field(default=None, description="service.name of the resource")
    workload: str | None = Field(default=None, description="the workload the span itself names")
    agent: str | None = Field(default=None, description="gen_ai.agent.name")
    environment: str | None = Field(default=None, description="deployment.environment.name")
    attributes: dict[str, str] = Field(
        default_factory=dict, alias="attribute.<name>", description="any other attribute, by its name"
    )

    @model_validator(mode="before")
    @classmethod
    def _gather_attributes(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        prefix = "attribute."
        named = {key: item for key, item in value.items() if key.startswith(prefix) and key != prefix}
        rest = {key: item for key, item in value.items() if key not in named}
        taken = sorted(
            key.removeprefix(prefix) for key in named if key.removeprefix(prefix) in recognised_names()
        )
        if taken:
            raise ValueError(
                f"{taken[0]} is read as what it means; match service, workload, agent or environment instead"
            )
        if named:
            rest[ATTRIBUTE] = {key.removeprefix(prefix): item for key, item in named.items()}
        if not rest:
            raise ValueError("names nothing to match, so it would match every span")
        return rest


class WorkloadRule(_Part):
    """Spans that match belong to `workload`; the first rule that matches decides."""

    match: WorkloadMatch = Field(description="what the span must say")
    workload: Text = Field(description="the workload it then belongs to")


class LatencyClassRule(_Part):
    """Calls of a workload are of a latency class, unless the span says another; the first match decides."""

    workload: Text = Field(description="pattern on the workload")
    latency_class: Literal["interactive", "offline"] = Field(
        description="whether somebody waits for the answer"
    )


class PriceRule(_Part):
    """A price of your own for the calls of one model in `[from, to)`; of several that hold, the last wins.

    Either `discount` off the list price or a `factor` on it, or the list price of another model (`same_as`, with
    or without those), or prices a million tokens. A bucket without a price keeps its list price.
    """

    provider: Text = Field(description="OpenTelemetry GenAI provider name, such as anthropic")
    model: Text = Field(
        description="model or deployment name as the provider reports it; `*` in it stands for any text"
    )
    service_class: Literal["standard", "batch", "flex", "priority", "fast"] | None = Field(
        default=None, description="only calls of this service class; empty = all"
    )
    from_: Moment | None = Field(default=None, alias="from", description="first moment (UTC), empty = always")
    to: Moment | None = Field(default=None, description="moment after the last (UTC), empty = for good")
    discount: Annotated[Decimal, Field(ge=0, lt=1)] | None = Field(
        default=None, description="fraction off the list price: 0.15 = 15% less"
    )
    factor: Annotated[Decimal, Field(gt=0, le=1000, allow_inf_nan=False)] | None = Field(
        default=None, description="what the list price is multiplied by: 1.1 = 10% more"
    )
    same_as: Text | None = Field(default=None, description="another model of the provider with these prices")
    fresh_input_usd_per_mtok: UsdPerMtok | None = Field(default=None, description="USD a million tokens")
    cache_read_usd_per_mtok: UsdPerMtok | None = Field(default=None, description="USD a million tokens")
    cache_write_short_usd_per_mtok: UsdPerMtok | None = Field(
        default=None, description="USD a million tokens"
    )
    cache_write_long_usd_per_mtok: UsdPerMtok | None = Field(default=None, description="USD a million tokens")
    output_usd_per_mtok: UsdPerMtok | None = Field(default=None, description="USD a million tokens")
    web_search_usd_per_kcall: UsdPerMtok | None = Field(
        default=None, description="USD a thousand web searches of the provider"
    )

    @property
    def has_own_prices(self) -> bool:
        """Whether any bucket is priced by the rule itself."""
        return any(getattr(self, name) is not None for name in OWN_PRICES)

    @model_validator(mode="after")
    def _says_one_thing(self) -> Self:
        derived = (self.discount, self.factor, self.same_as) != (None, None, None)
        if derived and self.has_own_prices:
            raise ValueError("give either prices a million tokens, or same_as, discount and factor")
        if self.discount is not None and self.factor is not None:
            raise ValueError("give either discount or factor")
        if not derived and not self.has_own_prices:
            raise ValueError("gives no price: add discount, same_as, or prices such as output_usd_per_mtok")
        if self.from_ is not None and self.to is not None and self.from_ >= self.to:
            how = "when" if self.from_ == self.to else "before"
            raise ValueError(f"ends ({_said(self.to)}) {how} it begins ({_said(self.from_)})")
        return self


OWN_PRICES = tuple(name for name in PriceRule.model_fields if "_usd_per_" in name)


class Baseline(_Part):
    """What the agents of a workload are compared with: its tasks of one architecture, or another workload."""

    architecture: Text | None = Field(default=None, description="value of spanledger.architecture")
    workload: Text | None = Field(default=None, description="another workload")

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if (self.architecture is None) == (self.workload is None):
            raise ValueError("give exactly one of architecture and workload")
        return self


class Budget(_Part):
    """A limit on spend in a period, for one workload, one tenant, or everything."""

    workload: Text | None = Field(default=None, description="the workload it holds for")
    tenant: Text | None = Field(default=None, description="the tenant it holds for")
    all: bool = Field(default=False, description="true = everything")
    period: Literal["month", "week", "day", "hour"] = Field(description="calendar period, UTC")
    limit_usd: Annotated[Decimal, Field(gt=0, allow_inf_nan=False)] = Field(description="USD a period")

    @model_validator(mode="after")
    def _one_scope(self) -> Self:
        if (self.workload is not None) + (self.tenant is not None) + self.all != 1:
            raise ValueError("give exactly one of workload, tenant and all: true")
        return self


class Invoice(_Part):
    """What a provider billed for one month, to hold the ledger's own sum against."""

    provider: Text = Field(description="OpenTelemetry GenAI provider name, such as anthropic")
    month: Annotated[str, Field(pattern=r"^20\d\d-(0[1-9]|1[0-2])$")] = Field(description="such as 2026-10")
    usd: Annotated[Decimal, Field(ge=0, allow_inf_nan=False)] = Field(
        description="USD billed for model calls, without taxes and credits"
    )


def _week_time(value: str) -> str:
    if not re.fullmatch(r"(MON|TUE|WED|THU|FRI|SAT|SUN|DAY) ([01]\d|2[0-3]):[0-5]\d", value):
        raise ValueError("expected a weekday (MON to SUN) or DAY and a time in UTC, such as MON 09:00")
    return value


WeekTime = Annotated[str, AfterValidator(_week_time)]


class Schedules(_Part):
    """When recurring work is done (UTC): a weekday or DAY, and a time, such as `MON 09:00`."""

    weekly_review: WeekTime | None = Field(default=None, description="the weekly cost review")
    price_refresh: WeekTime | None = Field(default=None, description="reading list prices again")


class Config(_Part):
    """The whole file. Every part may be left out."""

    tiers: Tiers = Field(default_factory=Tiers, description="tier map, before the built-in one")
    workloads: tuple[WorkloadRule, ...] = Field(default=(), description="rules that name workloads")
    latency_classes: tuple[LatencyClassRule, ...] = Field(default=(), description="who waits for what")
    task_idle_minutes: Annotated[int, Field(ge=1, le=10080)] = Field(
        default=30, description="minutes without a call after which a conversation's task has ended"
    )
    prices: tuple[PriceRule, ...] = Field(default=(), description="your own prices")
    single_agent_baselines: dict[str, Baseline] = Field(
        default_factory=dict, description="by workload: what several agents are compared with"
    )
    budgets: tuple[Budget, ...] = Field(default=(), description="limits on spend")
    invoices: tuple[Invoice, ...] = Field(default=(), description="what providers billed, by month")
    schedules: Schedules = Field(default_factory=Schedules, description="when recurring work is done")
    receivers: tuple[Receiver, ...] = Field(default=(), description="who is told of alerts and reviews")
    alerts: Alerts = Field(default_factory=Alerts, description="alert rules and who is told")

    @field_validator("receivers")
    @classmethod
    def _each_name_once(cls, value: tuple[Receiver, ...]) -> tuple[Receiver, ...]:
        names = [receiver.name for receiver in value]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"{twice[0]!r} is the name of two receivers")
        return value

    @model_validator(mode="before")
    @classmethod
    def _empty_part_is_left_out(cls, value: Any) -> Any:
        if isinstance(value, dict):
            return {
                name: part for name, part in value.items() if part is not None or name not in cls.model_fields
            }
        return value

    def tier_rules(self) -> tuple[TierRule, ...]:
        """Rules from model name to tier, the user's before the built-in ones; the first match decides."""
        patterns: dict[TierName, Iterable[str]] = {tier: getattr(self.tiers, tier) for tier in TIERS}
        return tier_rules(patterns)


def load_config(path: Path | None) -> Config:
    """Read spanledger.yaml; None and an empty file give the defaults.

    Raises ConfigError with one `file:line: what` for every fault, in the order of the file.
    """
    if path is None:
        return Config()
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ConfigError((f"{path}: cannot be read: {error.strerror}",)) from error
    return parse_config(content, str(path))


def parse_config(content: bytes, name: str) -> Config:
    """As `load_config`, from bytes; `name` stands before the line in messages."""
    document = read_yaml(content)
    faults = list(document.faults)
    config = Config()
    if document.value is not None:
        try:
            config = Config.model_validate(document.value)
        except ValidationError as error:
            unreadable = {line for line, _ in faults}  # what follows from those needs no second line
            faults += [fault for fault in explain(error, document, Config) if fault[0] not in unreadable]
        else:
            names = {receiver.name for receiver in config.receivers}
            faults += unknown_receivers(config.alerts, names, document, ("alerts",))
    if faults:
        raise ConfigError(tuple(f"{name}:{line}: {what}" for line, what in sorted(faults)))
    return config
