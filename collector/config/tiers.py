"""Which tier a model belongs to: the built-in patterns, and the order in which patterns are tried.

In: the patterns of spanledger.yaml. Out: rules in order of precedence, the first match decides.
Built in by list price a million output tokens: nano up to $5, standard under $20, premium from there on.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, get_args

TierName = Literal["nano", "standard", "premium"]
TIERS: tuple[TierName, ...] = get_args(TierName)

BUILT_IN: Mapping[TierName, tuple[str, ...]] = {
    "nano": (
        "*claude-haiku-*",
        "*claude-3-haiku*",
        "*claude-3-5-haiku*",
        "gpt-4.1-mini*",
        "gpt-4.1-nano*",
        "gpt-4o-mini*",
        "gpt-5-mini*",
        "gpt-5-nano*",
        "gpt-5.1-codex-mini*",
        "gpt-5.4-mini*",
        "gpt-5.4-nano*",
        "*gpt-5.6-luna*",
        "*gpt-6-luna*",
        "*gpt-6.1-terra*",
        "*gpt-oss-*",
        "o1-mini*",
        "o3-mini*",
        "o4-mini*",
        "gemini-1.5-flash*",
        "gemini-2.0-flash*",
        "gemini-2.5-flash*",
        "gemini-3-flash*",
        "gemini-3.1-flash-lite*",
        "gemini-3.5-flash-lite*",
        "*nova-micro-*",
        "*nova-lite-*",
        "*nova-2-lite-*",
        "*nova-pro-*",
    ),
    "standard": (
        "*claude-sonnet-*",
        "*claude-3-sonnet*",
        "*claude-3-5-sonnet*",
        "*claude-3-7-sonnet*",
        "*claude-4-sonnet*",
        "gpt-4o*",
        "gpt-4.1*",
        "gpt-5*",
        "*gpt-5.4*",
        "*gpt-5.6-terra*",
        "*gpt-6-sol*",
        "*gpt-6.1-sol*",
        "o3*",
        "o4-mini-deep-research*",
        "gemini-2.5-pro*",
        "gemini-3-pro*",
        "gemini-3.1-pro*",
        "gemini-3.5-flash*",
        "gemini-3.6-flash*",
        "gemini-3.7-flash*",
        "gemini-3.8-flash*",
        "*nova-premier-*",
    ),
    "premium": (
        "*claude-opus-*",
        "*claude-3-opus*",
        "*claude-4-opus*",
        "*claude-fable-*",
        "*claude-mythos-*",
        "gpt-4-turbo*",
        "gpt-4.5-*",
        "gpt-5-pro*",
        "gpt-5.2-pro*",
        "gpt-5.4-pro*",
        "*gpt-5.5*",
        "*gpt-5.6-sol*",
        "gpt-5.6-cyber*",
        "gpt-6-cyber*",
        "*gpt-6-astra*",
        "o1*",
        "o3-deep-research*",
        "o3-pro*",
        "gemini-4-argon*",
    ),
}


@dataclass(frozen=True)
class TierRule:
    """Models whose name matches `pattern` (lower case; `*` any text, `?` one character) are of `tier`."""

    pattern: str
    tier: TierName

    @property
    def regex(self) -> str:
        """The pattern as an anchored regular expression that RE2 and Python read alike."""
        translated = {"*": ".*", "?": "."}
        return "^" + "".join(translated.get(char) or re.escape(char) for char in self.pattern) + "$"


def tier_rules(patterns: Mapping[TierName, Iterable[str]]) -> tuple[TierRule, ...]:
    """All rules in order of precedence: the user's, then the built-in; in each the longer literal first."""
    return (*_ordered(patterns), *_ordered(BUILT_IN))


def tier_of(model: str, rules: Iterable[TierRule]) -> TierName | None:
    """Tier of a model name (any case), or None if no rule matches."""
    name = model.lower()
    return next((rule.tier for rule in rules if re.match(rule.regex, name)), None)


def _ordered(patterns: Mapping[TierName, Iterable[str]]) -> list[TierRule]:
    rules = [TierRule(pattern.lower(), tier) for tier in TIERS for pattern in patterns.get(tier, ())]
    return sorted(rules, key=lambda rule: -len(re.sub(r"[*?]", "", rule.pattern)))
