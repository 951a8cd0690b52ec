"""Where the channels' flow turns turbulent: the borders that divide a response surface's box.

Film and pressure drop have kinks where the Reynolds number passes 2300 and 4000. Along the
channels the coolant warms, so that it does so at the outlet first and at the inlet last, with the
mean of the path, which makes the pressure drop, in between. The flow at which each of the three
passes is found as a function of the other inputs; between two such borders every answer is smooth
but for what single stations of the channels add, a hundredth of the whole each.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from thermal.ducts import LAMINAR_LIMIT, TURBULENT_LIMIT

from .sparse_grid import SparseGrid
from .surface_fitting import Fitting, Progress, Region, Solutions
from .surface_inputs import Box

Array = NDArray[np.float64]

FLOW = "coolant.flow"
REYNOLDS = ("channel_reynolds_most", "channel_reynolds", "channel_reynolds_least")
"""Of the coolant at the warmest station, on the mean of a path, and at the coldest station."""
AS_GOOD_AS = 3e-3
"""Relative error of the Reynolds numbers by which the borders are found."""
WIDER = 1.1
"""Factor on flows between which the borders are looked for."""
STEPS = 8
"""From a flow to that of a given Reynolds number."""
MARGIN = 0.02
"""Share by which a region reaches further than its border asks for at the ranges' ends."""
APART = 1.3
"""Ratio of a border to the end of the flow's range by which they must differ everywhere for the
region between them to end at both."""


@dataclass(frozen=True)
class Border:
    """The flow at which a Reynolds number is passed, by the other inputs.

    Attributes
    ----------
    wide : Box
        In which it is looked for.
    numbers : SparseGrid
        Logarithms of the Reynolds numbers less that of the flow.
    column : int
        Which of them.
    critical : float
        What is passed.
    axis : int
        Of the flow among the inputs.
    """

    wide: Box
    numbers: SparseGrid
    column: int
    critical: float
    axis: int

    def log_flow(self, points: Array) -> Array:
        """Logarithm of the flow there; the points' own flow does not count."""
        rows, flow = points.copy(), self.wide.inputs[self.axis]
        ends = np.log([flow.low, flow.high])
        found: Array = np.full(len(points), ends.mean())
        for _ in range(STEPS):
            rows[:, self.axis] = np.exp(found)
            per_flow = self.numbers(self.wide.inner(rows), np.array([self.column]))[:, 0]
            found = np.clip(np.log(self.critical) - per_flow, *ends)
        return found


@dataclass(frozen=True)
class Between:
    """The part of a box between two borders, or a border and an end of the flow's range.

    An end is a number: a flow's logarithm where the border stays clear of it, else, with
    ``from_border``, how far from the border the part reaches.
    """

    box: Box
    axis: int
    lower: Border | float
    upper: Border | float
    from_border: bool = False

    def _ends(self, points: Array) -> tuple[Array, Array]:
        """Logarithms of the flows between which each point's part is."""
        low, high = (
            end.log_flow(points) if isinstance(end, Border) else np.full(len(points), end)
            for end in (self.lower, self.upper)
        )
        if self.from_border and not isinstance(self.lower, Border):
            low = high - self.lower
        if self.from_border and not isinstance(self.upper, Border):
            high = low + self.upper
        return low, high

    def inner(self, points: Array) -> Array:
        """Places of points on [-1, 1]; along the flow's axis between the ends."""
        low, high = self._ends(points)
        places = self.box.inner(points)
        places[:, self.axis] = 2 * (np.log(points[:, self.axis]) - low) / (high - low) - 1
        return places

    def outer(self, places: Array) -> Array:
        """Points at places."""
        points = self.box.outer(places)
        low, high = self._ends(points)
        points[:, self.axis] = np.exp(low + (high - low) * (places[:, self.axis] + 1) / 2)
        return points

    def contains(self, points: Array) -> NDArray[np.bool_]:
        """Which points of the box are between the ends."""
        return np.abs(self.inner(points)[:, self.axis]) <= 1 + 1e-6


def regions_of(solutions: Solutions, progress: Progress | None) -> list[Region]:
    """The smooth regions of a box; the box itself where no Reynolds number is passed."""
    box = solutions.box
    if FLOW not in (paths := [one.path for one in box.inputs]):
        return [box]
    axis = paths.index(FLOW)
    probe = Fitting(box, solutions)
    probe.refine(np.inf)
    assert solutions.layout is not None
    if not set(REYNOLDS) <= {name for name, _ in solutions.layout.names}:
        return [box]
    corners = _corners(box)
    found = probe.values(corners)[:, _columns(solutions)]
    low, high = found.min() / WIDER, found.max() * WIDER
    passed = [c for c in (LAMINAR_LIMIT, TURBULENT_LIMIT) if 0 < low < c < high]
    if not passed:
        return [box]
    # as far out as the flow must be that passes anywhere
    ratio = np.array([corners[:, axis, None] * c / found for c in passed])
    flow = box.inputs[axis]
    wide = _with_flow(
        box,
        axis,
        min(flow.low, float(ratio.min())) / WIDER,
        max(flow.high, float(ratio.max())) * WIDER,
    )
    numbers = _reynolds_per_flow(wide, axis, solutions, progress)
    borders = [Border(wide, numbers, k, c, axis) for c in passed for k in range(len(REYNOLDS))]
    return _between(box, axis, [b for b in borders if _divides(b, corners, flow.low, flow.high)])


def _reynolds_per_flow(
    wide: Box, axis: int, solutions: Solutions, progress: Progress | None
) -> SparseGrid:
    """Logarithms of the Reynolds numbers less that of the flow, over a box."""
    found = SparseGrid(len(wide.inputs))
    while not len(found.nodes) or found.estimate.max() > 1:
        points = wide.outer(found.ask())
        rows = solutions.rows(points)
        per_flow = rows[:, _columns(solutions)] / points[:, axis, None]
        found.tell(np.log(per_flow), AS_GOOD_AS)
        if progress is not None:
            progress(solutions.count, float(found.estimate.max()))
    return found


def _columns(solutions: Solutions) -> list[int]:
    """Of the Reynolds numbers, in the order in which they pass as the flow grows."""
    assert solutions.layout is not None
    return [solutions.layout.columns([name])[0] for name in REYNOLDS]


def _with_flow(box: Box, axis: int, low: float, high: float) -> Box:
    inputs = list(box.inputs)
    inputs[axis] = replace(inputs[axis], low=low, high=high, coordinate="log")
    return Box(tuple(inputs))


def _corners(box: Box) -> Array:
    """Ends and middles of all ranges, each with each."""
    ends = np.meshgrid(*([[-1.0, 0.0, 1.0]] * len(box.inputs)), indexing="ij")
    return box.outer(np.stack([e.ravel() for e in ends], axis=1))


def _divides(border: Border, points: Array, low: float, high: float) -> bool:
    flows = np.exp(border.log_flow(points))
    return bool(flows.min() < high and flows.max() > low)


def _between(box: Box, axis: int, borders: list[Border]) -> list[Region]:
    """The regions from the low flows to the high ones."""
    if not borders:
        return [box]
    points, flow = _corners(box), box.inputs[axis]
    first, last = borders[0].log_flow(points), borders[-1].log_flow(points)
    low, high, apart = np.log(flow.low), np.log(flow.high), np.log(APART)
    found: list[Region] = []
    if first.min() - low > apart:
        found.append(Between(box, axis, float(low), borders[0]))
    else:
        found.append(Between(box, axis, float(first.max() - low) * (1 + MARGIN), borders[0], True))
    for one, other in pairwise(borders):
        found.append(Between(box, axis, one, other))
    if high - last.max() > apart:
        found.append(Between(box, axis, borders[-1], float(high)))
    else:
        found.append(Between(box, axis, borders[-1], float(high - last.min()) * (1 + MARGIN), True))
    return found
