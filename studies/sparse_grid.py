"""An interpolant of many inputs from few solutions: a sparse grid that grows where it must.

Nodes along each input are the nested Chebyshev points of Clenshaw and Curtis, on [-1, 1]. A
multi-index names the level of each input; the grid holds a set of them and with each the nodes
that it adds (Smolyak's construction, written with hierarchical surpluses: how far the function is,
at a new node, from the interpolant that there was before). The set grows by the neighbours of the
index beyond which the largest surplus is expected (after Gerstner & Griebel, Computing 71 (2003)
65, doi:10.1007/s00607-003-0015-5, who take the index whose own surplus is largest).
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
Integers = NDArray[np.int64]
Index = tuple[int, ...]

MOST_LEVEL = 7
"""Of one input: 129 nodes along it."""
GROWTH = 0.25
"""New nodes at a time, at least, relative to those there are."""
POINTS_AT_ONCE = 2_000


class SparseGrid:
    """Interpolant of a function of several inputs on [-1, 1], asked and told in turns.

    ``ask`` says at which nodes the function is wanted next, ``tell`` takes its values there.

    Parameters
    ----------
    dimensions : int
        Inputs.

    Attributes
    ----------
    nodes : array of int, shape (n, dimensions)
        Of each node its number along each input, by level.
    surplus : array, shape (n, outputs)
        Weight of each node's function.

    Examples
    --------
    >>> grid = SparseGrid(2)
    >>> for _ in range(3):
    ...     x = grid.ask()
    ...     grid.tell(x[:, :1] * x[:, 1:] ** 2, 1e-6)
    >>> bool(abs(grid([[0.3, 0.5]])[0, 0] - 0.3 * 0.25) < 1e-12)
    True
    """

    def __init__(self, dimensions: int) -> None:
        self.dimensions = dimensions
        self.nodes: Integers = np.zeros((0, dimensions), dtype=np.int64)
        self.surplus: Array = np.zeros((0, 0))
        self._excess: dict[Index, Array] = {}
        self._expanded: set[Index] = set()
        self._asked: list[Index] = []

    def ask(self, needed: Iterable[int] | None = None) -> Array:
        """Nodes where the function is wanted next, shape (n, dimensions); none when exhausted.

        The indices beyond which most is expected are followed until there are a quarter more
        nodes; so the grid does not depend on how many are computed at once. ``needed`` are the
        outputs that count, all if left out.
        """
        if not self._excess:
            zero: Index = (0,) * self.dimensions
            self._expanded = {zero}
            self._asked = [zero, *self._forward(zero)]
            return coordinates(_nodes_of(self._asked))
        columns = slice(None) if needed is None else list(needed)
        self._asked = []
        ranked = sorted(self.active, key=lambda i: (-np.max(self._beyond(i)[columns]), i))
        for index in ranked:
            self._expanded.add(index)
            self._asked += self._forward(index)
            if len(_nodes_of(self._asked)) >= GROWTH * len(self.nodes):
                break
        return coordinates(_nodes_of(self._asked))

    def tell(self, values: ArrayLike, tolerance: ArrayLike) -> None:
        """Take the function's values at the nodes asked for, in their order.

        Parameters
        ----------
        values : array, shape (n, outputs)
        tolerance : array, broadcast to ``values``
            By which surpluses are weighed.
        """
        values = np.asarray(values, dtype=float)
        tolerance = np.broadcast_to(tolerance, values.shape)
        if len(self.surplus) == 0:
            self.surplus = np.zeros((0, values.shape[1]))
        at = 0
        for index in self._asked:
            new = _nodes_of([index])
            these = slice(at, at + len(new))
            surplus = values[these] - self(coordinates(new))
            self.nodes = np.concatenate([self.nodes, new])
            self.surplus = np.concatenate([self.surplus, surplus])
            self._excess[index] = np.max(np.abs(surplus) / tolerance[these], axis=0)
            at += len(new)
        self._asked = []

    @property
    def active(self) -> list[Index]:
        """Indices that have not been followed: the rim of the set."""
        return sorted(set(self._excess) - self._expanded)

    @property
    def estimate(self) -> Array:
        """Error of each output in its tolerances, shape (outputs,).

        The largest surplus that is expected beyond the rim.

        Infinite where nothing is left to follow.
        """
        rim = [self._beyond(index) for index in self.active]
        return np.max(rim, axis=0) if rim else np.full(self.surplus.shape[1], np.inf)

    def _beyond(self, index: Index) -> Array:
        """Largest surplus expected of what follows an index, if it goes on falling as it fell.

        From one index to the next along an input the fall is taken to be what it was a step
        before, along that input or beside it, the slowest of them; and no rise.
        """
        here, found = self._excess[index], np.zeros_like(self._excess[index])
        before = [b for k in range(self.dimensions) if index[k] and any(b := _moved(index, k, -1))]
        for k in range(self.dimensions):
            known = [b for b in before if _moved(b, k, 1) in self._excess]
            falls = [_fall(self._excess[b], self._excess[_moved(b, k, 1)]) for b in known]
            found = np.maximum(found, here * np.max(falls, axis=0) if falls else here)
        return found

    @property
    def levels(self) -> Index:
        """Highest level along each input."""
        return tuple(np.max(list(self._excess), axis=0).tolist())

    def __call__(self, points: ArrayLike, outputs: slice | Integers | None = None) -> Array:
        """Values at points, shape (n, dimensions); of all outputs or some, shape (n, outputs)."""
        points = np.asarray(points, dtype=float)
        surplus = self.surplus if outputs is None else self.surplus[:, outputs]
        parts = [
            self._basis(some) @ surplus
            for some in np.array_split(points, 1 + len(points) // POINTS_AT_ONCE)
        ]
        return np.concatenate(parts)

    def _basis(self, points: Array) -> Array:
        """Each node's function at points, shape (n, nodes)."""
        found = np.ones((len(points), len(self.nodes)))
        for k, numbers in enumerate(self.nodes.T):
            used = np.unique(numbers)
            functions = _functions(used, points[:, k]).T
            for n, column in zip(used, functions, strict=True):
                if n:
                    found[:, numbers == n] *= column[:, None]
        return found

    def _forward(self, index: Index) -> list[Index]:
        """The next indices, all of whose predecessors have been followed."""
        found = []
        for k in range(self.dimensions):
            new = _moved(index, k, 1)
            before = [_moved(new, j, -1) for j in range(self.dimensions) if new[j]]
            if new[k] <= MOST_LEVEL and all(b in self._expanded for b in before):
                found.append(new)
        return found


def _fall(before: Array, after: Array) -> Array:
    """Ratio of surpluses, 1 where they rose."""
    return np.divide(after, before, out=np.ones_like(after), where=before > after)


def _moved(index: Index, k: int, by: int) -> Index:
    return (*index[:k], index[k] + by, *index[k + 1 :])


def _numbers(level: int) -> range:
    """Numbers of the nodes that a level adds along an input: 0, then 1 and 2, then 3 and 4, ..."""
    if level == 0:
        return range(1)
    return range(1, 3) if level == 1 else range(2 ** (level - 1) + 1, 2**level + 1)


def _nodes_of(indices: Iterable[Index]) -> Integers:
    """Numbers along each input of the nodes that indices add."""
    parts = []
    for index in indices:
        each = np.meshgrid(*(np.array(_numbers(level)) for level in index), indexing="ij")
        parts.append(np.stack([axis.ravel() for axis in each], axis=1))
    dimensions = parts[0].shape[1] if parts else 0
    return np.concatenate(parts) if parts else np.zeros((0, dimensions), dtype=np.int64)


@lru_cache(maxsize=1)
def _line() -> Array:
    """Places of the nodes along an input, by number."""
    found = [0.0, -1.0, 1.0]
    for level in range(2, MOST_LEVEL + 1):
        # the sine keeps the places symmetric to the last digit
        found += np.sin(np.pi / 2 - np.pi * np.arange(1, 2**level, 2) / 2**level).tolist()
    return np.array(found)


def coordinates(nodes: Integers) -> Array:
    """Places of nodes on [-1, 1] along each input, shape (n, dimensions)."""
    return _line()[nodes]


def _functions(numbers: Integers, x: Array) -> Array:
    """Functions of some nodes along an input, shape (points, len(numbers)).

    That of a node is the polynomial that is 1 there and 0 at all other nodes of its level and of
    those below.
    """
    line, found = _line(), np.ones((len(x), len(numbers)))
    for column, number in enumerate(numbers):
        if number == 0:
            continue
        here, last = line[number], 2 if number < 3 else 2 ** int(number - 1).bit_length()
        for other in np.delete(line[: last + 1], number):
            found[:, column] *= (x - other) / (here - other)
    return found
