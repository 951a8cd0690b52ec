"""What solids conduct: the conductivity law and the sourced table of materials."""

from __future__ import annotations

import csv
import difflib
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from .conduction import Plane

REFERENCE_TEMPERATURE = 300.0
"""Kelvin; where the table's conductivities hold."""


@dataclass(frozen=True)
class ConductivityLaw:
    """Conductivity along x, y and z [W/m/K], falling with temperature as a power.

    ``k(T) = k (300 K / T) ** exponent``; exponent 0 is a constant.
    """

    x: float
    y: float
    z: float
    exponent: float = 0.0

    @property
    def varies(self) -> bool:
        """Whether it changes with temperature."""
        return self.exponent != 0

    def at(self, temperature: Plane) -> tuple[Plane, Plane, Plane]:
        """Conductivities along x, y and z at a temperature [K]."""
        if self.exponent == 0:
            return self.x, self.y, self.z
        fall = (REFERENCE_TEMPERATURE / temperature) ** self.exponent
        return self.x * fall, self.y * fall, self.z * fall


@dataclass(frozen=True)
class Material:
    """One row of the table of materials."""

    name: str
    conductivity: float
    exponent: float
    density: float
    heat_capacity: float
    source: str
    trust: str

    @property
    def law(self) -> ConductivityLaw:
        """The same conductivity in all directions."""
        k = self.conductivity
        return ConductivityLaw(k, k, k, self.exponent)


@lru_cache(maxsize=1)
def materials() -> dict[str, Material]:
    """The materials of the table, by name."""
    text = files(__package__).joinpath("data/materials.csv").read_text()
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    return {
        row["name"]: Material(
            row["name"],
            float(row["conductivity_W_m_K"]),
            float(row["exponent"]),
            float(row["density_kg_m3"]),
            float(row["heat_capacity_J_kg_K"]),
            row["source"],
            row["trust"],
        )
        for row in csv.DictReader(lines)
    }


def material(name: str) -> Material:
    """The material called ``name``.

    Raises
    ------
    ValueError
        When there is none; the nearest names are listed.
    """
    table = materials()
    if name not in table:
        near = difflib.get_close_matches(name, table, n=2, cutoff=0.5) or sorted(table)
        raise ValueError(f"found material '{name}'; one of {', '.join(near)} is meant")
    return table[name]
