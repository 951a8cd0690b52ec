"""What is handed over of a boiling cold plate: words, JSON, CSV and a picture."""

from __future__ import annotations

import csv
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .answer import LITRES_PER_MINUTE, Answer
from .coolant_need import FREEZING
from .two_phase import TwoPhaseAnswer
from .two_phase_plate import Path as FlowPath
from .two_phase_plate import TwoPhaseState
from .words import watts_as_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def to_dict(found: TwoPhaseAnswer, against: Answer | None = None) -> dict[str, Any]:
    """As JSON can hold it; every key names its unit, kW are those of the device's heat."""
    case = found.loaded.case
    return {
        "case": found.loaded.name,
        "caveat": case.caveat,
        "heat_W": found.state.power,
        "at_the_flow_of_the_case": _state_dict(found.state),
        "junction_max_degC_with_the_other_film": found.second_opinion - FREEZING,
        "at_the_least_flow": None if found.least is None else _state_dict(found.least),
        "least_flow_is_bound_by": found.bound,
        "against": None if against is None else _against(against),
        "warnings": found.warnings,
    }


def _state_dict(state: TwoPhaseState) -> dict[str, Any]:
    worst = state.worst.boiling
    at = int(np.argmin(worst.margin))
    inlet = worst.quality[0]
    return {
        "flow_of_liquid_L_min": state.settings.flow * LITRES_PER_MINUTE,
        "flow_of_liquid_L_min_per_kW": _per_kW(state) * LITRES_PER_MINUTE,
        "mass_flow_kg_s": state.mass_flow,
        "mass_flux_kg_m2s": state.mass_flux,
        "inlet_quality": float(inlet),
        "outlet_quality": state.outlet_quality,
        "saturation_in_degC": float(worst.saturation_temperature[0]) - FREEZING,
        "saturation_out_degC": float(worst.saturation_temperature[-1]) - FREEZING,
        "pressure_in_kPa": float(worst.pressure[0]) / 1e3,
        "pressure_drop_kPa": state.pressure_drop / 1e3,
        "friction_share_of_drop": worst.friction_drop / worst.pressure_drop,
        "pump_power_W": state.pump_power,
        "junction_max_degC": state.hottest - FREEZING,
        "film_W_m2K": [float(worst.film.min()), float(worst.film.max())],
        "critical_flux_margin": state.margin,
        "critical_flux_margin_at_mm": 1e3 * float(worst.position[at + 1]),
        "dryout_quality_at_outlet": float(worst.dryout_quality[-1]),
        "walls_wet": state.is_wet,
        "not_kept": state.passed,
    }


def _per_kW(state: TwoPhaseState) -> float:
    return 1e3 * state.settings.flow / state.power


def _against(answer: Answer) -> dict[str, Any]:
    found = answer.to_dict()
    keys = (
        "coolant_flow_L_min_per_kW",
        "coolant_inlet_degC",
        "coolant_outlet_degC",
        "junction_temperature_max_degC",
        "cold_plate_pressure_drop_kPa",
    )
    return {"case": answer.loaded.name} | {key: found.get(key) for key in keys}


def summary_lines(found: TwoPhaseAnswer, against: Answer | None = None) -> list[str]:
    """The answer for a terminal."""
    settings = found.state.settings
    lines = [found.loaded.case.title, f"{settings.refrigerant}, {settings.path}"]
    lines += _state_lines("At the flow of the case", found.state, f", {settings.film}")
    if math.isfinite(found.second_opinion):
        other = found.second_opinion - FREEZING
        lines.append(f"  by the other film    {other:.1f} °C at the hottest junction")
    if found.least is None:
        lines.append(f"No flow is enough: {found.bound}.")
    else:
        lines += _state_lines("At the least flow", found.least)
        lines.append(f"  bound by             {found.bound}")
    if against is not None:
        lines += _against_lines(found, against)
    lines += [f"warning: {words}" for words in found.warnings]
    if found.loaded.case.caveat:
        lines.append(f"To bear in mind: {found.loaded.case.caveat}.")
    return lines


def _state_lines(title: str, state: TwoPhaseState, by: str = "") -> list[str]:
    worst = state.worst.boiling
    at = 1e3 * worst.position[int(np.argmin(worst.margin)) + 1]
    kelvin = worst.saturation_temperature[[0, -1]] - FREEZING
    hottest = f"{state.hottest - FREEZING:.1f} °C" if state.is_wet else "not known, a wall dries"
    return [
        title,
        f"  flow                 {state.settings.flow * LITRES_PER_MINUTE:.4g} L/min of liquid, "
        f"{state.mass_flow:.3g} kg/s, {_per_kW(state) * LITRES_PER_MINUTE:.3g} L/min per kW",
        f"  quality              {worst.quality[0]:.3f} in, {state.outlet_quality:.3f} out; "
        f"the film breaks at {worst.dryout_quality[-1]:.2f}",
        f"  saturation           {kelvin[0]:.2f} °C in, {kelvin[1]:.2f} °C out, "
        f"{worst.pressure[0] / 1e3:.0f} kPa in",
        f"  pressure drop        {state.pressure_drop / 1e3:.1f} kPa, "
        f"{100 * worst.friction_drop / worst.pressure_drop:.0f} % friction, the rest acceleration",
        f"  pump power           {watts_as_text(state.pump_power)}",
        f"  critical heat flux   {state.margin:.2f} times that of the walls, "
        f"{at:.0f} mm from the inlet",
        f"  film on the walls    {worst.film.min():.0f} to {worst.film.max():.0f} W/m²/K{by}",
        f"  hottest junction     {hottest}",
    ]


def _against_lines(found: TwoPhaseAnswer, answer: Answer) -> list[str]:
    other = _against(answer)
    state = found.least or found.state
    ratio = other["coolant_flow_L_min_per_kW"] / (_per_kW(state) * LITRES_PER_MINUTE)
    return [
        f"Against {other['case']}",
        f"  flow                 {other['coolant_flow_L_min_per_kW']:.3g} L/min per kW, "
        f"{ratio:.1f} times as much as above",
        f"  coolant              {other['coolant_inlet_degC']:.1f} °C in, "
        f"{other['coolant_outlet_degC']:.1f} °C out",
        f"  pressure drop        {other['cold_plate_pressure_drop_kPa']:.1f} kPa",
        f"  hottest junction     {other['junction_temperature_max_degC']:.1f} °C",
    ]


def write_csv(found: TwoPhaseAnswer, path: Path) -> None:
    """A row between two stations, path after path from its inlet on."""
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        columns: list[str] = []
        for number, each in enumerate(found.state.paths, start=1):
            rows = _columns(each)
            if not columns:
                columns = list(rows)
                table.writerow(["path", *columns])
            for row in zip(*rows.values(), strict=True):
                table.writerow([number, *(f"{value:.9g}" for value in row)])


def _columns(path: FlowPath) -> dict[str, np.ndarray]:
    one = path.boiling

    def middle(values: np.ndarray) -> np.ndarray:
        return (values[1:] + values[:-1]) / 2

    return {
        "from_inlet_mm": 1e3 * middle(one.position),
        "quality": middle(one.quality),
        "pressure_kPa": middle(one.pressure) / 1e3,
        "saturation_degC": middle(one.saturation_temperature) - FREEZING,
        "heat_flux_W_cm2": one.footprint_flux / 1e4,
        "wall_flux_W_cm2": one.wall_flux / 1e4,
        "critical_flux_W_cm2": one.critical_flux / 1e4,
        "dryout_quality": one.dryout_quality,
        "film_W_m2K": one.film,
        "fin_root_degC": one.root_temperature - FREEZING,
        "junction_degC": path.junction - FREEZING,
    }


def figure(found: TwoPhaseAnswer) -> Figure:
    """Quality, temperatures and heat fluxes along the path with the least margin."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    from .figures import PALE, STYLE

    with mpl.rc_context(STYLE):
        drawn = Figure(figsize=(7.2, 8.4), layout="constrained")
        axes = drawn.subplots(3, 1, sharex=True)
        columns = _columns(found.state.worst)
        _draw_quality(axes[0], columns, found.state)
        _draw_temperatures(axes[1], columns)
        _draw_fluxes(axes[2], columns)
        axes[2].set_xlabel("distance from the inlet [mm]")
        axes[2].set_xlim(0, 1e3 * found.state.worst.boiling.position[-1])
        for each in axes:
            each.spines[["top", "right"]].set_visible(False)
            each.tick_params(length=3, color=PALE)
    return drawn


def _draw_quality(axes: Axes, columns: dict[str, np.ndarray], state: TwoPhaseState) -> None:
    from .figures import BLUE, ORANGE

    x = columns["from_inlet_mm"]
    axes.plot(x, columns["quality"], "-", color=BLUE, lw=2, label="quality")
    axes.plot(x, columns["dryout_quality"], "--", color=ORANGE, lw=2, label="the film breaks")
    axes.axhline(0.0, color="#8A8A8A", lw=0.8)
    axes.set_ylabel("vapour's share of the mass")
    axes.set_ylim(min(-0.05, 1.1 * columns["quality"][0]), 1.0)
    flow = state.settings.flow * LITRES_PER_MINUTE
    axes.set_title(f"{state.settings.refrigerant}, {flow:.3g} L/min of liquid", loc="left")
    axes.legend(frameon=False, loc="upper left", ncols=2)


def _draw_temperatures(axes: Axes, columns: dict[str, np.ndarray]) -> None:
    from .figures import BLUE, ORANGE, VERMILION

    x = columns["from_inlet_mm"]
    for name, words, colour, line in (
        ("junction_degC", "junction", VERMILION, "-"),
        ("fin_root_degC", "root of the fins", ORANGE, "--"),
        ("saturation_degC", "saturation", BLUE, "-."),
    ):
        axes.plot(x, columns[name], line, color=colour, lw=2, label=words)
    axes.set_ylabel("temperature [°C]")
    low, high = (f(columns[n]) for f, n in ((np.min, "saturation_degC"),
                                            (np.nanmax, "junction_degC")))  # fmt: skip
    axes.set_ylim(low - 0.05 * (high - low), high + 0.3 * (high - low))
    axes.legend(frameon=False, loc="upper left", ncols=3)


def _draw_fluxes(axes: Axes, columns: dict[str, np.ndarray]) -> None:
    from .figures import BLUE, VERMILION

    x = columns["from_inlet_mm"]
    axes.plot(x, columns["wall_flux_W_cm2"], "-", color=BLUE, lw=2, label="on the walls")
    axes.plot(
        x,
        columns["critical_flux_W_cm2"],
        "--",
        color=VERMILION,
        lw=2,
        label="critical, if the channel ended there",
    )
    axes.set_yscale("log")
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
    axes.set_ylabel("heat flux [W/cm²]")
    axes.legend(frameon=False, loc="upper right", ncols=2)
