"""The plain rules that the shift detector is compared with; each gives a value an hour that is held against a limit.

In: hourly cost. Out: scopes x hours, larger = more alarming, NaN = no value.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from analytics.seasonal import course
from benchmarks.oncall_traffic import WEEK, Floats, Traffic


def ewma(traffic: Traffic) -> Floats:
    """The detector of the product."""
    return course(traffic.cost, 9 * WEEK).ewma


def own_hour_mad(traffic: Traffic) -> Floats:
    """Against the median of the same hour of four weeks, in units of that hour's own MAD."""
    logs = np.log(traffic.cost)
    weeks = np.stack([_back(logs, WEEK * n) for n in range(1, 5)])
    middle = np.median(weeks, axis=0)
    spread = np.maximum(1.4826 * np.median(np.abs(weeks - middle), axis=0), 0.05)
    return np.asarray((logs - middle) / spread)


def pooled_hour(traffic: Traffic) -> Floats:
    """One hour against its plan, in units of the pooled MAD of four weeks; no memory."""
    return course(traffic.cost, 9 * WEEK).residual


def trailing_day(traffic: Traffic) -> Floats:
    """Against the mean of the 24 hours before."""
    sums = np.cumsum(np.concatenate([np.zeros((len(traffic.cost), 1)), traffic.cost], axis=1), axis=1)
    found = np.full_like(traffic.cost, np.nan)
    found[:, 24:] = traffic.cost[:, 24:] / ((sums[:, 24:-1] - sums[:, :-25]) / 24)
    return found


def last_week(traffic: Traffic) -> Floats:
    """Against the same hour of last week."""
    return np.asarray(traffic.cost / _back(traffic.cost, WEEK))


RULES: dict[str, Callable[[Traffic], Floats]] = {
    "EWMA of seasonal residuals (ours)": ewma,
    "one hour, pooled MAD": pooled_hour,
    "one hour, that hour's own MAD": own_hour_mad,
    "against the trailing 24 h": trailing_day,
    "against last week": last_week,
}


def _back(values: Floats, by: int) -> Floats:
    found = np.full_like(values, np.nan)
    found[:, by:] = values[:, :-by]
    return found
