"""What the coolant loop and the facility's water hold, and so how fast the inlet warms.

Two mixed volumes: the loop's between its heat exchanger and the machine, at the inlet's temperature
`T`, and the facility's buffer, at the temperature `F` with which its water enters the exchanger,

    C_loop dT/dt = carried + pump - q,        C_buffer dF/dt = q + facility pump - taken outdoors,
    q = e C_min (T + (carried + pump)/C - F),

with `carried` the heat that the coolant brings from the machine, `C` its capacity rate, `C_min` the
smaller of the two streams' and `e` the exchanger's effectiveness by its number of transfer units.
What circulates as a plug does on the mean as the mixed volume does, where the exchanger lies
half-way round the loop: it warms in steps of its rise instead of evenly.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from .heat_exchanger import effectiveness

STEPS_PER_TIME_CONSTANT = 4
"""Of the faster volume; the fourth-order steps are then good to some 1e-5 of a change."""


class LoopState(NamedTuple):
    """The volumes at one instant.

    Attributes
    ----------
    inlet, facility : float
        Coolant as it enters the machine, facility water as it enters the exchanger [K].
    passed, taken : float
        Heat through the exchanger, and out of the facility's water, since the start [J].
    pumped : float
        Heat of the two pumps since the start [J].
    """

    inlet: float
    facility: float
    passed: float = 0.0
    taken: float = 0.0
    pumped: float = 0.0

    def plus(self, rates: LoopState, time: float) -> LoopState:
        """The state that rates over a time [s] lead to."""
        return LoopState(*(a + time * b for a, b in zip(self, rates, strict=True)))


@dataclass(frozen=True)
class LoopHeat:
    """The volumes of a loop and of the facility behind it; SI.

    Parameters
    ----------
    start : LoopState
    coolant_rate, facility_rate : float
        Capacity rates of the coolant at its full flow, and of the facility's water [W/K]; the
        latter is 0 where it stands.
    conductance : float
        UA of the exchanger, held at any flow [W/K].
    loop_capacity, buffer_capacity : float
        Heat capacities of the volumes [J/K], above 0.
    pump_heat, facility_pump_heat : float
        Into the two waters [W]; the former with the share of the flow.
    cooling : callable
        Heat taken outdoors [W] from facility water that comes back at a temperature [K].
    """

    start: LoopState
    coolant_rate: float
    facility_rate: float
    conductance: float
    loop_capacity: float
    buffer_capacity: float
    pump_heat: float = 0.0
    facility_pump_heat: float = 0.0
    cooling: Callable[[float], float] = lambda _: 0.0

    def __post_init__(self) -> None:
        """Refuse volumes that hold nothing."""
        for name in ("loop_capacity", "buffer_capacity", "coolant_rate"):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name}: found {getattr(self, name):g}; above 0 is meant")

    def exchange(self, share: float = 1.0) -> float:
        """Heat passed per kelvin between the exchanger's inlets, at a share of the flow [W/K]."""
        hot, cold = self.coolant_rate * share, self.facility_rate
        least, most = min(hot, cold), max(hot, cold)
        if least <= 0:
            return 0.0
        return least * float(effectiveness(self.conductance / least, least / most))

    def rates(self, state: LoopState, carried: float, share: float = 1.0) -> LoopState:
        """Rates of change [K/s], [W] with ``carried`` from the machine, at a share of the flow."""
        pump = self.pump_heat * share
        passed = taken = facility_pump = 0.0
        if share > 0:
            hot_inlet = state.inlet + (carried + pump) / (self.coolant_rate * share)
            passed = self.exchange(share) * (hot_inlet - state.facility)
        if self.facility_rate > 0:
            facility_pump = self.facility_pump_heat
            taken = self.cooling(state.facility + (passed + facility_pump) / self.facility_rate)
        return LoopState(
            (carried + pump - passed) / self.loop_capacity,
            (passed + facility_pump - taken) / self.buffer_capacity,
            passed,
            taken,
            pump + facility_pump,
        )

    def advance(
        self,
        state: LoopState,
        time: float,
        length: float,
        carried: float,
        share: Callable[[float], float] = lambda _: 1.0,
    ) -> LoopState:
        """The state after ``length`` [s] from ``time`` on, with a constant heat carried [W].

        Classical Runge-Kutta steps; heat passed and taken are integrated with the same weights, so
        that what the volumes hold is the difference of what came and went to rounding.
        """
        fastest = max(self.exchange() / self.loop_capacity,
                      self.facility_rate / self.buffer_capacity, 1e-12)  # fmt: skip
        steps = max(1, math.ceil(length * fastest * STEPS_PER_TIME_CONSTANT))
        h = length / steps
        for n in range(steps):
            at = time + n * h
            first = self.rates(state, carried, share(at))
            half = share(at + h / 2)
            second = self.rates(state.plus(first, h / 2), carried, half)
            third = self.rates(state.plus(second, h / 2), carried, half)
            last = self.rates(state.plus(third, h), carried, share(at + h))
            for slope, part in ((first, 1), (second, 2), (third, 2), (last, 1)):
                state = state.plus(slope, part * h / 6)
        return state

    def held(self, state: LoopState) -> float:
        """Heat that the volumes hold above the start [J]."""
        loop = self.loop_capacity * (state.inlet - self.start.inlet)
        return loop + self.buffer_capacity * (state.facility - self.start.facility)
