"""Nodes joined by branches that fix their difference: shorts and voltage sources.

The nodes that such branches join, directly or along others, are a group. A group has one unknown,
the voltage of one of its nodes; all others follow by offsets that the sources give. So what is left
to solve stays symmetric and positive definite, with floating sources as well.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import breadth_first_order, connected_components

FloatArray = NDArray[np.float64]
Numbers = NDArray[np.int64]

AGREE = 1e-9
"""Relative difference up to which sources in a loop agree."""


class Joints:
    """Groups of joined nodes; group 0 is ground's.

    Parameters
    ----------
    nodes : int
        How many there are; node 0 is ground.
    first, second : int array (branches,)
        Ends of the branches, each with v(first) - v(second) given.

    Attributes
    ----------
    group : int array (nodes,)
        Of each node.
    groups : int
    touched : int array
        Nodes that a branch ends at, and ground.

    Examples
    --------
    Node 1 is 2 V above ground; node 3 is 1 V above node 2, wherever that is:

    >>> joints = Joints(4, np.array([1, 3]), np.array([0, 2]))
    >>> joints.group.tolist(), joints.offsets(np.array([2.0, 1.0])).tolist()
    ([0, 0, 1, 1], [0.0, 2.0, 0.0, 1.0])
    """

    def __init__(self, nodes: int, first: NDArray[np.int32], second: NDArray[np.int32]) -> None:
        self.nodes, self.first, self.second = nodes, first, second
        self.touched, numbers = np.unique(
            np.concatenate([[0], first, second]).astype(np.int64), return_inverse=True
        )
        ends = numbers[1:].reshape(2, -1)
        self._grow_trees(ends[0], ends[1])

    def _grow_trees(self, first: Numbers, second: Numbers) -> None:
        """Find the groups, and in each a tree of branches from its lowest node."""
        size = len(self.touched)
        low, high = np.minimum(first, second), np.maximum(first, second)
        keys, branch_of_key = np.unique(low * size + high, return_index=True)
        low, high = keys // size, keys % size
        one = np.ones(len(keys), dtype=np.int8)
        graph = coo_array((one, (low, high)), shape=(size + 1, size + 1)).tocsr()
        _, label = connected_components(graph, directed=False)
        _, roots = np.unique(label[:size], return_index=True)
        self._number_groups(label[:size], roots)
        # one tree from an added node that leads to the lowest node of each group
        rows = np.concatenate([low, np.full(len(roots), size)])
        ones = np.ones(len(rows), dtype=np.int8)
        columns = np.concatenate([high, roots])
        graph = coo_array((ones, (rows, columns)), shape=(size + 1, size + 1)).tocsr()
        _, before = breadth_first_order(graph, size, directed=False)
        parent = np.asarray(before, dtype=np.int64)[:size]
        node = np.flatnonzero(parent != size)
        parent[parent == size] = np.flatnonzero(parent == size)
        up = parent[node]
        key = np.minimum(node, up) * size + np.maximum(node, up)
        self.child, self.branch = node, branch_of_key[np.searchsorted(keys, key)]
        self.sign = np.where(first[self.branch] == node, 1.0, -1.0)
        in_tree = np.zeros(len(first), dtype=bool)
        in_tree[self.branch] = True
        self.closing = np.flatnonzero(~in_tree)
        self._jumps = [parent]
        while np.any(self._jumps[-1] != self._jumps[-1][self._jumps[-1]]):
            self._jumps.append(self._jumps[-1][self._jumps[-1]])

    def _number_groups(self, label: NDArray[np.int32], roots: Numbers) -> None:
        """Groups by their lowest node, a node that no branch touches being one of its own."""
        lowest = np.arange(self.nodes)
        lowest[self.touched] = self.touched[roots[np.searchsorted(label[roots], label)]]
        is_lowest = lowest == np.arange(self.nodes)
        self.group = (np.cumsum(is_lowest) - 1)[lowest]
        self.groups = int(is_lowest.sum())

    def offsets(self, difference: FloatArray) -> FloatArray:
        """Voltage of each node above the lowest of its group [V], for v(first) - v(second)."""
        above = np.zeros(len(self.touched))
        above[self.child] = self.sign * difference[self.branch]
        # each turn adds what lies twice as far up the tree
        for parent in self._jumps:
            root = parent == np.arange(len(parent))
            above = above + np.where(root, 0.0, above[parent])
        found = np.zeros(self.nodes)
        found[self.touched] = above
        return found

    def contradiction(self, difference: FloatArray, offsets: FloatArray) -> int | None:
        """A branch that closes a loop and disagrees with the rest of it, if there is one."""
        k = self.closing
        left = offsets[self.first[k]] - offsets[self.second[k]] - difference[k]
        scale = AGREE * max(1e-300, float(np.max(np.abs(difference), initial=0.0)))
        wrong = np.flatnonzero(np.abs(left) > scale)
        return int(k[wrong[0]]) if len(wrong) else None
