"""Make the coolant property tables beside this file; run it only to renew them.

``python thermal/data/make_tables.py`` needs CoolProp (a test dependency). CoolProp takes 0.1 to
0.5 ms a call, which no solve can afford, so the package reads these tables instead.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from CoolProp.CoolProp import PropsSI, get_global_param_string

PRESSURE = 2e5  # Pa: a few metres below an open loop's top; liquids hardly notice it
QUANTITIES = {
    "density_kg_m3": "D",
    "heat_capacity_J_kgK": "C",
    "viscosity_Pa_s": "V",
    "conductivity_W_mK": "L",
}
AIR_PRESSURE = 101325.0  # Pa
TABLES: dict[str, tuple[Any, ...]] = {
    "water.csv": ("HEOS::Water", "water, IAPWS-95 and IAPWS transport formulations", 0, 100),
    "pg25.csv": ("INCOMP::MPG-25%", "25 % by mass propylene glycol in water (Melinder)", -9, 100),
    "air.csv": ("HEOS::Air", "dry air (Lemmon et al.)", -40, 200, AIR_PRESSURE),
}
SATURATION = {
    "pressure_Pa": ("P", 0),
    "liquid_density_kg_m3": ("D", 0),
    "vapour_density_kg_m3": ("D", 1),
    "surface_tension_N_m": ("I", 0),
    "liquid_viscosity_Pa_s": ("V", 0),
    "vapour_viscosity_Pa_s": ("V", 1),
    "liquid_conductivity_W_mK": ("L", 0),
    "vapour_heat_capacity_J_kgK": ("C", 1),
    "vapour_heat_capacity_at_volume_J_kgK": ("O", 1),
}
"""CoolProp's key, and the share of vapour."""
SATURATION_RANGE = (1, 200)


def table_text(
    coolprop_name: str, words: str, first: int, last: int, pressure: float = PRESSURE
) -> str:
    """One table as CSV text: a row per degree Celsius, its origin in the header comments."""
    version = get_global_param_string("version")
    lines = [
        f"# {words}",
        f"# source: CoolProp {version}, {coolprop_name}, at {pressure / 1e5:g} bar; "
        "made by thermal/data/make_tables.py",
        "# units: degree Celsius, kg/m3, J/(kg K), Pa s, W/(m K)",
        ",".join(["temperature_degC", *QUANTITIES]),
    ]
    for celsius in np.arange(first, last + 1):
        state = ("T", float(celsius) + 273.15, "P", pressure, coolprop_name)
        values = (f"{PropsSI(key, *state):.9g}" for key in QUANTITIES.values())
        lines.append(",".join([str(celsius), *values]))
    return "\n".join(lines) + "\n"


def saturation_text() -> str:
    """Water and its vapour at saturation, a row per degree Celsius."""
    version = get_global_param_string("version")
    lines = [
        "# water at saturation, IAPWS-95 and IAPWS transport and surface tension",
        f"# source: CoolProp {version}, HEOS::Water; made by thermal/data/make_tables.py",
        ",".join(["temperature_degC", *SATURATION, "latent_heat_J_kg"]),
    ]
    for celsius in range(SATURATION_RANGE[0], SATURATION_RANGE[1] + 1):
        kelvin = celsius + 273.15
        values = [
            PropsSI(key, "T", kelvin, "Q", share, "HEOS::Water")
            for key, share in SATURATION.values()
        ]
        enthalpy = [PropsSI("H", "T", kelvin, "Q", share, "HEOS::Water") for share in (0, 1)]
        values.append(enthalpy[1] - enthalpy[0])
        lines.append(",".join([str(celsius), *(f"{value:.9g}" for value in values)]))
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    for file_name, arguments in TABLES.items():
        Path(__file__).with_name(file_name).write_text(table_text(*arguments), encoding="utf-8")
    Path(__file__).with_name("water_saturation.csv").write_text(saturation_text(), encoding="utf-8")
