"""A response surface: the answers of thousands of points from some tens of direct solutions.

Over a box of ranges of a case's values every number of ``solve --json``, block by block, is
interpolated by a sparse grid of Chebyshev nodes that grows until two things are within the
tolerance: the error estimated from the surpluses, and the error measured at random points that
are solved directly and are nodes of nothing. Where that cannot be had the surface says why, and
answers nothing.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .case_file import LoadedCase
from .sparse_grid import SparseGrid
from .surface_inputs import Box, Input
from .surface_outputs import AT_THE_HOTTEST, Layout, Tolerance, words_of
from .surface_solves import Solved, Values, solve_directly

Array = NDArray[np.float64]
Solve = Callable[[Sequence[Values]], list[Solved]]
Progress = Callable[[int, float], None]
"""Called now and then with the number of solutions and the estimated error in tolerances."""

MARGIN = 0.5
"""What is measured too large is brought down to this share of the tolerance."""


class OutputError(NamedTuple):
    """How far off a number is, at most over its blocks, and how far it may be.

    In its unit, or relative where its tolerance is.
    """

    estimated: float
    measured: float
    tolerance: float
    is_relative: bool


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
        Random points among them at which the error was measured.
    error : dict of name to OutputError
        Of each number that it can give.
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
    _grid: SparseGrid | None = field(default=None, repr=False)
    _layout: Layout | None = field(default=None, repr=False)
    _words: dict[str, Any] = field(default_factory=dict, repr=False)

    def contains(self, points: Mapping[str, ArrayLike] | ArrayLike) -> NDArray[np.bool_]:
        """Which points the surface answers, shape (n,)."""
        return self.box.contains(self.box.points(points)) & self.usable

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
        if self._grid is None or self._layout is None or not self.usable:
            raise ValueError(f"this surface answers nothing: {self.reason}")
        if not self.box.contains(rows).all():
            raise ValueError("points: found one outside of the surface's ranges")
        wanted = list(self.error) if names is None else list(names)
        missing = [name for name in wanted if name not in self.error]
        if missing:
            raise ValueError(f"names: found '{missing[0]}', which this surface does not give")
        return _answers(self._layout, self._grid(self.box.inner(rows)), wanted) | self._words


def fit(
    loaded: LoadedCase,
    inputs: Sequence[Input],
    *,
    tolerance: Tolerance = Tolerance(),
    needed: Iterable[str] | None = None,
    most_solves: int = 300,
    checks: int = 16,
    workers: int = 1,
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
    tolerance : Tolerance
    needed : iterable of str, optional
        Numbers, by the keys of ``solve --json``, without which the surface is of no use; all but
        those of the hottest point's surroundings if left out. What is not needed and not within
        the tolerance is left out.
    most_solves : int
        Direct solutions beyond which it gives up.
    checks : int
        Random points at which each result is measured.
    workers : int
        Processes.
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
    >>> surface.usable, surface({"heat.power": [22.0, 27.0]})["wafer_power_W"].round(3).tolist()
    (True, [22000.0, 27000.0])
    """
    box = Box(tuple(inputs))
    direct = solve or (lambda points: solve_directly(loaded, points, workers))
    fitting = _Fitting(box, tolerance, needed, most_solves, direct, progress)
    try:
        fitting.run(checks, np.random.default_rng(seed))
    except _GaveUp as why:
        return fitting.surface(str(why))
    return fitting.surface("")


class _GaveUp(Exception):
    """Why there is no surface."""


class _Fitting:
    """A surface on its way."""

    def __init__(
        self,
        box: Box,
        tolerance: Tolerance,
        needed: Iterable[str] | None,
        most_solves: int,
        direct: Solve,
        progress: Progress | None,
    ) -> None:
        self.box, self.tolerance, self.direct = box, tolerance, direct
        self.names = None if needed is None else set(needed)
        self.most_solves, self.progress = most_solves, progress
        self.grid = SparseGrid(len(box.inputs))
        self.layout: Layout | None = None
        self.words: dict[str, Any] = {}
        self.needed: list[int] = []
        self.solves = 0
        self.held_out: Array = np.zeros((0, len(box.inputs)))
        self.truth: Array | None = None

    def run(self, checks: int, rng: np.random.Generator) -> None:
        """Refine and check until both errors are within the tolerance."""
        goal = 1.0
        while True:
            self.refine(goal)
            more = self.box.random(checks, rng)
            rows = self.solved(more)
            self.held_out = np.concatenate([self.held_out, more])
            self.truth = rows if self.truth is None else np.concatenate([self.truth, rows])
            measured = float(self.measured()[self.needed].max())
            if measured <= 1:
                return
            goal = MARGIN / measured * min(goal, float(self.grid.estimate[self.needed].max()))

    def refine(self, goal: float) -> None:
        """Add nodes until the estimated error is at most ``goal`` tolerances."""
        while not len(self.grid.nodes) or self.grid.estimate[self.needed].max() > goal:
            places = self.grid.ask(self.needed or None)
            if not len(places):
                raise _GaveUp("no finer nodes are left")
            rows = self.solved(self.box.outer(places))
            assert self.layout is not None
            self.grid.tell(rows, self.layout.tolerances(rows, self.tolerance))
            if self.progress is not None:
                self.progress(self.solves, float(self.grid.estimate[self.needed].max()))

    def solved(self, points: Array) -> Array:
        """Rows of the answers at points."""
        if self.solves + len(points) > self.most_solves:
            raise _GaveUp(f"not within the tolerance by {self.solves} solutions{self._worst()}")
        found = self.direct([self.box.settings(point) for point in points])
        self.solves += len(points)
        rows = [self._row(answer) for answer in found]
        return np.array(rows)

    def _row(self, answer: Solved) -> Array:
        if isinstance(answer, str):
            raise _GaveUp(f"part of the box has no solution: {answer}")
        if self.layout is None:
            self.layout, self.words = Layout.of(answer), words_of(answer)
            self._choose(answer)
        different = [k for k, v in words_of(answer).items() if self.words.get(k) != v]
        if different:
            raise _GaveUp(f"'{different[0]}' is not the same all over the box")
        try:
            row = self.layout.row(answer)
        except ValueError as error:
            raise _GaveUp(str(error)) from None
        if not np.isfinite(row).all():
            raise _GaveUp("a number is not finite")
        return row

    def _choose(self, answer: Mapping[str, Any]) -> None:
        """The columns that are needed."""
        assert self.layout is not None
        given = {name for name, _ in self.layout.names}
        wanted = given - set(AT_THE_HOTTEST) if self.names is None else self.names
        unknown = sorted(wanted - given - set(answer))
        if unknown:
            raise ValueError(f"needed: found '{unknown[0]}', which the case's answer has not")
        if any(name in wanted for name in ("junction_temperature_max_degC", "hottest_block")):
            wanted = wanted | {"block_temperature_max_degC"}
        self.needed = self.layout.columns(wanted)

    def measured(self) -> Array:
        """Largest error of each column at the points that are held out, in tolerances."""
        assert self.layout is not None
        assert self.truth is not None
        allowed = self.layout.tolerances(self.truth, self.tolerance)
        off = np.abs(self.grid(self.box.inner(self.held_out)) - self.truth) / allowed
        return np.asarray(off.max(axis=0))

    def _worst(self) -> str:
        """Which number is furthest from its tolerance."""
        if self.layout is None or not self.needed:
            return ""
        off = self._errors()
        worst = max(off, key=lambda name: max(off[name][:2]) / off[name].tolerance)
        return f": {worst} is off by up to {max(off[worst][:2]):.2g}, {off[worst].tolerance:g} is meant"

    def _errors(self, names: Iterable[str] | None = None) -> dict[str, OutputError]:
        """Estimated and measured error by name."""
        assert self.layout is not None
        estimate = self.grid.estimate
        measured = np.full(len(estimate), math.nan) if self.truth is None else self.measured()
        found: dict[str, OutputError] = {}
        for name, _ in self.layout.names:
            columns = self.layout.columns([name])
            absolute = self.tolerance.absolute(name)
            unit = self.tolerance.relative if absolute is None else absolute
            found[name] = OutputError(
                float(estimate[columns].max()) * unit,
                float(measured[columns].max()) * unit,
                unit,
                absolute is None,
            )
        return found

    def surface(self, failed: str) -> Surface:
        """What has come of it."""
        if failed or self.layout is None:
            return Surface(self.box, False, failed, self.solves, len(self.held_out))
        errors = self._errors()
        given = {k: e for k, e in errors.items() if max(e.estimated, e.measured) <= e.tolerance}
        return Surface(
            self.box,
            True,
            "estimated and measured errors are within the tolerance",
            self.solves,
            len(self.held_out),
            given,
            {k: e for k, e in errors.items() if k not in given},
            self.grid,
            self.layout,
            self.words,
        )


def _answers(layout: Layout, rows: Array, names: Sequence[str]) -> dict[str, Any]:
    """Numbers by name; with the blocks' hottest temperatures the hottest of all."""
    found = layout.answers(rows, names)
    if "block_temperature_max_degC" in found:
        found["junction_temperature_max_degC"] = found["block_temperature_max_degC"].max(axis=1)
    return found
