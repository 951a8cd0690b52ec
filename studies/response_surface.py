"""A response surface: the answers of thousands of points from some tens of direct solutions.

Over a box of ranges of a case's values every number of ``solve --json``, block by block, is
interpolated by a sparse grid of Chebyshev nodes that grows until two errors are within the
tolerance: the one estimated from the surpluses, and the one measured at random points that are
solved directly and are nodes of nothing. Where the flow in the channels turns turbulent within the
box, film and pressure drop have kinks: the box is then divided there. Where the tolerance cannot
be had the surface says why, and answers nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .case_file import LoadedCase
from .sparse_grid import SparseGrid
from .surface_fitting import (
    Fitting,
    GaveUp,
    OutputError,
    Progress,
    Region,
    Solutions,
    Solve,
    decoded,
)
from .surface_inputs import Box, Input
from .surface_outputs import Layout, Tolerance, answers_of
from .surface_regimes import regions_of
from .surface_solves import solve_directly

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Surface:
    """Answers over a box; made by ``fit``.

    Attributes
    ----------
    box : Box
        The inputs and their ranges.
    usable : bool
        Whether it answers; if not, every point is to be solved directly.
    reason : str
        Why it answers, or why not.
    solves : int
        Direct solutions that went into it, those to check it included.
    checks : int
        Random points among them at which the errors were measured.
    error : dict of name to OutputError
        Of each number that it gives.
    left_out : dict of name to OutputError
        Numbers that need not be given and are not within the tolerance.
    """

    box: Box
    usable: bool
    reason: str
    solves: int
    checks: int = 0
    error: dict[str, OutputError] = field(default_factory=dict)
    left_out: dict[str, OutputError] = field(default_factory=dict)
    _parts: tuple[tuple[Region, SparseGrid], ...] = field(default=(), repr=False)
    _layout: Layout | None = field(default=None, repr=False)
    _logs: NDArray[np.bool_] | None = field(default=None, repr=False)
    _words: dict[str, Any] = field(default_factory=dict, repr=False)

    @property
    def parts(self) -> int:
        """Regions into which the box is divided."""
        return len(self._parts)

    def contains(self, points: Mapping[str, ArrayLike] | ArrayLike) -> NDArray[np.bool_]:
        """Which points the surface answers, shape (n,)."""
        return self._part_of(self.box.points(points)) >= 0

    def _part_of(self, rows: Array) -> NDArray[np.int64]:
        """Number of the region in which each point is, -1 where in none."""
        found = np.full(len(rows), -1)
        inside = self.box.contains(rows)
        for number, (region, _) in enumerate(self._parts):
            left = np.flatnonzero(inside & (found < 0))
            found[left[region.contains(rows[left])]] = number
        return found

    def __call__(
        self, points: Mapping[str, ArrayLike] | ArrayLike, names: Iterable[str] | None = None
    ) -> dict[str, Any]:
        """Answers at points.

        Parameters
        ----------
        points : mapping of path to array, shape (n,), or array, shape (n, inputs)
            In the inputs' units.
        names : iterable of str, optional
            Numbers wanted, by the keys of ``solve --json``; all if left out.

        Returns
        -------
        dict
            By those keys: arrays of shape (n,), of lists (n, length), of budgets dicts of arrays
            by step; what is the same at all points as it is.

        Raises
        ------
        ValueError
            When the surface is not usable, a point is outside, or it does not give a number.
        """
        rows = self.box.points(points)
        if self._layout is None or self._logs is None:
            raise ValueError(f"this surface answers nothing: {self.reason}")
        part_of = self._part_of(rows)
        if (part_of < 0).any():
            raise ValueError("points: found one outside of the surface's ranges")
        wanted = list(self.error) if names is None else list(names)
        missing = [name for name in wanted if name not in self.error]
        if missing:
            raise ValueError(f"names: found '{missing[0]}', which this surface does not give")
        columns = np.array(self._layout.columns(wanted))
        values = np.full((len(rows), sum(self._layout.lengths)), np.nan)
        for number, (region, grid) in enumerate(self._parts):
            here = part_of == number
            if here.any():
                part = grid(region.inner(rows[here]), columns)
                values[np.ix_(here, columns)] = decoded(part, self._logs[columns])
        return answers_of(self._layout, values, wanted) | self._words


def fit(
    loaded: LoadedCase,
    inputs: Sequence[Input],
    *,
    tolerance: Tolerance | None = None,
    needed: Iterable[str] | None = None,
    most_solves: int = 600,
    checks: int = 16,
    workers: int = 1,
    scheduler: str | None = None,
    seed: int = 0,
    solve: Solve | None = None,
    progress: Progress | None = None,
) -> Surface:
    """A response surface of a case over ranges of its values.

    Parameters
    ----------
    loaded : LoadedCase
    inputs : sequence of Input
        One to about six.
    tolerance : Tolerance, optional
        0.05 K, 0.1 mV and a thousandth of the rest if left out.
    needed : iterable of str, optional
        Numbers, by the keys of ``solve --json``, without which the surface is of no use; all but
        those of the hottest point's surroundings if left out. What is not needed and not within
        the tolerance is left out.
    most_solves : int
        Direct solutions beyond which it gives up.
    checks : int
        Random points of each region of the box at which each result is measured.
    workers : int
        Processes.
    scheduler : str, optional
        Address of a Dask scheduler, whose workers solve instead.
    seed : int
        Of the random points.
    solve : callable, optional
        Takes lists of values by path and gives answers; ``solve_directly`` if left out.
    progress : callable, optional

    Returns
    -------
    Surface

    Examples
    --------
    >>> from studies import load_case
    >>> warm = Input("heat.power", 20, 30, "kW")
    >>> surface = fit(load_case("slab"), [warm], checks=2)
    >>> surface.usable, surface({"heat.power": [22.0, 27.0]})["wafer_power_W"].round(-1).tolist()
    (True, [22000.0, 27000.0])
    """
    box = Box(tuple(inputs))
    direct = solve or (lambda points: solve_directly(loaded, points, workers, scheduler))
    solutions = Solutions(box, direct, tolerance or Tolerance(), needed, most_solves)
    rng, parts = np.random.default_rng(seed), list[Fitting]()
    try:
        for region in regions_of(solutions, progress):
            part = Fitting(region, solutions)
            part.run(checks, rng, progress)
            parts.append(part)
    except GaveUp as why:
        return Surface(box, False, str(why), solutions.count)
    return _surface(box, parts, solutions)


def _surface(box: Box, parts: Sequence[Fitting], solutions: Solutions) -> Surface:
    errors: dict[str, OutputError] = {}
    for part in parts:
        for name, error in part.errors().items():
            had = errors.get(name, error)
            errors[name] = OutputError(
                max(had.estimated, error.estimated), max(had.measured, error.measured), *error[2:]
            )
    given = {name: error for name, error in errors.items() if error.in_tolerances <= 1}
    return Surface(
        box,
        True,
        "estimated and measured errors are within the tolerance",
        solutions.count,
        sum(len(part.held_out) for part in parts),
        given,
        {name: error for name, error in errors.items() if name not in given},
        tuple((part.region, part.grid) for part in parts),
        solutions.layout,
        solutions.logs,
        solutions.words,
    )
