"""The plant of a solved case as an outage meets it: the waters it holds, and what cools them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from scipy.optimize import brentq

from geometry.errors import NoSolution
from thermal.chiller import chiller_named
from thermal.coolant import Fluid, named_fluid
from thermal.dry_cooler import dry_cooler_for
from thermal.heat_exchanger import effectiveness, exchanger_for
from thermal.loop_heat import LoopHeat, LoopState
from thermal.weather import read_weather

from .answer import Answer
from .case_file import CaseError
from .plant import TOWER_EXCHANGER, facility_rate, facility_supply, pump_power
from .plant_settings import Plant
from .plant_study import Machine, machine_of, with_weather_path

HOTTEST = 200.0
"""Above the set-point, how warm the facility's water is looked for [K]."""


@dataclass(frozen=True)
class Outdoors:
    """What takes the heat of the facility's water; SI.

    Attributes
    ----------
    plant : Plant
    heat : float
        Of the facility's water before the outage, its pump's in it [W].
    rate : float
        Capacity rate of the facility's water [W/K].
    supply : float
        To which it is cooled [K].
    air : float
        Dry bulb, or the wet bulb for a tower [K].
    free_per_kelvin : float
        Dry cooler at full speed: heat per kelvin between water and air [W/K].
    """

    plant: Plant
    heat: float
    rate: float
    supply: float
    air: float
    free_per_kelvin: float

    def free(self, back: float) -> float:
        """Heat that leaves without a chiller [W] when the water comes back at ``back`` [K]."""
        wanted = self.rate * max(back - self.supply, 0.0)
        if self.plant.outdoors == "tower":
            cold = self.air + self.plant.outdoor_approach + TOWER_EXCHANGER
            return min(self.rate * max(back - cold, 0.0), wanted)
        return min(self.free_per_kelvin * max(back - self.air, 0.0), wanted)

    def chilled(self, back: float, left: float) -> float:
        """Heat that chillers take after that [W], of which the share ``left`` runs.

        All of them carry the heat at the plant's part load. Capacity grows with the temperature at
        which the water leaves as the chiller's curve says, at the nearest point of its range.
        """
        chiller = chiller_named(self.plant.chiller)
        entering = back - self.free(back) / self.rate
        condenser = self.air + self.plant.outdoor_approach
        nominal = left * self.heat / self.plant.part_load
        leaving = max(entering - nominal / self.rate, self.supply)
        grown = chiller.capacity_factor(leaving, condenser)
        capacity = nominal * float(grown / chiller.capacity_factor(self.supply, condenser))
        return min(capacity, self.rate * max(entering - self.supply, 0.0))

    def cooling(self, left: float) -> Callable[[float], float]:
        """Heat taken [W] from water that comes back at a temperature [K]."""
        return lambda back: self.free(back) + self.chilled(back, left)

    def settled(self, heat: float, left: float) -> float:
        """Temperature to which the water is cooled once all its ``heat`` [W] is taken [K].

        Raises
        ------
        NoSolution
            When it is not, however warm the water.
        """
        taken = self.cooling(left)

        def lacking(back: float) -> float:
            return taken(back) - heat * (1 - 1e-12)

        warmest = self.supply + HOTTEST
        if lacking(warmest) < 0:
            raise NoSolution("what is left outdoors does not take the heat at any temperature")
        back = float(brentq(lacking, self.supply, warmest, xtol=1e-10, rtol=1e-14))
        return back - heat / self.rate


@dataclass(frozen=True)
class PlantState:
    """A solved case between its waters; SI.

    Attributes
    ----------
    plant : Plant
    machine : Machine
    outdoors : Outdoors
    loop : LoopHeat
        As it stands, all of the plant running.
    """

    plant: Plant
    machine: Machine
    outdoors: Outdoors
    loop: LoopHeat

    def inlet(self, machine: Machine, facility: float) -> float:
        """Coolant as it leaves the exchanger [K], steady with a machine's heat and flow.

        The heat is ``e C_min`` times the difference of the inlets, and the coolant's own rise is
        heat over its capacity rate.
        """
        hot, cold = machine.coolant_rate, self.loop.facility_rate
        least, most = min(hot, cold), max(hot, cold)
        passed = least * float(effectiveness(self.loop.conductance / least, least / most))
        return facility + machine.heat / passed - machine.heat / hot


def plant_state(answer: Answer) -> PlantState:
    """The plant of a solved case, sized so that it serves it.

    Raises
    ------
    CaseError
        When there is no coolant, the weather cannot be read, or temperatures cross.
    """
    loaded, machine = answer.loaded, machine_of(answer)
    plant = loaded.case.plant or Plant()
    supply = facility_supply(machine.inlet_temperature, plant)
    rate = facility_rate(plant, supply, machine.coolant_rate)
    try:
        unit = exchanger_for(
            machine.heat, machine.inlet_temperature, machine.coolant_rate, supply, rate
        )
        air = _outdoor_temperature(with_weather_path(plant, loaded))
    except ValueError as error:
        raise CaseError(f"{loaded.name}: plant: {error}") from None
    pump = pump_power(rate, supply, plant)
    heat = machine.heat + pump
    cooler = dry_cooler_for(heat, rate, plant.outdoor_approach, plant.fan_share)
    # to nought kelvin the fans turn at full speed
    full = float(cooler.cool(air + 10.0, 0.0, air).heat) / 10.0
    outdoors = Outdoors(plant, heat, rate, supply, air, full)
    coolant = answer.coupled.machine.problem.coolant
    assert coolant is not None
    loop = LoopHeat(
        LoopState(machine.inlet_temperature, supply),
        machine.coolant_rate,
        rate,
        unit.conductance,
        plant.outage.loop_volume * _per_volume(coolant.fluid, machine.inlet_temperature),
        plant.outage.buffer_volume * _per_volume(named_fluid("water"), supply),
        _pump_heat(answer),
        pump,
        outdoors.cooling(1.0),
    )
    return PlantState(plant, machine, outdoors, loop)


def _pump_heat(answer: Answer) -> float:
    assert answer.coolant is not None
    return answer.coolant.pump_power or 0.0


def _per_volume(fluid: Fluid, temperature: float) -> float:
    """[J/(m3 K)]."""
    return float(fluid.density(temperature) * fluid.heat_capacity(temperature))


def _outdoor_temperature(plant: Plant) -> float:
    """The one given, or the highest of the year [K]."""
    if plant.outage.outdoor_temperature is not None:
        return plant.outage.outdoor_temperature
    weather = read_weather(plant.weather)
    return float((weather.wet_bulb if plant.outdoors == "tower" else weather.dry_bulb).max())
