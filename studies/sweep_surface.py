"""Points of a sweep answered by a response surface, where one pays and is near enough.

The surface is made anew whenever it is needed, always from the same direct solutions: so a sweep
that was broken off comes to the same numbers.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from .case_file import LoadedCase
from .design_points import Axis, Design
from .response_surface import Surface, fit
from .surface_inputs import Input
from .surface_plan import plan
from .sweep_identity import given_at

Say = Callable[[str], None]
HOTTEST = "block_temperature_max_degC"


def surface_for(
    base: LoadedCase, design: Design, workers: int, scheduler: str | None, say: Say
) -> Surface | None:
    """A surface over the ranges of a design; None, said why, where there is none to be had."""
    other = [axis.path for axis in design.axes if not _is_continuous(axis, base)]
    if other:
        say(f"no surface: {', '.join(other)} is no continuous number of some range")
        return None
    decided = plan(len(design.axes), len(design.points))
    if decided.method == "direct":
        say(f"no surface: {decided.reason}")
        return None
    inputs = [_input(axis) for axis in design.axes]
    surface = fit(
        base,
        inputs,
        most_solves=decided.most_solves,
        workers=workers,
        scheduler=scheduler,
        progress=lambda solves, off: say(
            f"surface: {solves} solutions, {off:.2g} of its tolerance"
        ),
    )
    if not surface.usable:
        say(f"no surface: {surface.reason}")
        return None
    return surface


def _input(axis: Axis) -> Input:
    values = [float(value) for value in axis.values]
    return Input(axis.path, min(values), max(values), axis.unit or "")


def _is_continuous(axis: Axis, base: LoadedCase) -> bool:
    """Whether an axis is a range of a number that is no count."""
    numbers = [value for value in axis.values if not isinstance(value, str)]
    if axis.unit is None or len(set(numbers)) < 2 or len(numbers) < len(axis.values):
        return False
    return bool(axis.unit) or not isinstance(given_at(base.raw, axis.path), int)


def surface_records(surface: Surface, design: Design, points: Sequence[int]) -> Iterator[str]:
    """Records, as the journal has them, of those points that the surface answers.

    All of the design are asked for at once, whichever are wanted: the last digits of a product of
    matrices hang on its size.
    """
    rows = np.array(design.points, dtype=float)
    inside = np.flatnonzero(surface.contains(rows))
    if not len(inside):
        return
    found = surface(rows[inside])
    error = surface.error[HOTTEST]
    how = {
        "answered_by": "surface",
        "surface_solutions": surface.solves,
        "surface_error_estimated_K": error.estimated,
        "surface_error_measured_K": error.measured,
    }
    wanted = set(points)
    for i, point in enumerate(inside.tolist()):
        if point not in wanted:
            continue
        answer = {name: _of_point(value, i) for name, value in found.items()} | how
        record = {"point": point, "reason": "", "seconds": 0.0, "found": answer}
        yield json.dumps(record)


def _of_point(value: Any, point: int) -> Any:
    """One point's part of a result of all; what is the same at all points as it is."""
    if isinstance(value, dict):
        return {name: _of_point(part, point) for name, part in value.items()}
    return value[point].tolist() if isinstance(value, np.ndarray) else value
