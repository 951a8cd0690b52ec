"""Points of a sweep answered from few solutions, where that pays and is near enough.

By an influence matrix where nothing but heat varies, by a response surface over up to six ranges;
the one that is expected to take fewer solutions first. Either is made anew whenever it is needed,
always from the same direct solutions: so a sweep that was broken off comes to the same numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from .case_file import LoadedCase
from .design_points import Design
from .heat_design import heat_design, is_heat_only
from .heat_fitting import expected_solves, fit_heat
from .heat_response import cell_model
from .surface_fitting import GaveUp
from .surface_plan import WORTH_IT
from .surface_solves import solve_directly
from .sweep_records import HOTTEST, Answered, Say
from .sweep_surface import surface_answers, surface_for, surface_plan


@dataclass(frozen=True)
class Solver:
    """Who solves: processes of this machine, or the workers of a Dask scheduler."""

    workers: int
    scheduler: str | None


def reduced_answers(base: LoadedCase, design: Design, solver: Solver, say: Say) -> Answered | None:
    """Answers within the tolerance; None, said why, where points are to be solved each."""
    ways = [_by_surface]
    if is_heat_only(design):
        decided = surface_plan(base, design)
        matrix_is_first = (
            decided.method == "direct" or expected_solves(len(design.axes)) < decided.solves
        )
        ways.insert(0 if matrix_is_first else 1, _by_influence)
    for way in ways:
        found = way(base, design, solver, say)
        if found is not None:
            return found
    return None


def _by_surface(base: LoadedCase, design: Design, solver: Solver, say: Say) -> Answered | None:
    surface = surface_for(base, design, solver.workers, solver.scheduler, say)
    return None if surface is None else surface_answers(surface, design)


def _by_influence(base: LoadedCase, design: Design, solver: Solver, say: Say) -> Answered | None:
    try:
        heat = heat_design(base, design)
        expected = expected_solves(len(heat.directions()))
        if len(design.points) <= WORTH_IT * expected:
            raise GaveUp(
                f"{len(design.points)} points are no more than twice the {expected} solutions that "
                "it is expected to take"
            )
        solve = partial(
            solve_directly, workers=solver.workers, scheduler=solver.scheduler, model=cell_model
        )
        found = fit_heat(heat, solve, say=say)
    except GaveUp as why:
        say(f"no influence matrix: {why}")
        return None
    if found.left_out:
        say(f"influence matrix: not within the tolerance and left out: {', '.join(found.left_out)}")
    points = range(len(design.points))
    error = found.error[HOTTEST]
    return Answered(points, found(heat.watts), "influence matrix", found.solves, error)
