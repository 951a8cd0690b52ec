"""A year of the plant: what chillers, pumps and fans take hour by hour, from heat and weather.

Facility water leaves the coolant distribution unit warm, passes a dry cooler or a tower's
exchanger, and then a chiller that takes what is still too warm; so free cooling is part of every
hour. Heat of the facility's pumps is in the water.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from thermal.chiller import chiller_named
from thermal.coolant import named_fluid
from thermal.dry_cooler import dry_cooler_for
from thermal.heat_exchanger import Exchange, exchanger_for
from thermal.weather import HOURS, Weather, read_weather

from .plant_settings import Plant

Array = NDArray[np.float64]

PUMP_EFFICIENCY = 0.5
"""Pump x motor x drive; assumed, as of the machine's own."""
CONDENSER_RISE = 5.5
"""Of the condenser water, usual of chillers' ratings [K]; assumed."""
TOWER_EXCHANGER = 2.0
"""Approach of the exchanger between tower and facility water [K]; assumed."""
EVAPORATION = 2.45e6
"""Heat that evaporates a kilogram of water at 20 degC [J/kg]."""
CYCLES = 5.0
"""Of concentration: water lost over water bled; assumed."""
PARTS = ("chillers", "facility pumps", "fans outdoors", "room cooling", "other losses")


@dataclass(frozen=True, eq=False)
class Year:
    """A year of the plant of one system; arrays by entry of the weather.

    Attributes
    ----------
    weather : Weather
    exchanger : Exchange
        Between coolant and facility water.
    it_power : float
        Of the machine [W].
    power : dict of part to array
        Electrical power of the :data:`PARTS` [W].
    facility_heat, free_heat, chilled_heat, rejected_heat : array
        Of the facility water: in all, taken by dry cooler or tower, taken by chillers; and what
        leaves outdoors [W].
    condenser_water : array
        Entering the chillers [K].
    beyond_curves : array of bool
        Where a chiller that runs is outside its curves' range.
    water_kg_s : array
        Evaporated and bled.
    """

    weather: Weather
    exchanger: Exchange
    it_power: float
    power: dict[str, Array]
    facility_heat: Array
    free_heat: Array
    chilled_heat: Array
    rejected_heat: Array
    condenser_water: Array
    beyond_curves: NDArray[np.bool_]
    water_kg_s: Array

    def mean(self, values: Array) -> float:
        """Over the year."""
        return float(values @ self.weather.hours / self.weather.hours.sum())

    @property
    def pue(self) -> float:
        """Power of the whole site over that of the machine, mean of the year."""
        return 1 + sum(map(self.mean, self.power.values())) / self.it_power

    @property
    def chiller_power_mean_W(self) -> float:
        """Mean of the year."""
        return self.mean(self.power["chillers"])

    @property
    def cop(self) -> float | None:
        """Of the chillers over the year; None when they never run."""
        power = self.chiller_power_mean_W
        return self.mean(self.chilled_heat) / power if power > 0 else None

    @property
    def free_hours(self) -> float:
        """In which no chiller runs."""
        return float(self.weather.hours[self.chilled_heat <= 0].sum())

    @property
    def partly_free_hours(self) -> float:
        """In which chillers run and some of the heat leaves without them."""
        both = (self.chilled_heat > 0) & (self.free_heat > 0)
        return float(self.weather.hours[both].sum())

    @property
    def beyond_hours(self) -> float:
        """In which chillers run outside their curves' range."""
        return float(self.weather.hours[self.beyond_curves].sum())

    @property
    def water_m3(self) -> float:
        """Evaporated and bled in the year."""
        return self.mean(self.water_kg_s) * HOURS * 3600 / 1000

    @property
    def energy_kWh(self) -> float:
        """Of machine and plant in the year, the machine at full power."""
        return self.it_power * self.pue * HOURS / 1e3

    @property
    def monthly_kWh(self) -> dict[str, Array]:
        """Energy of the :data:`PARTS` by month, shape (12,)."""
        hours, month = self.weather.hours, self.weather.month
        return {
            part: np.bincount(month, watts * hours / 1e3, minlength=12).astype(float)
            for part, watts in self.power.items()
        }

    def hours_below_dew_point(self, temperature: float) -> float:
        """In which outdoor air, let in as it is, would condense at ``temperature`` [K]."""
        return float(self.weather.hours[self.weather.dew_point > temperature].sum())


def facility_supply(inlet_temperature: float, plant: Plant) -> float:
    """Temperature of the facility water for a coolant inlet [K]."""
    return plant.chilled_water or inlet_temperature - plant.approach


def annual(
    it_power_W: float,
    heat_W: float,
    inlet_temperature_K: float,
    coolant_rate_W_K: float,
    plant: Plant | None = None,
    weather: Weather | None = None,
) -> Year:
    """A year of the plant of one system.

    Parameters
    ----------
    it_power_W : float
        That the machine draws, its pumps included; at this power all year.
    heat_W : float
        Of it, what leaves in the coolant; the rest warms the room.
    inlet_temperature_K : float
        Of the coolant supplied.
    coolant_rate_W_K : float
        Capacity rate of the coolant: its rise is heat over this.
    plant : Plant, optional
    weather : Weather, optional
        In place of the one that ``plant`` names.

    Raises
    ------
    ValueError
        One line, when the weather cannot be read or the temperatures cross in an exchanger.

    Examples
    --------
    >>> warm = annual(30e3, 26e3, 318.15, 7000.0)
    >>> warm.chiller_power_mean_W, round(warm.free_hours)
    (0.0, 8760)
    """
    plant = plant or Plant()
    weather = weather or read_weather(plant.weather)
    supply = facility_supply(inlet_temperature_K, plant)
    rate = facility_rate(plant, supply, coolant_rate_W_K)
    unit = exchanger_for(heat_W, inlet_temperature_K, coolant_rate_W_K, supply, rate)
    pump = pump_power(rate, supply, plant)
    back = unit.cold_outlet + pump / rate
    heat = np.full_like(weather.dry_bulb, heat_W + pump)
    free, fans, condenser = _outdoors(plant, weather, heat_W + pump, rate, back, supply)
    # rounding of the dry cooler's bisection is no reason to start a chiller
    chilled = np.where(heat - free > 1e-9 * heat, heat - free, 0.0)
    free = heat - chilled
    machine = chiller_named(plant.chiller)
    chillers = chilled / machine.cop(supply, condenser, plant.part_load)
    condenser_pump = (chilled + chillers) / CONDENSER_RISE * pump_power(1.0, 300.0, plant)
    to_condenser = chilled + chillers + condenser_pump
    # a tower takes all of it, a dry cooler for free cooling has fans of its own
    wet = free if plant.outdoors == "tower" else 0.0 * free
    power = {
        "chillers": chillers,
        "facility pumps": pump + condenser_pump,
        "fans outdoors": fans + plant.fan_share * (to_condenser + wet),
        "room cooling": np.full_like(heat, plant.room_cooling * max(it_power_W - heat_W, 0.0)),
        "other losses": np.full_like(heat, plant.other_losses * it_power_W),
    }
    return Year(
        weather=weather,
        exchanger=unit,
        it_power=it_power_W,
        power=power,
        facility_heat=heat,
        free_heat=free,
        chilled_heat=chilled,
        rejected_heat=free + to_condenser,
        condenser_water=condenser,
        beyond_curves=(chilled > 0) & machine.beyond_curves(supply, condenser),
        water_kg_s=_water(plant, free + to_condenser),
    )


def _water(plant: Plant, rejected: Array) -> Array:
    """Evaporated by a tower, and bled to keep the salts down [kg/s]."""
    if plant.outdoors != "tower":
        return np.zeros_like(rejected)
    return rejected / EVAPORATION * (1 + 1 / (CYCLES - 1))


def facility_rate(plant: Plant, supply: float, coolant_rate: float) -> float:
    """Capacity rate of one system's facility water [W/K]."""
    if plant.facility_flow is None:
        return coolant_rate
    water = named_fluid("water")
    return float(plant.facility_flow * water.density(supply) * water.heat_capacity(supply))


def pump_power(rate: float, temperature: float, plant: Plant) -> float:
    """To drive water of a capacity rate [W/K] through the facility loop [W]."""
    water = named_fluid("water")
    flow = rate / float(water.density(temperature) * water.heat_capacity(temperature))
    return flow * plant.facility_pressure_drop / PUMP_EFFICIENCY


def _outdoors(
    plant: Plant, weather: Weather, heat: float, rate: float, back: float, supply: float
) -> tuple[Array, Array, Array]:
    """Heat that leaves without a chiller [W], fans for it [W], and condenser water [K]."""
    if plant.outdoors == "tower":
        cold = weather.wet_bulb + plant.outdoor_approach
        free = rate * (back - np.clip(cold + TOWER_EXCHANGER, supply, back))
        return free, np.zeros_like(free), cold
    cooler = dry_cooler_for(heat, rate, plant.outdoor_approach, plant.fan_share)
    cooled = cooler.cool(back, supply, weather.dry_bulb)
    return cooled.heat, cooled.fan_power, weather.dry_bulb + plant.outdoor_approach


def free_hours_by_inlet(inlets: Array, plant: Plant, weather: Weather) -> dict[str, Array]:
    """Hours a year that need no chiller, against coolant inlet [K], by kind of cooler outdoors.

    At full heat, facility water an approach below the inlet.
    """
    wanted = inlets - plant.approach - plant.outdoor_approach
    reached = {
        "dry cooler": (weather.dry_bulb, wanted),
        "tower": (weather.wet_bulb, wanted - TOWER_EXCHANGER),
    }
    return {
        kind: np.array([weather.hours_below(air, limit) for limit in limits])
        for kind, (air, limits) in reached.items()
    }
