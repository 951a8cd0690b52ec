"""A solved machine on its plant: distribution units, a year of energy and water, and the cost."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from thermal.cdu import CduCount, cdu_choices, cdus_needed
from thermal.chiller import TON
from thermal.coolant import FREEZING, dew_point

from .case_file import CaseError, LoadedCase
from .cost import Bill, bill, systems_served
from .plant import Year, annual
from .plant_settings import Plant

if TYPE_CHECKING:
    from .answer import Answer

FILTER_SHARE = 1 / 3
"""Opening of a filter over the channels' width: larger grains bridge a channel; assumed."""
ROOM_AIR = 24.0 + FREEZING
"""Where the case does not say [K]; assumed."""
CHILLER_PLANT = 6000 * TON
"""The chillers of the CS-3's published site [W]."""


@dataclass(frozen=True)
class Machine:
    """What one system asks of the plant; SI.

    Attributes
    ----------
    it_power, heat : float
        Drawn, and of it what leaves in the coolant, the pump's power in both [W].
    inlet_temperature : float
        Of the coolant [K].
    flow : float
        [m3/s].
    coolant_rate : float
        Capacity rate [W/K].
    pressure_drop : float or None
        Of the loop [Pa]; None where the case has no loop.
    junction_temperature : float
        Hottest point [K].
    """

    it_power: float
    heat: float
    inlet_temperature: float
    flow: float
    coolant_rate: float
    pressure_drop: float | None
    junction_temperature: float


@dataclass(frozen=True)
class PlantStudy:
    """One coolant inlet of a case on its plant.

    Attributes
    ----------
    plant : Plant
    machine : Machine
    year : Year
    units : list of CduCount
        Liquid-to-liquid models that serve the row of systems, best first; or the one asked for.
    air_units : list of CduCount
        Liquid-to-air models that serve it in the room's air.
    bill : Bill
        Of one system, at the computed PUE or the one given.
    warnings : list of str
    """

    plant: Plant
    machine: Machine
    year: Year
    units: list[CduCount]
    air_units: list[CduCount]
    bill: Bill
    warnings: list[str]

    @property
    def systems_on_chiller_plant(self) -> int | None:
        """Systems on 6 000 tons of chillers in the worst hour; None where chillers never run."""
        worst = float(self.year.chilled_heat.max())
        return systems_served(CHILLER_PLANT, worst) if worst > 0 else None


def machine_of(answer: Answer) -> Machine:
    """What a solved case asks of the plant.

    Raises
    ------
    CaseError
        When the case has no coolant.
    """
    need, coupled = answer.coolant, answer.coupled
    flow = coupled.machine.problem.coolant
    if need is None or flow is None:
        raise CaseError(f"{answer.loaded.name}: coolant: missing; a plant cools one")
    network, pump = coupled.drawn.network, need.pump_power or 0.0
    drawn = network.input_power if network is not None else answer.silicon_power
    through = coupled.solver.heat_through_faces().items()
    faces = sum(float(np.sum(q)) for face, q in through if face in need.face_outlet_temperature)
    inlet = need.inlet_temperature
    density, heat_capacity = flow.fluid.density(inlet), flow.fluid.heat_capacity(inlet)
    return Machine(
        it_power=drawn + pump,
        heat=need.heat + faces + pump,
        inlet_temperature=inlet,
        flow=need.loop_flow,
        coolant_rate=float(need.loop_flow * density * heat_capacity),
        pressure_drop=need.loop_pressure_drop,
        junction_temperature=float(answer.block_temperature_max.max()),
    )


def study(answer: Answer) -> PlantStudy:
    """A solved case on its plant.

    Raises
    ------
    CaseError
        When there is no coolant, the weather cannot be read, or temperatures cross.
    """
    loaded, machine = answer.loaded, machine_of(answer)
    plant = loaded.case.plant or Plant()
    try:
        year = annual(
            machine.it_power,
            machine.heat,
            machine.inlet_temperature,
            machine.coolant_rate,
            with_weather_path(plant, loaded),
        )
    except ValueError as error:
        raise CaseError(f"{loaded.name}: plant: {error}") from None
    pue = plant.cost.pue or year.pue
    return PlantStudy(
        plant,
        machine,
        year,
        *_units(answer, plant, machine, year),
        bill(plant.cost, machine.it_power / 1e3, pue),
        _warnings(answer, machine, year) + answer.warnings,
    )


def studies_at(
    loaded: LoadedCase, inlets: Sequence[str], progress: Callable[[str], None] = lambda _: None
) -> list[PlantStudy]:
    """The case solved, and put on its plant, at each coolant inlet; at its own if none is given."""
    from .answer import solve

    found = []
    for inlet in inlets or [""]:
        progress(f"coolant inlet {inlet}")
        case = loaded.with_values({"coolant.inlet_temperature": inlet}) if inlet else loaded
        found.append(study(solve(case)))
    return found


def with_weather_path(plant: Plant, loaded: LoadedCase) -> Plant:
    """A weather file's path counts from the case's folder."""
    if not plant.weather.lower().endswith(".epw"):
        return plant
    return replace(plant, weather=str(loaded.folder / plant.weather))


def _units(
    answer: Answer, plant: Plant, machine: Machine, year: Year
) -> tuple[list[CduCount], list[CduCount]]:
    """Units of liquid and of air for the row of systems."""
    case, many = answer.loaded.case, plant.systems
    zone = case.fin_zone
    width = zone[1].channel_width * FILTER_SHARE if zone is not None else None
    wanted: dict[str, Any] = {
        "heat_W": machine.heat * many,
        "flow_m3_s": machine.flow * many,
        "pressure_Pa": machine.pressure_drop or 0.0,
        "spare": plant.spare_cdus,
        "filter_m": plant.coarsest_filter or width,
        "altitude_m": year.weather.altitude,
    }
    approach = year.exchanger.approach
    if plant.cdu is not None:
        liquid = [cdus_needed(model=plant.cdu, approach_K=approach, **wanted)]
    else:
        liquid = cdu_choices(approach_K=approach, **wanted)
    air = case.room.air_temperature if case.room is not None else ROOM_AIR
    over_air = machine.inlet_temperature - air
    if over_air <= 0:
        return liquid, []
    return liquid, cdu_choices(approach_K=over_air, kind="liquid-to-air", **wanted)


def _warnings(answer: Answer, machine: Machine, year: Year) -> list[str]:
    """What to look at twice in the plant, a line each."""
    room, found = answer.loaded.case.room, []
    supply = year.exchanger.cold_inlet
    if room is not None:
        dew = float(dew_point(room.air_temperature, room.relative_humidity))
        if supply < dew:
            found.append(
                f"facility water at {supply - FREEZING:.1f} degC is below the room's dew point "
                f"{dew - FREEZING:.1f} degC: pipes and exchanger must be insulated"
            )
    damp = year.hours_below_dew_point(machine.inlet_temperature)
    if damp > 0:
        found.append(f"{damp:.0f} hours a year outdoor air would condense at the coolant inlet")
    if supply < FREEZING + 4:
        found.append(f"facility water at {supply - FREEZING:.1f} degC may freeze")
    if year.beyond_hours > 0:
        found.append(
            f"{year.beyond_hours:.0f} hours a year chillers run beyond their curves: "
            "by a fraction of Carnot's limit"
        )
    if machine.it_power < machine.heat * (1 - 1e-6):
        found.append("more heat leaves in the coolant than the machine draws: an outer face warms")
    return found
