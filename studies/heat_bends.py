"""What bends an answer that is nearly linear in the powers: squares, fitted at a few points."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
LEAST = 1e-8
"""Of the largest singular value, below which the points tell nothing of a coefficient."""


@dataclass(frozen=True)
class Bend:
    """What bends one entry of the answer: a number, or one for each block or cell.

    Attributes
    ----------
    by_distance : array, shape (length,)
        Change at a mean distance from the centre.
    by_own : array, shape (1,) or (3,)
        Of the linear change squared; of numbers per block also of the block's power squared and of
        the two's product. The same for all of the entry.
    """

    by_distance: Array
    by_own: Array

    @classmethod
    def fit(cls, off: Array, linear: Array, own: Array | None, square: Array) -> Bend:
        """The least squares of what the linear part lacks.

        Parameters
        ----------
        off, linear : array, shape (points, length)
            What is lacking, and the linear change.
        own : array, shape (points, length), optional
            Change of each block's power.
        square : array, shape (points,)
            Of the distance from the centre, over its mean.
        """
        features = _squares(linear, own)
        # what the distance alone explains is taken out of both, number by number
        weight = square / (square @ square)
        x = features - np.multiply.outer(square, np.tensordot(weight, features, 1))
        y = off - np.multiply.outer(square, weight @ off)
        size = np.sqrt((x**2).mean(axis=(0, 1)))
        size[size == 0] = 1.0
        fitted = np.linalg.lstsq((x / size).reshape(-1, size.size), y.ravel(), rcond=LEAST)[0]
        by_own = fitted / size
        return cls(np.asarray(weight @ (off - features @ by_own)), by_own)

    def at(self, linear: Array, own: Array | None, square: Array) -> Array:
        """What is to be added to the linear change, shape (points, length)."""
        bent: Array = np.multiply.outer(square, self.by_distance)
        bent += _squares(linear, own) @ self.by_own
        return bent


def _squares(linear: Array, own: Array | None) -> Array:
    """Shape (points, length, kinds)."""
    kinds = [linear**2] if own is None else [linear**2, own**2, linear * own]
    return np.stack(kinds, axis=-1)
