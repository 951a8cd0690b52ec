"""What stands behind a machine in a comparison: distribution units, chillers, the PUE."""

from __future__ import annotations

from dataclasses import dataclass

from thermal.cdu import cdu_choices

from .plant import Year, annual
from .plant_settings import Plant

MEGAWATT = 1e6


@dataclass(frozen=True)
class Behind:
    """The plant of one machine at one inlet; None where the machine does not say enough.

    Attributes
    ----------
    chiller_power : float
        Mean of the year [W].
    pue : float or None
        None where the machine's own power is not known.
    units_per_megawatt : float or None
        Distribution units that run for each megawatt to the liquid, spare ones not counted; None
        where no unit of the catalogue serves.
    unit : str or None
        Of which model.
    limited_by : str or None
        What decides their number.
    """

    chiller_power: float
    pue: float | None
    units_per_megawatt: float | None
    unit: str | None
    limited_by: str | None


def behind(
    input_power: float | None,
    liquid_heat: float,
    pump_power: float,
    inlet_temperature: float,
    flow: float,
    rise: float,
    pressure_drop: float | None,
    plant: Plant,
) -> Behind:
    """The plant of one machine, its pumps' heat in the coolant.

    Parameters
    ----------
    input_power, liquid_heat, pump_power : float
        [W]; the first is None where it is not known.
    inlet_temperature : float
        Of the coolant [K].
    flow : float
        [m3/s].
    rise : float
        Of the coolant [K].
    pressure_drop : float or None
        Over the loop or the rack [Pa].
    plant : Plant

    Raises
    ------
    ValueError
        When temperatures cross in an exchanger, or the weather cannot be read.
    """
    heat = liquid_heat + pump_power
    drawn = heat if input_power is None else input_power + pump_power
    year: Year = annual(drawn, heat, inlet_temperature, liquid_heat / rise, plant)
    # a row of machines that gives a megawatt, so that a unit larger than one of them counts in part
    row = 100 * MEGAWATT / liquid_heat
    choices = cdu_choices(
        heat * row,
        flow * row,
        pressure_drop or 0.0,
        approach_K=year.exchanger.approach,
        spare=0,
        altitude_m=year.weather.altitude,
    )
    best = choices[0] if choices else None
    return Behind(
        chiller_power=year.chiller_power_mean_W,
        pue=None if input_power is None else year.pue,
        units_per_megawatt=None if best is None else best.running / 100,
        unit=None if best is None else best.model.name,
        limited_by=None if best is None else best.limited_by,
    )
