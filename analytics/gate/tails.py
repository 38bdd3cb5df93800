"""Student's t: upper tail and quantile, by the incomplete beta function.

In: a value and degrees of freedom. Out: a probability, or a value. Source: Abramowitz and Stegun 26.5.8, 26.7.1.
"""

from __future__ import annotations

import math

STEPS = 300
TINY = 1e-300


def student_upper(t: float, freedom: float) -> float:
    """P(T >= t)."""
    if math.isinf(t):
        return 0.0 if t > 0 else 1.0
    half = incomplete_beta(freedom / 2, 0.5, freedom / (freedom + t * t)) / 2
    return half if t >= 0 else 1 - half


def student_quantile(level: float, freedom: float) -> float:
    """The value that T stays below with probability `level`, 0 < level < 1."""
    if level < 0.5:
        return -student_quantile(1 - level, freedom)
    low, high = 0.0, 1.0
    while student_upper(high, freedom) > 1 - level:
        high *= 2
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if student_upper(middle, freedom) > 1 - level else (low, middle)
    return (low + high) / 2


def incomplete_beta(a: float, b: float, x: float) -> float:
    """The regularised incomplete beta function I_x(a, b), 0 <= x <= 1, by its continued fraction."""
    if x <= 0 or x >= 1:
        return 0.0 if x <= 0 else 1.0
    front = math.exp(
        math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    )
    if x < (a + 1) / (a + b + 2):
        return front * _fraction(a, b, x) / a
    return 1 - front * _fraction(b, a, 1 - x) / b


def _fraction(a: float, b: float, x: float) -> float:
    c, d = 1.0, 1 / _away(1 - (a + b) * x / (a + 1))
    result = d
    for m in range(1, STEPS):
        for numerator in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1 / _away(1 + numerator * d)
            c = _away(1 + numerator / c)
            result *= c * d
        if abs(c * d - 1) < 1e-15:
            break
    return result


def _away(value: float) -> float:
    """Kept away from zero, as the method wants it."""
    return value if abs(value) > TINY else TINY
