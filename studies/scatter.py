"""Statistics of a sample of results: mean, scatter, percentiles, a chance and its confidence."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
CONFIDENCE = 0.95
PERCENTILES = (5, 50, 95)
ROUNDING = 1e-12
"""Spread over size of values that are the same."""


@dataclass(frozen=True)
class Scatter:
    """Of one result over the points that have it.

    Attributes
    ----------
    points : int
    mean, standard_deviation : float
    low, median, high : float
        5, 50 and 95 % of the points are below.
    """

    points: int
    mean: float
    standard_deviation: float
    low: float
    median: float
    high: float


@dataclass(frozen=True)
class Chance:
    """Share of points, with its 95 % confidence interval after Wilson (1927).

    Attributes
    ----------
    count, points : int
    share, low, high : float
    """

    count: int
    points: int
    share: float
    low: float
    high: float


def scatter(values: Array) -> Scatter:
    """Statistics of the finite values; one at least.

    Examples
    --------
    >>> scatter(np.arange(101.0)).high
    95.0
    """
    there = values[np.isfinite(values)]
    low, median, high = (float(value) for value in np.percentile(there, PERCENTILES))
    mean, deviation = float(np.mean(there)), 0.0
    if np.ptp(there) > ROUNDING * abs(mean):
        deviation = float(np.std(there, ddof=1))
    return Scatter(len(there), mean, deviation, low, median, high)


def chance(count: int, points: int) -> Chance:
    """Of ``count`` among one ``points`` or more; E. B. Wilson, J. Am. Stat. Assoc. 22 (1927) 209.

    Examples
    --------
    >>> found = chance(90, 100)
    >>> round(found.low, 3), round(found.high, 3)
    (0.826, 0.945)
    """
    from scipy.stats import binomtest

    interval = binomtest(count, points).proportion_ci(CONFIDENCE, method="wilson")
    return Chance(count, points, count / points, float(interval.low), float(interval.high))


def running_mean(values: Array) -> tuple[Array, Array]:
    """Mean of the first n finite values, n from 2, and half its 95 % confidence interval.

    The interval is Student's, for independent points.

    Returns
    -------
    mean, half_interval : ndarray, shape (finite values - 1,)
    """
    from scipy.stats import t

    there = values[np.isfinite(values)]
    n = np.arange(2, len(there) + 1)
    offset = there - there[:1]  # so that the squares keep their digits
    mean = np.cumsum(offset)[1:] / n
    squares = np.maximum(np.cumsum(offset**2)[1:] - n * mean**2, 0)
    half = t.ppf(0.5 + CONFIDENCE / 2, n - 1) * np.sqrt(squares / (n - 1) / n)
    return mean + there[:1], half
