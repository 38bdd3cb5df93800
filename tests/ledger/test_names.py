"""What a name seen in traffic means: by rule, never by likeness."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.config.model import Config, parse_config
from collector.prices.book import listed_rows
from collector.prices.names import model_meaning, workload_ruling

BOOK = frozenset((row.provider, row.model) for row in listed_rows())
TIERS = Config().tier_rules()


def config(yaml: str) -> Config:
    return parse_config(yaml.encode(), "spanledger.yaml")


@pytest.mark.parametrize(
    ("provider", "model", "wanted"),
    [
        ("anthropic", "claude-sonnet-4-5", ("anthropic", "claude-sonnet-4-5", "")),
        ("anthropic", "claude-sonnet-4-5-20250929", ("anthropic", "claude-sonnet-4-5", "alias")),
        ("anthropic", "claude-haiku-4-5@20251001", ("anthropic", "claude-haiku-4-5", "alias")),
        ("openai", "gpt-4o-2024-08-06", ("openai", "gpt-4o", "alias")),
        ("gcp.gemini", "models/gemini-2.5-pro", ("google", "gemini-2.5-pro", "alias")),
        ("gcp.vertex_ai", "publishers/google/models/gemini-2.5-pro", ("google", "gemini-2.5-pro", "alias")),
        ("", "anthropic/claude-sonnet-4-5", ("anthropic", "claude-sonnet-4-5", "alias")),
        ("", "gpt-4o", ("openai", "gpt-4o", "alias")),
        ("openai", "openai/gpt-4o", ("openai", "gpt-4o", "alias")),
        ("openai", "claude-sonnet-4-5", ("", "", "")),
        ("anthropic", "claude-sonnet", ("", "", "")),
        ("anthropic", "", ("", "", "")),
        ("acme", "gpt-4o", ("", "", "")),
    ],
)
def test_a_model_name_means(provider: str, model: str, wanted: tuple[str, str, str]) -> None:
    found = model_meaning(provider, model, BOOK, TIERS)
    assert (found.book_provider, found.book_model, found.note) == wanted


def test_a_regional_name_stays_regional() -> None:
    found = model_meaning("aws.bedrock", "us.anthropic.claude-sonnet-4-5-20250929-v1:0", BOOK, TIERS)
    assert (found.book_provider, found.tier) == ("aws", "standard")
    assert "regional" in found.book_model


@pytest.mark.parametrize(
    ("arn", "wanted"),
    [
        (
            "arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-sonnet-4-5-20250929-v1:0",
            "regional.anthropic.claude-sonnet-4-5-20250929-v1:0",
        ),
        ("arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-pro-v1:0", "amazon.nova-pro-v1:0"),
        (
            "arn:aws:bedrock:us-east-1:1:inference-profile/global.anthropic.claude-haiku-4-5-20251001-v1:0",
            "global.anthropic.claude-haiku-4-5-20251001-v1:0",
        ),
        ("arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc123", ""),
        ("arn:aws:bedrock:us-east-1:123456789012:provisioned-model/anthropic", ""),
        ("arn:aws:bedrock:us-east-1", ""),
    ],
)
def test_an_arn_means_what_it_names(arn: str, wanted: str) -> None:
    """A model of Bedrock has a colon in its name, as an ARN has between its parts."""
    assert model_meaning("aws.bedrock", arn, BOOK, TIERS).book_model == wanted


@pytest.mark.parametrize(
    ("model", "tier"),
    [
        ("openai/gpt-4o", "standard"),
        ("openrouter/openai/gpt-4o-mini", "nano"),
        ("models/gemini-2.5-flash", "nano"),
        ("publishers/google/models/gemini-2.5-pro", "standard"),
        ("house/gpt-4o", "premium"),
        ("my-gpt-4o", ""),
    ],
)
def test_a_tier_is_found_behind_a_gateway_s_prefix_and_the_whole_name_goes_first(
    model: str, tier: str
) -> None:
    rules = config("tiers: {premium: [house/*]}").tier_rules()
    assert model_meaning("", model, BOOK, rules).tier == tier


def test_a_name_of_ones_own_book_is_exact() -> None:
    book = BOOK | {("anthropic", "our-deployment")}
    found = model_meaning("anthropic", "our-deployment", book, TIERS)
    assert (found.book_model, found.note) == ("our-deployment", "")


def test_a_meaning_is_always_in_the_book() -> None:
    found = model_meaning(
        "openai", "x", frozenset({("openai", "a")}), TIERS, lambda provider, name: "not in the book"
    )
    assert found.book_model == ""


@given(st.text(max_size=40), st.text(max_size=60))
def test_any_text_is_resolved_or_unknown(provider: str, model: str) -> None:
    found = model_meaning(provider, model, BOOK, TIERS)
    assert (found.provider, found.model) == (provider, model)
    assert not found.book_model or (found.book_provider, found.book_model) in BOOK


def test_the_first_rule_that_matches_decides() -> None:
    rules = config(
        """
        workloads:
        - {match: {service: support-*, agent: router}, workload: routing}
        - {match: {service: support-*}, workload: support}
        - {match: {workload: ""}, workload: unnamed}
        latency_classes:
        - {workload: rout*, latency_class: interactive}
        - {workload: "*", latency_class: offline}
        """
    )
    seen = [
        workload_ruling(service, workload, agent, "", "", rules)
        for service, workload, agent in (
            ("support-eu", "", "router"),
            ("support-eu", "x", "writer"),
            ("other", "", ""),
            ("other", "x", ""),
        )
    ]
    assert [(each.ruled_workload, each.latency_class) for each in seen] == [
        ("routing", "interactive"),
        ("support", "offline"),
        ("unnamed", "offline"),
        ("", "offline"),
    ]


def test_a_rule_on_an_attribute_never_holds_by_its_other_half() -> None:
    rules = config("workloads: [{match: {service: a, attribute.team: x}, workload: w}]")
    assert workload_ruling("a", "", "", "", "", rules).ruled_workload == ""
    assert workload_ruling("a", "", "", "", "team=y", rules).ruled_workload == ""
    assert workload_ruling("b", "", "", "", "team=x", rules).ruled_workload == ""
    assert workload_ruling("a", "", "", "", "other=1\nteam=x", rules).ruled_workload == "w"
