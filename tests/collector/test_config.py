"""spanledger.yaml: defaults, a full file, and one test for every class of fault."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from collector.config.model import Config, load_config, parse_config
from collector.errors import ConfigError

FULL = b"""\
tiers:
  nano: ["claude-haiku-*", "my-small-?"]
  premium: [my-large]
workloads:
  - match: {service: support-*, workload: "", attribute.team.name: green}
    workload: support
latency_classes:
  - {workload: nightly-*, latency_class: offline}
task_idle_minutes: 45
prices:
  - {provider: anthropic, model: claude-x, from: 2026-11-01, to: null, discount: 0.15}
  - {provider: openai, model: own, same_as: gpt-5-nano, from: 2026-11-01T08:00:00+01:00}
  - provider: openai
    model: other
    fresh_input_usd_per_mtok: 3
    output_usd_per_mtok: 0.1
single_agent_baselines:
  research: {architecture: single}
  planning: {workload: planning-single}
budgets:
  - {workload: support, period: month, limit_usd: 100}
  - {all: true, period: day, limit_usd: 12.50}
schedules: {weekly_review: MON 09:00}
"""


def faults(text: str) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as caught:
        parse_config(text.encode(), "spanledger.yaml")
    return caught.value.problems


def test_no_file_and_an_empty_file_are_the_defaults(tmp_path: Path) -> None:
    empty = tmp_path / "spanledger.yaml"
    empty.write_text("# nothing yet\n")
    assert load_config(None) == load_config(empty) == Config()
    assert load_config(None).task_idle_minutes == 30


def test_a_full_file_is_read() -> None:
    config = parse_config(FULL, "spanledger.yaml")
    rule = config.workloads[0].match
    assert (rule.service, rule.workload, rule.attributes) == ("support-*", "", {"team.name": "green"})
    assert config.prices[0].from_ == datetime(2026, 11, 1, tzinfo=UTC)
    assert config.prices[1].from_ == datetime(2026, 11, 1, 7, tzinfo=UTC)
    assert config.prices[2].has_own_prices
    assert config.budgets[1].all
    assert config.single_agent_baselines["planning"].workload == "planning-single"


def test_money_keeps_the_digits_that_were_written() -> None:
    config = parse_config(FULL, "spanledger.yaml")
    assert config.prices[0].discount == Decimal("0.15")
    assert config.prices[2].output_usd_per_mtok == Decimal("0.1")
    assert str(config.budgets[1].limit_usd) == "12.50"


def test_a_part_that_is_only_a_heading_is_left_out() -> None:
    assert parse_config(b"prices:\n  # none yet\nbudgets:\n", "f") == Config()


def test_the_config_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="frozen"):
        Config().task_idle_minutes = 1  # type: ignore[misc]


def test_an_unknown_part_names_the_nearest() -> None:
    assert faults("budget: []\n") == ("spanledger.yaml:1: budget is not a name here; did you mean budgets?",)


def test_an_unknown_name_deep_inside_names_the_nearest_of_that_place() -> None:
    text = "budgets:\n  - workload: x\n    perod: week\n    limit_usd: 1\n    period: day\n"
    assert faults(text) == ("spanledger.yaml:3: budgets[0].perod is not a name here; did you mean period?",)


def test_an_unknown_name_with_nothing_near_lists_what_is_allowed() -> None:
    (line,) = faults("single_agent_baselines:\n  research:\n    xyz: 1\n    workload: w\n")
    assert line.endswith(
        ":3: single_agent_baselines.research.xyz is not a name here; expected one of architecture, workload"
    )


def test_a_word_outside_a_fixed_list_names_the_nearest() -> None:
    (line,) = faults("budgets:\n  - {all: true, limit_usd: 1, period: monthly}\n")
    assert line == "spanledger.yaml:2: budgets[0].period is 'monthly': did you mean month?"


def test_a_missing_name_is_said_with_the_line_of_its_entry() -> None:
    (line,) = faults("prices:\n  - provider: x\n    discount: 0.1\n")
    assert line == "spanledger.yaml:2: prices[0] lacks model"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("task_idle_minutes: soon", "task_idle_minutes is 'soon': expected a whole number"),
        ("task_idle_minutes: 2.5", "task_idle_minutes is '2.5': expected a whole number"),
        ("task_idle_minutes: 0", "should be greater than or equal to 1"),
        ("tiers: {nano: [1]}", "tiers.nano[0] is '1': expected text; put it in quotes"),
        ("tiers: {nano: gpt}", "tiers.nano is 'gpt': expected a list"),
        ("tiers: [nano]", "tiers: expected names with values below them"),
        ("workloads: [{match: {service: a}, workload: on}]", "is 'true': expected text; put it in quotes"),
        ("budgets: [{all: true, period: day, limit_usd: .nan}]", "expected a finite number"),
        ("budgets: [{all: true, period: day, limit_usd: -1}]", "is '-1': should be greater than 0"),
        ("prices: [{provider: a, model: b, discount: 15}]", "is '15': should be less than 1"),
        (
            "prices: [{provider: a, model: b, discount: 0.1, from: soon}]",
            "is 'soon': expected a date such as",
        ),
        ("schedules: {weekly_review: monday}", "is 'monday': expected a weekday (MON to SUN)"),
        ("schedules: {weekly_review: MON 25:00}", "is 'MON 25:00': expected a weekday (MON to SUN)"),
        ("workloads: [{match: {attribute.n: 1}, workload: w}]", "match.attribute.n is '1': expected text"),
    ],
)
def test_a_value_of_the_wrong_kind_is_shown(text: str, said: str) -> None:
    (line,) = faults(text)
    assert line.startswith("spanledger.yaml:1: ")
    assert said in line


def test_a_time_without_a_zone_is_refused() -> None:
    (line,) = faults("prices: [{provider: a, model: b, discount: 0.1, from: 2026-11-01T08:00:00}]")
    assert "say which zone" in line


def test_an_interval_that_ends_before_it_begins_is_refused() -> None:
    (line,) = faults("prices: [{provider: a, model: b, discount: 0.1, from: 2026-11-02, to: 2026-11-01}]")
    assert "ends (2026-11-01) before it begins (2026-11-02)" in line


@pytest.mark.parametrize(
    "price",
    ["discount: 0.1, output_usd_per_mtok: 1", "same_as: c, output_usd_per_mtok: 1"],
)
def test_a_price_said_in_two_ways_is_refused(price: str) -> None:
    (line,) = faults(f"prices: [{{provider: a, model: b, {price}}}]")
    assert "give either prices a million tokens, or same_as, discount and factor" in line


def test_a_price_rule_without_a_price_is_refused() -> None:
    (line,) = faults("prices: [{provider: a, model: b}]")
    assert "gives no price" in line


@pytest.mark.parametrize(
    "scope", ["", "all: false, ", "workload: a, tenant: b, ", "workload: a, all: true, "]
)
def test_a_budget_has_one_scope(scope: str) -> None:
    (line,) = faults(f"budgets: [{{{scope}period: day, limit_usd: 1}}]")
    assert "give exactly one of workload, tenant and all: true" in line


def test_a_baseline_is_one_thing() -> None:
    (line,) = faults("single_agent_baselines: {w: {}}")
    assert "give exactly one of architecture and workload" in line


def test_a_rule_that_would_match_everything_is_refused() -> None:
    (line,) = faults("workloads: [{match: {}, workload: w}]")
    assert "it would match every span" in line


def test_a_rule_on_an_attribute_that_recognition_reads_is_refused() -> None:
    (said,) = faults("workloads:\n  - {match: {attribute.gen_ai.agent.name: x}, workload: w}\n")
    assert said.startswith("spanledger.yaml:2: ")
    assert "gen_ai.agent.name is read as what it means; match service, workload, agent" in said


def test_a_pattern_in_two_tiers_is_refused() -> None:
    (line,) = faults("tiers: {nano: [gpt-x], premium: [GPT-X]}")
    assert "pattern 'GPT-X' stands in nano and in premium" in line


def test_a_key_that_stands_twice_is_refused_with_both_lines() -> None:
    (line,) = faults("budgets: []\nprices: []\nbudgets: []\n")
    assert line == "spanledger.yaml:3: budgets stands twice, first on line 1; keep one"


def test_bad_syntax_says_the_line() -> None:
    (line,) = faults("tiers:\n  nano: [a, b\nprices: []\n")
    assert line.startswith("spanledger.yaml:3: not YAML: ")


def test_a_tab_says_the_line() -> None:
    (line,) = faults("tiers:\n\tnano: [a]\n")
    assert line.startswith("spanledger.yaml:2: not YAML: ")


def test_bytes_that_are_no_text_say_the_line() -> None:
    with pytest.raises(ConfigError, match=r"f:2: byte 0xff is not UTF-8"):
        parse_config(b"tiers:\n  nano: [\xff]\n", "f")


def test_a_control_character_says_the_line() -> None:
    (line,) = faults("tiers:\n  nano: [\x07]\n")
    assert line.startswith("spanledger.yaml:2: not YAML: character")


def test_a_foreign_tag_is_refused() -> None:
    (line,) = faults("tiers:\n  nano: !!python/object:os.system [a]\n  premium: [!thing b]\n")
    assert ":3: " in line
    assert "'b'" in line


def test_a_day_that_does_not_exist_is_refused() -> None:
    lines = faults("prices:\n  - {provider: a, model: b, discount: 0.1, from: 2026-02-30}\n")
    assert lines[0].startswith("spanledger.yaml:2: '2026-02-30': ")


def test_an_alias_inside_itself_is_refused() -> None:
    assert "inside the thing it names" in faults("tiers: &a {nano: [x], premium: *a}\n")[0]


def test_a_file_that_is_a_list_is_refused() -> None:
    assert faults("- tiers\n") == ("spanledger.yaml:1: the file: expected names with values below them",)


def test_every_fault_is_listed_in_the_order_of_the_file() -> None:
    lines = faults("task_idle_minutes: x\nbudgets:\n  - {period: yr, limit_usd: 1, all: true}\nprice: []\n")
    assert [line.split(":")[1] for line in lines] == ["1", "3", "4"]


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"gone\.yaml: cannot be read: No such file"):
        load_config(tmp_path / "gone.yaml")


def test_every_value_has_a_description() -> None:
    for model in _models(Config):
        missing = [name for name, field in model.model_fields.items() if not field.description]
        assert not missing, model


def _models(model: type) -> list[type]:
    from collector.config import model as config

    return [
        part for part in vars(config).values() if isinstance(part, type) and issubclass(part, config._Part)
    ]


@pytest.mark.parametrize(
    ("said", "moment"),
    [
        ('"2026-11-01"', datetime(2026, 11, 1, tzinfo=UTC)),
        ("2026-11-01", datetime(2026, 11, 1, tzinfo=UTC)),
        ('"2026-11-01T08:00:00+02:00"', datetime(2026, 11, 1, 6, tzinfo=UTC)),
        ("2026-11-01T08:00:00Z", datetime(2026, 11, 1, 8, tzinfo=UTC)),
    ],
)
def test_a_date_is_the_same_in_quotes(said: str, moment: datetime) -> None:
    text = f"prices: [{{provider: a, model: b, discount: 0.1, from: {said}, to: 2026-12-01}}]"
    assert parse_config(text.encode(), "f").prices[0].from_ == moment


@pytest.mark.parametrize(
    ("price", "said"),
    [
        ("from: 20261101, discount: 0.1", "from is '20261101': expected a date such as 2026-11-01"),
        ('from: "2026-11-01T08:00:00", discount: 0.1', "say which zone, such as 2026-11-01T08:00:00Z"),
        ("output_usd_per_mtok: 1e-12", "is finer than the billionth of a dollar"),
        ("output_usd_per_mtok: 1e30", "should be less than or equal to 1000000"),
        ("from: 2026-11-01, to: 2026-11-01, discount: 0.1", "ends (2026-11-01) when it begins (2026-11-01)"),
        (
            "from: 2026-11-01T08:00:00+02:00, to: 2026-11-01T05:00:00Z, discount: 0.1",
            "ends (2026-11-01T05:00:00Z) before it begins (2026-11-01T06:00:00Z)",
        ),
    ],
)
def test_a_price_that_the_book_cannot_hold_is_refused(price: str, said: str) -> None:
    (line,) = faults(f"prices: [{{provider: a, model: b, {price}}}]")
    assert said in line
