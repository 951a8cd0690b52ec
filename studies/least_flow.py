"""The least flow that holds the junction limit, over coolant inlets, and the room above it.

At each inlet the least flow is where the hottest point meets its limit, and the most flow where the
first ceiling (velocity, pressure) is met. Between the two, and above the dew point, the machine may
run. The hottest point falls as the flow grows and is nearly straight in its inverse, in which the
root is sought.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from .answer import LITRES_PER_MINUTE
from .bracketing import reach
from .case_file import LoadedCase
from .flow_ceilings import Ceiling, ceilings
from .operating_points import (
    OperatingPoint,
    OperatingPoints,
    coarser,
    coldest_inlet,
    junction_limit,
)

FLOW_TOLERANCE = 0.005
"""Of the least flow, relative: at so much less the limit breaks."""
KELVIN_TOLERANCE = 0.05
"""By which the hottest point at the least flow may be below its limit [K]."""
SEARCHED = (1 / 200, 20.0)
"""Flows that are looked at, over the case's own."""


@dataclass(frozen=True)
class LeastFlow:
    """The least flow at an inlet.

    Attributes
    ----------
    point : OperatingPoint or None
        There; None when no flow that was looked at holds the limit.
    bound_by : str
        What breaks at less.
    """

    point: OperatingPoint | None
    bound_by: str


@dataclass(frozen=True)
class InletRow:
    """What an inlet temperature asks for.

    Attributes
    ----------
    inlet : float
        [K].
    least : LeastFlow
    most : float
        Highest flow looked at or allowed [m3/s].
    most_by : str
        The ceiling that allows no more; empty where none is met.
    reason : str
        Why the machine may not run at this inlet; empty where it may.
    """

    inlet: float
    least: LeastFlow
    most: float
    most_by: str
    reason: str


@dataclass(frozen=True)
class FlowStudy:
    """The region in which a machine may run.

    Attributes
    ----------
    loaded : LoadedCase
    limit : float
        Of the junction [K].
    coldest : float or None
        Inlet of the dew point with its margin [K].
    today : OperatingPoint
        At the case's own inlet and flow.
    rows : list of InletRow
    warmest : OperatingPoint or None
        The warmest inlet at which the most flow holds the limit; None where the coldest row fails.
    solves : int
        Solutions that it took.
    """

    loaded: LoadedCase
    limit: float
    coldest: float | None
    today: OperatingPoint
    rows: list[InletRow]
    warmest: OperatingPoint | None
    solves: int = 0
    ceilings: list[Ceiling] = field(default_factory=list)


def flow_study(
    loaded: LoadedCase, inlets: Sequence[float], say: Callable[[str], None] | None = None
) -> FlowStudy:
    """The least and the most flow at each inlet.

    Parameters
    ----------
    loaded : LoadedCase
        With a coolant and a junction limit.
    inlets : sequence of float
        Rising [K].
    say : callable, optional
        Called with what is being solved.

    Raises
    ------
    CaseError
        When the case has no coolant or no junction limit.
    """
    points, limit = OperatingPoints(loaded, say), junction_limit(loaded)
    coarse = OperatingPoints(coarser(loaded), say)
    held_down, coldest = ceilings(loaded.case), coldest_inlet(loaded)
    rows: list[InletRow] = []
    guess = points.coolant.flow
    for inlet in inlets:
        most, most_by = most_flow(coarse, inlet, held_down)
        least = least_flow(points, inlet, limit, guess)
        guess = guess if least.point is None else least.point.flow
        reason = _reason(least, most, most_by)
        if coldest is not None and inlet < coldest:
            reason = f"dew point + 2 K: from {coldest - 273.15:.1f} degC on"
        rows.append(InletRow(inlet, least, most, most_by, reason))
    today = points.at(points.coolant.inlet_temperature, points.coolant.flow)
    warmest = _warmest(points, coarse, inlets[0], limit, held_down)
    solves = len(points.known) + len(coarse.known)
    return FlowStudy(loaded, limit, coldest, today, rows, warmest, solves, held_down)


def least_flow(
    points: OperatingPoints,
    inlet: float,
    limit: float,
    guess: float,
    spared: str | None = None,
) -> LeastFlow:
    """The least flow at an inlet at which the hottest point is not above a limit.

    Parameters
    ----------
    points : OperatingPoints
    inlet, limit : float
        [K].
    guess : float
        Of the flow [m3/s].
    spared : str, optional
        A step of the temperature budget that is taken off the hottest point.
    """
    fewest, highest = (share * points.coolant.flow for share in SEARCHED)

    def excess(inverse: float) -> float:
        point = points.at(inlet, 1 / inverse)
        return point.hottest - point.budget.get(spared or "", 0.0) - limit

    def close(held: float, broken: float, below: float) -> bool:
        # where the machine cannot run at all there is no crossing: a tighter bracket must do
        width = broken / held - 1
        return width <= FLOW_TOLERANCE and (
            below >= -KELVIN_TOLERANCE or width <= 0.1 * FLOW_TOLERANCE
        )

    start = 1 / min(max(guess, fewest), highest)
    step = _step(points.at(inlet, 1 / start), excess(start), start)
    found = reach(excess, 1 / highest, 1 / fewest, start, step, close)
    if found.holds is None:
        return LeastFlow(None, points.at(inlet, highest).fault or "junction limit")
    if found.breaks is None:
        return LeastFlow(points.at(inlet, fewest), "nothing: it holds at the least flow looked at")
    why = points.at(inlet, 1 / found.breaks).fault or "junction limit"
    return LeastFlow(points.at(inlet, 1 / found.holds), why)


def _step(point: OperatingPoint, excess: float, inverse: float) -> float:
    """Expected change of the inverse flow to the crossing: the coolant's rise goes with it."""
    rise = 0.0 if point.need is None else point.need.outlet_temperature - point.inlet
    return -excess * inverse / rise if rise > 0 else 0.5 * inverse


def most_flow(
    points: OperatingPoints, inlet: float, held_down: Sequence[Ceiling]
) -> tuple[float, str]:
    """The most flow at an inlet that every ceiling allows [m3/s], and the one that binds."""
    highest = SEARCHED[1] * points.coolant.flow
    if not held_down:
        return highest, ""
    worst = ""

    def excess(flow: float) -> float:
        point = points.at(inlet, flow)
        # too little flow for the machine to run is no matter of the ceilings
        return -1.0 if point.need is None else max(c.share(point.need) for c in held_down) - 1

    guess = points.coolant.flow
    share = excess(guess) + 1
    found = reach(
        excess,
        SEARCHED[0] * guess,
        highest,
        guess,
        guess * (1 / share - 1) if share > 0 else guess,
        lambda held, broken, _: broken <= held * (1 + FLOW_TOLERANCE),
    )
    if found.breaks is not None:
        point = points.at(inlet, found.breaks)
        worst = max(held_down, key=lambda c: c.share(point.need)).words
    return found.holds or 0.0, worst


def _reason(least: LeastFlow, most: float, most_by: str) -> str:
    """Why an inlet asks for more than is allowed; empty where it does not."""
    if least.point is None:
        return f"no flow looked at holds the {least.bound_by}"
    if least.point.flow <= most:
        return ""
    return f"{most_by} allows {most * LITRES_PER_MINUTE:.4g} L/min"


def warmest_inlet(
    points: OperatingPoints,
    flow_at: Callable[[float], float],
    coldest: float,
    limit: float,
    spared: str | None = None,
) -> OperatingPoint | None:
    """The warmest inlet at which a flow holds a limit; None when it does not at the coldest.

    Parameters
    ----------
    points : OperatingPoints
    flow_at : callable
        The flow [m3/s] at an inlet [K].
    coldest, limit : float
        [K].
    spared : str, optional
        A step of the temperature budget that is taken off the hottest point.
    """

    def excess(inlet: float) -> float:
        point = points.at(inlet, flow_at(inlet))
        return point.hottest - point.budget.get(spared or "", 0.0) - limit

    guess = max(points.coolant.inlet_temperature, coldest)
    found = reach(
        excess,
        coldest,
        max(limit, coldest),
        guess,
        -excess(guess),  # the hottest point follows the inlet nearly kelvin by kelvin
        lambda held, broken, below: broken - held <= KELVIN_TOLERANCE,
    )
    return None if found.holds is None else points.at(found.holds, flow_at(found.holds))


def _warmest(
    points: OperatingPoints,
    coarse: OperatingPoints,
    coldest: float,
    limit: float,
    held_down: Sequence[Ceiling],
) -> OperatingPoint | None:
    """At the most flow that every ceiling allows."""
    return warmest_inlet(
        points, lambda inlet: most_flow(coarse, inlet, held_down)[0], coldest, limit
    )
