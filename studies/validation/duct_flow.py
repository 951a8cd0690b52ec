"""Duct formulas against numerical cross-sections and marches, row by row of the tables in data/."""

from __future__ import annotations

from collections.abc import Callable
from importlib.resources import files
from typing import Any

import numpy as np

from geometry.grid import Array
from thermal import ducts

from .rows import Case, Row

Formula = tuple[str, Callable[..., Any], str, float]
"""Name, function, column of the table, and largest relative error that passes."""

DEVELOPED_FORMULAS: tuple[Formula, ...] = (
    ("friction, f Re", ducts.developed_friction, "fRe_Fanning_numeric", 0.003),
    ("Nusselt number, 4 walls, T", ducts.nusselt_uniform_temperature, "NuT_4wall_numeric", 0.003),
    ("Nusselt number, 4 walls, H1", ducts.nusselt_uniform_flux, "NuH1_4wall_numeric", 0.003),
    ("Nusselt number, 3 walls, H1", ducts.nusselt_three_walls, "NuH1_3wall_numeric", 0.013),
    ("entrance loss, K_inf", ducts.entrance_loss, "Kinf_Lundgren_numeric", 0.018),
)
ENTRANCE_FORMULAS: tuple[Formula, ...] = (
    ("Lee and Garimella, local", ducts.local_nusselt, "Nu_local_numeric", 0.07),
    ("Lee and Garimella, mean", ducts.mean_nusselt, "Nu_mean_numeric", 0.035),
    ("Muzychka and Yovanovich, local", ducts.muzychka_local_nusselt, "Nu_local_numeric", 0.09),
    ("Muzychka and Yovanovich, mean", ducts.muzychka_mean_nusselt, "Nu_mean_numeric", 0.045),
)


def table(name: str) -> Any:
    """A table of ``data/`` by column name."""
    text = files(__package__).joinpath(f"data/{name}").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    return np.genfromtxt(lines, delimiter=",", names=True)


def developed() -> Any:
    """Developed flow by aspect ratio, short over long side."""
    return table("ducts_developed.csv")


def entrance() -> Any:
    """Thermal entrance by aspect ratio, long over short side, and position."""
    return table("ducts_thermal_entrance.csv")


def _worst(formula: Formula, found: Array, numeric: Array, where: list[str], source: str) -> Row:
    name, _, _, allowed = formula
    i = int(np.argmax(np.abs(found / numeric - 1)))
    words = f"{name}, worst of {len(numeric)}: {where[i]}"
    return Row(words, float(numeric[i]), float(found[i]), "", allowed, source, True)


def developed_rows() -> list[Row]:
    """The fits of Shah and London (1978) for developed laminar flow in rectangular ducts.

    Against own finite-volume sections of ten aspect ratios from a square to parallel plates, whose
    error is 0.05 to 0.3 %. Of each formula the worst aspect ratio is shown, short over long side.
    """
    data = developed()
    where = [f"aspect {a:g}" for a in data["alpha"]]
    source = "numerical cross-sections, made for this project"
    return [_worst(f, f[1](data["alpha"]), data[f[2]], where, source) for f in DEVELOPED_FORMULAS]


def entrance_rows() -> list[Row]:
    """Nusselt number where the velocity is developed and the temperature is not yet.

    Against an own march along ducts of aspect 1, 5 and 10, four walls of one temperature around and
    even heat along, at x* = x/(Dh Re Pr) from 0.0005 to 0.1. Lee and Garimella is what films are
    computed with; Muzychka and Yovanovich is there to compare.
    """
    data = entrance()
    aspect, position = data["aspect_H_over_w"], data["x_star"]
    where = [f"aspect {a:g}, x* {x:g}" for a, x in zip(aspect, position, strict=True)]
    source = "numerical march, made for this project"
    return [
        _worst(f, f[1](1 / aspect, position), data[f[2]], where, source) for f in ENTRANCE_FORMULAS
    ]


CASES = [
    Case("Developed flow in ducts", developed_rows),
    Case("Thermal entrance of ducts", entrance_rows),
]
