"""The tier map: precedence of rules, and the built-in patterns against list prices."""

import re
from decimal import Decimal
from typing import Any

from genai_prices.data import providers
from hypothesis import given
from hypothesis import strategies as st

from collector.config.model import parse_config
from collector.config.tiers import TierRule, tier_of, tier_rules

OTHER_MEDIA = re.compile("audio|image|live|realtime|tts|transcribe|regional")


def by_price(output_usd_per_mtok: Decimal) -> str:
    if output_usd_per_mtok <= 5:
        return "nano"
    return "standard" if output_usd_per_mtok < 20 else "premium"


def output_price(model: Any) -> Decimal | None:
    prices = model.prices[-1].prices if isinstance(model.prices, list) else model.prices
    price = getattr(prices.output_mtok, "base", prices.output_mtok)
    return None if price is None else Decimal(str(price))


def test_built_in_tiers_follow_list_prices() -> None:
    rules = tier_rules({})
    wrong = []
    counted = 0
    for provider in providers:
        if provider.id not in ("anthropic", "openai", "google", "aws"):
            continue
        for model in provider.models:
            tier, price = tier_of(model.id, rules), output_price(model)
            if tier is None or price is None or OTHER_MEDIA.search(model.id):
                continue
            counted += 1
            if tier != by_price(price):
                wrong.append((model.id, price, tier))
    assert not wrong
    assert counted > 90


def test_names_as_routers_and_clouds_write_them_have_a_tier() -> None:
    rules = tier_rules({})
    assert tier_of("us.anthropic.claude-haiku-4-5-20251001-v1:0", rules) == "nano"
    assert tier_of("anthropic/claude-opus-4-8", rules) == "premium"
    assert tier_of("claude-sonnet-4-5@20250929", rules) == "standard"
    assert tier_of("GPT-5-Nano-2025-08-07", rules) == "nano"
    assert tier_of("somebody-elses-model", rules) is None


def test_the_users_pattern_wins_over_a_longer_built_in_one() -> None:
    config = parse_config(b"tiers: {premium: ['gpt-*']}", "f")
    assert tier_of("gpt-5-nano", config.tier_rules()) == "premium"
    assert tier_of("claude-haiku-4-5", config.tier_rules()) == "nano"


def test_among_the_users_patterns_the_more_exact_one_wins() -> None:
    config = parse_config(b"tiers: {nano: ['own-small*'], premium: ['own-*']}", "f")
    assert tier_of("own-small-2", config.tier_rules()) == "nano"
    assert tier_of("own-2", config.tier_rules()) == "premium"


@given(st.text(alphabet="abc.-+()[]$^|\\", max_size=12))
def test_a_pattern_without_wildcards_matches_itself_only(name: str) -> None:
    rule = TierRule(name, "nano")
    assert tier_of(name, [rule]) == "nano"
    assert tier_of(name + "x", [rule]) is None
    assert tier_of(name + "xyz", [TierRule(name + "*", "nano")]) == "nano"
    assert tier_of(name + "x", [TierRule(name + "?", "nano")]) == "nano"
