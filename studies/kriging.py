"""A function of many inputs from its values at scattered places: kriging.

The values are taken for those of a Gaussian process, whose mean goes through them. How fast it
changes along each input is found by the largest likelihood, so that inputs that do little cost next
to nothing, however many there are. J. Sacks et al., Statistical Science 4 (1989) 409; kernel
(Matern, 5/2), likelihood and its slope as in C. E. Rasmussen and C. K. I. Williams, Gaussian
Processes for Machine Learning (2006), chapters 2, 4 and 5.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve
from scipy.optimize import minimize
from threadpoolctl import threadpool_limits

Array = NDArray[np.float64]
FOR_LENGTHS = 400
"""Values by which the lengths are found; more would find about the same."""
STEPS = 60
"""Of the search for them."""
USUAL_LENGTH, PULL = 1.5, 0.02
"""Logarithm of a length to which one without say is drawn, and how much."""
LOG_LENGTHS, LOG_VARIANCE, LOG_NOISE = (-2.0, 6.0), (-3.0, 8.0), (-18.0, 0.0)
BEGIN_NOISE = -7.0
ROUNDING = 1e-9
"""Spread over size of values that are the same."""
ROWS_AT_ONCE = 4_000


@dataclass(frozen=True)
class Kriging:
    """Mean of a Gaussian process through values; made by ``krige``.

    Attributes
    ----------
    places : ndarray, shape (n, inputs)
        Each input over its length.
    lengths : ndarray, shape (inputs,)
    weights : ndarray, shape (n,)
        Of each value's kernel.
    mean, spread : float
        Of the values, or their logarithms.
    logarithm : bool
    left_out : ndarray, shape (n,)
        What the others say of each value.
    """

    places: Array
    lengths: Array
    weights: Array
    mean: float
    spread: float
    logarithm: bool
    left_out: Array

    def __call__(self, places: Array) -> Array:
        """Values at places, shape (n, inputs)."""
        parts = np.array_split(places, 1 + len(places) // ROWS_AT_ONCE)
        found = [_kernel(_apart(part / self.lengths, self.places)) @ self.weights for part in parts]
        values = self.mean + self.spread * np.concatenate(found)
        return np.exp(values) if self.logarithm else values


def krige(places: Array, values: Array) -> Kriging:
    """The surface through values, or through their logarithms where that foretells them better.

    Parameters
    ----------
    places : ndarray, shape (n, inputs)
        Each input from 0 to 1 or so.
    values : ndarray, shape (n,)
        Finite.

    Examples
    --------
    >>> places = np.random.default_rng(0).random((40, 2))
    >>> found = krige(places, np.exp(3 * places[:, 0]))
    >>> bool(abs(found(np.array([[0.5, 0.5]]))[0] - np.exp(1.5)) < 0.01)
    True
    """
    if np.ptp(values) <= ROUNDING * np.abs(values).max():
        none = np.zeros(len(values))
        return Kriging(places, np.ones(places.shape[1]), none, values[0], 1.0, False, values)
    plain = _through(places, values, False)
    if not (values > 0).all():
        return plain
    return min(plain, _through(places, values, True), key=lambda k: _off(k.left_out, values))


def _off(found: Array, values: Array) -> float:
    return float(np.sum((found - values) ** 2))


def _through(places: Array, values: Array, logarithm: bool) -> Kriging:
    told = np.log(values) if logarithm else values
    mean, spread = float(np.mean(told)), float(np.std(told))
    shares = (told - mean) / spread
    some = np.random.default_rng(0).permutation(len(values))[:FOR_LENGTHS]
    lengths, variance, noise = _likeliest(places[some], shares[some])
    scaled = places / lengths
    kernel = variance * _kernel(_apart(scaled, scaled))
    inverse = cho_solve(cho_factor(kernel + noise * np.eye(len(values)), lower=True),
                        np.eye(len(values)))  # fmt: skip
    weights = inverse @ shares
    # what the rest foretells of each, without solving anew (Rasmussen & Williams, chapter 5)
    left_out = mean + spread * (shares - weights / np.diag(inverse))
    return Kriging(
        scaled,
        lengths,
        variance * weights,
        mean,
        spread,
        logarithm,
        np.exp(left_out) if logarithm else left_out,
    )


def _likeliest(places: Array, shares: Array) -> tuple[Array, float, float]:
    """Lengths, variance and noise."""
    inputs = places.shape[1]
    squares = np.moveaxis((places[:, None] - places[None]) ** 2, 2, 0).reshape(inputs, -1)
    begin = np.concatenate([np.full(inputs, USUAL_LENGTH), [0.0, BEGIN_NOISE]])
    # matrices so small take several threads longer than one
    with threadpool_limits(1):
        found = minimize(
            unlikelihood,
            begin,
            (np.ascontiguousarray(squares), shares),
            "L-BFGS-B",
            jac=True,
            bounds=[LOG_LENGTHS] * inputs + [LOG_VARIANCE, LOG_NOISE],
            options={"maxiter": STEPS},
        )
    lengths, variance, noise = np.split(np.exp(found.x), [inputs, inputs + 1])
    return lengths, float(variance[0]), float(noise[0])


def unlikelihood(logs: Array, squares: Array, shares: Array) -> tuple[float, Array]:
    """Less the logarithm of the likelihood, and its slopes.

    Parameters
    ----------
    logs : ndarray, shape (inputs + 2,)
        Logarithms of the lengths, the variance and the noise.
    squares : ndarray, shape (inputs, n * n)
        Squared distances along each input.
    shares : ndarray, shape (n,)
    """
    n, inputs = len(shares), len(squares)
    per_square = np.exp(-2 * logs[:inputs])
    variance, noise = np.exp(logs[inputs:])
    apart = np.sqrt(5 * (per_square @ squares)).reshape(n, n)
    kernel = variance * _kernel(apart)
    try:
        factor = cho_factor(kernel + noise * np.eye(n), lower=True)
    except np.linalg.LinAlgError:  # rounding, of places that are nearly the same
        return 1e10, np.zeros_like(logs)
    weights, inverse = cho_solve(factor, shares), cho_solve(factor, np.eye(n))
    pulled = logs[:inputs] - USUAL_LENGTH
    value = 0.5 * shares @ weights + np.log(np.diag(factor[0])).sum() + PULL * pulled @ pulled
    steep = np.outer(weights, weights) - inverse
    # the kernel falls by 5/6 (1 + r) exp(-r) for each square of a distance
    falls = steep * variance * (5 / 6) * (1 + apart) * np.exp(-apart)
    slopes = np.concatenate(
        [
            -(squares @ falls.ravel()) * per_square + 2 * PULL * pulled,
            [-0.5 * np.sum(steep * kernel), -0.5 * np.trace(steep) * noise],
        ]
    )
    return float(value), slopes


def _apart(some: Array, others: Array) -> Array:
    """Distances times the square root of 5, shape (some, others)."""
    squares = np.sum(some**2, axis=1)[:, None] + np.sum(others**2, axis=1) - 2 * some @ others.T
    found: Array = np.sqrt(5 * np.maximum(squares, 0))
    return found


def _kernel(apart: Array) -> Array:
    """Matern's, of smoothness 5/2."""
    found: Array = (1 + apart + apart**2 / 3) * np.exp(-apart)
    return found
