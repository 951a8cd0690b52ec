"""Whether many points are better solved one by one or answered by a response surface."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .case_file import LoadedCase
from .response_surface import Surface
from .surface_outputs import Layout
from .surface_solves import solve_directly

Method = Literal["direct", "surface"]

USUAL_LEVEL = 3
"""Sum of the levels of a sparse grid that usually does."""
WORTH_IT = 2.0
"""Points over solutions expected, from which a surface is tried."""
MOST_INPUTS = 6


@dataclass(frozen=True)
class Plan:
    """How points are to be answered.

    Attributes
    ----------
    method : {"direct", "surface"}
    reason : str
    solves : int
        Direct solutions expected.
    most_solves : int
        After which a surface should be given up: half as many as there are points.
    """

    method: Method
    reason: str
    solves: int
    most_solves: int


def plan(inputs: int, points: int, checks: int = 16) -> Plan:
    """Whether to try a surface, by the number of solutions either way takes.

    Parameters
    ----------
    inputs : int
        Ranges that the points vary; words and lists cannot be interpolated.
    points : int
    checks : int
        As ``fit``.

    Examples
    --------
    >>> plan(3, 10_000).method, plan(3, 10_000).solves
    ('surface', 85)
    >>> plan(3, 100).reason
    '100 points are no more than twice the 85 solutions that a surface is expected to take'
    """
    if inputs > MOST_INPUTS:
        reason = f"{inputs} inputs are more than the {MOST_INPUTS} of which a surface can be made"
        return Plan("direct", reason, points, points)
    expected = nodes_of_level(inputs, USUAL_LEVEL) + checks
    if points <= WORTH_IT * expected:
        reason = (
            f"{points} points are no more than twice the {expected} solutions that a surface is "
            "expected to take"
        )
        return Plan("direct", reason, points, points)
    reason = f"{points} points, about {expected} solutions for a surface"
    return Plan("surface", reason, expected, points // 2)


def nodes_of_level(inputs: int, level: int) -> int:
    """Nodes of the sparse grid of all indices whose levels add up to at most ``level``.

    Examples
    --------
    >>> [nodes_of_level(inputs, 3) for inputs in (1, 2, 3)]
    [9, 29, 69]
    """
    new = [1, 2, *(2 ** (k - 1) for k in range(2, level + 1))]
    indices = (i for i in product(range(level + 1), repeat=inputs) if sum(i) <= level)
    return sum(int(np.prod([new[k] for k in index])) for index in indices)


@dataclass(frozen=True)
class Answered:
    """Answers at points, and how each was found.

    Attributes
    ----------
    numbers : dict
        As a ``Surface`` gives them; NaN where a point has no solution.
    method : array of str, shape (n,)
        "surface" or "direct".
    reason : array of str, shape (n,)
        Why a point has no solution; empty where it has.
    """

    numbers: dict[str, Any]
    method: NDArray[np.str_]
    reason: NDArray[np.object_]


def answer_points(
    loaded: LoadedCase,
    surface: Surface,
    points: Mapping[str, ArrayLike] | ArrayLike,
    names: Iterable[str],
    workers: int = 1,
) -> Answered:
    """Answers at points: by the surface inside of its box, if it is usable, else directly."""
    wanted, rows = list(names), surface.box.points(points)
    inside = surface.contains(rows) & all(name in surface.error for name in wanted)
    reason = np.full(len(rows), "", dtype=object)
    numbers: dict[str, Any] = {}
    if inside.any():
        found = surface(rows[inside], wanted)
        _put(numbers, {name: found[name] for name in wanted}, inside)
    outside = np.flatnonzero(~inside)
    solved = solve_directly(loaded, [surface.box.settings(rows[i]) for i in outside], workers)
    for i, answer in zip(outside, solved, strict=True):
        if isinstance(answer, str):
            reason[i] = answer
            continue
        layout = Layout.of(answer)
        one = np.arange(len(rows)) == i
        _put(numbers, layout.answers(layout.row(answer)[None], wanted), one)
    return Answered(numbers, np.where(inside, "surface", "direct"), reason)


def _put(numbers: dict[str, Any], found: Mapping[str, Any], where: NDArray[np.bool_]) -> None:
    """Put some points' numbers among those of all."""
    for name, values in found.items():
        if isinstance(values, dict):
            _put(numbers.setdefault(name, {}), values, where)
        else:
            shape = (len(where), *values.shape[1:])
            numbers.setdefault(name, np.full(shape, np.nan))[where] = values
