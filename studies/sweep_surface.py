"""Points of a sweep answered by a response surface, where one pays and is near enough."""

from __future__ import annotations

import numpy as np

from .case_file import LoadedCase
from .design_points import Axis, Design
from .response_surface import Surface, fit
from .surface_inputs import Input
from .surface_plan import Plan, plan
from .sweep_identity import given_at
from .sweep_records import HOTTEST, Answered, Say


def surface_for(
    base: LoadedCase, design: Design, workers: int, scheduler: str | None, say: Say
) -> Surface | None:
    """A surface over the ranges of a design; None, said why, where there is none to be had."""
    decided = surface_plan(base, design)
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


def surface_plan(base: LoadedCase, design: Design) -> Plan:
    """Whether to try a surface over a design's ranges, and what it is expected to take."""
    other = [axis.path for axis in design.axes if not _is_continuous(axis, base)]
    points = len(design.points)
    if other:
        reason = f"{', '.join(other)} is no continuous number of some range"
        return Plan("direct", reason, points, points)
    return plan(len(design.axes), points)


def _input(axis: Axis) -> Input:
    values = [float(value) for value in axis.values]
    return Input(axis.path, min(values), max(values), axis.unit or "")


def _is_continuous(axis: Axis, base: LoadedCase) -> bool:
    """Whether an axis is a range of a number that is no count."""
    numbers = [value for value in axis.values if not isinstance(value, str)]
    if axis.unit is None or len(set(numbers)) < 2 or len(numbers) < len(axis.values):
        return False
    return bool(axis.unit) or not isinstance(given_at(base.raw, axis.path), int)


def surface_answers(surface: Surface, design: Design) -> Answered | None:
    """Of the points that the surface answers; None where it answers none.

    All of the design are asked for at once, whichever are wanted: the last digits of a product of
    matrices hang on its size.
    """
    rows = np.array(design.points, dtype=float)
    inside = np.flatnonzero(surface.contains(rows))
    if not len(inside):
        return None
    error = surface.error[HOTTEST]
    return Answered(inside.tolist(), surface(rows[inside]), "surface", surface.solves, error)
