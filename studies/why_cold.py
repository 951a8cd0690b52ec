"""Why a machine wants cold water and much of it, and the fewest changes by which it would not.

Two questions. What does each step of the temperature budget cost: with it gone, how much warmer may
the inlet be at the same flow, and how little flow would do at the same inlet? And which changes of
assumed values, each within its range, bring the machine to a target: fewest first, then those that
move least of their ranges? Sets of one, two and three are all tried on a coarse grid; what is found
is confirmed on the case's own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from .answer import LITRES_PER_MINUTE
from .case_file import CaseError, LoadedCase
from .design_changes import Change, changes_of
from .flow_ceilings import ceilings
from .least_flow import least_flow, warmest_inlet
from .operating_points import (
    OperatingPoint,
    OperatingPoints,
    coarser,
    junction_limit,
)

MOST_CHANGES = 3
WORTH_TRYING = 0.1
"""By which a change alone must lower the hottest point against its limit [K]."""
SHARE_STEP = 1 / 64
"""To which the share of the ranges is found."""
COLDEST_INLET = 273.65
"""At which the search for the warmest inlet begins [K]."""

Say = Callable[[str], None]


@dataclass(frozen=True)
class Worth:
    """What something is worth in inlet temperature and in flow.

    Attributes
    ----------
    name : str
    kelvin : float
        Step of the budget, at the case's inlet and flow [K]; NaN of a change.
    warmest : float
        Warmest inlet at the case's flow [K]; NaN when none holds.
    least : float
        Least flow at the case's inlet [L/min per kW]; NaN when none holds.
    """

    name: str
    kelvin: float
    warmest: float
    least: float


@dataclass(frozen=True)
class Target:
    """An inlet [K] and a flow [m3/s] to be reached."""

    inlet: float
    flow: float


@dataclass(frozen=True)
class Found:
    """The cheapest set of changes for a target.

    Attributes
    ----------
    target : Target
    unchanged : OperatingPoint
        The machine as it is, at the target.
    passed : str
        What it passes there; empty when it needs no change.
    changes : tuple of Change or None
        None when no set of up to three does.
    share : float
        Of their ranges, that each moves at most.
    changed : OperatingPoint or None
        With the changes, at the target, on the case's own grid.
    tried : int
        Solutions on the coarse grid.
    """

    target: Target
    unchanged: OperatingPoint
    passed: str
    changes: tuple[Change, ...] | None
    share: float
    changed: OperatingPoint | None
    tried: int


@dataclass(frozen=True)
class WhyCold:
    """Both answers.

    Attributes
    ----------
    loaded : LoadedCase
    limit : float
        Of the junction [K].
    today : OperatingPoint
        At the case's inlet and flow, on its own grid.
    now : Worth
        The machine as it is, to compare with.
    steps, choices : list of Worth
        With one step of the budget gone; with one value at the end of its range.
    found : list of Found
    coarse_error : float
        Hottest point on the coarse grid less that on the case's own [K].
    """

    loaded: LoadedCase
    limit: float
    today: OperatingPoint
    now: Worth
    steps: list[Worth]
    choices: list[Worth]
    found: list[Found]
    coarse_error: float


def why_cold(
    loaded: LoadedCase, per_kW: float, inlets: Sequence[float], say: Say | None = None
) -> WhyCold:
    """What the cold and the flow are for, and what it takes to do with less.

    Parameters
    ----------
    loaded : LoadedCase
        With a coolant and a junction limit.
    per_kW : float
        Flow of the targets, per heat made in the device [L/min/kW].
    inlets : sequence of float
        Of the targets [K]; the case's own is always one.
    say : callable, optional
        Called with what is being done.

    Raises
    ------
    CaseError
        When the case has no coolant or no junction limit, or cannot run as it is.
    """
    say = say or (lambda _: None)
    limit, small = junction_limit(loaded), coarser(loaded)
    points, coarse = OperatingPoints(loaded, say), OperatingPoints(small, say)
    own = points.coolant
    today = points.at(own.inlet_temperature, own.flow)
    rough = coarse.at(own.inlet_temperature, own.flow)
    if today.need is None or rough.need is None:
        raise CaseError(f"{loaded.name}: cannot run as it is: {today.fault or rough.fault}")
    steps = [_worth(coarse, limit, step, step) for step in rough.budget]
    choices = []
    for change in _worth_trying(Bench(small, Target(own.inlet_temperature, own.flow), say)):
        changed = OperatingPoints(small.with_values({change.path: change.at(1.0)}), say)
        choices.append(_worth(changed, junction_limit(changed.loaded), change.words(1.0)))
    flow = per_kW * today.device_power / 1e3 / LITRES_PER_MINUTE
    targets = [Target(t, flow) for t in dict.fromkeys([own.inlet_temperature, *inlets])]
    found = [cheapest(loaded, target, say) for target in targets]
    now = _worth(coarse, limit, "as it is")
    return WhyCold(loaded, limit, today, now, steps, choices, found, rough.hottest - today.hottest)


def _worth(points: OperatingPoints, limit: float, name: str, step: str | None = None) -> Worth:
    """Warmest inlet at the case's flow and least flow at its inlet, a step of the budget spared."""
    inlet, flow = points.coolant.inlet_temperature, points.coolant.flow
    kelvin = points.at(inlet, flow).budget[step] if step is not None else np.nan
    warmest = warmest_inlet(points, lambda _: flow, COLDEST_INLET, limit, step)
    least = least_flow(points, inlet, limit, flow, step).point
    return Worth(
        name,
        kelvin,
        np.nan if warmest is None else warmest.inlet,
        np.nan if least is None else least.flow_per_kW,
    )


# the fewest changes


class Bench:
    """Tries changes at a target, on one grid."""

    def __init__(self, loaded: LoadedCase, target: Target, say: Say) -> None:
        self.loaded, self.target, self.say = loaded, target, say
        self.tried = 0

    def point(self, changes: Sequence[Change], share: float) -> tuple[LoadedCase, OperatingPoint]:
        """The changed case, and what it comes to at the target."""
        self.tried += 1
        self.say(f"{self.target.inlet - 273.15:.4g} degC, {self.tried} designs tried")
        changed = self.loaded.with_values({c.path: c.at(share) for c in changes})
        return changed, OperatingPoints(changed).at(self.target.inlet, self.target.flow)

    def excess(self, changes: Sequence[Change], share: float) -> tuple[float, float]:
        """Hottest point above its limit [K], and the worst ceiling's share; inf if impossible."""
        try:
            changed, point = self.point(changes, share)
        except CaseError:
            return np.inf, np.inf
        over = max((c.share(point.need) for c in ceilings(changed.case)), default=0.0)
        return point.hottest - junction_limit(changed), over

    def holds(self, changes: Sequence[Change], share: float) -> bool:
        """Whether every limit does."""
        above, over = self.excess(changes, share)
        return above <= 0 and over <= 1


def cheapest(loaded: LoadedCase, target: Target, say: Say) -> Found:
    """The fewest changes that bring a case to a target, and of those the smallest.

    The smallest set is the one whose members need move the least share of their ranges, all by
    the same share at most to their ends.
    """
    own, rough = Bench(loaded, target, say), Bench(coarser(loaded), target, say)
    case, unchanged = own.point((), 0.0)
    passed = passed_by(case, unchanged)
    if not passed:
        return Found(target, unchanged, "", (), 0.0, unchanged, 0)
    changes = _worth_trying(rough)
    for count in range(1, MOST_CHANGES + 1):
        best: tuple[tuple[Change, ...], float] | None = None
        for chosen in combinations(changes, count):
            if len({c.path for c in chosen}) < count:
                continue
            share = _least_share(rough, chosen, 1.0 if best is None else best[1])
            if share is not None and (best is None or share < best[1]):
                best = chosen, share
        if best is not None:
            confirmed = _confirmed(own, *best)
            if confirmed is not None:
                return Found(target, unchanged, passed, best[0], *confirmed, rough.tried)
    return Found(target, unchanged, passed, None, np.nan, None, rough.tried)


def _worth_trying(bench: Bench) -> list[Change]:
    """The changes that alone bring the machine nearer to its limits."""
    above, over = bench.excess((), 0.0)
    found = []
    for change in changes_of(bench.loaded):
        new_above, new_over = bench.excess((change,), 1.0)
        if new_above < above - WORTH_TRYING or (over > 1 and new_over < 0.99 * over):
            found.append(change)
    return found


def _least_share(bench: Bench, chosen: tuple[Change, ...], most: float) -> float | None:
    """The least share of their ranges by which changes must move, if no more than a share."""
    if not bench.holds(chosen, most):
        return None
    if all(change.span is None for change in chosen):
        return 1.0
    low, high = 0.0, most
    while high - low > SHARE_STEP:
        middle = (low + high) / 2
        low, high = (low, middle) if bench.holds(chosen, middle) else (middle, high)
    return 1.0 if any(change.span is None for change in chosen) else high


def _confirmed(
    own: Bench, chosen: tuple[Change, ...], share: float
) -> tuple[float, OperatingPoint] | None:
    """The share and the point on the case's own grid; a little more where that needs it."""
    for more in range(5):
        moved = min(share + more * SHARE_STEP, 1.0)
        if own.holds(chosen, moved):
            return moved, own.point(chosen, moved)[1]
    return None


def passed_by(loaded: LoadedCase, point: OperatingPoint) -> str:
    """Which limits a point passes, in words; empty when it passes none."""
    if point.need is None:
        return point.fault
    limit = junction_limit(loaded)
    words = [c.words for c in ceilings(loaded.case) if c.share(point.need) > 1]
    if point.hottest > limit:
        words.append(f"{point.hottest - limit:.1f} K above the junction limit")
    return " and ".join(words)
