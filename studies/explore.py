"""A case kept at hand and solved again as sliders move: soon on a coarser grid, then on its own."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .answer import Answer, solve
from .case_file import LoadedCase
from .coupled import Coupled
from .explore_sliders import read_positions, sliders_of

SOON = 0.25
"""Within which a page is to have its answer [s]."""
OF_IT_SOLVING = 0.5
"""Share of it for the solution of the case as it is; others may take more rounds, and the rest is
for the page."""
COARSENING = (2, 3, 4, 6)
"""Cells along x and y that become one, tried in this order."""
FEWEST_CELLS = 8
"""Along x and y."""


class Superseded(Exception):
    """A solution that was given up because something newer is asked for."""


@dataclass(frozen=True)
class Grid:
    """One of the two grids of an explorer.

    Attributes
    ----------
    loaded : LoadedCase
        The case on it.
    base : Answer
        With all sliders where the case has them.
    seconds : float
        Of the processor that solving takes.
    """

    loaded: LoadedCase
    base: Answer
    seconds: float

    @property
    def name(self) -> str:
        """Cells in the plane."""
        grid = self.loaded.case.grid
        return f"{grid.along_x} × {grid.along_y}"


class Explorer:
    """A case, its sliders and its grids; solves one position at a time.

    Parameters
    ----------
    loaded : LoadedCase
    progress : callable, optional
        Told in words what is done.

    Attributes
    ----------
    sliders : list of Slider
    whole, quick : Grid
        The case's own grid, and one that is solved soon; the same where its own is.

    Raises
    ------
    CaseError, NoSolution
        When the case as it is has no answer.
    """

    def __init__(
        self, loaded: LoadedCase, progress: Callable[[str], None] = lambda _: None
    ) -> None:
        self.sliders = sliders_of(loaded)
        progress("solving the case as it is")
        self.whole = _timed(loaded)
        self.quick = _quick(self.whole, progress)
        self._last: dict[str, Coupled] = {}
        self._solving = threading.Lock()
        self._counting = threading.Lock()
        self._latest = 0

    def solve(self, positions: Any, whole: bool) -> Answer:
        """The answer with sliders moved, begun from the one before on the same grid.

        So its last digits hang on what was asked before; a fresh solution differs by less than
        1e-6 K.

        Parameters
        ----------
        positions : dict of path to number
            As a page sends it; checked here.
        whole : bool
            On the case's own grid; given up when anything newer is asked for.

        Raises
        ------
        CaseError
            When the positions or the case with them cannot be.
        NoSolution
            When the physics has no steady state there.
        Superseded
        """
        values = read_positions(self.sliders, positions)
        with self._counting:
            self._latest += 1
            mine = self._latest

        def go_on(count: int, residual: float) -> None:
            if whole and self._latest != mine:
                raise Superseded

        with self._solving:
            go_on(0, 1.0)
            grid = self.whole if whole else self.quick
            case, near = grid.loaded.with_values(values), self._last.get(grid.name)
            answer = solve(case, go_on, start=near or grid.base.coupled)
            self._last[grid.name] = answer.coupled
            return answer

    def difference(self) -> dict[str, float]:
        """Quick less whole grid for the case as it is: hottest point [K], worst drop [mV]."""
        (quick, quick_drop), (whole, whole_drop) = map(_worst, (self.quick.base, self.whole.base))
        found = {"hottest_K": quick - whole}
        if whole_drop is not None and quick_drop is not None:
            found["drop_mV"] = 1e3 * (quick_drop - whole_drop)
        return found


def _worst(answer: Answer) -> tuple[float, float | None]:
    drop = answer.block_drop
    return float(answer.block_temperature_max.max()), None if drop is None else float(drop.max())


def _quick(whole: Grid, progress: Callable[[str], None]) -> Grid:
    """The finest grid that is solved soon enough; the coarsest tried where none is."""
    found, grid = whole, whole.loaded.case.grid
    for by in COARSENING:
        along_x, along_y = grid.along_x // by, grid.along_y // by
        if found.seconds <= OF_IT_SOLVING * SOON or min(along_x, along_y) < FEWEST_CELLS:
            break
        progress(f"trying {along_x} x {along_y} cells")
        found = _timed(whole.loaded.with_values({"grid.along_x": along_x, "grid.along_y": along_y}))
    return found


def _timed(loaded: LoadedCase) -> Grid:
    """Solved twice, since the first time also reads tables and sets up.

    Timed by the processor: another program that runs just now is no reason for a coarser grid.
    """
    seconds = []
    for _ in range(2):
        started = time.thread_time()
        answer = solve(loaded)
        seconds.append(time.thread_time() - started)
    return Grid(loaded, answer, min(seconds))
