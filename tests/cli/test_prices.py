"""Prices on the command line: what a name means, whether the book is right, own prices, the past priced anew."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from analytics.health.findings import HealthData, verdict
from analytics.health.rows import Example, Unpriced
from cli.doctor_report import Report, as_dict, text_lines
from cli.exit_codes import ExitCode
from cli.prices.yaml import CannotEdit, with_rule
from collector.config.model import parse_config
from tests.cli.runs import spanledger
from tests.cli.test_maintenance import tier_once
from tests.cli.test_up import ask, running, send_call

RULE = {"provider": "openai", "model": "own: one", "discount": Decimal("0.15")}


def test_a_name_is_shown_with_all_its_prices_and_no_ledger(tmp_path: Path) -> None:
    done = spanledger(
        "prices", "show", "claude-opus-5", "--provider", "anthropic", "--json", "--data", str(tmp_path)
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["provider"], told["means"], told["note"]) == ("anthropic", "claude-opus-5", "")
    prices = {one["price_row"]: one for one in told["prices"]}
    usual, here = prices["anthropic/claude-opus-5"], prices["anthropic/claude-opus-5 us"]
    for name in ("fresh_input_usd_per_mtok", "cache_read_usd_per_mtok", "output_usd_per_mtok"):
        assert Decimal(here[name]) == Decimal("1.1") * Decimal(usual[name])
    assert list(tmp_path.iterdir()) == [], "nothing is made"


def test_an_unknown_name_comes_with_the_lines_to_paste(tmp_path: Path) -> None:
    done = spanledger("prices", "show", "house-model", "--provider", "acme", "--data", str(tmp_path))
    assert done.returncode == ExitCode.FAILED
    lines = done.stdout.split("In spanledger.yaml:\n")[1]
    (rule,) = parse_config(lines.encode(), "pasted").prices
    assert (rule.provider, rule.model) == ("acme", "house-model")


def test_rules_that_change_nothing_and_contradictions_are_found(tmp_path: Path) -> None:
    own = tmp_path / "own.yaml"
    own.write_text(
        "prices:\n"
        "- {provider: anthropic, model: claude-opus-99, discount: 0.1}\n"
        "- {provider: nobody, model: x, same_as: y}\n"
        "- {provider: anthropic, model: claude-opus-5, cache_read_usd_per_mtok: 99}\n"
        "- {provider: anthropic, model: claude-haiku-4-5, discount: 0.1}\n"
    )
    done = spanledger("prices", "check", "--json", "--data", str(tmp_path / "none"), "--config", str(own))
    assert done.returncode == ExitCode.FAILED, done.stderr
    told = json.loads(done.stdout)
    errors = {one["subject"]: one["what"] for one in told["findings"] if one["severity"] == "error"}
    assert "the list has no price of 'claude-opus-99'" in errors["prices[0] anthropic claude-opus-99"]
    assert "no provider 'nobody'" in errors["prices[1] nobody x"]
    assert "a cache read is dearer than fresh input" in errors["anthropic/claude-opus-5"]
    assert not any("haiku" in subject for subject in errors)
    assert "there is no ledger" in told["ledger"]


def test_one_price_where_the_list_has_several_is_worth_a_look(tmp_path: Path) -> None:
    own = tmp_path / "own.yaml"
    prices = "fresh_input_usd_per_mtok: 5, output_usd_per_mtok: 25"
    own.write_text(
        "prices:\n"
        f"- {{provider: anthropic, model: claude-opus-4-5, {prices}}}\n"
        f"- {{provider: anthropic, model: claude-haiku-4-5, service_class: standard, {prices}}}\n"
        f"- {{provider: anthropic, model: claude-sonnet-4-5, {prices}}}\n"
        "- {provider: anthropic, model: claude-sonnet-4-5, service_class: batch, discount: 0.5}\n"
        f"- {{provider: acme, model: house, {prices}}}\n"
    )
    done = spanledger("prices", "check", "--json", "--data", str(tmp_path / "none"), "--config", str(own))
    told = json.loads(done.stdout)
    found = {one["subject"]: one["what"] for one in told["findings"] if one["subject"].startswith("prices[")}
    assert found == {
        "prices[0] anthropic claude-opus-4-5": "holds for batch too, where the list has prices of its own"
    }
    assert done.returncode == 0, "it may be meant"


def test_the_shipped_book_and_overlay_are_right(tmp_path: Path) -> None:
    done = spanledger("prices", "check", "--json", "--data", str(tmp_path / "none"))
    told = json.loads(done.stdout)
    assert (done.returncode, told["ok"]) == (0, True)
    assert not [one for one in told["findings"] if one["subject"].startswith("overlay")], (
        "a rule that adds nothing"
    )


@pytest.mark.parametrize(
    "content",
    [
        "",
        "# notes\ntask_idle_minutes: 20\n",
        "prices:\n- {provider: a, model: b, discount: 0.1}\nbudgets: []\n",
        "prices:\n    - provider: a\n      model: b  # ours\n      discount: 0.1\n\n# end\ntask_idle_minutes: 20",
        "task_idle_minutes: 20\nprices:\n  - {provider: a, model: b, discount: 0.1}",
    ],
)
def test_a_rule_is_written_without_touching_the_rest(content: str) -> None:
    after = with_rule(content, RULE, "spanledger.yaml")
    before, now = parse_config(content.encode(), "x"), parse_config(after.encode(), "x")
    assert now.prices[:-1] == before.prices
    assert (now.prices[-1].model, now.prices[-1].discount) == ("own: one", Decimal("0.15"))
    assert now.task_idle_minutes == before.task_idle_minutes
    assert all(line in after.splitlines() for line in content.splitlines() if line.strip())


@pytest.mark.parametrize("content", ["prices: [{provider: a, model: b, discount: 0.1}]\n", "prices:\n"])
def test_a_file_that_cannot_be_edited_safely_is_left_alone(content: str) -> None:
    with pytest.raises(CannotEdit):
        with_rule(content, RULE, "spanledger.yaml")


def test_an_override_is_checked_before_it_is_shown(tmp_path: Path) -> None:
    done = spanledger("prices", "override", "m", "--provider", "p", "--data", str(tmp_path))
    assert done.returncode == ExitCode.USAGE
    assert "gives no price" in done.stderr
    done = spanledger(
        "prices", "override", "m", "--provider", "p", "--discount", "much", "--data", str(tmp_path)
    )
    assert (done.returncode, "--discount 'much': expected a number" in done.stderr) == (ExitCode.USAGE, True)


def cost(data: Path) -> tuple[Decimal, Decimal]:
    """List and first cost of the one call."""
    (row,) = ask(
        data,
        "SELECT toString(list_cost_usd) AS now, toString(original_cost_usd) AS first FROM llm_calls FINAL",
    )
    return Decimal(row["now"]), Decimal(row["first"])


def test_from_a_new_price_to_the_past_at_that_price(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with running("up", "--no-dashboard", "--data", str(data)) as (_, addresses):
        send_call(addresses["otlp_http"])
        tier_once(data, "nano")
        first, _ = cost(data)
        listed = json.loads(spanledger("prices", "list", "--json", "--data", str(data)).stdout)["prices"]
        assert {row["model"] for row in listed} == {"claude-haiku-4-5"}
        lines = spanledger("prices", "list", "--data", str(data)).stdout.splitlines()
        assert lines[1:3] == [
            "anthropic/claude-haiku-4-5",
            next(x for x in lines if x.startswith("  always")),
        ]
        assert max(map(len, lines)) <= 80
        done = spanledger("reprice", "--dry-run", "--data", str(data))
        assert (done.returncode, "nothing changes" in done.stderr) == (0, True), done.stderr
        rule = ("claude-haiku-4-5", "--provider", "anthropic", "--factor", "2")
        done = spanledger("prices", "override", *rule, "--write", "--data", str(data))
        assert done.returncode == 0, done.stderr
        assert (data / "spanledger.yaml").read_text() == (
            "prices:\n  - {provider: anthropic, model: claude-haiku-4-5, factor: 2}\n"
        )
        done = spanledger("prices", "refresh", "--data", str(data))
        assert done.returncode == 0, done.stderr
        done = spanledger("reprice", "--dry-run", "--json", "--data", str(data))
        told = json.loads(done.stdout)
        assert (told["repriced"], Decimal(told["models"][0]["moved_usd"])) == (False, first)
        assert cost(data) == (first, first)
        done = spanledger("reprice", "--data", str(data))
        assert (done.returncode, "add --yes" in done.stderr) == (ExitCode.USAGE, True)
        done = spanledger("reprice", "--yes", "--data", str(data))
        assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "repriced"), done.stderr
        assert cost(data) == (2 * first, first)
        books = json.loads(spanledger("prices", "list", "--books", "--json", "--data", str(data)).stdout)[
            "books"
        ]
        assert len(books) == 2
        done = spanledger("reprice", "--yes", "--book", books[1]["version"], "--data", str(data))
        assert done.returncode == 0, done.stderr
        assert cost(data) == (first, first)
        done = spanledger("reprice", "--yes", "--book", "nonsense", "--data", str(data))
        assert (done.returncode, "there is no price book 'nonsense'" in done.stderr) == (ExitCode.USAGE, True)
        report = spanledger("doctor", "--format", "json", "--data", str(data))
        assert report.returncode == 0, report.stdout + report.stderr
        told = json.loads(report.stdout)
        assert (told["calls"], told["priced_share"]) == (1, 1.0)
        found = {one["name"]: one for one in told["findings"]}
        assert {
            found[name]["severity"] for name in ("unknown_models", "missing_usage", "rejected_spans")
        } == {"ok"}
        assert found["unknown_models"]["sql"].lstrip().startswith("-- purpose")
        text = spanledger("doctor", "--data", str(data), "--fail-on", "warning").stdout
        assert "ok       Price book: genai-prices" in text


def test_a_report_holds_nothing_that_a_terminal_acts_on() -> None:
    now = datetime(2026, 11, 20, tzinfo=UTC)
    name = "evil\x1b[2J\nmodel"
    data = HealthData(unpriced=[Unpriced("p", name, "unknown_model", 3, 1, now)])
    example = Example("unknown_model", now, name, "t", "s", "p", name, name, "", "", None, None)
    report = Report(now, now, verdict(data, now), (example,))
    lines = list(text_lines(report, with_sql=True))
    assert any("evil [2J model" in line for line in lines)
    assert all(line.isprintable() for line in lines)
    assert as_dict(report)["findings"][0]["examples"][0]["model"] == name


def test_without_a_ledger_the_doctor_says_so(tmp_path: Path) -> None:
    done = spanledger("doctor", "--data", str(tmp_path / "none"))
    assert (done.returncode, "there is no ledger" in done.stderr) == (ExitCode.UNAVAILABLE, True)
