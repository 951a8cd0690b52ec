"""A machine at other inlets and flows: what it comes to there, and what holds the flow down."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from geometry.errors import NoSolution
from thermal.cold_plate import VELOCITY_LIMIT
from thermal.coolant import OutOfFluidRange, dew_point

from .answer import LITRES_PER_MINUTE, Answer
from .build import build
from .case_file import CaseError, LoadedCase
from .coolant_need import DEW_POINT_MARGIN, CoolantNeed, coolant_need
from .coupled import solve_coupled


@dataclass(frozen=True)
class OperatingPoint:
    """What a machine comes to at an inlet temperature and a flow.

    Attributes
    ----------
    inlet : float
        [K].
    flow : float
        Through the cold plate [m3/s].
    hottest : float
        Hottest point [K]; infinite where the machine cannot run.
    budget : dict of str to float
        From the inlet to the hottest point [K].
    device_power : float
        Heat made in the device [W].
    need : CoolantNeed or None
        None where the machine cannot run.
    fault : str
        Why it cannot run; empty where it can.
    """

    inlet: float
    flow: float
    hottest: float
    budget: dict[str, float]
    device_power: float
    need: CoolantNeed | None
    fault: str = ""

    @property
    def flow_per_kW(self) -> float:
        """Per heat made in the device [L/min/kW]."""
        return self.flow * LITRES_PER_MINUTE / (self.device_power / 1e3)


class OperatingPoints:
    """Solves a case at inlets and flows, each once.

    Parameters
    ----------
    loaded : LoadedCase
        With a coolant.
    say : callable, optional
        Called with what is being solved.

    Raises
    ------
    CaseError
        When the case has no coolant.
    """

    def __init__(self, loaded: LoadedCase, say: Callable[[str], None] | None = None) -> None:
        if loaded.case.coolant is None:
            raise CaseError(f"{loaded.name}: coolant: missing; what flows is meant")
        self.loaded = loaded
        self.coolant = loaded.case.coolant
        self.say = say or (lambda _: None)
        self.known: dict[tuple[float, float], OperatingPoint] = {}

    def at(self, inlet: float, flow: float) -> OperatingPoint:
        """The machine at an inlet [K] and a flow [m3/s]."""
        if (inlet, flow) not in self.known:
            litres = flow * LITRES_PER_MINUTE
            self.say(f"inlet {inlet - 273.15:.1f} degC, {litres:.4g} L/min")
            self.known[inlet, flow] = self._solve(inlet, flow)
        return self.known[inlet, flow]

    def _solve(self, inlet: float, flow: float) -> OperatingPoint:
        fault = "the coolant leaves the range of its properties"
        case = self.loaded.with_values(
            {"coolant.inlet_temperature": f"{inlet:.17g} K", "coolant.flow": f"{flow:.17g} m**3/s"}
        )
        try:
            machine = build(case)
            coupled = solve_coupled(machine)
            answer = Answer(case, coupled, coolant_need(coupled), 0.0)
        except OutOfFluidRange:
            return OperatingPoint(inlet, flow, np.inf, {}, np.nan, None, fault)
        except CaseError as error:
            # an inlet beyond the coolant's range is refused as any other wrong value
            if not isinstance(error.__context__, OutOfFluidRange):
                raise
            return OperatingPoint(inlet, flow, np.inf, {}, np.nan, None, fault)
        except NoSolution as error:
            return OperatingPoint(inlet, flow, np.inf, {}, np.nan, None, str(error))
        except (ValueError, ArithmeticError) as error:
            raise CaseError(f"{case.name}: {error}") from None
        hottest = float(answer.block_temperature_max.max())
        budget, power = answer.temperature_budget, answer.silicon_power
        return OperatingPoint(inlet, flow, hottest, budget, power, answer.coolant)


@dataclass(frozen=True)
class Ceiling:
    """What holds the flow down.

    Attributes
    ----------
    name : str
    most : float
        [SI].
    unit : str
        In which it is told.
    per_unit : float
        SI units in one of it.
    value : callable
        What a point has of it [SI].
    """

    name: str
    most: float
    unit: str
    per_unit: float
    value: Callable[[CoolantNeed], float]

    def share(self, point: OperatingPoint) -> float:
        """What a point has of it over the most it may have."""
        return np.inf if point.need is None else self.value(point.need) / self.most

    @property
    def words(self) -> str:
        """Its name and limit."""
        return f"{self.name} {self.most / self.per_unit:.4g} {self.unit}"


def ceilings(loaded: LoadedCase) -> list[Ceiling]:
    """What the case says may not be passed; in copper channels at least the speed of erosion.

    Raises
    ------
    CaseError
        When the pressure of a loop is limited that the case does not have.
    """
    case, limits, found = loaded.case, loaded.case.limits, []
    velocity, words = limits.channel_velocity, "channel velocity"
    if velocity is None and case.fin_zone is not None and case.fin_zone[1].material == "copper":
        velocity, words = VELOCITY_LIMIT, "copper erosion"
    if velocity is not None:
        found.append(Ceiling(words, velocity, "m/s", 1.0, lambda need: need.velocity))
    plate, loop = limits.cold_plate_pressure_drop, limits.loop_pressure_drop
    if plate is not None:
        found.append(
            Ceiling("cold plate", plate, "kPa", 1e3, lambda need: need.plate_pressure_drop)
        )
    if loop is not None:
        if case.loop is None:
            raise CaseError(
                f"{loaded.name}: limits.loop_pressure_drop: found without [loop]; both are meant"
            )
        found.append(Ceiling("loop", loop, "kPa", 1e3, lambda need: need.loop_pressure_drop or 0.0))
    return found


def coldest_inlet(loaded: LoadedCase) -> float | None:
    """Below it the room's moisture condenses [K], margin included; None without a room."""
    room = loaded.case.room
    if room is None:
        return None
    return float(dew_point(room.air_temperature, room.relative_humidity)) + DEW_POINT_MARGIN


def junction_limit(loaded: LoadedCase) -> float:
    """The case's junction limit [K].

    Raises
    ------
    CaseError
        When it has none.
    """
    limit = loaded.case.limits.junction_temperature
    if limit is None:
        raise CaseError(
            f"{loaded.name}: limits.junction_temperature: missing; "
            "it is meant, or --limit='85 degC'"
        )
    return limit


def coarser(loaded: LoadedCase, times: int = 3) -> LoadedCase:
    """The case with fewer cells along x and y, at least 12 where it has them, to look around."""
    grid = loaded.case.grid
    along_x, along_y = (min(n, max(12, n // times)) for n in (grid.along_x, grid.along_y))
    return loaded.with_values({"grid.along_x": along_x, "grid.along_y": along_y})
