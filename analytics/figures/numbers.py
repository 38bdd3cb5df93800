"""Amounts as people read them: money, shares, counts, durations.

Takes plain numbers, gives short text with its unit. Unknown (None) is a dash, never a zero.
"""

from __future__ import annotations

import math

UNKNOWN = "–"


def usd(amount: float | None) -> str:
    """US dollars at a precision that fits: `$0`, `<$0.0001`, `$0.0012`, `$0.187`, `$29.48`, `$1.23k`.

    None and NaN give a dash. Negative amounts carry a minus sign before the dollar sign.
    """
    if amount is None or math.isnan(amount):
        return UNKNOWN
    if amount < 0:
        return ">−$0.0001" if amount > -0.00005 else "−" + usd(-amount)
    if amount == 0:
        return "$0"
    if amount < 0.00005:
        return "<$0.0001"
    if amount < 0.09995:
        return f"${amount:.4f}"
    if amount < 0.9995:
        return f"${amount:.3f}"
    if amount < 999.995:
        return f"${amount:.2f}"
    return "$" + _scaled(amount)


def usd_exact(amount: str | None) -> str:
    """A decimal amount in full, as the ledger stores it, without trailing zeros: `$0.0181575`."""
    if amount is None:
        return UNKNOWN
    whole, _, digits = amount.partition(".")
    digits = digits.rstrip("0")
    return f"${whole}.{digits.ljust(2, '0')}" if digits else f"${whole}"


def share(ratio: float | None) -> str:
    """A ratio of 1 as a percentage: `42.3 %`, `0 %`, `<0.1 %`, `99.97 %`; never rounded up to 100 %."""
    if ratio is None or math.isnan(ratio):
        return UNKNOWN
    percent = ratio * 100
    if percent in (0, 100):
        return f"{percent:.0f} %"
    if 0 < percent < 0.05:
        return "<0.1 %"
    if -0.05 < percent < 0:
        return ">−0.1 %"
    if 99.95 <= percent < 100:
        return f"{math.floor(percent * 100) / 100:.2f} %"
    return f"{percent:.1f} %".replace("-", "−")


def count(number: float | None) -> str:
    """A count: `0`, `950`, `12,345`, `1.23M`."""
    if number is None or math.isnan(number):
        return UNKNOWN
    if abs(number) < 100_000:
        return f"{number:,.0f}"
    return _scaled(number)


def plural(number: float, noun: str, nouns: str = "") -> str:
    """A count with its noun: `1 task`, `2,000 tasks`; nouns: the plural where it takes more than an s."""
    said = count(number)
    return f"{said} {noun if said == '1' else nouns or f'{noun}s'}"


def of_tasks(sampled: int) -> str:
    """Behind a figure read from 1 in `sampled` tasks: ` (of 1 in 5 tasks)`; nothing where all were read."""
    return f" (of 1 in {sampled} tasks)" if sampled > 1 else ""


def seconds(duration_s: float | None) -> str:
    """A duration: `85 ms`, `1.24 s`, `42 s`, `3 min 05 s`, `2 h 10 min`, `3 d 4 h`."""
    if duration_s is None or math.isnan(duration_s):
        return UNKNOWN
    if duration_s < 0.9995:
        return f"{duration_s * 1000:.0f} ms"
    if duration_s < 9.995:
        return f"{duration_s:.2f} s"
    if duration_s < 99.5:
        return f"{duration_s:.0f} s"
    whole = round(duration_s)
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    if whole < 2 * 86_400:
        return f"{whole // 3600} h {whole % 3600 // 60:02d} min"
    return f"{whole // 86_400} d {whole % 86_400 // 3600} h"


def _scaled(number: float) -> str:
    for size, letter in ((1e3, "k"), (1e6, "M"), (1e9, "B")):
        value = number / size
        if abs(value) < 999.5 or letter == "B":
            digits = 2 if abs(value) < 9.995 else 1 if abs(value) < 99.95 else 0
            return f"{value:.{digits}f}{letter}"
    raise AssertionError("the last size takes everything")
