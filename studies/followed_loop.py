"""The loop and the facility's water beside a field that goes on in time."""

from __future__ import annotations

from collections.abc import Callable

from thermal.loop_heat import LoopHeat
from thermal.transient import Rates, Step

from .build import Machine
from .case import OuterFace


def is_of_loop(outer: OuterFace) -> bool:
    """Whether an outer face meets the loop's coolant."""
    return outer.temperature is None or outer.flow is not None


class FollowedLoop:
    """What the loop and the facility hold, on its way with the field.

    Within a step the inlet follows from the heat carried at its start; at its end the volumes are
    corrected by the heat that was carried, so that none is lost. Second order in the step.
    """

    def __init__(self, machine: Machine, loop: LoopHeat) -> None:
        coolant, faces = machine.problem.coolant, vars(machine.case.faces)
        if coolant is None:
            raise ValueError("coolant: missing; a loop holds one")
        kinds = {is_of_loop(outer) for outer in faces.values() if outer is not None}
        if len(kinds) > 1:
            raise ValueError(
                "faces: found some that the loop's coolant meets and some with a medium of their "
                "own; one kind is meant where the coolant's inlet follows from its loop"
            )
        self.loop, self.state, self.with_faces = loop, loop.start, kinds == {True}
        self.inlet, self.time = coolant.inlet_temperature, 0.0
        self.carried, self.brought = 0.0, 0.0
        self._ahead = (0.0, loop.start.inlet)

    def inlet_rise(self, time: float, share: Callable[[float], float]) -> float:
        """How much warmer than the case says the coolant comes at a time of this step [K]."""
        if time != self._ahead[0]:
            length = max(time - self.time, 0.0)
            ahead = self.loop.advance(self.state, self.time, length, self.carried, share)
            self._ahead = (time, ahead.inlet)
        return self._ahead[1] - self.inlet

    def heat_of(self, rates: Rates) -> float:
        """What the coolant brings into the loop [W]."""
        return rates.to_coolant + (rates.to_faces if self.with_faces else 0.0)

    def take(self, step: Step, share: Callable[[float], float], now: Rates) -> None:
        """Go on by an accepted step, at whose end the rates are ``now``."""
        length, mean = step.stop - step.start, self.heat_of(step.rates)
        self.state = self.loop.advance(self.state, step.start, length, mean, share)
        self.brought += length * mean
        self.time, self.carried = step.stop, self.heat_of(now)
        self._ahead = (step.stop, self.state.inlet)

    @property
    def balance(self) -> float:
        """|heat brought + pumped - held - taken outdoors| relative to the largest of them."""
        held, taken, pumped = self.loop.held(self.state), self.state.taken, self.state.pumped
        parts = (self.brought, pumped, held, taken)
        left = self.brought + pumped - held - taken
        return abs(left) / (max(map(abs, parts)) or 1.0)
