"""Sobol's indices by a surface, put right by points that were solved and are no part of it.

With g the surface and d what it leaves of the result, what an input makes alone of the variance is

    var E[g + d | x] = var E[g | x] + 2 cov(E[g | x], d) + var E[d | x]

since d and E[d | x] have the same covariance with what depends on x alone. The first part takes
many points of the surface; the second only d at the solved points; the third is not known but lies
between nought and the variance of d, and is left to the interval. The part of the total index, the
mean of var[g | the others], is put right alike by g - E[g | the others] in place of E[g | x].
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t

from .scatter import CONFIDENCE
from .sobol_indices import Index

Array = NDArray[np.float64]
DRAWN = 8
"""Points of the surface for the mean of each check, over the inputs that are not held. What a mean
of so few is off by has nothing to do with what the surface leaves, and only adds to its scatter."""


@dataclass(frozen=True)
class Checks:
    """Points that were solved and are no part of the surface.

    Attributes
    ----------
    shares : ndarray, shape (points, inputs)
        See ``saltelli_shares``.
    solved : ndarray, shape (points,)
        The result there.
    """

    shares: Array
    solved: Array


def put_right(
    groups: Sequence[str],
    indices: Sequence[Index],
    surface: Callable[[Array], Array],
    drawn: Array,
    checks: Checks,
    seed: int,
) -> list[Index]:
    """Indices of a surface with what solved points say of it, and their intervals.

    Parameters
    ----------
    groups : sequence of str
        As of ``saltelli_shares``.
    indices : sequence of Index
        Of the surface.
    surface : callable
        From shares, shape (n, inputs), to the result; NaN where a point cannot be.
    drawn : ndarray, shape (n, inputs)
        Shares of points that are drawn independently of each other, and can be.
    checks : Checks
    seed : int
    """
    if not indices:
        return []
    values, of_surface = surface(drawn), surface(checks.shares)
    left = checks.solved - of_surface
    left = left - left.mean()
    variance = float(np.var(values))
    more = 2 * _centred(of_surface) * left + left**2
    whole = variance + float(np.mean(more))
    unknown = float(np.mean(left**2)) / whole
    random = np.random.default_rng([seed, len(drawn)])

    def right(index: float, interval: float, along: Array) -> tuple[float, float]:
        """An index and its interval, by what of the surface it comes from at the checks."""
        part = 2 * _centred(along) * left
        found = (index * variance + float(np.mean(part))) / whole
        scatter = float(np.std(part - found * more, ddof=1)) / whole / np.sqrt(len(left))
        sampled = np.hypot(interval, t.ppf(0.5 + CONFIDENCE / 2, len(left) - 1) * scatter)
        return found, float(sampled) + unknown

    made = []
    for each in indices:
        own = np.array([group == each.group for group in groups])
        others = drawn[random.integers(len(drawn), size=(len(left), DRAWN))]
        held = checks.shares[:, None]
        alone = _mean(surface, np.where(own, held, others), of_surface)
        rest = of_surface - _mean(surface, np.where(own, others, held), of_surface)
        made.append(
            Index(
                each.group,
                *right(each.first, each.first_interval, alone),
                *right(each.total, each.total_interval, rest),
            )
        )
    return made


def _centred(values: Array) -> Array:
    return values - values.mean()


def _mean(surface: Callable[[Array], Array], shares: Array, else_: Array) -> Array:
    """Of each check over what is drawn for it and can be; something else where nothing can."""
    found = surface(shares.reshape(-1, shares.shape[-1])).reshape(shares.shape[:2])
    there = np.isfinite(found)
    count = there.sum(axis=1)
    total = np.where(there, found, 0.0).sum(axis=1)
    return np.where(count > 0, total / np.maximum(count, 1), else_)
