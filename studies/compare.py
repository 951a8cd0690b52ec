"""Machines side by side: what each asks of its coolant for a kilowatt, at the same inlet.

A case with ``[rack]`` is a package of a rack, whose heat, flow and pressure drop are the rack's;
any other is the whole machine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from geometry.errors import NoSolution
from thermal.coolant import OutOfFluidRange
from thermal.rack import NoFlow, Rack, volumetric_heat_capacity

from .answer import LITRES_PER_MINUTE, Answer, solve
from .build import build
from .case_file import CaseError, LoadedCase
from .compare_plant import Behind, behind
from .coolant_need import FREEZING
from .plant_settings import Plant
from .plant_study import with_weather_path


@dataclass(frozen=True)
class Row:
    """One machine at one inlet temperature; SI. None is not known, or has no meaning there.

    Attributes
    ----------
    case, title : str
    packages : int
        How many of the case's device the machine has.
    silicon_heat, silicon_area : float
        Of all its devices [W], [m2].
    mean_flux, peak_flux : float
        Heat per area of the device [W/m2]; the peak over the cells of the grid.
    input_power : float or None
        Drawn by the machine [W].
    liquid_heat : float or None
        To the coolant [W].
    inlet_temperature : float
        Of the coolant, or of the air that cools instead [K].
    flow, rise, pressure_drop, pump_power : float or None
        Of the coolant of the whole machine [m3/s], [K], [Pa], [W]; the rise of all paths mixed.
    pressure_over : str or None
        Between which points the drop is: ``"loop"`` with all that the case's loop has, or
        ``"rack"`` from its supply to its return, without heat exchanger and hoses before it.
    junction_temperature, junction_limit : float, float or None
        Hottest point [K].
    plant : Behind or None
        What stands behind it; None without a flow of liquid.
    balance : float
        Largest relative error of the heat and power balances of the solution.
    warnings : tuple of str
    """

    case: str
    title: str
    packages: int
    silicon_heat: float
    silicon_area: float
    mean_flux: float
    peak_flux: float
    input_power: float | None
    liquid_heat: float | None
    inlet_temperature: float
    flow: float | None
    rise: float | None
    pressure_drop: float | None
    pump_power: float | None
    pressure_over: str | None
    junction_temperature: float
    junction_limit: float | None
    plant: Behind | None
    balance: float
    warnings: tuple[str, ...]

    @property
    def flow_per_liquid_heat(self) -> float | None:
        """[m3/s per W] of heat to the coolant."""
        return _over(self.flow, self.liquid_heat)

    @property
    def flow_per_input_power(self) -> float | None:
        """[m3/s per W] drawn by the machine."""
        return _over(self.flow, self.input_power)

    @property
    def pump_per_liquid_heat(self) -> float | None:
        """Pump power per heat to the coolant [-]."""
        return _over(self.pump_power, self.liquid_heat)

    @property
    def chiller_per_liquid_heat(self) -> float | None:
        """Mean chiller power of the year per heat to the coolant [-]."""
        return None if self.plant is None else _over(self.plant.chiller_power, self.liquid_heat)

    @property
    def junction_margin(self) -> float | None:
        """Limit less the hottest point [K]."""
        limit = self.junction_limit
        return None if limit is None else limit - self.junction_temperature


@dataclass(frozen=True)
class Gap:
    """An inlet temperature [K] at which a machine has no answer, and why."""

    case: str
    inlet_temperature: float
    reason: str


def compare(
    cases: Iterable[LoadedCase],
    inlets: Iterable[float] | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> tuple[list[Row], list[Gap]]:
    """Solve each case at each inlet temperature.

    Parameters
    ----------
    cases : iterable of LoadedCase
    inlets : iterable of float, optional
        [K]; each case's own if left out.
    progress : callable, optional
        Told in words what is solved.

    Returns
    -------
    rows, gaps
        Answers in order of the cases, then of the inlets; and where there is none.

    Raises
    ------
    CaseError
        When a case cannot be used, or no case has an answer anywhere.
    """
    rows: list[Row] = []
    gaps: list[Gap] = []
    wanted = None if inlets is None else list(inlets)
    for case in cases:
        for inlet in [own_inlet(case)] if wanted is None else wanted:
            progress(f"{case.name} at {inlet - FREEZING:.1f} degC")
            try:
                rows.append(_row(case, inlet))
            except (NoFlow, NoSolution) as error:
                gaps.append(Gap(case.name, inlet, " ".join(str(error).split())))
    if not rows:
        raise CaseError("\n".join(f"{gap.case}: {gap.reason}" for gap in gaps))
    return rows, gaps


def own_inlet(loaded: LoadedCase) -> float:
    """Inlet temperature of the case's coolant, or of the air at its top face [K]."""
    case = loaded.case
    if case.coolant is not None:
        return case.coolant.inlet_temperature
    top = case.faces.top
    if top is None or top.temperature is None:
        raise CaseError(
            f"{loaded.name}: found neither a coolant nor faces.top.temperature; one of them is "
            "meant in a comparison at an inlet temperature"
        )
    return top.temperature


def at_inlet(loaded: LoadedCase, inlet: float) -> tuple[LoadedCase, float | None]:
    """The case at an inlet temperature [K], and its rack's flow there [m3/s], where it has one."""
    own_inlet(loaded)
    case = loaded.case
    if case.coolant is None:
        return loaded.with_values({"faces.top.temperature": f"{inlet!r} K"}), None
    values = {"coolant.inlet_temperature": f"{inlet!r} K"}
    rack, coolant = case.rack, build(loaded).problem.coolant
    if rack is None:
        return loaded.with_values(values), None
    assert coolant is not None
    try:
        flow = rack.flow_at(inlet, coolant.fluid)
    except OutOfFluidRange as error:
        raise CaseError(f"{loaded.name}: rack.flow: {error}") from None
    package = rack.package_flow(flow, case.heat.power or 0.0)
    return loaded.with_values(values | {"coolant.flow": f"{package!r} m**3/s"}), flow


def _row(loaded: LoadedCase, inlet: float) -> Row:
    moved, rack_flow = at_inlet(loaded, inlet)
    answer, rack = solve(moved), loaded.case.rack
    heat, area = device_heat(answer)
    packages = 1 if rack is None else rack.packages
    machine = _of_case(answer) if rack is None else _of_rack(answer, rack, inlet, rack_flow)
    network = answer.coupled.drawn.network
    plant, crossing = _plant(moved, machine, inlet)
    return Row(
        case=loaded.name,
        title=loaded.case.title,
        packages=packages,
        silicon_heat=packages * float(heat.sum()),
        silicon_area=packages * float(area.sum()),
        mean_flux=float(heat.sum() / area.sum()),
        peak_flux=float(np.max(heat[area > 0] / area[area > 0])),
        inlet_temperature=inlet,
        junction_temperature=float(answer.block_temperature_max.max()),
        junction_limit=loaded.case.limits.junction_temperature,
        balance=max(answer.heat_balance, 0.0 if network is None else abs(network.balance)),
        plant=plant,
        **(vars(machine) | {"warnings": machine.warnings + crossing}),
    )


def _plant(
    loaded: LoadedCase, machine: _Coolant, inlet: float
) -> tuple[Behind | None, tuple[str, ...]]:
    """What stands behind a machine, or why it cannot."""
    heat, flow, rise = machine.liquid_heat, machine.flow, machine.rise
    if heat is None or flow is None or not rise:
        return None, ()
    plant = with_weather_path(loaded.case.plant or Plant(), loaded)
    drawn, pump, drop = machine.input_power, machine.pump_power or 0.0, machine.pressure_drop
    try:
        return behind(drawn, heat, pump, inlet, flow, rise, drop, plant), ()
    except ValueError as error:
        return None, (f"no plant at an inlet of {inlet - FREEZING:g} degC: {error}",)


def device_heat(answer: Answer) -> tuple[np.ndarray, np.ndarray]:
    """Heat made in the device [W] and the device's area [m2] in each cell of the plane."""
    machine, heat = answer.coupled.machine, answer.coupled.heat
    made = sum(np.asarray(heat[plane]) for plane in machine.heated_planes if plane in heat)
    area = machine.even_shares @ np.asarray(machine.floorplan.areas)
    return np.ravel(made), np.ravel(area)


@dataclass(frozen=True)
class _Coolant:
    """The coolant's side of a row, as there."""

    input_power: float | None
    liquid_heat: float | None = None
    flow: float | None = None
    rise: float | None = None
    pressure_drop: float | None = None
    pump_power: float | None = None
    pressure_over: str | None = None
    warnings: tuple[str, ...] = ()


def _of_case(answer: Answer) -> _Coolant:
    """A machine of one device: its cold plate and the faces that its coolant flows along."""
    need, network = answer.coolant, answer.coupled.drawn.network
    drawn = None if network is None else network.input_power
    warnings = tuple(answer.warnings)
    if need is None:
        return _Coolant(drawn, warnings=warnings)
    through = answer.coupled.solver.heat_through_faces()
    along_faces = need.face_outlet_temperature
    heat = need.heat + float(sum(q for face, q in through.items() if face in along_faces))
    faces = answer.loaded.case.faces
    coolant = answer.coupled.machine.problem.coolant
    assert coolant is not None
    along = sum(getattr(faces, face).flow for face in along_faces)
    capacity = answer.coupled.solver.coolant_capacity_rate()
    capacity += along * volumetric_heat_capacity(coolant.fluid, need.inlet_temperature)
    return _Coolant(
        input_power=drawn,
        liquid_heat=heat,
        flow=need.loop_flow,
        rise=heat / capacity,
        pressure_drop=need.loop_pressure_drop,
        pump_power=need.pump_power,
        pressure_over=None if need.loop_pressure_drop is None else "loop",
        warnings=warnings,
    )


def _of_rack(answer: Answer, rack: Rack, inlet: float, flow: float | None) -> _Coolant:
    """A rack: its own heat, flow and drop; the package only warns."""
    warnings = tuple(answer.warnings)
    coolant = answer.coupled.machine.problem.coolant
    if flow is None or rack.flow is None or coolant is None:
        return _Coolant(rack.input_power, warnings=warnings)
    if not rack.flow.is_inside(inlet):
        warnings += (f"inlet {inlet - FREEZING:g} degC is outside the rack's table of flows",)
    drop = rack.flow.drop(flow)
    return _Coolant(
        input_power=rack.input_power,
        liquid_heat=rack.liquid_heat,
        flow=flow,
        rise=rack.liquid_heat / (flow * volumetric_heat_capacity(coolant.fluid, inlet)),
        pressure_drop=drop,
        pump_power=None if drop is None else flow * drop / rack.pump_efficiency,
        pressure_over=None if drop is None else "rack",
        warnings=warnings,
    )


def _over(value: float | None, by: float | None) -> float | None:
    return None if value is None or not by else value / by


def in_figures(row: Row) -> dict[str, float | str | int | None]:
    """A row in the units of the trade; every key names its unit."""

    def times(value: float | None, factor: float) -> float | None:
        return None if value is None else value * factor

    per_kilowatt = LITRES_PER_MINUTE * 1e3
    limit, plant = row.junction_limit, row.plant
    return {
        "case": row.case,
        "packages": row.packages,
        "inlet_degC": row.inlet_temperature - FREEZING,
        "input_power_kW": times(row.input_power, 1e-3),
        "liquid_heat_kW": times(row.liquid_heat, 1e-3),
        "silicon_heat_kW": row.silicon_heat / 1e3,
        "silicon_mm2": row.silicon_area * 1e6,
        "mean_flux_W_cm2": row.mean_flux / 1e4,
        "peak_flux_W_cm2": row.peak_flux / 1e4,
        "flow_L_min": times(row.flow, LITRES_PER_MINUTE),
        "flow_L_min_per_kW_to_liquid": times(row.flow_per_liquid_heat, per_kilowatt),
        "flow_L_min_per_kW_input": times(row.flow_per_input_power, per_kilowatt),
        "rise_K": row.rise,
        "pressure_drop_kPa": times(row.pressure_drop, 1e-3),
        "pressure_drop_over": row.pressure_over,
        "pump_W_per_kW_to_liquid": times(row.pump_per_liquid_heat, 1e3),
        "chiller_W_per_kW_to_liquid": times(row.chiller_per_liquid_heat, 1e3),
        "cdus_per_MW_to_liquid": None if plant is None else plant.units_per_megawatt,
        "cdu": None if plant is None else plant.unit,
        "cdu_limited_by": None if plant is None else plant.limited_by,
        "pue": None if plant is None else plant.pue,
        "junction_max_degC": row.junction_temperature - FREEZING,
        "junction_limit_degC": None if limit is None else limit - FREEZING,
        "junction_margin_K": row.junction_margin,
        "balance_relative": row.balance,
    }
