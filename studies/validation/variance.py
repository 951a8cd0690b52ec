"""Sobol's indices of a function whose variance is known part by part."""

from __future__ import annotations

from importlib.util import find_spec

import numpy as np
from numpy.typing import NDArray

from ..sobol_indices import saltelli_shares, sobol_indices
from .rows import Case, Row

Array = NDArray[np.float64]
SINE, QUARTIC = 7.0, 0.1
SOURCE = (
    "T. Ishigami and T. Homma, Proc. 1st Int. Symp. Uncertainty Modeling and Analysis (1990) 398; "
    "variances in closed form"
)
SETS = 8192
INPUTS = ("x", "y", "z")


def ishigami(shares: Array) -> Array:
    """``sin x + 7 sin(y)**2 + 0.1 z**4 sin x``, each evenly from -pi to pi; inputs lie first."""
    x, y, z = (2 * shares - 1) * np.pi
    found: Array = np.sin(x) + SINE * np.sin(y) ** 2 + QUARTIC * z**4 * np.sin(x)
    return found


def ishigami_indices() -> tuple[Array, Array]:
    """First order and total, from the partial variances of x, of y, and of x with z."""
    one = 0.5 * (1 + QUARTIC * np.pi**4 / 5) ** 2
    two = SINE**2 / 8
    both = QUARTIC**2 * np.pi**8 * (1 / 18 - 1 / 50)
    whole = one + two + both
    return np.array([one, two, 0.0]) / whole, np.array([one + both, two, both]) / whole


def rows() -> list[Row]:
    """The function of Ishigami and Homma, sampled and analysed as a case is.

    Its inputs act alone (y), together (z with x) and both (x). The error left is that of the
    sample, some 40 000 points.
    """
    results = ishigami(np.moveaxis(saltelli_shares(INPUTS, SETS, seed=1), -1, 0))
    first, total = ishigami_indices()
    found = sobol_indices(INPUTS, results, seed=0)
    made = []
    for index, one, all_in_all in zip(found, first, total, strict=True):
        alone = f"{index.group}, first-order index"
        made.append(Row(alone, float(one), index.first, "", 0.005, SOURCE))
        whole = f"{index.group}, total index"
        made.append(Row(whole, float(all_in_all), index.total, "", 0.005, SOURCE))
    return made


CASES = [Case("Sobol indices of a known function", rows)] if find_spec("SALib") else []
