"""How amounts are written: the table of examples, and what holds for every number."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.figures.numbers import UNKNOWN, count, plural, seconds, share, usd, usd_exact

AMOUNTS = st.floats(min_value=0, max_value=1e11, allow_nan=False)
SIZES = {"k": 1e3, "M": 1e6, "B": 1e9}


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (None, UNKNOWN), (float("nan"), UNKNOWN), (0, "$0"), (0.00001, "<$0.0001"), (0.00123, "$0.0012"),
        (0.0613, "$0.0613"), (0.187, "$0.187"), (29.48, "$29.48"), (999.994, "$999.99"), (999.996, "$1.00k"),
        (1234.5, "$1.23k"), (45_600, "$45.6k"), (3_450_000, "$3.45M"), (1_200_000_000, "$1.20B"), (-0.5, "−$0.500"),
    ],
)  # fmt: skip
def test_money_by_example(amount: float | None, text: str) -> None:
    assert usd(amount) == text


@given(AMOUNTS)
def test_money_is_short_and_close(amount: float) -> None:
    text = usd(amount)
    assert len(text) <= 8 or amount >= 1e12
    if amount == 0:
        assert text == "$0"
    elif amount < 0.00005:
        assert text == "<$0.0001"
    else:
        match = re.fullmatch(r"\$([0-9.,]+)([kMB]?)", text)
        assert match is not None
        shown = float(match[1].replace(",", "")) * SIZES.get(match[2], 1)
        assert shown > 0
        assert abs(shown - amount) <= max(0.00005, amount * 0.006)


@given(AMOUNTS, AMOUNTS)
def test_more_money_never_reads_as_less(one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert _value(usd(low)) <= _value(usd(high))


def _value(text: str) -> float:
    if text.startswith("<"):
        return 0.00001
    match = re.fullmatch(r"\$([0-9.]+)([kMB]?)", text)
    assert match is not None
    return float(match[1]) * SIZES.get(match[2], 1)


@given(st.floats(min_value=0, max_value=1))
def test_shares_never_round_to_all_or_nothing(ratio: float) -> None:
    text = share(ratio)
    assert (text == "0 %") == (ratio == 0)
    assert (text == "100 %") == (ratio * 100 == 100)


@given(st.decimals(min_value=0, max_value=10**6, places=12))
def test_exact_money_loses_nothing(amount: object) -> None:
    text = usd_exact(f"{amount:f}")
    assert re.fullmatch(r"\$\d+(\.\d{2,})?", text)
    assert type(amount)(text[1:]) == amount  # type: ignore[call-arg]  # Decimal reads its own text


@pytest.mark.parametrize(
    ("duration_s", "text"),
    [(None, UNKNOWN), (0.085, "85 ms"), (1.24, "1.24 s"), (42, "42 s"), (185, "3 min 05 s"), (7800, "2 h 10 min"),
     (3 * 86_400 + 4 * 3600, "3 d 4 h")],
)  # fmt: skip
def test_durations(duration_s: float | None, text: str) -> None:
    assert seconds(duration_s) == text


def test_counts() -> None:
    assert count(12_345) == "12,345"
    assert count(1_234_567) == "1.23M"
    assert plural(1, "task") == "1 task"
    assert plural(2000, "task") == "2,000 tasks"
    assert plural(1.0, "unit") == "1 unit"
    assert [plural(number, "try", "tries") for number in (0, 1, 2)] == ["0 tries", "1 try", "2 tries"]
