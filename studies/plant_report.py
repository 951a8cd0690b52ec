"""What is handed over of a plant: text and JSON."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from thermal.cdu import CduCount
from thermal.coolant import FREEZING

from .plant import PARTS
from .plant_study import PlantStudy

LITRES_PER_MINUTE = 60_000.0
SHOWN_UNITS = 3


def to_dict(case: str, found: list[PlantStudy]) -> dict[str, Any]:
    """As JSON can hold it; every key names its unit."""
    year = found[0].year
    return {
        "case": case,
        "weather": year.weather.name,
        "weather_note": year.weather.note,
        "inlets": [_study(one) for one in found],
    }


def _study(one: PlantStudy) -> dict[str, Any]:
    machine, year, exchanger = one.machine, one.year, one.year.exchanger
    return {
        "coolant_inlet_degC": machine.inlet_temperature - FREEZING,
        "junction_temperature_max_degC": machine.junction_temperature - FREEZING,
        "it_power_W": machine.it_power,
        "heat_to_coolant_W": machine.heat,
        "coolant_flow_L_min": machine.flow * LITRES_PER_MINUTE,
        "facility_supply_degC": exchanger.cold_inlet - FREEZING,
        "facility_return_degC": exchanger.cold_outlet - FREEZING,
        "exchanger_effectiveness": exchanger.effectiveness,
        "exchanger_conductance_W_K": exchanger.conductance,
        "exchanger_approach_K": exchanger.approach,
        "pue": year.pue,
        "power_mean_W": {part: year.mean(watts) for part, watts in year.power.items()},
        "energy_month_kWh": {part: kWh.tolist() for part, kWh in year.monthly_kWh.items()},
        "energy_year_kWh": year.energy_kWh,
        "chiller_cop": year.cop,
        "chiller_heat_peak_W": float(year.chilled_heat.max()),
        "systems_on_6000_tons": one.systems_on_chiller_plant,
        "free_cooling_hours": year.free_hours,
        "partly_free_hours": year.partly_free_hours,
        "beyond_curves_hours": year.beyond_hours,
        "water_m3_year": year.water_m3,
        "units_liquid_to_liquid": [_unit(unit) for unit in one.units],
        "units_liquid_to_air": [_unit(unit) for unit in one.air_units],
        "cost": _cost(one),
        "warnings": one.warnings,
    }


def _unit(count: CduCount) -> dict[str, Any]:
    return {
        "model": count.model.name,
        "running": count.running,
        "installed": count.installed,
        "limited_by": count.limited_by,
        "not_known": list(count.unknown),
    }


def _cost(one: PlantStudy) -> dict[str, float]:
    found = one.bill
    return {
        "pue": one.plant.cost.pue or one.year.pue,
        "power_USD_per_kW_month": found.power_per_kW_month,
        "space_USD_per_kW_month": found.space_per_kW_month,
        "operating_USD_per_month": found.operating_per_month,
        "operating_USD_per_year": found.operating_per_month * 12,
        "operating_USD_per_hour": found.operating_per_hour,
        "capital_USD_per_hour": found.capital_per_hour,
        "all_USD_per_hour": found.per_hour,
    }


def print_plant(case: str, found: list[PlantStudy], console: Console) -> None:
    """A table with a column for each inlet, then units and warnings of each."""
    weather = found[0].year.weather
    console.print(f"[bold]{case} on its plant, {weather.name}[/bold]")
    console.print(Text(weather.note, style="dim"))
    table = Table(box=None, padding=(0, 2, 0, 0))
    table.add_column("of one system", no_wrap=True)
    for one in found:
        table.add_column(
            f"inlet {one.machine.inlet_temperature - FREEZING:.1f} degC", justify="right"
        )
    for words, *column in zip(labels(), *(cells(one) for one in found), strict=True):
        table.add_row(words, *column)
    console.print(table)
    for one in found:
        console.print()
        _print_units(one, console)
        for line in one.warnings:
            console.print(Text(f"  ! {line}"), soft_wrap=True)


def labels() -> list[str]:
    """Words of the rows of the table."""
    return [
        "hottest point [degC]",
        "power of the machine [kW]",
        "heat in its coolant [kW]",
        "facility water [degC]",
        "exchanger's effectiveness",
        "exchanger's UA [W/K]",
        *(f"{part}, mean [W]" for part in PARTS),
        "PUE",
        "chillers' COP",
        "hours without chiller",
        "hours partly without",
        "systems on 6 000 tons",
        "energy of a year [MWh]",
        "water of a year [m3]",
        "running cost [USD/kW/month]",
        "running cost [USD/hour]",
        "running cost [USD/year]",
        "instalments [USD/hour]",
    ]


def cells(one: PlantStudy) -> list[str]:
    """The rows of one inlet, as text."""
    machine, year, exchanger = one.machine, one.year, one.year.exchanger
    many, cop = one.systems_on_chiller_plant, year.cop
    return [
        f"{machine.junction_temperature - FREEZING:.1f}",
        f"{machine.it_power / 1e3:.4g}",
        f"{machine.heat / 1e3:.4g}",
        f"{exchanger.cold_inlet - FREEZING:.1f} to {exchanger.cold_outlet - FREEZING:.1f}",
        f"{exchanger.effectiveness:.2f}",
        f"{exchanger.conductance:.0f}",
        *(f"{year.mean(year.power[part]):.0f}" for part in PARTS),
        f"{year.pue:.3f}",
        "none runs" if cop is None else f"{cop:.1f}",
        f"{year.free_hours:.0f}",
        f"{year.partly_free_hours:.0f}",
        "any number" if many is None else f"{many}",
        f"{year.energy_kWh / 1e3:.1f}",
        f"{year.water_m3:.0f}",
        f"{one.bill.per_kW_month:.2f}",
        f"{one.bill.operating_per_hour:.2f}",
        f"{one.bill.operating_per_month * 12:.0f}",
        f"{one.bill.capital_per_hour:.2f}",
    ]


def _print_units(one: PlantStudy, console: Console) -> None:
    inlet, many = one.machine.inlet_temperature - FREEZING, one.plant.systems
    row = "1 system" if many == 1 else f"{many} systems"
    console.print(Text(f"Distribution units for {row} at {inlet:.1f} degC", style="bold"))
    for kind, units in (("liquid-to-liquid", one.units), ("liquid-to-air", one.air_units)):
        for unit in units[:SHOWN_UNITS]:
            console.print(Text(f"  {kind}: {_unit_words(unit)}"), soft_wrap=True)
        if not units:
            console.print(Text(f"  {kind}: none of the catalogue serves"))


def _unit_words(unit: CduCount) -> str:
    if not unit.serves:
        return f"{unit.model.name} cannot, limited by {unit.limited_by}"
    unknown = f"; not known: {', '.join(unit.unknown)}" if unit.unknown else ""
    spare = unit.installed - unit.running
    return f"{unit.running} + {spare} {unit.model.name}, limited by {unit.limited_by}{unknown}"
