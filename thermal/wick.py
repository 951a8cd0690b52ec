"""Wicks: how hard they hold liquid, how easily it runs through them, how well they conduct.

Liquid runs through a thin wick as heat through a sheet: Darcy's law and what evaporates make
``-div(G grad p) = q`` with ``G = K t rho h_fg / mu`` [W/Pa], `q` the heat flux that evaporates it.
So every drop of pressure is ``F Q / G``, with `F` a number of the shape alone.

Source: Faghri, Heat Pipe Science and Technology, 2nd ed. (2016); Chi, Heat Pipe Theory and
Practice (1976).
"""

from __future__ import annotations

import math
from typing import Annotated, Self

from pydantic import Field, model_validator
from pydantic.dataclasses import dataclass

from geometry.units import STRICT, Area, Conductivity, Length

from .refrigerant import Saturation

COPPER = 390.0
"""Conductivity of the solid of copper wicks [W/m/K]."""


@dataclass(frozen=True, config=STRICT, kw_only=True)
class Wick:
    """A wick of even thickness, the ``[vapour_chamber.wick]`` section of a case file.

    Attributes
    ----------
    permeability : float
        K of Darcy's law [m2], as ``"2.89e-11 m**2"``.
    pore_radius : float
        Effective radius of the menisci [m].
    thickness : float
        Of one wick [m].
    conductivity : float or None
        Of the wick full of liquid, across it [W/m/K]; from ``porosity`` if left out.
    porosity : float or None
        Share of its volume that is liquid [-], instead of a conductivity: Maxwell's, the most that
        a porous solid has.
    solid_conductivity : float
        Of its solid, beside ``porosity`` [W/m/K].
    """

    permeability: Area
    pore_radius: Length
    thickness: Length
    conductivity: Conductivity | None = None
    porosity: Annotated[float, Field(gt=0, lt=1)] | None = None
    solid_conductivity: Conductivity = COPPER

    @model_validator(mode="after")
    def _one_conductivity(self) -> Self:
        if (self.conductivity is None) == (self.porosity is None):
            said = "neither" if self.porosity is None else "both"
            raise ValueError(f"found {said}; either 'conductivity' or 'porosity' is meant")
        return self

    def capillary_pressure(self, water: Saturation) -> float:
        """Most that its menisci hold [Pa]: ``2 sigma / r``, full wetting (Young and Laplace)."""
        return 2.0 * water.surface_tension / self.pore_radius

    def conductance(self, water: Saturation) -> float:
        """Heat that the liquid of one square carries per pressure [W/Pa]: ``K t rho h_fg / mu``."""
        liquid = water.liquid_density * water.latent_heat / water.liquid_viscosity
        return self.permeability * self.thickness * liquid

    def conductivity_with(self, water: Saturation) -> float:
        """Across the wick full of liquid [W/m/K]; Maxwell's if none is given."""
        if self.porosity is None:
            assert self.conductivity is not None
            return self.conductivity
        return sintered_conductivity(
            self.solid_conductivity, water.liquid_conductivity, self.porosity
        )


def sintered_conductivity(solid: float, liquid: float, porosity: float) -> float:
    """Conductivity of a continuous solid with liquid in its pores [W/m/K].

    Formula: ``k_s (2 + k_l/k_s - 2 e (1 - k_l/k_s)) / (2 + k_l/k_s + e (1 - k_l/k_s))``. The most
    that a porous solid can have (Hashin and Shtrikman): measured sintered copper has a quarter to
    a half of it, since necks between grains are narrow.

    Source: Maxwell (1873), for wicks in Faghri (2016).

    Examples
    --------
    >>> round(sintered_conductivity(390.0, 0.66, 0.45), 1)
    175.5
    """
    ratio = liquid / solid
    return (
        solid
        * (2.0 + ratio - 2.0 * porosity * (1.0 - ratio))
        / (2.0 + ratio + porosity * (1.0 - ratio))
    )


def powder_permeability(grain_diameter: float, porosity: float) -> float:
    """Permeability of packed or sintered grains [m2]: ``d^2 e^3 / (150 (1 - e)^2)``.

    Source: Blake and Kozeny, in Chi (1976).

    Examples
    --------
    >>> round(powder_permeability(120e-6, 0.45) * 1e11, 2)
    2.89
    """
    return grain_diameter**2 * porosity**3 / (150.0 * (1.0 - porosity) ** 2)


# ------------------------------------------------------------------- shapes, in F of F Q / G


DISK_FROM_RIM = 1.0 / (4.0 * math.pi)
"""A disk that evaporates evenly, fed from its rim: ``q R^2 / 4 G`` with ``Q = pi R^2 q``."""
SQUARE_FROM_RIM = 0.0736713532
"""The same of a square fed from its four sides, by the double sine series."""


def disk_in_a_ring(radius_ratio: float) -> float:
    """A disk that evaporates evenly, fed by a ring around it on which as much condenses evenly.

    Formula: ``b^2 ln(b) / (2 pi (b^2 - 1))``, b the ring's outer over the disk's radius; from
    the outer edge, where nothing passes, to the centre. By integrating Darcy's law twice.

    Examples
    --------
    >>> round(disk_in_a_ring(1.0 + 1e-9), 6) == round(DISK_FROM_RIM, 6)
    True
    """
    square = radius_ratio**2
    return square * math.log(radius_ratio) / (2.0 * math.pi * (square - 1.0))
