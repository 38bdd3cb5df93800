"""Fills the known gaps of genai-prices from overlay.yaml.

In: rows of the library. Out: those rows and what the file adds, each with its source.
Never: a price of the library replaced.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time
from decimal import Decimal
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter

from collector.config.yaml import read_yaml
from collector.prices.rows import BEGINNING, END, TOKEN_PRICES, PriceRow

FILE = Path(__file__).with_name("overlay.yaml")
SOURCE = "overlay"
FILLED = "genai-prices and overlay"

Bucket = Literal["fresh_input", "cache_read", "cache_write_short", "cache_write_long", "output"]
Book = Mapping[tuple[str, str], list[PriceRow]]


def _first_moment(value: Any) -> Any:
    if isinstance(value, date) and not isinstance(value, datetime):
        return datetime.combine(value, time(), tzinfo=UTC)
    return value


Moment = Annotated[datetime, BeforeValidator(_first_moment)]


class OverlayRule(BaseModel):
    """One rule of the file; see the comment at its head. `models` and `except` are patterns on the library's ids.

    `prices` (USD a million tokens, of an ordinary call) are for `correct` and `region`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["correct", "extend_back", "class", "region", "bucket", "tier"]
    provider: str
    models: tuple[str, ...]
    except_: tuple[str, ...] = Field(default=(), alias="except")
    service_class: Literal["batch", "flex", "priority", "fast"] = "batch"
    region: str = ""
    from_: Moment = Field(default=BEGINNING, alias="from")
    to: Moment = END
    above_input_tokens: int = 0
    factor: Decimal = Decimal(1)
    factors: dict[Bucket, Decimal] = Field(default_factory=dict)
    prices: dict[Bucket, Decimal] = Field(default_factory=dict)
    bucket: Bucket | None = None
    of: Bucket | None = None
    same_as: str | None = None
    reference: str
    checked: date
    why: str

    def holds_for(self, model: str) -> bool:
        """Whether the rule names this model."""
        named = any(fnmatchcase(model, pattern) for pattern in self.models)
        return named and not any(fnmatchcase(model, pattern) for pattern in self.except_)

    def factor_of(self, price: str) -> Decimal:
        """By how much the price of a bucket is multiplied."""
        bucket: Any = price.removesuffix("_usd_per_mtok")
        return self.factors.get(bucket, self.factor)


@cache
def overlay_rules() -> tuple[OverlayRule, ...]:
    """The rules of the file in order."""
    document = read_yaml(FILE.read_bytes())
    if document.faults:
        raise ValueError(f"{FILE.name}: {document.faults}")
    return TypeAdapter(tuple[OverlayRule, ...]).validate_python(document.value)


def overlay_digest() -> str:
    """What tells one state of the file from another."""
    return hashlib.sha256(FILE.read_bytes()).hexdigest()[:8]


def with_overlay(rows: Iterable[PriceRow], rules: Sequence[OverlayRule]) -> list[PriceRow]:
    """The rows and what the rules add, in the order of the file."""
    book: dict[tuple[str, str], list[PriceRow]] = {}
    for row in rows:
        book.setdefault((row.provider, row.model), []).append(row)
    for rule in rules:
        for (provider, model), known in book.items():
            if provider == rule.provider and rule.holds_for(model):
                book[provider, model] = _applied(rule, known, book)
    return [row for known in book.values() for row in known]


def _applied(rule: OverlayRule, known: list[PriceRow], book: Book) -> list[PriceRow]:
    match rule.kind:
        case "correct":
            return [_corrected(row, rule) for row in known]
        case "bucket":
            return [_with_bucket(row, rule) for row in known]
        case "tier":
            return [part for row in known for part in _with_tier(row, rule, known)]
        case "extend_back":
            return known + list(_extended_back(rule, known))
        case "class":
            return known + list(_of_class(rule, known))
        case "region":
            base = book[rule.provider, rule.same_as] if rule.same_as else known
            by_ratio = _with_ratios(rule, base)
            return known + [
                _made(replace(row, model=known[0].model), by_ratio, region=rule.region)
                for row in base
                if row.region == "" and not any(_same_place(row, other, rule.region) for other in known)
            ]


def _corrected(row: PriceRow, rule: OverlayRule) -> PriceRow:
    if not _is_standard(row) or row.valid_from < rule.from_ or row.valid_to > rule.to:
        return row
    right = {f"{bucket}_usd_per_mtok": price for bucket, price in rule.prices.items()}
    return replace(
        row, prices={**row.prices, **right}, source=SOURCE, reference=rule.reference, checked=rule.checked
    )


def _with_ratios(rule: OverlayRule, base: Sequence[PriceRow]) -> OverlayRule:
    """The rule with its prices of ordinary calls as factors, which other service classes share."""
    usual = next(row for row in base if _is_standard(row) and not row.above_input_tokens)
    found = {}
    for bucket, price in rule.prices.items():
        standing = usual.prices.get(f"{bucket}_usd_per_mtok")
        if standing:
            found[bucket] = price / standing
    return rule.model_copy(update={"factors": {**rule.factors, **found}})


def _with_bucket(row: PriceRow, rule: OverlayRule) -> PriceRow:
    target, source = f"{rule.bucket}_usd_per_mtok", f"{rule.of}_usd_per_mtok"
    price = row.prices.get(source)
    if price is None or row.prices.get(target) is not None:
        return row
    prices = {**row.prices, target: price * rule.factor}
    source = row.source if row.source == SOURCE else FILLED
    return replace(row, prices=prices, source=source, reference=rule.reference, checked=rule.checked)


def _with_tier(row: PriceRow, rule: OverlayRule, known: Sequence[PriceRow]) -> Iterator[PriceRow]:
    """The row, and inside the time of the rule a dearer one beside it; a row cut in two keeps its prices."""
    has_tiers = any(
        other.above_input_tokens and other.service_class == row.service_class and _overlap(row, other)
        for other in known
    )
    inside = _clip(row, rule.from_, rule.to)
    if has_tiers or inside is None:
        yield row
        return
    for from_, to in ((BEGINNING, rule.from_), (rule.to, END)):
        outside = _clip(row, from_, to)
        if outside is not None:
            yield outside
    yield inside
    yield _made(inside, rule, above_input_tokens=rule.above_input_tokens)


def _extended_back(rule: OverlayRule, known: Sequence[PriceRow]) -> Iterator[PriceRow]:
    """The class for the time before the library knows it, by the ratio it has to the standard price at first."""
    own = [row for row in known if row.service_class == rule.service_class and row.region == ""]
    if not own:
        return
    first = min(row.valid_from for row in own)
    ratios = {
        row.above_input_tokens: _ratios(row, _standard_beside(row, known))
        for row in own
        if row.valid_from == first
    }
    for row in known:
        before = _clip(row, rule.from_, first) if _is_standard(row) else None
        if before is not None:
            ratio = ratios.get(row.above_input_tokens, ratios[0])
            prices = {
                name: None if price is None else price * ratio.get(name, Decimal(1))
                for name, price in before.prices.items()
            }
            yield replace(_made(before, rule, service_class=rule.service_class), prices=prices)


def _of_class(rule: OverlayRule, known: Sequence[PriceRow]) -> Iterator[PriceRow]:
    own = [row for row in known if row.service_class == rule.service_class and row.region == ""]
    until = min((row.valid_from for row in own), default=rule.to)
    for row in known:
        inside = _clip(row, rule.from_, min(until, rule.to)) if _is_standard(row) else None
        if inside is not None:
            yield _made(inside, rule, service_class=rule.service_class)


def _made(row: PriceRow, rule: OverlayRule, **place: Any) -> PriceRow:
    """A row of the overlay: another place in the book, token prices by the rule's factors, fees as they are."""
    prices = {
        name: price * rule.factor_of(name) if price is not None and name in TOKEN_PRICES else price
        for name, price in row.prices.items()
    }
    return replace(row, prices=prices, source=SOURCE, reference=rule.reference, checked=rule.checked, **place)


def _ratios(row: PriceRow, standard: PriceRow | None) -> dict[str, Decimal]:
    found = {}
    for name in TOKEN_PRICES:
        own, base = row.prices.get(name), standard.prices.get(name) if standard else None
        if own is not None and base:
            found[name] = own / base
    return found


def _standard_beside(row: PriceRow, known: Sequence[PriceRow]) -> PriceRow | None:
    beside = [
        other
        for other in known
        if _is_standard(other)
        and other.valid_from <= row.valid_from < other.valid_to
        and other.above_input_tokens <= row.above_input_tokens
    ]
    return max(beside, key=lambda other: other.above_input_tokens, default=None)


def _is_standard(row: PriceRow) -> bool:
    return row.service_class == "standard" and row.region == ""


def _same_place(row: PriceRow, other: PriceRow, region: str) -> bool:
    return other.region == region and other.service_class == row.service_class and _overlap(row, other)


def _overlap(row: PriceRow, other: PriceRow) -> bool:
    return row.valid_from < other.valid_to and other.valid_from < row.valid_to


def _clip(row: PriceRow, from_: datetime, to: datetime) -> PriceRow | None:
    start, end = max(row.valid_from, from_), min(row.valid_to, to)
    return replace(row, valid_from=start, valid_to=end) if start < end else None
