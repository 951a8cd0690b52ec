"""The coldest cold plate for a pump power: dimensions, flow and flow path, and the front of them.

The epsilon-constraint method (Haimes, Lasdon & Wismer, IEEE Trans. Syst. Man Cybern. 1 (1971) 296):
for each of several pump powers the hottest point is made as cold as it can be. Each search is by
sequential quadratic programming over the logarithms of the dimensions, once for every flow path, on
a coarser grid; what is told is then solved on the case's own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from geometry.errors import NoSolution
from thermal.coolant import OutOfFluidRange

from .answer import Answer, solve
from .build import build
from .case_file import CaseError, LoadedCase
from .coolant_need import CoolantNeed, coolant_need
from .coupled import solve_coupled
from .design_space import UNIFORM, DesignSpace
from .flow_ceilings import Ceiling, ceilings
from .gradient_numbers import Hottest
from .operating_points import coarser
from .solved_state import SolvedState

Array = NDArray[np.float64]
STEP = 1e-4
"""Of the logarithm of a variable, for derivatives."""
FIT = 1e-3
"""By which a limit may be passed, relative: the search is on another grid."""
DIGITS = 6
SETTLED = 1e-6
"""Change of the hottest point over its rise at which a search ends."""
MOST_ITERATIONS = 25
TOO_HOT = 100.0
"""Rise told of a design that cannot run, over that of today's."""
SEARCHED_ON = 6
"""Cells of the case's own grid that become one for the search, along x and y."""
USUAL = (*np.geomspace(1 / 32, 1, 7).tolist(), 2.0)
"""Pump powers of a front, over today's."""
CORRECTIONS = 2
"""Searches with the limits corrected by what the case's own grid says."""


@dataclass(frozen=True)
class Found:
    """A design and what it comes to.

    Attributes
    ----------
    values : dict of variable to float
        [m, m3/s].
    path : str
    settings : dict of path to value
        What to ``--set``; the numbers below are of these very texts.
    hottest, hottest_coarse : float
        On the case's own grid and on the one of the search [K].
    need : CoolantNeed
    binding : tuple of str
        Limits on which it lies.
    feasible : bool
        Whether it holds every limit but that of the junction.
    """

    values: dict[str, float]
    path: str
    settings: dict[str, Any]
    hottest: float
    hottest_coarse: float
    need: CoolantNeed
    binding: tuple[str, ...]
    feasible: bool


@dataclass(frozen=True)
class FrontPoint:
    """The best designs for a pump power.

    Attributes
    ----------
    pump_power : float or None
        Allowed [W]; None where only the case's own limits hold it down.
    by_path : dict of str to Found
        The best of each flow path.
    """

    pump_power: float | None
    by_path: dict[str, Found]

    @property
    def best(self) -> Found:
        """The coldest of those that hold the limits."""
        fit = [found for found in self.by_path.values() if found.feasible]
        return min(fit or self.by_path.values(), key=lambda found: found.hottest)


@dataclass(frozen=True)
class Front:
    """Junction temperature against pump power.

    Attributes
    ----------
    space : DesignSpace
    today : Answer
        The case as it is.
    points : list of FrontPoint
        By rising pump power.
    ceilings : list of Ceiling
    coarse_grid : (int, int)
        Cells along x and y of the search.
    solves : int
        On that grid.
    """

    space: DesignSpace
    today: Answer
    points: list[FrontPoint]
    ceilings: list[Ceiling]
    coarse_grid: tuple[int, int]
    solves: int


class Designs:
    """Solves designs with one flow path on a grid, and tells what they come to.

    Parameters
    ----------
    space : DesignSpace
    loaded : LoadedCase
        The case on the grid to solve on.
    path : str
    say : callable
        Called before each solution.
    """

    def __init__(
        self, space: DesignSpace, loaded: LoadedCase, path: str, say: Callable[[str], None]
    ) -> None:
        self.space, self.loaded, self.path, self.say = space, loaded, path, say
        self.ceilings = ceilings(loaded.case)
        assert loaded.case.coolant is not None
        self.inlet = loaded.case.coolant.inlet_temperature
        self.known: dict[bytes, Array] = {}
        self.slopes: dict[bytes, Array] = {}

    def at(self, logs: Array) -> Array:
        """Smooth rise over the inlet [K], log of the pump power [W], logs of share of ceilings."""
        key = np.asarray(logs, dtype=float).tobytes()
        if key not in self.known:
            self.say(f"{self.path}, solution {len(self.known) + 1}")
            self.known[key] = self._solve(logs)
        return self.known[key]

    def with_slopes(self, logs: Array) -> Array:
        """Derivatives of ``at``, (numbers, free), by forward differences."""
        key = np.asarray(logs, dtype=float).tobytes()
        if key not in self.slopes:
            here, columns = self.at(logs), []
            for i in range(len(logs)):
                moved = np.array(logs, dtype=float)
                moved[i] += STEP
                columns.append((self.at(moved) - here) / STEP)
            self.slopes[key] = np.array(columns).T
        return self.slopes[key]

    def _solve(self, logs: Array) -> Array:
        settings = self.space.settings(self.space.values(logs), self.path)
        try:
            machine = build(self.loaded.with_values(settings))
            state = SolvedState(solve_coupled(machine), machine)
            need = coolant_need(state.coupled)
        except (NoSolution, OutOfFluidRange):
            return np.full(2 + len(self.ceilings), np.nan)
        assert need is not None
        shares = [ceiling.value(need) / ceiling.most for ceiling in self.ceilings]
        pump = 1.0 if need.pump_power is None else need.pump_power
        return np.array([Hottest().value(state) - self.inlet, *np.log([pump, *shares])])


def coldest(designs: Designs, most: Array, start: Array, scale: float) -> Array | None:
    """The design with the coldest hottest point, by sequential quadratic programming (SLSQP).

    Parameters
    ----------
    designs : Designs
    most : array
        Logs of the pump power [W] and of each ceiling's share allowed; infinite where any is.
    start : array
        Logarithms of the variables over today's.
    scale : float
        Of the rise [K].

    Returns
    -------
    array or None
        Logarithms; None where the start cannot run.
    """
    space, held = designs.space, np.isfinite(most)
    if np.isnan(designs.at(start)).any():
        return None

    def rise(logs: Array) -> float:
        found = float(designs.at(logs)[0])
        return found / scale if np.isfinite(found) else TOO_HOT

    def room(logs: Array) -> Array:
        left = (most - designs.at(logs)[1:])[held]
        return np.concatenate([np.nan_to_num(left, nan=-TOO_HOT), space.slenderness(logs)])

    def room_slopes(logs: Array) -> Array:
        return np.concatenate([-designs.with_slopes(logs)[1:][held], space.slenderness_slopes()])

    found = minimize(
        rise,
        start,
        jac=lambda logs: designs.with_slopes(logs)[0] / scale,
        bounds=space.log_bounds(),
        constraints=[{"type": "ineq", "fun": room, "jac": room_slopes}],
        method="SLSQP",
        options={"ftol": SETTLED, "maxiter": MOST_ITERATIONS},
    )
    return np.asarray(found.x)


def front(
    space: DesignSpace,
    pump_powers: Sequence[float] = (),
    say: Callable[[str], None] | None = None,
) -> Front:
    """The coldest designs for several pump powers.

    Parameters
    ----------
    space : DesignSpace
    pump_powers : sequence of float
        Allowed [W]; from a 32nd of today's to four times as much if empty.
    say : callable, optional
        Called with what is being solved.

    Returns
    -------
    Front
        With one point where the case has no loop, and so no pump power.

    Raises
    ------
    CaseError
        When pump powers are asked for without a loop.
    NoSolution
        When the case as it is has no steady state.

    Examples
    --------
    >>> found = front(design_space(load_case("cs3")), [717.0])  # doctest: +SKIP
    >>> found.points[0].best.settings["coolant.path"]  # doctest: +SKIP
    """
    loaded, say = space.loaded, say or (lambda _: None)
    if pump_powers and loaded.case.loop is None:
        raise CaseError(f"{loaded.name}: loop: missing; pump powers need it")
    say("the case as it is")
    today = solve(loaded)
    coarse = coarser(loaded, SEARCHED_ON)
    allowed = _allowed(today, pump_powers)
    searches = [_Search(space, coarse, path, say) for path in space.paths]
    points = []
    for pump_power in allowed:
        watts = "" if pump_power is None else f"{pump_power:.4g} W, "
        by_path = {}
        for search in searches:
            found = search.next(pump_power, watts)
            if found is not None:
                by_path[search.designs.path] = found
        if by_path:
            points.append(FrontPoint(pump_power, by_path))
    if not points:
        raise NoSolution("today's design runs with none of the flow paths")
    grid = coarse.case.grid
    solves = sum(search.solves for search in searches)
    return Front(space, today, points, ceilings(loaded.case), (grid.along_x, grid.along_y), solves)


def _allowed(today: Answer, pump_powers: Sequence[float]) -> list[float | None]:
    need = today.coolant
    if need is None or need.pump_power is None:
        return [None]
    usual = [share * need.pump_power for share in USUAL]
    return [*sorted(pump_powers or usual)]


class _Search:
    """Designs of one flow path, each search from where the last one ended.

    Limits are held on the case's own grid: what pump power and shares of ceilings have there over
    those on the grid of the search hardly changes from design to design, and is allowed for. Where
    zones have fins of their own, the best with fins everywhere alike is another start.
    """

    def __init__(
        self, space: DesignSpace, coarse: LoadedCase, path: str, say: Callable[[str], None]
    ) -> None:
        self.designs = Designs(space, coarse, path, lambda words: say(self.watts + words))
        self.own = Designs(space, space.loaded, path, lambda _: say(f"{path}, own grid"))
        self.alike = None
        if space.zones != UNIFORM:
            self.alike = _Search(space.with_fins_alike(), coarse, path, say)
        self.watts, self.start = "", np.zeros(len(space.free))
        here = self.designs.at(self.start)
        self.scale, self.more = float(here[0]), np.zeros(len(here) - 1)

    @property
    def solves(self) -> int:
        """On the grid of the search."""
        return len(self.designs.known) + (0 if self.alike is None else self.alike.solves)

    def next(self, pump_power: float | None, watts: str) -> Found | None:
        """The best for a pump power not below the last."""
        logs = self._best(pump_power, watts)
        return None if logs is None else found_design(self.designs, logs, pump_power)

    def _best(self, pump_power: float | None, watts: str) -> Array | None:
        self.watts = watts
        limit = np.zeros(self.more.size)
        limit[0] = np.inf if pump_power is None else np.log(pump_power)
        starts = [self.start]
        if self.alike is not None:
            logs = self.alike._best(pump_power, watts)
            starts += [] if logs is None else [self._zoned(self.alike, logs)]
        more, ends = self.more, []
        for start in starts:
            self.start, self.more = start, more
            if self._settle(limit):
                fits = (self.own.at(self.start)[1:] <= limit + FIT).all()
                rise = float(self.designs.at(self.start)[0])
                ends.append((not fits, rise, self.start, self.more))
        if not ends:
            return None
        _, _, self.start, self.more = min(ends, key=lambda end: end[:2])
        return self.start

    def _settle(self, limit: Array) -> bool:
        """Search from the start until the limits hold on the case's own grid; whether it runs."""
        for _ in range(CORRECTIONS):
            logs = coldest(self.designs, limit - self.more, self.start, self.scale)
            if logs is None:
                return False
            if self._is_better(self.start, logs, limit - self.more):
                logs = self.start
            self.start, there = logs, self.own.at(logs)[1:]
            self.more = there - self.designs.at(logs)[1:]
            if (there <= limit + 0.5 * FIT).all():
                break
        return True

    def _zoned(self, alike: _Search, logs: Array) -> Array:
        """The design with fins everywhere alike, as one of this search."""
        values, space = alike.designs.space.values(logs), self.designs.space
        return space.logs(values | dict.fromkeys(space.gaps, values["gap"]))

    def _is_better(self, last: Array, new: Array, most: Array) -> bool:
        """Whether the last design fits and is colder."""
        there = self.designs.at(last)
        slender = self.designs.space.slenderness(last)
        fits = (there[1:] <= most + 0.5 * FIT).all() and (slender >= -0.5 * FIT).all()
        return bool(fits) and float(there[0]) < float(self.designs.at(new)[0])


def found_design(designs: Designs, logs: Array, pump_power: float | None) -> Found:
    """A design solved on the search's grid and on the case's own, as its texts say it."""
    space, values = designs.space, designs.space.values(logs)
    settings = space.settings(values, designs.path, DIGITS)
    own, coarse = (solve(case.with_values(settings)) for case in (space.loaded, designs.loaded))
    assert own.coolant is not None
    shares = {c.words: c.value(own.coolant) / c.most for c in designs.ceilings}
    if pump_power is not None and own.coolant.pump_power is not None:
        shares = {"pump power": own.coolant.pump_power / pump_power} | shares
    binding = [name for name, share in shares.items() if share > 1 - FIT]
    slender = space.slenderness(logs)
    hottest, limit = _hottest(own), space.loaded.case.limits.junction_temperature
    if limit is not None and hottest > limit:
        binding.append("above the junction limit")
    return Found(
        values,
        designs.path,
        settings,
        hottest,
        _hottest(coarse),
        own.coolant,
        tuple(binding + space.bounds_met(values)),
        bool(max(shares.values(), default=0.0) <= 1 + FIT and (slender >= -FIT).all()),
    )


def _hottest(answer: Answer) -> float:
    return float(answer.block_temperature_max.max())
