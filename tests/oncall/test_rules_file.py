"""Alert rules in YAML: defaults, changes of them, and every fault with its line."""

from pathlib import Path

import pytest

from collector.alerts.config import alerts_of
from collector.config.alert_defaults import DEFAULT_RULES
from collector.config.alerts import AlertRule
from collector.config.measures import MEASURES
from collector.config.model import parse_config
from collector.errors import ConfigError
from sql.catalogue import query

HEAD = "receivers:\n  - {name: hook, kind: webhook, url: 'http://h/'}\nalerts:\n"


def rules(yaml: str) -> dict[str, AlertRule]:
    config = parse_config((HEAD + yaml).encode(), "spanledger.yaml")
    return {rule.name: rule for rule in config.alerts.in_force()}


def test_sensible_rules_are_on_without_a_file() -> None:
    found = {rule.name: rule for rule in parse_config(b"", "x").alerts.in_force()}
    assert set(found) == {rule["name"] for rule in DEFAULT_RULES}
    assert found["premium-escalation"].above == 0.30
    assert found["premium-failure"].at_least == 0.20
    assert found["rate-limit-headroom"].below == 0.10
    assert found["context-window"].above == 0.80
    assert (found["runaway-task"].cost_times, found["runaway-task"].call_times) == (20, 5)


def test_every_measure_has_a_query_that_can_be_grouped_as_it_says() -> None:
    for name, measure in MEASURES.items():
        assert "by" in query(measure.query).parameters, name
        assert set(measure.by) <= set(measure.dimensions), name


def test_a_rule_with_a_built_in_name_changes_only_what_it_gives() -> None:
    found = rules(
        "  rules:\n    - {name: unpriced-calls, below: 3, severity: info}\n    - {name: context-window, off: true}\n"
    )
    assert (found["unpriced-calls"].below, found["unpriced-calls"].above) == (3, None)
    assert found["unpriced-calls"].measure == "unpriced_share"
    assert "context-window" not in found
    assert len(found) == len(DEFAULT_RULES) - 1


def test_without_the_built_in_ones_only_your_own_hold() -> None:
    yaml = "  built_in: false\n  rules: [{name: mine, kind: shift, by: [model], scope: {workload: 's*'}}]\n"
    assert list(rules(yaml)) == ["mine"]


LIMIT = "  rules:\n    - name: a\n      kind: limit\n"
P95 = LIMIT + "      measure: p95_cost\n"
ONE = "  rules:\n    - name: a\n"


@pytest.mark.parametrize(
    ("yaml", "line", "said"),
    [
        ("  evry_s: 3\n", 4, "did you mean every_s?"),
        ("  every_s: 1\n", 4, "should be greater than or equal to 5"),
        ("  notify: [hok]\n", 4, "did you mean hook?"),
        ("  link: localhost\n", 4, "expected http://"),
        ("  rules:\n    - {name: a, kind: shft}\n", 5, "did you mean shift?"),
        (ONE + "      kind: shift\n      above: 3\n", 7, "is not for kind shift"),
        (LIMIT + "      measure: p59\n      above: 1\n", 7, "is not measured"),
        (P95, 5, "give exactly one of"),
        (P95 + "      above: 1\n      below: 2\n", 5, "give exactly one of"),
        (P95 + "      above: 1\n      by: [agent]\n", 9, "agent is not among"),
        (P95 + "      above: .nan\n", 8, "finite"),
        (P95 + "      above: 1\n      window: 1 day\n", 9, "such as 90s"),
        (
            ONE + "      kind: query\n      query: task_total\n      column: c\n      above: 1\n",
            7,
            "task_totals?",
        ),
        (ONE + "      kind: shift\n      notify:\n        - nobody\n", 8, "no receiver has that name"),
        ("  rules:\n    - {name: a, kind: shift}\n    - {name: a, kind: shift}\n", 4, "two rules"),
        ("  rules:\n    - {kind: shift}\n", 5, "lacks name"),
    ],
)
def test_every_fault_is_told_with_its_line(yaml: str, line: int, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        rules(yaml)
    assert any(p.startswith(f"spanledger.yaml:{line}:") and said in p for p in caught.value.problems), (
        caught.value
    )


def test_a_file_of_its_own_is_told_with_its_own_lines(tmp_path: Path) -> None:
    path = tmp_path / "spanledger.yaml"
    path.write_text("alerts: {file: mine.yaml}\n")
    config = parse_config(path.read_bytes(), str(path))
    with pytest.raises(ConfigError, match="cannot be read"):
        alerts_of(config, path)
    (tmp_path / "mine.yaml").write_text(
        "rules:\n  - {name: a, kind: shift}\n  - {name: b, kind: shift, sigmas: 0}\n"
    )
    with pytest.raises(ConfigError, match=r"mine\.yaml:3: rules\[1\]\.sigmas is '0'"):
        alerts_of(config, path)
    (tmp_path / "mine.yaml").write_text("")
    assert len(alerts_of(config, path).alerts.in_force()) == len(DEFAULT_RULES)
