"""A maximum that has a derivative."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def smooth_maximum(values: Array, share: Array, sharpness: float) -> tuple[float, Array]:
    """The soft maximum of values and its derivative with each of them.

    Formula: ``log(sum(share exp(sharpness value))) / sharpness``, log-sum-exp over shares that sum
    to 1: at most the maximum, and at least ``log(1 / share of the largest) / sharpness`` below.
    With shares of an area it does not depend on the grid.

    Parameters
    ----------
    values, share : arrays of one shape
    sharpness : float
        Per unit of the values.

    Returns
    -------
    (float, array)

    Examples
    --------
    >>> value, slopes = smooth_maximum(np.array([1.0, 2.0]), np.array([0.5, 0.5]), 10.0)
    >>> round(value, 4), round(float(slopes[1]), 4)
    (1.9307, 1.0)
    """
    top = float(values.max())
    grown = share * np.exp(sharpness * (values - top))
    whole = float(grown.sum())
    return top + float(np.log(whole)) / sharpness, grown / whole
