"""The temperature field in time: TR-BDF2 on the equations of the steady field.

Each step of length dt makes two implicit stages, the trapezoidal rule up to ``t + gamma dt`` and
the second-order backward difference over the whole step. With ``gamma = 2 - sqrt 2`` both have the
same operator,

    S y + A y = heat + s,    S = C / (d dt),    d = gamma / 2,

the steady one with the heat capacities `C` as a sink, so that the fast solver serves both. The
method is second order, L-stable, and carries an estimate of its error of third order. Sources: Bank
et al., IEEE Trans. Electron Devices 32 (1985) 1992, doi:10.1109/T-ED.1985.22232; Hosea and
Shampine, Appl. Numer. Math. 20 (1996) 21, doi:10.1016/0168-9274(95)00115-8.

The state is the solids' temperature and the coolant's at the outlet of each piece of its march.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from geometry.conduction import Boundary, Face, edge_of
from geometry.errors import NoSolution
from geometry.grid import Array
from geometry.tr_bdf2 import ERROR_WEIGHTS, GAMMA, WEIGHTS, D, W, step_doublings

from .fin_coefficients import channels_at, solid_fraction_by_cell
from .fin_zone import CoolantFlow
from .steady import SteadySolver, Storage

SOLVED_TO = 0.02
"""Error left in a stage's solution, as a share of the tolerance."""
MOST_CORRECTIONS = 10
MOST_ITERATIONS = 8
"""GMRES iterations of one correction above which the preconditioner is made anew."""


@dataclass(frozen=True)
class Conditions:
    """What drives the field at one instant.

    Parameters
    ----------
    heat : mapping of plane index to array, shape (ny, nx)
        Heat put in [W].
    boundaries : mapping of face to Boundary, optional
        Take the place of the problem's, face by face; temperatures in kelvin.
    coolant : CoolantFlow, optional
        Takes the place of the problem's: the same channels with another flow.
    face_rise : mapping of face to float, optional
        By how much the medium at a face is warmer than its boundary says [K].
    inlet_rise : float
        By how much the coolant comes warmer than the problem says [K].
    """

    heat: Mapping[int, Array]
    boundaries: Mapping[Face, Boundary] = field(default_factory=dict)
    coolant: CoolantFlow | None = None
    face_rise: Mapping[Face, float] = field(default_factory=dict)
    inlet_rise: float = 0.0


Drive = Callable[[float, SteadySolver], Conditions]
"""Conditions at a time [s] and at the field as the solver holds it."""


class Rates(NamedTuple):
    """Heat per time at one instant [W]."""

    put_in: float
    to_faces: float
    to_coolant: float

    def plus(self, other: Rates, factor: float) -> Rates:
        """These and ``factor`` times others."""
        return Rates(*(a + factor * b for a, b in zip(self, other, strict=True)))


class State(NamedTuple):
    """The unknowns at one instant, or their rates of change times heat capacity [W].

    Attributes
    ----------
    solids : array, shape (nz, ny, nx)
        Rise above the reference [K].
    coolant : array, shape (P, n, m)
        Rise at the outlet of each piece above the inlet [K]; empty without a coolant.
    """

    solids: Array
    coolant: Array


@dataclass(frozen=True)
class Step:
    """An accepted step.

    Attributes
    ----------
    start, stop : float
        [s].
    states : tuple of State
        At the start, at gamma and at the end.
    error : float
        Estimate of the local error, largest over solids and coolant [K].
    rates : Rates
        Means over the step by the method's own weights.
    """

    start: float
    stop: float
    states: tuple[State, State, State]
    error: float
    rates: Rates

    def rise(self, time: float, planes: slice = slice(None)) -> Array:
        """The solids' rise at a time within the step, by the parabola through its stages [K]."""
        part = (time - self.start) / (self.stop - self.start)
        return parabola(part, *(state.solids[planes] for state in self.states))


def parabola(part: float, start: Array, middle: Array, stop: Array) -> Array:
    """Value at a part of a step of the parabola through its start, gamma and end."""
    return (
        start * ((part - GAMMA) * (part - 1) / GAMMA)
        + middle * (part * (1 - part) / (GAMMA * (1 - GAMMA)))
        + stop * (part * (part - GAMMA) / (1 - GAMMA))
    )


class _Trial(NamedTuple):
    """A step that may be taken, with slopes and rates at its end."""

    step: Step
    slope: State
    rates: Rates


class TransientSolver:
    """The field of one problem in time.

    Parameters
    ----------
    solver : SteadySolver
        Holds the field at the start, and the present one ever after.
    drive : callable
        Conditions at a time and field; called for each correction of each stage.
    tolerance : float
        Of the local error of a step [K].
    coolant_rise : array, shape (P, n, m), optional
        Coolant at the outlet of each piece at the start [K]; if left out as steady with the
        solids.

    Attributes
    ----------
    time : float
        [s].
    energy : Rates
        Heat put in and taken out since the start [J].
    kept : float
        Heat kept since the start [J]: the difference of the energies is this, to rounding.

    Raises
    ------
    ValueError
        When a layer has no heat capacity, or is smaller than the stack.

    Examples
    --------
    >>> transient = TransientSolver(solver, drive, tolerance=0.01)  # doctest: +SKIP
    >>> for step in transient.run(until=10.0):  # doctest: +SKIP
    ...     print(step.stop, step.states[-1].solids.max())
    """

    def __init__(
        self,
        solver: SteadySolver,
        drive: Drive,
        tolerance: float,
        coolant_rise: Array | None = None,
        time: float = 0.0,
    ) -> None:
        self.solver, self.drive, self.tolerance, self.time = solver, drive, tolerance, time
        problem = solver.problem
        for layer in problem.stack.layers:
            if layer.footprint is not None:
                raise ValueError(
                    f"layer {layer.name}: found smaller than the stack; a transient needs layers "
                    "that all span it"
                )
        self.capacity = solid_capacity(solver)
        self.coolant_capacity = np.zeros((0, 0, 0))
        outlet = np.zeros((0, 0, 0))
        if problem.coolant is not None:
            self.coolant_capacity = coolant_capacity(solver)
            outlet = solver.coolant_rise()[1] if coolant_rise is None else coolant_rise
        self.state = State(solver.rise, outlet)
        self.energy = Rates(0.0, 0.0, 0.0)
        self.rejected = 0
        self._start = self.state
        self._last: Step | None = None
        self._contraction = 0.2
        self._refusal: NoSolution | None = None
        self._built_for: tuple[float, float] | None = None
        self.slope, self.rates = self.evaluate(time)

    @property
    def kept(self) -> float:
        """Heat kept by solids and coolant since the start [J]."""
        now, then = self.state, self._start
        solids = np.sum(self.capacity * (now.solids - then.solids))
        coolant = np.sum(self.coolant_capacity * (now.coolant - then.coolant))
        return float(solids + coolant)

    # ------------------------------------------------------------------ rates at an instant

    def _apply(self, time: float) -> Mapping[int, Array]:
        """Put the conditions of a time into the solver; the heat put in."""
        solver = self.solver
        conditions = self.drive(time, solver)
        solver.boundaries.update(conditions.boundaries)
        solver.face_rise.update(conditions.face_rise)
        solver.inlet_rise = conditions.inlet_rise
        if conditions.coolant is not None:
            solver.coolant = conditions.coolant
        solver.renew()
        return conditions.heat

    def evaluate(self, time: float) -> tuple[State, Rates]:
        """Heat that stays in each cell and piece of coolant at the present state [W].

        Under the conditions of ``time``, which may be just before or at an event.
        """
        solver, (solids, outlet) = self.solver, self.state
        solver.storage, solver.rise = None, solids
        heat = self._apply(time)
        slope = np.empty_like(solids)
        solver.conduction.apply(solids, slope)
        np.negative(slope, out=slope)
        solver.conduction.add_inflow_from_outside(slope)
        for plane, source in heat.items():
            slope[plane] += source
        coolant_slope, carried = np.zeros_like(outlet), 0.0
        if solver.march is not None:
            wetted = solver.wetted(solids)
            mean, _ = solver.march.from_outlets(outlet, solver.inlet_rise)
            taken = solver.march.heat_taken(*wetted, mean)
            solver.add_to_wetted(slope, *(-part for part in taken))
            coolant_slope = solver.march.heat_kept(*wetted, outlet, solver.inlet_rise)
            carried = self._carried(outlet - solver.inlet_rise)
        return State(slope, coolant_slope), Rates(_total(heat), self._to_faces(), carried)

    def _carried(self, outlet: Array) -> float:
        """Heat that the coolant carries out of the segments [W] at rises above its inlet."""
        assert self.solver.march is not None
        last = np.append(np.diff(self.solver.pieces.segment) != 0, True)
        return float(np.sum(self.solver.march.rate_by_cell[last] * outlet[last]))

    def _to_faces(self) -> float:
        conduction = self.solver.conduction
        return sum(conduction.outflow(self.solver.rise, face) for face in conduction.leak)

    # ------------------------------------------------------------------------- one step

    def advance(self, stop: float) -> Step:
        """Make one step to a time, whatever its error.

        Raises
        ------
        NoSolution
            When a stage's equations have no solution that can be found.
        """
        trial = self._try(stop)
        if trial is None:
            raise NoSolution(f"at {self.time:.6g} s: a step to {stop:.6g} s finds no solution")
        return self._accept(trial)

    def _try(self, stop: float) -> _Trial | None:
        """A step and the rates at its end; None where a stage finds no solution."""
        dt, start, slope = stop - self.time, self.state, self.slope
        solids = self.capacity / (D * dt)
        coolant = self.coolant_capacity / (D * dt)
        source = State(
            solids * start.solids + slope.solids, coolant * start.coolant + slope.coolant
        )
        storage = Storage(solids, coolant, *source)
        half = self._stage(self.time + GAMMA * dt, storage, self._extrapolated(dt))
        if half is None:
            return None
        middle, half_rates = half
        moved = State(middle.solids - start.solids, middle.coolant - start.coolant)
        source = State(
            solids * (start.solids + W / D * moved.solids),
            coolant * (start.coolant + W / D * moved.coolant),
        )
        storage = Storage(solids, coolant, *source)
        end = self._stage(_just_before(stop), storage, start.solids + moved.solids / GAMMA)
        if end is None:
            return None
        last, last_rates = end
        # slopes from the states and not from the residual, which magnifies what is left unsolved
        half_slope = State(
            solids * moved.solids - slope.solids, coolant * moved.coolant - slope.coolant
        )
        last_slope = State(
            solids * last.solids - source.solids, coolant * last.coolant - source.coolant
        )
        rates = Rates(0.0, 0.0, 0.0)
        for weight, part in zip(WEIGHTS, (self.rates, half_rates, last_rates), strict=True):
            rates = rates.plus(part, weight)
        error = self._error(slope, half_slope, last_slope)
        return _Trial(
            Step(self.time, stop, (start, middle, last), error, rates), last_slope, last_rates
        )

    def _accept(self, trial: _Trial) -> Step:
        step = trial.step
        self.energy = self.energy.plus(step.rates, step.stop - step.start)
        self.time, self.state, self._last = step.stop, step.states[-1], step
        self.slope, self.rates = trial.slope, trial.rates
        return step

    def _extrapolated(self, dt: float) -> Array:
        """Guess of the first stage from the last step, which no event lies between."""
        last = self._last
        if last is None:
            return self.state.solids.copy()
        part = 1 + GAMMA * dt / (last.stop - last.start)
        start, _, stop = (state.solids for state in last.states)
        if part > 2.5:
            return stop.copy()
        return stop + (stop - start) * (part - 1)

    def _stage(self, time: float, storage: Storage, guess: Array) -> tuple[State, Rates] | None:
        """Solve one stage's equations; None when they do not come to rest."""
        solver = self.solver
        solver.storage, solver.rise = storage, guess
        last = np.inf
        for count in range(MOST_CORRECTIONS):
            try:
                heat = self._apply(time)
            except NoSolution as refusal:
                self._refusal = refusal
                return None
            residual = solver.residual(heat)
            if not np.isfinite(residual).all():
                return None
            self._keep_preconditioner()
            before = solver.iterations
            correction = solver.correct(residual, 0.01)
            if solver.iterations - before > MOST_ITERATIONS:
                self._built_for = None
            size = float(np.max(np.abs(correction)))
            if not np.isfinite(size):
                return None
            if count:
                self._contraction = min(max(size / last, 0.02), 1.0) if last > 0 else 0.02
            # what the next corrections would add is a geometric series
            left = self._contraction / max(1 - self._contraction, 1e-3) * size
            if left <= SOLVED_TO * self.tolerance:
                return self._closed(heat, storage)
            last = size
        return None

    def _keep_preconditioner(self) -> None:
        """Make the preconditioner anew when step or flow have changed much."""
        storage, coolant = self.solver.storage, self.solver.coolant
        assert storage is not None
        present = (float(storage.planes.max()), coolant.flow if coolant is not None else 1.0)
        if self._built_for is not None:
            change = np.abs(np.log(np.divide(present, self._built_for)))
            if change[0] < np.log(1.9) and change[1] < np.log(1.5):
                return
        self.solver.renew_preconditioner()
        self._built_for = present

    def _closed(self, heat: Mapping[int, Array], storage: Storage) -> tuple[State, Rates]:
        """State and rates of a solved stage, its heat balance closed to rounding.

        What the iteration left over is made good by one even rise of all solids, much smaller
        than the tolerance: the energies of a run then add up however long it is.
        """
        solver = self.solver
        faces, put_in = self._to_faces(), _total(heat)
        left = put_in - faces + float(np.sum(storage.heat))
        left -= float(np.sum(storage.planes * solver.rise))
        face_per_kelvin = self._face_conductance()
        per_kelvin = float(np.sum(np.broadcast_to(storage.planes, solver.grid.shape)))
        per_kelvin += face_per_kelvin
        carried, outlet = 0.0, self.state.coolant
        if solver.march is not None:
            _, outlet = solver.coolant_rise()
            carried = self._carried(outlet - solver.inlet_rise)
            kept = storage.coolant * outlet - storage.coolant_heat
            left -= float(np.sum(kept)) + carried
            evenly = self._outlet_of_even_solids()
            alike = outlet.shape[2] / evenly.shape[2]
            carried_per_kelvin = self._carried(evenly) * alike
            per_kelvin += carried_per_kelvin
            per_kelvin += float(np.sum(storage.coolant * evenly)) * alike
        shift = left / per_kelvin
        solver.rise += shift
        if solver.march is not None:
            outlet = outlet + shift * evenly
            carried += shift * carried_per_kelvin
        rates = Rates(put_in, faces + shift * face_per_kelvin, carried)
        return State(solver.rise, outlet), rates

    def _face_conductance(self) -> float:
        """Heat that leaves through the faces per kelvin of all solids [W/K]."""
        conduction, grid = self.solver.conduction, self.solver.grid
        ones, total = np.ones((grid.ny, grid.nx)), 0.0
        for face, planes in conduction.leak.items():
            for conductance in planes.values():
                total += float(np.sum(conductance * edge_of(ones, face)))
        return total

    def _outlet_of_even_solids(self) -> Array:
        """Coolant at the outlets when all solids are at 1 and the past at 0.

        Shape (P, n, 1) where all cells across are alike, else (P, n, m).
        """
        march = self.solver.march
        assert march is not None
        ones = np.ones((int(march.pieces.cell.max()) + 1, *march.rate_by_cell.shape[1:]))
        return march.outlet(*march.temperatures(ones, ones[:, 0], ones[:, 0]))

    def _error(self, start: State, half: State, stop: State) -> float:
        """Estimate of the step's local error, damped where the field is stiff [K].

        The difference of the two rules is heat that the stage's own operator would spread; its
        preconditioner does so well enough for an estimate.
        """
        solver = self.solver
        solids, coolant = (
            sum(w * part for w, part in zip(ERROR_WEIGHTS, parts, strict=True)) / D
            for parts in zip(start, half, stop, strict=True)
        )
        if solver.march is None:
            return float(np.max(np.abs(solver.preconditioner.solve(solids))))
        # the coolant's own part reaches the solids as heat, then both warm the coolant
        none = solver.wetted(np.zeros_like(solids))
        mean, _ = solver.march.temperatures(*none, coolant)
        taken = solver.march.heat_taken(*none, mean)
        solver.add_to_wetted(solids, *(-part for part in taken))
        error = solver.preconditioner.solve(solids).astype(float)
        mean, inlet = solver.march.temperatures(*solver.wetted(error), coolant)
        outlet = solver.march.outlet(mean, inlet)
        return max(float(np.max(np.abs(error))), float(np.max(np.abs(outlet))))

    # -------------------------------------------------------------------------- many steps

    def run(
        self,
        until: float,
        events: Sequence[float] = (),
        longest_step: float | None = None,
        first_step: float | None = None,
    ) -> Iterator[Step]:
        """Steps of controlled error up to a time.

        Parameters
        ----------
        until : float
            [s].
        events : sequence of float
            Times at which conditions jump or bend; steps end there. Conditions are asked for just
            before an event at the end of a step, and at it at the start of the next.
        longest_step, first_step : float, optional
            [s]; a fortieth of the whole, and from the rates at the start.

        Yields
        ------
        Step

        Raises
        ------
        NoSolution
            When no step is short enough; of the kind that the conditions raised, where they did.
        """
        longest = longest_step or (until - self.time) / 40
        shortest = 1e-10 * max(abs(until), longest)
        dt = min(first_step or self._step_after_jump(self.slope), longest)
        may_grow = True
        for event in sorted({t for t in (*events, until) if self.time < t <= until}):
            while self.time < event:
                left = event - self.time
                stop = event if left < 1.000001 * dt else self.time + min(dt, left / 2)
                length = stop - self.time
                trial = self._try(stop)
                power = -2 if trial is None else step_doublings(self.tolerance / trial.step.error)
                if trial is None or trial.step.error > self.tolerance:
                    self.rejected += 1
                    dt, may_grow = length * 2.0 ** min(power, -1), False
                    if dt < shortest:
                        raise self._no_step()
                    continue
                wanted = length * 2.0 ** (power if may_grow else min(power, 0))
                # a step cut short by an event says nothing against longer ones
                dt = min(wanted if power < 0 else max(wanted, dt), longest)
                may_grow = True
                self._refusal = None
                yield self._accept(trial)
            if event < until:
                dt = min(dt, self._pass_event())

    def _no_step(self) -> NoSolution:
        """Why no step is short enough: what the conditions refused, where they did."""
        reason = self._refusal or "no step is short enough to follow the field"
        kind = NoSolution if self._refusal is None else type(self._refusal)
        return kind(f"at {self.time:.4g} s: {reason}")

    def _pass_event(self) -> float:
        """Take the change of conditions at this instant into the rates; the step to go on with."""
        before, rates_before = self.evaluate(_just_before(self.time))
        after, rates_after = self.evaluate(self.time)
        jump = State(*(new - old for new, old in zip(after, before, strict=True)))
        self.slope = State(*(old + add for old, add in zip(self.slope, jump, strict=True)))
        self.rates = self.rates.plus(rates_after, 1.0).plus(rates_before, -1.0)
        self._last = None
        return self._step_after_jump(jump)

    def _step_after_jump(self, jump: State) -> float:
        """In which a jump of the rates moves no temperature by more than twice the tolerance."""
        fastest = float(np.max(np.abs(jump.solids) / self.capacity))
        if jump.coolant.size:
            speed = np.abs(jump.coolant) / self.coolant_capacity
            fastest = max(fastest, float(np.max(speed)))
        return 2 * self.tolerance / fastest if fastest > 0 else np.inf


def solid_capacity(solver: SteadySolver) -> Array:
    """Heat capacity of the cells' solids [J/K], shape (nz, 1, 1), or (nz, ny, nx) with fin density.

    Raises
    ------
    ValueError
        When a layer has none.
    """
    problem, grid, flow = solver.problem, solver.grid, solver.problem.coolant
    plain = (problem.stack.heat_capacity * grid.dz * grid.cell_area)[:, None, None]
    if flow is None or flow.fin_density is None:
        return plain
    found = np.tile(plain, (1, grid.ny, grid.nx))
    # the stack's own is that of fins everywhere alike
    found[list(solver.planes)] *= solid_fraction_by_cell(flow, grid) / flow.channels.solid_fraction
    return found


def coolant_capacity(solver: SteadySolver) -> Array:
    """Heat capacity of the coolant in each piece, per lateral cell [J/K], at the inlet temperature.

    Shape (P, n, 1), or (P, n, m) with a fin density.
    """
    flow, grid, pieces = solver.problem.coolant, solver.grid, solver.pieces
    assert flow is not None
    inlet = flow.inlet_temperature
    per_volume = float(flow.fluid.density(inlet) * flow.fluid.heat_capacity(inlet))
    open_fraction = np.asarray(channels_at(flow, pieces).open_fraction)
    lanes = solver.division.lanes
    if flow.fin_density is not None and lanes is not None:
        open_fraction = lanes.to_cells(open_fraction)[:, None, :]
    heights = grid.dz[list(solver.planes)] * (per_volume * grid.cell_area)
    return pieces.share[:, None, None] * heights[:, None] * open_fraction


def _total(heat: Mapping[int, Array]) -> float:
    return sum(float(np.sum(source)) for source in heat.values())


def _just_before(time: float) -> float:
    return float(np.nextafter(time, -np.inf))
