"""Make the saturation tables of refrigerants beside this file; run it only to renew them.

``python thermal/data/make_saturation_tables.py`` needs CoolProp (a test dependency); the package
reads these tables instead.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from CoolProp.CoolProp import PropsSI, get_global_param_string

QUANTITIES = {
    "pressure_Pa": ("P", 0),
    "liquid_density_kg_m3": ("D", 0),
    "vapour_density_kg_m3": ("D", 1),
    "liquid_enthalpy_J_kg": ("H", 0),
    "vapour_enthalpy_J_kg": ("H", 1),
    "liquid_heat_capacity_J_kgK": ("C", 0),
    "liquid_viscosity_Pa_s": ("V", 0),
    "vapour_viscosity_Pa_s": ("V", 1),
    "liquid_conductivity_W_mK": ("L", 0),
    "surface_tension_N_m": ("I", 0),
    "vapour_heat_capacity_J_kgK": ("C", 1),
    "vapour_heat_capacity_at_volume_J_kgK": ("O", 1),
}
"""Column, and CoolProp's name of it with the quality."""

# the highest temperatures keep vapour below 0.15 of the liquid's density
TABLES = {
    "r134a_saturation.csv": ("R134a", -40, 70),
    "r1234ze_saturation.csv": ("R1234ze(E)", -40, 80),
    "water_saturation.csv": ("Water", 1, 200),
}


def table_text(coolprop_name: str, first: int, last: int) -> str:
    """One table as CSV text: a row per degree Celsius, its origin in the header comments."""
    version = get_global_param_string("version")
    fluid = f"HEOS::{coolprop_name}"
    lines = [
        f"# {coolprop_name} at saturation",
        f"# source: CoolProp {version}, {fluid}; made by thermal/data/make_saturation_tables.py",
        f"# critical pressure: {PropsSI('PCRIT', fluid):.9g} Pa",
        ",".join(["temperature_degC", *QUANTITIES]),
    ]
    for celsius in np.arange(first, last + 1):
        state = ("T", float(celsius) + 273.15, "Q")
        values = (f"{PropsSI(key, *state, q, fluid):.12g}" for key, q in QUANTITIES.values())
        lines.append(",".join([str(celsius), *values]))
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    for file_name, arguments in TABLES.items():
        Path(__file__).with_name(file_name).write_text(table_text(*arguments), encoding="utf-8")
