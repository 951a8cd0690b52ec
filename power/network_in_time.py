"""The low-voltage network in time: TR-BDF2 with steps of controlled error.

The rule is that of ``geometry.tr_bdf2``. What stores nothing is solved for in each stage, and anew
after every jump of the loads.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.linalg import SuperLU

from geometry.errors import NoSolution, VoltageCollapse
from geometry.tr_bdf2 import ERROR_WEIGHTS, GAMMA, WEIGHTS, D, W, step_doublings

from .dynamic_network import DynamicNetwork, factors
from .settling import Settling

FloatArray = NDArray[np.float64]
Drive = Callable[[float, bool], FloatArray]
"""Activity of each block at a time [s], or just before it."""

SOLVED_TO = 1e-6
"""Last correction of a stage, as a share of the tolerance."""
MOST_CORRECTIONS = 12
MOST_FACTORS = 8
"""Kept for lengths of step to come back to."""
SLOW = 5
"""Corrections of a stage above which the matrix is factored anew."""


class Totals(NamedTuple):
    """What has passed since the start."""

    given: float = 0.0
    """Energy at the bricks' outputs [J]."""
    drawn: float = 0.0
    """Energy of the circuits [J]."""
    lost: float = 0.0
    """Energy lost in between [J]."""
    charge_given: float = 0.0
    """By the bricks [C]."""
    charge_drawn: float = 0.0
    """By the circuits [C]."""

    def plus(self, other: Totals, factor: float) -> Totals:
        """These and ``factor`` times others."""
        return Totals(*(a + factor * b for a, b in zip(self, other, strict=True)))


class Step(NamedTuple):
    """An accepted step: unknowns at its start, at gamma and at its end."""

    start: float
    stop: float
    states: tuple[FloatArray, FloatArray, FloatArray]
    error: float
    """Largest estimated error, relative to the tolerance."""


class NetworkInTime:
    """The network from its state at rest on.

    Parameters
    ----------
    network : DynamicNetwork
    drive : callable
        Activity of each block at a time, or just before it.
    tolerance : float
        Of the error of a step in any stored voltage [V]; currents to the same share of the mean
        brick current.

    Attributes
    ----------
    time : float
        [s].
    state : array (unknowns,)
    rest : array (unknowns,)
        The state at rest that it started from.
    totals : Totals
        Since the start.
    rejected : int
        Steps made again because their error was too large.

    Raises
    ------
    VoltageCollapse
        When there is no state at rest to start from.
    """

    def __init__(
        self, network: DynamicNetwork, drive: Drive, tolerance: float, start: float = 0.0
    ) -> None:
        self.network, self.drive, self.tolerance, self.time = network, drive, tolerance, start
        self.state = network.at_rest(drive(start, True))
        self.totals = Totals()
        self.rejected = 0
        self._stores = network.storage > 0
        self._allowed = self._allowed_error()
        self._factored: dict[str, SuperLU] = {}
        self._settling = Settling(network)
        self.rest = self.state
        self.settle()

    def _allowed_error(self) -> FloatArray:
        """Error allowed in each unknown that stores [V or A]."""
        network = self.network
        allowed = np.full(network.size, self.tolerance)
        current = float(np.mean(np.abs(self.state[network.brick_current])))
        volt = float(network.circuit.set_points.mean())
        per_volt = max(current, 1.0) / volt
        for slices in (
            network.contact_current,
            network.brick_current,
            network.link_current,
            *network.bank_current,
        ):
            allowed[slices] = self.tolerance * per_volt
        return allowed

    @property
    def charge_kept(self) -> float:
        """Charge that all capacitances have gained since the start [C]."""
        network, gained = self.network, self.state - self.rest
        return sum(
            float(network.storage[part] @ gained[part])
            for part in (network.decap_voltage, *network.bank_voltage)
        )

    @property
    def energy_kept(self) -> float:
        """Energy that inductances and capacitances have gained since the start [J]."""
        return self.network.stored(self.state) - self.network.stored(self.rest)

    # ------------------------------------------------------------------ at an instant

    def _present_conductance(self, activity: FloatArray) -> FloatArray:
        voltage = self.state[self.network.load_voltage]
        return self.network.load_conductance(voltage, activity)

    def _rates(self, x: FloatArray, activity: FloatArray) -> Totals:
        network, voltage = self.network, x[self.network.load_voltage]
        current = network.load_current(voltage, activity)
        return Totals(
            network.given(x),
            float(voltage @ current),
            network.lost(x),
            float(np.sum(x[network.brick_current])),
            float(np.sum(current)),
        )

    def settle(self) -> None:
        """Bring what stores nothing to the present activity: as at a jump of the loads."""
        activity = self.drive(self.time, False)
        self.state = self._settling.settle(self.state, activity, f"at {self.time:.4g} s")
        self._slope = self.network.left(self.state, activity)
        self._conductance = self._present_conductance(activity)
        self._factored.clear()

    # ------------------------------------------------------------------ one step

    def advance(self, stop: float) -> Step:
        """Make one step to a time, whatever its error.

        Raises
        ------
        NoSolution
            When a stage's equations have no solution that can be found.
        """
        made = self._try(stop)
        if made is None:
            raise NoSolution(f"at {self.time:.6g} s: a step to {stop:.6g} s finds no solution")
        return self._accept(*made)

    def _try(self, stop: float) -> tuple[Step, FloatArray, Totals] | None:
        """A step, the slope at its end and what it adds; None where a stage finds no solution."""
        dt, start, storage = stop - self.time, self.state, self.network.storage
        wide = storage / (D * dt)
        slope = np.where(self._stores, self._slope, 0.0)
        at_half, at_end = self.drive(self.time + GAMMA * dt, True), self.drive(stop, True)
        middle = self._stage(dt, wide * start + slope, at_half, start)
        if middle is None:
            return None
        source = wide * (start + W / D * (middle - start))
        last = self._stage(dt, source, at_end, start + (middle - start) / GAMMA)
        if last is None:
            return None
        half_slope = wide * (middle - start) - slope
        last_slope = wide * last - source
        error = self._error(dt, (slope, half_slope, last_slope))
        states = (start, middle, last)
        added = Totals()
        activities = (self.drive(self.time, False), at_half, at_end)
        for weight, x, activity in zip(WEIGHTS, states, activities, strict=True):
            added = added.plus(self._rates(x, activity), weight * dt)
        return Step(self.time, stop, states, error), last_slope, added

    def _accept(self, step: Step, slope: FloatArray, added: Totals) -> Step:
        self.time, self.state = step.stop, step.states[-1]
        self.totals = self.totals.plus(added, 1.0)
        self._slope = slope
        return step

    def _solver(self, dt: float) -> SuperLU:
        """Factors of ``E / (d dt) + A`` with the loads' conductances."""
        key = f"{dt:.6e}"  # steps that differ by rounding share their factors
        if key not in self._factored:
            if len(self._factored) >= MOST_FACTORS:
                self._factored.clear()
            diagonal = sparse.diags_array(self.network.storage / (D * dt), format="csc")
            self._factored[key] = factors(self.network.with_loads(self._conductance) + diagonal)
        return self._factored[key]

    def _stage(
        self, dt: float, source: FloatArray, activity: FloatArray, guess: FloatArray
    ) -> FloatArray | None:
        """Solve ``E x / (d dt) + A x + M I(x) = b + source``; None when it does not settle."""
        network, x = self.network, guess
        wide, load = network.storage / (D * dt), network.load_voltage
        for count in range(MOST_CORRECTIONS):
            left = network.left(x, activity) + source - wide * x
            if not np.all(np.isfinite(left)):
                return None
            correction = self._solver(dt).solve(left)
            x = x + correction
            if not np.all(x[load] > 0):
                return None
            if np.max(np.abs(correction[load])) <= SOLVED_TO * self.tolerance:
                return x
            if count == SLOW:
                self._conductance = network.load_conductance(x[load], activity)
                self._factored.clear()
        return None

    def _error(self, dt: float, slopes: tuple[FloatArray, FloatArray, FloatArray]) -> float:
        """Estimate of the step's local error over what is allowed, damped where it is stiff."""
        difference = sum(w * part for w, part in zip(ERROR_WEIGHTS, slopes, strict=True)) / D
        error = self._solver(dt).solve(np.where(self._stores, difference, 0.0))
        return float(np.max(np.abs(error[self._stores]) / self._allowed[self._stores]))

    # ------------------------------------------------------------------ many steps

    def run(self, until: float, corners: FloatArray) -> Iterator[Step]:
        """Steps of controlled error up to a time; they end at every corner.

        Parameters
        ----------
        until : float
            [s].
        corners : array
            Times at which the activity jumps or bends [s].

        Raises
        ------
        VoltageCollapse
            When no step is short enough to follow the voltages.
        """
        longest = (until - self.time) / 40
        inside = corners[(corners > self.time) & (corners < until)]
        dt = longest
        for corner in (*inside.tolist(), until):
            self.settle()
            dt = min(dt, self._first_step(), longest)
            may_grow = True
            while self.time < corner:
                left = corner - self.time
                stop = corner if left < 1.000001 * dt else self.time + min(dt, left / 2)
                made = self._try(stop)
                power = -2 if made is None else step_doublings(1 / max(made[0].error, 1e-30))
                if made is None or made[0].error > 1:
                    self.rejected += 1
                    dt, may_grow = (stop - self.time) * 2.0 ** min(power, -1), False
                    self._check_length(dt, until)
                    continue
                wanted = (stop - self.time) * 2.0 ** (power if may_grow else min(power, 0))
                # a step cut short by a corner says nothing against longer ones
                dt = min(wanted if power < 0 else max(wanted, dt), longest)
                may_grow = True
                yield self._accept(*made)

    def _first_step(self) -> float:
        """In which the slopes move nothing by more than twice the tolerance."""
        stores = self._stores
        speed = np.abs(self._slope[stores]) / self.network.storage[stores] / self._allowed[stores]
        fastest = float(speed.max())
        return 2 / fastest if fastest > 0 else np.inf

    def _check_length(self, dt: float, until: float) -> None:
        if dt < 1e-13 * until:
            voltage = self.state[self.network.load_voltage]
            worst = int(np.argmin(voltage))
            raise VoltageCollapse(
                f"at {self.time:.4g} s: block {worst} falls below {voltage[worst]:.3g} V and no "
                "voltage carries its load any more"
            )
