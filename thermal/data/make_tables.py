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


if __name__ == "__main__":
    for file_name, arguments in TABLES.items():
        Path(__file__).with_name(file_name).write_text(table_text(*arguments), encoding="utf-8")
