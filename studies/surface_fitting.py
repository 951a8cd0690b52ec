"""One smooth region of a response surface: refined and checked until it is within the tolerance."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from .sparse_grid import SparseGrid
from .surface_inputs import Box
from .surface_outputs import AT_THE_HOTTEST, DERIVED, Layout, Tolerance, words_of
from .surface_solves import Solved, Values

Array = NDArray[np.float64]
Solve = Callable[[Sequence[Values]], list[Solved]]
Progress = Callable[[int, float], None]
"""Called now and then with the number of solutions and the estimated error in tolerances."""

MARGIN = 0.5
"""What is measured too large is brought down to this share of the tolerance."""
TRIES = 200
"""Of random points until one is in the region, for each that is wanted."""


class Region(Protocol):
    """Part of a box, and its map to [-1, 1] along each input."""

    def inner(self, points: Array) -> Array:
        """Places of points, shape (n, inputs) both."""

    def outer(self, places: Array) -> Array:
        """Points at places."""

    def contains(self, points: Array) -> NDArray[np.bool_]:
        """Which points are inside, shape (n,)."""


class OutputError(NamedTuple):
    """How far off a number is, at most over its blocks, and how far it may be.

    In its unit, or relative where its tolerance is.
    """

    estimated: float
    measured: float
    tolerance: float
    is_relative: bool

    @property
    def in_tolerances(self) -> float:
        """The larger of the two errors over the tolerance."""
        return float(np.nanmax([self.estimated, self.measured])) / self.tolerance


class GaveUp(Exception):
    """Why there is no surface."""


class Solutions:
    """Direct solutions of a box's points as rows of numbers, counted.

    Parameters
    ----------
    box : Box
    direct : callable
        From values by path to answers.
    tolerance : Tolerance
    needed : iterable of str or None
        Names without which the surface is of no use; all but those at the hottest point if None.
    most : int
        Solutions beyond which it gives up.
    """

    def __init__(
        self,
        box: Box,
        direct: Solve,
        tolerance: Tolerance,
        needed: Iterable[str] | None,
        most: int,
    ) -> None:
        self.box, self.direct, self.tolerance, self.most = box, direct, tolerance, most
        self.needed_names = None if needed is None else set(needed)
        self.layout: Layout | None = None
        self.words: dict[str, Any] = {}
        self.needed: list[int] = []
        self.count = 0
        self.logs: NDArray[np.bool_] | None = None
        self._known: dict[tuple[tuple[str, Any], ...], Array] = {}

    def rows(self, points: Array) -> Array:
        """Numbers of the answers at points, shape (n, outputs).

        Raises
        ------
        GaveUp
            When a point has no solution or another kind of answer, or there were too many.
        """
        settings = [self.box.settings(point) for point in points]
        keys = [tuple(values.items()) for values in settings]
        new = {key: None for key in keys if key not in self._known}
        if self.count + len(new) > self.most:
            raise GaveUp(f"not within the tolerance by {self.count} solutions")
        found = self.direct([dict(key) for key in new])
        self.count += len(new)
        self._known |= {key: self._row(answer) for key, answer in zip(new, found, strict=True)}
        rows = np.array([self._known[key] for key in keys])
        if self.logs is None:
            self.logs = self._in_logs(rows)
        if not np.all(rows[:, self.logs] > 0):
            raise GaveUp("a number that was above 0 is not everywhere")
        return rows

    def _in_logs(self, rows: Array) -> NDArray[np.bool_]:
        """Columns that are interpolated as logarithms: above 0, and held relative to themselves.

        Powers of the flow, such as the pump's power, are then straight lines over its logarithm.
        """
        assert self.layout is not None
        found = np.all(rows > 0, axis=0)
        for (name, _), columns in zip(self.layout.names, self.layout.slices, strict=True):
            found[columns] &= self.tolerance.absolute(name) is None
        return found

    def _row(self, answer: Solved) -> Array:
        if isinstance(answer, str):
            raise GaveUp(f"part of the box has no solution: {answer}")
        if self.layout is None:
            self.layout, self.words = Layout.of(answer), words_of(answer)
            self.needed = self._needed_columns(self.layout, answer)
        different = [k for k, v in words_of(answer).items() if self.words.get(k) != v]
        if different:
            raise GaveUp(f"'{different[0]}' is not the same all over the box")
        try:
            row = self.layout.row(answer)
        except ValueError as error:
            raise GaveUp(str(error)) from None
        if not np.isfinite(row).all():
            raise GaveUp("a number is not finite")
        return row

    def _needed_columns(self, layout: Layout, answer: Mapping[str, Any]) -> list[int]:
        given = {name for name, _ in layout.names}
        if self.needed_names is None:
            return layout.columns(given - set(AT_THE_HOTTEST))
        unknown = sorted(self.needed_names - given - set(answer))
        if unknown:
            raise ValueError(f"needed: found '{unknown[0]}', which the case's answer has not")
        hottest = {"block_temperature_max_degC"} if self.needed_names & set(DERIVED) else set()
        return layout.columns(self.needed_names | hottest)


def encoded(rows: Array, logs: NDArray[np.bool_]) -> Array:
    """Numbers as they are interpolated."""
    found = rows.copy()
    found[:, logs] = np.log(rows[:, logs])
    return found


def decoded(values: Array, logs: NDArray[np.bool_]) -> Array:
    """The numbers again."""
    found = values.copy()
    found[:, logs] = np.exp(values[:, logs])
    return found


class Fitting:
    """The interpolant over a region, refined as asked."""

    def __init__(self, region: Region, solutions: Solutions) -> None:
        self.region, self.solutions = region, solutions
        self.grid = SparseGrid(len(solutions.box.inputs))
        self.held_out: Array = np.zeros((0, len(solutions.box.inputs)))
        self.truth: Array | None = None

    def run(self, checks: int, rng: np.random.Generator, progress: Progress | None) -> None:
        """Refine and check until both errors of what is needed are within the tolerance.

        Every check has points that were not seen before.
        """
        goal = 1.0
        while True:
            self.refine(goal, progress)
            points = self.random(checks, rng)
            rows = self.solutions.rows(points)
            self.held_out = np.concatenate([self.held_out, points])
            self.truth = rows if self.truth is None else np.concatenate([self.truth, rows])
            measured = float(self.measured()[self.solutions.needed].max())
            if measured <= 1:
                return
            goal = MARGIN / measured * min(goal, self.estimate())

    def estimate(self, columns: list[int] | None = None) -> float:
        """Largest estimated error of what is needed, in tolerances."""
        columns = self.solutions.needed if columns is None else columns
        return float(self.grid.estimate[columns].max())

    def refine(
        self, goal: float, progress: Progress | None = None, names: Iterable[str] | None = None
    ) -> None:
        """Add nodes until the estimated error of some numbers is at most ``goal`` tolerances."""
        columns: list[int] | None = None
        while columns is None or self.estimate(columns) > goal:
            places = self.grid.ask(columns)
            if not len(places):
                raise GaveUp("no finer nodes are left")
            self._tell(self.region.outer(places))
            layout = self.solutions.layout
            assert layout is not None
            columns = self.solutions.needed if names is None else layout.columns(names)
            if progress is not None:
                progress(self.solutions.count, self.estimate(columns))

    def _tell(self, points: Array) -> None:
        try:
            rows = self.solutions.rows(points)
        except GaveUp as why:
            raise GaveUp(f"{why}{self._worst()}") from None
        allowed, logs = self._allowed(rows), self.solutions.logs
        assert logs is not None
        allowed[:, logs] /= rows[:, logs]
        self.grid.tell(encoded(rows, logs), allowed)

    def _allowed(self, rows: Array) -> Array:
        """How far off each number of some rows may be."""
        assert self.solutions.layout is not None
        return self.solutions.layout.tolerances(rows, self.solutions.tolerance)

    def random(self, count: int, rng: np.random.Generator) -> Array:
        """Points of the box that are in the region, as many as asked for or as can be found."""
        found = self.solutions.box.random(count * TRIES, rng)
        return found[self.region.contains(found)][:count]

    def values(self, points: Array) -> Array:
        """Interpolated numbers at points, shape (n, outputs)."""
        assert self.solutions.logs is not None
        return decoded(self.grid(self.region.inner(points)), self.solutions.logs)

    def measured(self) -> Array:
        """Largest error of each column at the points that are held out, in tolerances."""
        if self.truth is None:
            return np.full(self.grid.surplus.shape[1], math.nan)
        if not len(self.truth):
            return np.zeros(self.grid.surplus.shape[1])
        off = np.abs(self.values(self.held_out) - self.truth)
        return np.asarray((off / self._allowed(self.truth)).max(axis=0))

    def errors(self) -> dict[str, OutputError]:
        """Estimated and measured error by name."""
        layout, tolerance = self.solutions.layout, self.solutions.tolerance
        assert layout is not None
        estimate, measured = self.grid.estimate, self.measured()
        found: dict[str, OutputError] = {}
        for name, _ in layout.names:
            columns, absolute = layout.columns([name]), tolerance.absolute(name)
            unit = tolerance.relative if absolute is None else absolute
            found[name] = OutputError(
                float(estimate[columns].max()) * unit,
                float(measured[columns].max()) * unit,
                unit,
                absolute is None,
            )
        return found

    def _worst(self) -> str:
        """Which number is furthest from its tolerance."""
        layout = self.solutions.layout
        if layout is None or not len(self.grid.nodes):
            return ""
        needed = set(self.solutions.needed)
        errors = {k: e for k, e in self.errors().items() if needed & set(layout.columns([k]))}
        worst = max(errors, key=lambda name: errors[name].in_tolerances)
        off = errors[worst]
        return f": {worst} is off by up to {off.in_tolerances:.2g} of its {off.tolerance:g}"
