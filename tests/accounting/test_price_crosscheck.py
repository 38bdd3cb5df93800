"""The price book against LiteLLM's table: where both know a price they agree, or a file says why not.

The extract holds the figures of litellm 1.109.1 (USD a million tokens), read on 2026-11-20; fees for web searches
are those of litellm 1.106.2 (USD a thousand), read on the same day, where one holds for every size of the context.
"""

import csv
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from collector.config.model import Config
from collector.prices.book import listed_rows
from collector.prices.names import model_meaning
from collector.prices.rows import PriceRow

DATA = Path(__file__).parent / "data"
READ_AT = datetime(2026, 11, 20, tzinfo=UTC)
BUCKETS = ("fresh_input", "cache_read", "cache_write_short", "cache_write_long", "output")

Disagreement = tuple[str, str, str, str, str]
"""Provider, model, bucket, our price, theirs."""


PLACE = re.compile(r"^(us-gov|eu|apac|jp)\.")


def usual_rows(service_class: str) -> dict[tuple[str, str, str], PriceRow]:
    """By provider, model and place."""
    return {
        (row.provider, row.model, row.region): row
        for row in listed_rows()
        if row.service_class == service_class
        and not row.above_input_tokens
        and row.valid_from <= READ_AT < row.valid_to
    }


def compared() -> Iterator[tuple[str, str, str, Decimal, Decimal]]:
    """Every price that both have."""
    book = {(row.provider, row.model) for row in listed_rows()}
    standard, batch = usual_rows("standard"), usual_rows("batch")
    with (DATA / "litellm_prices_1.109.1.csv").open(newline="") as file:
        for line in csv.DictReader(file):
            meant = model_meaning(line["provider"], line["model"], book, Config().tier_rules())
            place = PLACE.match(line["model"]) if line["provider"] == "aws.bedrock" else None
            anywhere = (meant.book_provider, meant.book_model, "")
            for rows, prefix in ((standard, ""), (batch, "batch_")):
                for bucket in BUCKETS:
                    theirs = line.get(prefix + bucket)
                    row = rows.get((*anywhere[:2], place[1] if place else ""), rows.get(anywhere))
                    ours = row.prices.get(f"{bucket}_usd_per_mtok") if row else None
                    if theirs and ours is not None:
                        yield line["provider"], line["model"], prefix + bucket, ours, Decimal(theirs)


def disagreements() -> set[Disagreement]:
    return {
        (provider, model, bucket, f"{ours.normalize():f}", f"{theirs.normalize():f}")
        for provider, model, bucket, ours, theirs in compared()
        if abs(ours - theirs) > Decimal("0.000001") * max(ours, theirs)
    }


def search_fees() -> Iterator[tuple[str, str, Decimal, Decimal]]:
    """Every fee for a thousand web searches that both have."""
    book = {(row.provider, row.model) for row in listed_rows()}
    standard = usual_rows("standard")
    with (DATA / "litellm_search_fees_1.106.2.csv").open(newline="") as file:
        for line in csv.DictReader(file):
            meant = model_meaning(line["provider"], line["model"], book, Config().tier_rules())
            row = standard.get((meant.book_provider, meant.book_model, ""))
            ours = row.prices.get("web_search_usd_per_kcall") if row else None
            if ours is not None:
                yield line["provider"], line["model"], ours, Decimal(line["usd_per_kcall"])


def explained(name: str = "price_disagreements") -> dict[Disagreement, str]:
    with (DATA / f"{name}.csv").open(newline="") as file:
        return {
            (line["provider"], line["model"], line["bucket"], line["ours"], line["theirs"]): line["why"]
            for line in csv.DictReader(file)
        }


def test_every_disagreement_is_explained_and_every_explanation_needed() -> None:
    found, known = disagreements(), explained()
    new = sorted(found - set(known))
    gone = sorted(set(known) - found)
    assert not new, "\n".join(["new disagreements, explain or correct:", *map(str, new)])
    assert not gone, "\n".join(["no longer so, take out:", *map(str, gone)])
    assert all(known.values())


def test_enough_is_compared_to_mean_something() -> None:
    pairs = list(compared())
    agreeing = len(pairs) - len(disagreements())
    assert len({(provider, model) for provider, model, *_ in pairs}) > 350
    assert agreeing / len(pairs) > 0.8


def test_fees_for_web_searches_agree_or_a_file_says_why_not() -> None:
    pairs = list(search_fees())
    found = {
        (provider, model, "web_search", f"{ours.normalize():f}", f"{theirs.normalize():f}")
        for provider, model, ours, theirs in pairs
        if ours != theirs
    }
    known = explained("search_fee_disagreements")
    assert found == set(known)
    assert all(known.values())
    assert len(pairs) > 120
