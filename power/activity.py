"""What the blocks do in time: factors on their activity, block by block, and staggered starts."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
Order = Literal["column", "row", "random"]


@dataclass(frozen=True)
class Activity:
    """A factor on the activity of each block, straight lines between rows; the ends hold.

    Parameters
    ----------
    times : array (rows,)
        Not falling [s]; a time that is there twice is a jump.
    factors : array (rows, blocks)
        0 or more.
    delays : array (blocks,)
        By which each block is late [s].

    Examples
    --------
    Two blocks jump from 0.5 to 1, the second 10 ns after the first:

    >>> step = Activity(np.zeros(2), np.array([[0.5, 0.5], [1.0, 1.0]]), np.array([0.0, 1e-8]))
    >>> step.at(0.0).tolist(), step.at(0.0, before=True).tolist()
    ([1.0, 0.5], [0.5, 0.5])
    """

    times: FloatArray
    factors: FloatArray
    delays: FloatArray

    @cached_property
    def _starts(self) -> FloatArray:
        """When each block meets each row [s], shape (rows, blocks)."""
        return self.times[:, None] + self.delays

    @cached_property
    def corners(self) -> FloatArray:
        """Times at which a factor jumps or bends [s], rising."""
        return np.unique(self._starts)

    def at(self, time: float, before: bool = False) -> FloatArray:
        """Factor of each block at a time [s], or just before it."""
        met = self._starts < time if before else self._starts <= time
        last = len(self.times) - 1
        above = np.minimum(met.sum(axis=0), last)
        below = np.maximum(met.sum(axis=0) - 1, 0)
        block = np.arange(len(self.delays))
        start, stop = self._starts[below, block], self._starts[above, block]
        length = stop - start
        part = np.clip((time - start) / np.where(length > 0, length, 1.0), 0.0, 1.0)
        low, high = self.factors[below, block], self.factors[above, block]
        return np.asarray(low + np.where(length > 0, part, 0.0) * (high - low))


def stagger(gap: float, order: Order, columns: int, rows: int, seed: int = 0) -> FloatArray:
    """Delay of each block [s], one column, row or block after the other.

    Parameters
    ----------
    gap : float
        Between one and the next [s].
    order : str
        ``"column"``, ``"row"``, or ``"random"``: every block on its own, shuffled by the seed.
    columns, rows : int
        Blocks in x and y.

    Examples
    --------
    >>> stagger(1.0, "column", 3, 2).tolist()
    [0.0, 1.0, 2.0, 0.0, 1.0, 2.0]
    """
    block = np.arange(columns * rows)
    if order == "column":
        return np.asarray(gap * (block % columns), dtype=float)
    if order == "row":
        return np.asarray(gap * (block // columns), dtype=float)
    shuffled = np.random.default_rng(seed).permutation(block)
    return np.asarray(gap * shuffled, dtype=float)
