"""From the cells of one grid to those of another, by the area that they share."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array

from .grid import Array


class Transfer:
    """Between a rectangle's cells and those of an outer rectangle that holds it.

    Values go inwards as means over each inner cell, amounts outwards so that nothing is lost.

    Parameters
    ----------
    outer, inner : (width, height)
        Of the rectangles [m].
    outer_shape, inner_shape : (ny, nx)
    corner : (x, y)
        Of the inner rectangle in the outer one [m].

    Examples
    --------
    >>> halves = Transfer((2.0, 1.0), (2.0, 1.0), (1, 2), (1, 4), (0.0, 0.0))
    >>> halves.means(np.array([[3.0, 5.0]])).tolist()
    [[3.0, 3.0, 5.0, 5.0]]
    >>> halves.amounts(np.array([[1.0, 2.0, 3.0, 4.0]])).tolist()
    [[3.0, 7.0]]
    """

    def __init__(
        self,
        outer: tuple[float, float],
        inner: tuple[float, float],
        outer_shape: tuple[int, int],
        inner_shape: tuple[int, int],
        corner: tuple[float, float],
    ) -> None:
        self.x, self.y = (
            _overlaps(outer[a], inner[a], outer_shape[1 - a], inner_shape[1 - a], corner[a])
            for a in (0, 1)
        )

    def means(self, values: Array) -> Array:
        """Mean over each inner cell of values in the outer cells (ny, nx)."""
        return np.asarray((self.x @ (self.y @ values).T).T)

    def amounts(self, amounts: Array) -> Array:
        """Amounts of the inner cells, given to the outer cells that they lie in."""
        return np.asarray((self.x.T @ (self.y.T @ amounts).T).T)


def _overlaps(outer: float, inner: float, n_outer: int, n_inner: int, start: float) -> csr_array:
    """Share of each inner interval in each outer one, shape (n_inner, n_outer); rows sum to 1."""
    edges = start + inner * np.arange(n_inner + 1) / n_inner
    faces = outer * np.arange(n_outer + 1) / n_outer
    # rounding leaves no slivers: an edge as good as on a face lies on it
    near = faces[np.clip(np.rint(edges * n_outer / outer).astype(int), 0, n_outer)]
    edges = np.where(np.abs(near - edges) < 1e-9 * inner / n_inner, near, edges)
    low, high = edges[:-1, None], edges[1:, None]
    shared = np.clip(np.minimum(high, faces[1:]) - np.maximum(low, faces[:-1]), 0.0, None)
    return csr_array(shared / shared.sum(axis=1, keepdims=True))
