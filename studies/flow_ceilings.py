"""What holds the flow down: the most that a case allows of velocity and pressure."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from thermal.cdu import LITRES_PER_MINUTE, cdu_named
from thermal.cold_plate import VELOCITY_LIMIT

from .case import Case
from .coolant_need import CoolantNeed


@dataclass(frozen=True)
class Ceiling:
    """What holds the flow down.

    Attributes
    ----------
    name : str
        Of the limit.
    quantity : str
        What is limited.
    most : float
        [SI].
    unit : str
        In which it is told.
    per_unit : float
        SI units in one of it.
    value : callable
        What a point has of it [SI].
    consequence : str
        What comes of more.
    """

    name: str
    quantity: str
    most: float
    unit: str
    per_unit: float
    value: Callable[[CoolantNeed], float]
    consequence: str = ""

    def share(self, need: CoolantNeed | None) -> float:
        """What a point has of it over the most it may have; infinite where it cannot run."""
        return math.inf if need is None else self.value(need) / self.most

    @property
    def words(self) -> str:
        """Its name and limit."""
        return f"{self.name} {self.most / self.per_unit:.4g} {self.unit}"

    def warning(self, need: CoolantNeed) -> str:
        """One line of a point that has more of it than it may."""
        found, most = self.value(need) / self.per_unit, self.most / self.per_unit
        line = f"{self.quantity} {found:.2f} {self.unit} is above {most:g} {self.unit}"
        return f"{line}: {self.consequence}" if self.consequence else line


def ceilings(case: Case) -> list[Ceiling]:
    """What the case says may not be passed; in copper channels at least the speed of erosion."""
    limits, found = case.limits, []
    velocity, name, consequence = limits.channel_velocity, "channel velocity", ""
    if velocity is None and case.fin_zone is not None and case.fin_zone[1].material == "copper":
        velocity, name = VELOCITY_LIMIT, "copper erosion"
        consequence = "copper is at risk of erosion"
    if velocity is not None:
        found.append(
            Ceiling(name, "channel velocity", velocity, "m/s", 1.0, lambda need: need.velocity,
                    consequence)
        )  # fmt: skip
    drop = limits.cold_plate_pressure_drop
    if drop is not None:
        found.append(
            Ceiling("cold plate", "pressure drop of the cold plate", drop, "kPa", 1e3,
                    lambda need: need.plate_pressure_drop)
        )  # fmt: skip
    drop = limits.loop_pressure_drop
    if drop is not None:
        found.append(
            Ceiling("loop", "pressure drop of the loop", drop, "kPa", 1e3,
                    lambda need: need.loop_pressure_drop or 0.0)
        )  # fmt: skip
    return found + _of_unit(limits.cdu)


def _of_unit(name: str | None) -> list[Ceiling]:
    """What a distribution unit gives at its rating, as far as its maker says."""
    if name is None:
        return []
    unit, found = cdu_named(name), []
    words = f"more than one {name} gives"
    if unit.flow is not None:
        found.append(
            Ceiling(f"{name}: flow", "flow of the loop", unit.flow, "L/min", 1 / LITRES_PER_MINUTE,
                    lambda need: need.loop_flow, words)
        )  # fmt: skip
    if unit.pressure is not None:
        found.append(
            Ceiling(f"{name}: pressure", "pressure drop of the loop", unit.pressure, "kPa", 1e3,
                    lambda need: need.loop_pressure_drop or 0.0, words)
        )  # fmt: skip
    return found
