"""The response of a case to the powers of a design, fitted and checked by direct solutions.

One solution at the mean map, one for each direction in which the maps differ, a few to find what
bends the answers, and others, none of which went into it, to measure the error: the points furthest
out and random ones.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .build import build
from .case_file import LoadedCase
from .heat_bends import Bend
from .heat_design import HeatDesign
from .heat_response import CELLS, HOTTEST, HeatResponse
from .influence import own_cells
from .surface_fitting import GaveUp, OutputError
from .surface_outputs import Layout, Tolerance, words_of
from .surface_solves import Solved, Values

Array = NDArray[np.float64]
SolveFrom = Callable[[LoadedCase, Sequence[Values]], list[Solved]]
"""Answers of ``cell_model`` at values of a case, begun from its own solution."""

MEAN = "block_temperature_mean_degC"
NEEDED = (HOTTEST, MEAN, "junction_temperature_mean_degC", "block_voltage_V", "block_drop_mV")
"""Numbers without which the matrix is of no use."""
STEP = 0.02
"""Of a response, in standard deviations of the design."""
BENT = 8
"""Points at which what bends the numbers is fitted."""
RANDOM = 12
"""Points at which errors are measured, beside the furthest."""
FURTHEST = 4
"""Most points that are the furthest in some way."""
FAR = 0.25
"""Of the largest distance squared, from which on a check tells of points further out."""


def expected_solves(rank: int) -> int:
    """Solutions that a design of so many directions takes, at most.

    Examples
    --------
    >>> expected_solves(84)
    109
    """
    return 1 + rank + BENT + RANDOM + FURTHEST


def fit_heat(
    design: HeatDesign,
    solve: SolveFrom,
    tolerance: Tolerance | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> HeatResponse:
    """The response over a design's points, within the tolerance as far as it can be measured.

    Parameters
    ----------
    design : HeatDesign
    solve : callable
        Direct solutions of ``cell_model``.
    tolerance : Tolerance, optional
        0.05 K, 0.1 mV and a thousandth of the rest if left out.
    say : callable, optional

    Raises
    ------
    GaveUp
        When a point has no solution or another kind of answer, or the error passes the tolerance
        in temperatures or voltages.
    """
    tolerance = tolerance or Tolerance()
    found, start = _linear(design, solve)
    say(f"influence matrix: {found.solves} solutions for {len(found.directions)} directions")
    bent, checked = _chosen(found)
    watts = design.watts[np.concatenate([bent, checked])]
    truth = _rows(solve(start, [design.values(row) for row in watts]), found.layout, found.words)
    off = truth - found.rest - found.linear(watts)
    bends = [
        Bend.fit(
            off[:BENT, columns],
            found.linear(watts[:BENT])[:, columns],
            found.own_watts(watts[:BENT], columns),
            found.square(watts[:BENT]),
        )
        for columns in found.layout.slices
    ]
    found = replace(
        found, bends=tuple(bends), solves=found.solves + len(watts), checks=len(checked)
    )
    return _checked(found, watts[BENT:], truth[BENT:], tolerance)


def _linear(design: HeatDesign, solve: SolveFrom) -> tuple[HeatResponse, LoadedCase]:
    """The linear part, and the case at its centre."""
    centre, directions = design.centre, design.directions()
    steps = np.array([_step(design, direction) for direction in directions])
    start = design.case.with_values(design.values(centre))
    asked = [centre, *(centre + step * d for step, d in zip(steps, directions, strict=True))]
    answers = solve(start, [design.values(watts) for watts in asked])
    if isinstance(answers[0], str):
        raise GaveUp(f"the mean of all powers has no solution: {answers[0]}")
    layout, words = Layout.of(answers[0]), words_of(answers[0])
    rows = _rows(answers, layout, words)
    machine = build(start)
    cells = own_cells(machine, len(machine.heated_planes))
    found = HeatResponse(
        design=design,
        layout=layout,
        first_cell=np.concatenate([[0], np.cumsum([len(own) for own in cells])[:-1]]),
        directions=directions,
        rest=rows[0],
        slope=(rows[1:] - rows[0]) / steps[:, None],
        mean_square=float(((design.watts - centre) ** 2).sum(axis=1).mean()),
        words=words,
        solves=len(asked),
    )
    return found, start


def _step(design: HeatDesign, direction: Array) -> float:
    """How far to go along a direction [W]; no power is taken below half of its mean."""
    centre = design.centre
    down = direction < 0
    room = np.min(centre[down] / -direction[down], initial=np.inf) / 2
    return float(min(STEP * np.std((design.watts - centre) @ direction), room))


def _rows(answers: Sequence[Solved], layout: Layout, words: dict[str, Any]) -> Array:
    rows = []
    for answer in answers:
        if isinstance(answer, str):
            raise GaveUp(f"a point has no solution: {answer}")
        said = words_of(answer)
        different = [key for key in said if words.get(key) != said[key]]
        if different:
            raise GaveUp(f"'{different[0]}' is not the same at all points")
        try:
            rows.append(layout.row(answer))
        except ValueError as error:
            raise GaveUp(str(error)) from None
    return np.array(rows)


def _chosen(found: HeatResponse) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Points at which to fit what bends, and at which to measure: the furthest, then random."""
    watts = found.design.watts
    away = watts - found.design.centre
    means = found.slope[:, found.layout.columns([MEAN])]
    warmer = away @ found.directions.T @ means
    furthest = (
        found.square(watts),
        np.abs(away.sum(axis=1)),
        np.abs(warmer).max(axis=1),
        (warmer + found.rest[found.layout.columns([MEAN])]).max(axis=1),
    )
    far = np.unique([int(np.argmax(how)) for how in furthest])
    order = np.random.default_rng(0).permutation(len(watts))
    others = order[~np.isin(order, far)]
    return others[:BENT], np.concatenate([far, others[BENT : BENT + RANDOM]])


def _checked(found: HeatResponse, watts: Array, truth: Array, tolerance: Tolerance) -> HeatResponse:
    """With its errors: as measured, and as they would be at the furthest point."""
    off = np.abs(found.rows(watts) - truth) / found.layout.tolerances(truth, tolerance)
    square = found.square(watts)
    most = found.square(found.design.watts).max()
    far = square >= FAR * most
    estimated = (off[far] * (most / square[far])[:, None]).max(axis=0)
    errors: dict[str, OutputError] = {}
    for name in dict.fromkeys(name for name, _ in found.layout.names if name != CELLS):
        columns, absolute = found.layout.columns([name]), tolerance.absolute(name)
        unit = tolerance.relative if absolute is None else absolute
        errors[name] = OutputError(
            float(estimated[columns].max()) * unit,
            float(off[:, columns].max()) * unit,
            unit,
            absolute is None,
        )
    given = {name: error for name, error in errors.items() if error.in_tolerances <= 1}
    wide = [name for name in NEEDED if name in errors and name not in given]
    if wide:
        worst = max(wide, key=lambda name: errors[name].in_tolerances)
        raise GaveUp(
            f"{worst} is off by up to {errors[worst].in_tolerances:.2g} of its "
            f"{errors[worst].tolerance:g}: the powers are too far apart"
        )
    return replace(found, error=given, left_out={n: e for n, e in errors.items() if n not in given})
