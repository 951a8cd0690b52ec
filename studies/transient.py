"""A case in time: power traces and pump trips on the coupled field and power network.

At every correction of every stage the network is solved at the blocks' present temperatures, so
that leakage, losses and the pinned heat follow them; films and viscosity follow flow and
temperature.
"""

from __future__ import annotations

import time as clock
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from threadpoolctl import threadpool_limits

from geometry.conduction import Face
from geometry.errors import NoSolution, ThermalRunaway
from geometry.floorplan import block_maximum
from thermal.contact import ContactLayer
from thermal.coolant import OutOfFluidRange
from thermal.steady import SteadySolver
from thermal.transient import Conditions, Rates, Step, TransientSolver, parabola

from .build import Machine, build
from .case_file import CaseError, LoadedCase
from .coolant_need import FREEZING
from .coupled import (
    Drawn,
    block_temperature,
    draw,
    heat_by_plane,
    junction_rise,
    place,
    solve_coupled,
)
from .events import Scenario
from .followed_loop import FollowedLoop, is_of_loop
from .operating_point import with_found_flow

if TYPE_CHECKING:
    import xarray

Array = NDArray[np.float64]
Progress = Callable[[float, int], None]
"""Called after each step with the time reached [s] and the number of steps."""

LEAST_FLOW = 1e-9
"""Share of the case's flow that is kept when a pump stands still, so that an outlet temperature
exists; it carries nothing worth naming."""
LEAST_POWER = 1e-5
"""Share of the case's power that is kept where the power is 0: the delivery idles."""


@dataclass(frozen=True)
class TransientAnswer:
    """What a case does in time; made by ``solve_transient``.

    Attributes
    ----------
    loaded : LoadedCase
    scenario : Scenario
    machine : Machine
    time : array, shape (n_times,)
        Ends of the steps, and the start [s].
    hottest, mean : arrays, shape (n_times,)
        Hottest point and mean of the device where it makes its heat [K].
    block_maximum : array, shape (n_times, n_blocks)
        [K].
    inlet, outlet : array, shape (n_times,)
        Coolant as it comes, and where it leaves, all paths mixed [K]; NaN without a coolant.
    hottest_coolant : array, shape (n_times,)
        At its hottest place [K]; NaN without a coolant.
    flow : array, shape (n_times,)
        Through the cold plate [m3/s]; NaN without a coolant.
    power : array, shape (n_times,)
        Heat made in the device [W].
    input_power : array, shape (n_times,)
        From the wall [W]; NaN without a power delivery.
    rates : array, shape (n_times, 3)
        Heat put in, out through the faces, out with the coolant [W].
    time_to_limit : float or None
        When the hottest point first passes the junction limit [s].
    ended : str or None
        Why the run ended before its time; None when it did not.
    failure : NoSolution or None
        Physics without a solution, which ended it.
    energy : Rates
        Heat put in, out through the faces, out with the coolant over the run [J].
    kept : float
        Heat kept in solids and coolant [J].
    rejected : int
        Steps made again because their error was too large.
    loop : FollowedLoop or None
        What the loop and the facility hold at the end, where the scenario follows it.
    solve_seconds : float
    """

    loaded: LoadedCase
    scenario: Scenario
    machine: Machine
    time: Array
    hottest: Array
    mean: Array
    block_maximum: Array
    inlet: Array
    outlet: Array
    hottest_coolant: Array
    flow: Array
    power: Array
    input_power: Array
    rates: Array
    time_to_limit: float | None
    ended: str | None
    failure: NoSolution | None
    energy: Rates
    kept: float
    rejected: int
    loop: FollowedLoop | None
    solve_seconds: float

    @property
    def limit(self) -> float | None:
        """Junction limit of the case [K]."""
        return self.loaded.case.limits.junction_temperature

    @property
    def energy_balance(self) -> float:
        """|heat in - heat out - heat kept| relative to the largest of them."""
        parts = (*self.energy, self.kept)
        left = self.energy.put_in - self.energy.to_faces - self.energy.to_coolant - self.kept
        return abs(left) / (max(map(abs, parts)) or 1.0)

    @cached_property
    def dataset(self) -> xarray.Dataset:
        """All of it against time, labelled and with units."""
        from .transient_report import dataset

        return dataset(self)

    def to_dict(self) -> dict[str, Any]:
        """Headline numbers and series; every key names its unit. JSON can hold them."""
        from .transient_report import summary

        return summary(self)


def solve_transient(
    case: LoadedCase, scenario: Scenario, progress: Progress | None = None
) -> TransientAnswer:
    """Follow a case in time.

    Where the coolant leaves the range of its properties, or the physics has no solution any more,
    the run ends there and the answer says so.

    Parameters
    ----------
    case : LoadedCase
        From ``load_case``. Every layer needs a material, or a density and a heat capacity.
    scenario : Scenario
    progress : callable, optional
        Called after each step with the time reached [s] and the number of steps.

    Raises
    ------
    CaseError
        When the case cannot be used; one line per fault.
    NoSolution
        When the case has no steady state to start from.

    Examples
    --------
    >>> from studies import load_case
    >>> from studies.events import CoastDown, Scenario
    >>> trip = Scenario(until=5.0, flow=CoastDown(2.0))
    >>> solve_transient(load_case("cs3"), trip).time_to_limit  # doctest: +SKIP
    """
    started = clock.perf_counter()
    _check_heat_capacities(case)
    machine = build(with_found_flow(case))
    quiet = np.errstate(over="ignore", divide="ignore", invalid="ignore")
    try:
        with threadpool_limits(limits=1, user_api="blas"), quiet:
            run = _Run(machine, scenario, _start(machine, scenario))
            run.follow(progress)
    except OutOfFluidRange as error:
        raise CaseError(
            f"{case.name}: coolant.flow: so little that the coolant leaves its range: {error}"
        ) from None
    except (ValueError, ArithmeticError) as error:
        raise CaseError(f"{case.name}: {error}") from None
    return run.answer(case, clock.perf_counter() - started)


def _check_heat_capacities(loaded: LoadedCase) -> None:
    """Refuse layers that do not say what heat they hold."""
    faults = [
        f"{loaded.name}: layers.{name}: found no 'density' and 'heat_capacity'; "
        "a transient needs both"
        for name, layer in loaded.case.layers.items()
        if not isinstance(layer, ContactLayer) and layer.volumetric_heat_capacity is None
    ]
    if faults:
        raise CaseError("\n".join(faults))


def _start(machine: Machine, scenario: Scenario) -> SteadySolver:
    if scenario.start != "steady":
        return SteadySolver(machine.problem)
    solver = solve_coupled(machine).solver
    assert isinstance(solver, SteadySolver)  # the default engine
    return solver


class _Driver:
    """Conditions of a scenario: what the device draws, how the coolant flows and how it comes."""

    def __init__(self, machine: Machine, scenario: Scenario) -> None:
        self.machine, self.scenario = machine, scenario
        self.heat: dict[int, Array] = {}
        self.drawn: Drawn | None = None
        self.loop = None if scenario.loop is None else FollowedLoop(machine, scenario.loop)

    def flow_share(self, time: float) -> float:
        """Share of the case's flow at a time [s]."""
        return 1.0 if self.scenario.flow is None else self.scenario.flow.at(time)

    def __call__(self, time: float, solver: SteadySolver) -> Conditions:
        machine, power = self.machine, self.scenario.power
        factor = 1.0 if power is None else power.at(time)
        if machine.case.loads is not None:
            factor = max(factor, LEAST_POWER)
        temperature = block_temperature(machine, solver, self.heat)
        if not np.isfinite(temperature).all():
            raise NoSolution("the temperatures are not finite")
        self.drawn = draw(machine, solver, temperature, self.drawn, factor)
        self.heat = heat_by_plane(machine, self.drawn)
        share = max(self.flow_share(time), LEAST_FLOW)
        flow = machine.problem.coolant
        inlet_rise = 0.0 if self.loop is None else self.loop.inlet_rise(time, self.flow_share)
        return Conditions(
            self.heat,
            coolant=None if flow is None else replace(flow, flow=flow.flow * share),
            face_rise=self._face_rise(solver, share, inlet_rise),
            inlet_rise=inlet_rise,
        )

    def _face_rise(
        self, solver: SteadySolver, share: float, inlet_rise: float
    ) -> dict[Face, float]:
        """How much warmer than at the start the coolant is along each face [K].

        By the inlet's rise, and where it flows over the face by half its own besides. With
        ``Q = sum g (T - T_in - r)`` and ``r = Q / (2 C)`` both follow from the field, also where
        the flow is next to nothing.
        """
        rises: dict[Face, float] = {}
        coolant = self.machine.problem.coolant
        for face, boundary in self.machine.problem.boundaries.items():
            outer = getattr(self.machine.case.faces, face)
            own = inlet_rise if is_of_loop(outer) else 0.0
            if outer.flow is None or coolant is None:
                if own:
                    rises[face] = own
                continue
            inlet = boundary.value
            fluid = coolant.fluid
            rate = float(fluid.density(inlet) * fluid.heat_capacity(inlet)) * outer.flow * share
            cells = solver.grid.nx * solver.grid.ny
            conductance = sum(
                float(np.mean(g)) * (cells if face in ("top", "bottom") else np.size(g))
                for g in solver.conduction.leak[face].values()
            )
            unwarmed = solver.conduction.outflow(solver.rise, face)
            unwarmed += conductance * (solver.face_rise.get(face, 0.0) - own)
            rises[face] = own + unwarmed / (2 * rate + conductance)
        return rises


class _Run:
    """One scenario on its way."""

    def __init__(self, machine: Machine, scenario: Scenario, solver: SteadySolver) -> None:
        self.machine, self.scenario = machine, scenario
        self.driver = _Driver(machine, scenario)
        self.transient = TransientSolver(solver, self.driver, scenario.tolerance)
        if self.driver.loop is not None:
            self.driver.loop.carried = self.driver.loop.heat_of(self.transient.rates)
        self.rows: list[dict[str, Any]] = []
        self.ended: str | None = None
        self.failure: NoSolution | None = None
        self.time_to_limit: float | None = None

    def follow(self, progress: Progress | None) -> None:
        """Step to the end, or to where it cannot go on."""
        self._add_row()
        limit = self.machine.case.limits.junction_temperature
        if limit is not None and self.rows[0]["hottest"] > limit:
            self.time_to_limit = 0.0
        before = self._junction()
        steps = self.transient.run(
            self.scenario.until, self.scenario.corners, self.scenario.longest_step
        )
        try:
            for step in steps:
                if self.driver.loop is not None:
                    self.driver.loop.take(step, self.driver.flow_share, self.transient.rates)
                self._add_row()
                after = self._junction()
                if self.time_to_limit is None and limit is not None:
                    self.time_to_limit = self._crossing(step, before, after, limit)
                before = after
                if progress is not None:
                    progress(step.stop, len(self.rows) - 1)
                if self._coolant_is_out_of_range():
                    return
        except NoSolution as error:
            if len(self.rows) == 1:
                raise
            self.failure = (self._runaway() if type(error) is NoSolution else None) or error
            self.ended = str(self.failure)

    def _runaway(self) -> ThermalRunaway | None:
        """The failure of leakage that feeds itself, once it is most of the power."""
        drawn, machine = self.driver.drawn, self.machine
        if drawn is None or not np.sum(drawn.leakage) > 0.5 * np.sum(drawn.power):
            return None
        worst = int(np.argmax(drawn.leakage))
        hottest = self.rows[-1]["block_maximum"][worst] - FREEZING
        return ThermalRunaway(
            f"at {self.transient.time:.4g} s: {place(machine, worst)}: at {hottest:.0f} degC "
            "leakage is most of the power and grows faster than the heat can leave"
        )

    def _junction(self) -> Array:
        """Rise where the device makes its heat [K], shape (planes, ny, nx)."""
        return junction_rise(self.machine, self.transient.solver, self.driver.heat)

    def _crossing(self, step: Step, before: Array, after: Array, limit: float) -> float | None:
        """When within the step the hottest point passes the limit [s], if it does."""
        planes = self.machine.heated_planes
        cells = slice(planes[0], planes[-1] + 1)
        allowed = limit - self.machine.problem.reference_temperature
        if np.max(after) <= allowed:
            return None
        # on a heated face the surface is hotter than the cells by a term that follows the heat
        offset = before - step.states[0].solids[cells], after - step.states[2].solids[cells]

        def excess(part: float) -> float:
            rise = parabola(part, *(state.solids[cells] for state in step.states))
            return float(np.max(rise + offset[0] + part * (offset[1] - offset[0]))) - allowed

        if excess(0.0) > 0:
            return step.start
        return step.start + brentq(excess, 0.0, 1.0, xtol=1e-6) * (step.stop - step.start)

    def _coolant_is_out_of_range(self) -> bool:
        coolant = self.machine.problem.coolant
        if coolant is None:
            return False
        outlet = self.transient.state.coolant
        inlet = coolant.inlet_temperature
        try:
            coolant.fluid.density([inlet + outlet.min(), inlet + outlet.max()])
        except OutOfFluidRange as error:
            self.ended = f"at {self.transient.time:.4g} s the coolant leaves its range: {error}"
            return True
        return False

    def _add_row(self) -> None:
        machine, solver, drawn = self.machine, self.transient.solver, self.driver.drawn
        assert drawn is not None
        reference, plan = machine.problem.reference_temperature, machine.floorplan
        maxima = np.max([block_maximum(plan, plane).value for plane in self._junction()], axis=0)
        mean = block_temperature(machine, solver, self.driver.heat)
        network, coolant, rates = drawn.network, machine.problem.coolant, self.transient.rates
        grid_loss = 0.0 if network is None else float(np.sum(network.losses["wafer grid"]))
        outlet = flow = inlet = hottest_coolant = np.nan
        if coolant is not None and solver.coolant is not None:
            rate = solver.coolant_capacity_rate()
            outlet = coolant.inlet_temperature + solver.inlet_rise + rates.to_coolant / rate
            flow = solver.coolant.flow
            hottest_coolant = coolant.inlet_temperature + float(self.transient.state.coolant.max())
            inlet = coolant.inlet_temperature + solver.inlet_rise
        self.rows.append(
            {
                "time": self.transient.time,
                "hottest": float(maxima.max()) + reference,
                "mean": float(np.average(mean, weights=plan.areas)),
                "block_maximum": maxima + reference,
                "inlet": inlet,
                "outlet": outlet,
                "hottest_coolant": hottest_coolant,
                "flow": flow,
                "power": float(np.sum(drawn.power)) + grid_loss,
                "input_power": np.nan if network is None else network.input_power,
                "rates": tuple(rates),
            }
        )

    def answer(self, loaded: LoadedCase, seconds: float) -> TransientAnswer:
        """What was found."""
        series = {name: np.array([row[name] for row in self.rows]) for name in self.rows[0]}
        return TransientAnswer(
            loaded=loaded,
            scenario=self.scenario,
            machine=self.machine,
            **series,
            time_to_limit=self.time_to_limit,
            ended=self.ended,
            failure=self.failure,
            energy=self.transient.energy,
            kept=self.transient.kept,
            rejected=self.transient.rejected,
            loop=self.driver.loop,
            solve_seconds=seconds,
        )
