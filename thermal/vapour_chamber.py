"""Vapour chambers: what they carry before they fail, and how well they conduct below that.

Limits, with the vapour at one temperature:

capillary
    menisci hold the drop of the liquid in the wick, of the vapour in its space, and the head
    against gravity.
boiling
    bubbles grow in the wick under the heated area.
entrainment
    vapour tears liquid off the wick.
sonic
    vapour is as fast as sound.

Source: Faghri, Heat Pipe Science and Technology, 2nd ed. (2016); Chi, Heat Pipe Theory and Practice
(1976).
"""

from __future__ import annotations

import math
from dataclasses import dataclass as plain_dataclass
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator
from pydantic.dataclasses import dataclass

from geometry.units import STRICT, Conductivity, Length

from .refrigerant import Saturation
from .wick import COPPER, Wick

GAS_CONSTANT = 8.314462618 / 18.015268e-3
"""Of water vapour [J/(kg K)]: CODATA 2018 over IAPWS's molar mass."""
GRAVITY = 9.81
"""[m/s2]."""
LIMITS = ("capillary", "boiling", "entrainment", "sonic")


@dataclass(frozen=True, config=STRICT, kw_only=True)
class Posts:
    """A square grid of wick posts that bring the condensate back, ``[vapour_chamber.posts]``.

    Attributes
    ----------
    pitch : float
        Of the square grid of posts [m].
    radius : float
        Of one [m].
    """

    pitch: Length
    radius: Length

    @model_validator(mode="after")
    def _apart(self) -> Self:
        if 2.0 * self.radius >= self.pitch:
            raise ValueError(
                f"radius: found {self.radius * 1e3:g} mm at a pitch of {self.pitch * 1e3:g} mm; "
                "posts that stand apart are meant"
            )
        return self

    @property
    def share(self) -> float:
        """Of the vapour space that they take [-]."""
        return math.pi * self.radius**2 / self.pitch**2


@dataclass(frozen=True, config=STRICT, kw_only=True)
class VapourChamber:
    """A flat chamber with water and a wick on both walls, the ``[vapour_chamber]`` section.

    It lies over the whole stack. Where it is larger than the device, liquid comes from all round
    it; where it is not, from the rim; with posts, from these.

    Attributes
    ----------
    width : float or None
        Along x [m]; the device's if left out.
    height : float or None
        Along y, against gravity where it stands [m]; the device's if left out.
    wall_thickness : float
        Of either wall [m].
    wall_conductivity : float
        Of both walls [W/m/K].
    wick : Wick
        The same on both walls.
    vapour_gap : float
        Between the wicks [m].
    posts : Posts or None
        Of wick, which bring the condensate back.
    orientation : {"horizontal", "vertical"}
        Vertical, the wick must lift the liquid over the chamber's height.
    nucleation_radius : float
        Of the bubbles that begin to boil in the wick [m]; assumed.
    accommodation : float
        Share of the vapour's molecules that condense where they meet liquid [-]; assumed.
    """

    width: Length | None = None
    height: Length | None = None
    wall_thickness: Length
    wall_conductivity: Conductivity = COPPER
    wick: Wick
    vapour_gap: Length
    posts: Posts | None = None
    orientation: Literal["horizontal", "vertical"] = "horizontal"
    nucleation_radius: Length = 2.5e-6
    accommodation: Annotated[float, Field(gt=0, le=1)] = 0.1

    @model_validator(mode="after")
    def _boils_above(self) -> Self:
        if self.nucleation_radius >= self.wick.pore_radius:
            raise ValueError(
                f"nucleation_radius: found {self.nucleation_radius * 1e6:g} um with pores of "
                f"{self.wick.pore_radius * 1e6:g} um; less than the pores' is meant"
            )
        return self

    @property
    def open_share(self) -> float:
        """Of the vapour space that posts leave [-]."""
        return 1.0 if self.posts is None else 1.0 - self.posts.share


@plain_dataclass(frozen=True)
class Paths:
    """How liquid and vapour run in a chamber, in numbers of its shape.

    Attributes
    ----------
    liquid : float
        F of the evaporator's wick, of the drop ``F Q / G`` [-].
    posts : float
        Length of the posts over the area of all [1/m]; 0 without.
    vapour : float
        F of the vapour along its space [-].
    evaporator_area : float
        [m2].
    vapour_area : float
        Through which the vapour leaves the evaporator [m2].
    height : float
        Against gravity [m]; 0 where it lies.
    """

    liquid: float
    posts: float
    vapour: float
    evaporator_area: float
    vapour_area: float
    height: float


def capillary_limit(chamber: VapourChamber, paths: Paths, water: Saturation) -> float:
    """Heat at which the menisci no longer hold [W]; 0 where gravity alone is too much.

    Formula: ``(2 sigma / r - rho g H) / (dp_l/dQ + dp_v/dQ)``, both drops proportional to the heat:
    Darcy's in wick and posts, and Poiseuille's between plates of the vapour (``12 mu / g^3``).
    """
    wick, gap = chamber.wick, chamber.vapour_gap
    head = water.liquid_density * GRAVITY * paths.height
    left = wick.capillary_pressure(water) - head
    per_watt = paths.liquid / wick.conductance(water)
    per_watt += paths.posts * wick.thickness / wick.conductance(water)
    vapour = water.vapour_density * water.latent_heat * gap**3 / (12.0 * water.vapour_viscosity)
    per_watt += paths.vapour / (vapour * chamber.open_share)
    return max(left, 0.0) / per_watt


def boiling_limit(chamber: VapourChamber, paths: Paths, water: Saturation) -> float:
    """Heat at which bubbles grow in the wick [W].

    Formula: ``A (k / t) T / (h_fg rho_v) 2 sigma (1 / r_n - 1 / r)``: the superheat that a
    bubble of the nucleation radius needs (Clausius and Clapeyron), across a flat wick. It is known
    to a factor of ten, as the radius is.

    Source: Faghri (2016) and Chi (1976), there round a pipe.
    """
    wick = chamber.wick
    bubble = 2.0 * water.surface_tension
    bubble *= 1.0 / chamber.nucleation_radius - 1.0 / wick.pore_radius
    superheat = water.temperature / (water.latent_heat * water.vapour_density) * bubble
    return paths.evaporator_area * wick.conductivity_with(water) / wick.thickness * superheat


def entrainment_limit(chamber: VapourChamber, paths: Paths, water: Saturation) -> float:
    """Heat whose vapour tears liquid off the wick [W]: ``A_v h_fg sqrt(sigma rho_v / (2 r))``.

    Weber number 1 on the pores. Source: Faghri (2016); Chi (1976).
    """
    tearing = water.surface_tension * water.vapour_density / (2.0 * chamber.wick.pore_radius)
    return paths.vapour_area * water.latent_heat * math.sqrt(tearing)


def sonic_limit(paths: Paths, water: Saturation) -> float:
    """Heat whose vapour leaves as fast as sound [W].

    Formula: ``A_v rho_v h_fg sqrt(g R T / (2 (g + 1)))``, g the ratio of heat capacities.
    Source: Levy, in Faghri (2016): mass added at constant area.
    """
    ratio = water.vapour_heat_capacity / water.vapour_heat_capacity_at_volume
    speed = math.sqrt(ratio * GAS_CONSTANT * water.temperature / (2.0 * (ratio + 1.0)))
    return paths.vapour_area * water.vapour_density * water.latent_heat * speed


def limits(chamber: VapourChamber, paths: Paths, water: Saturation) -> dict[str, float]:
    """Every limit by name [W], in the order of :data:`LIMITS`."""
    found = (
        capillary_limit(chamber, paths, water),
        boiling_limit(chamber, paths, water),
        entrainment_limit(chamber, paths, water),
        sonic_limit(paths, water),
    )
    return dict(zip(LIMITS, found, strict=True))


# --------------------------------------------------------------------------- conduction


def interface_coefficient(accommodation: float, water: Saturation) -> float:
    """Of evaporation or condensation at a flat surface [W/m2/K].

    Formula: ``2a/(2-a) h_fg^2 rho_v / T sqrt(1 / (2 pi R T)) (1 - p / (2 rho_v h_fg))``.

    Source: Carey, Liquid-Vapor Phase-Change Phenomena (1992). Values of `a` reported of water go
    from 0.1 to 1: Eames et al., Int. J. Heat Mass Transfer 40 (1997) 2963-2973,
    DOI 10.1016/S0017-9310(96)00339-0.
    """
    kinetic = 2.0 * accommodation / (2.0 - accommodation)
    kinetic *= math.sqrt(1.0 / (2.0 * math.pi * GAS_CONSTANT * water.temperature))
    heat = water.latent_heat**2 * water.vapour_density / water.temperature
    return (
        kinetic * heat * (1.0 - water.pressure / (2.0 * water.vapour_density * water.latent_heat))
    )


def vapour_conductivity(gap: float, water: Saturation) -> float:
    """Conductivity along a space of vapour [W/m/K]: ``(rho_v h_fg g)^2 / (12 mu_v T)``.

    What Poiseuille's flow between plates carries per drop of saturation temperature (Clausius and
    Clapeyron).

    Source: Prasher, J. Electron. Packag. 125 (2003) 378-385.
    """
    carried = (water.vapour_density * water.latent_heat * gap) ** 2
    return carried / (12.0 * water.vapour_viscosity * water.temperature)


@plain_dataclass(frozen=True)
class ChamberLayer:
    """One layer of a chamber as a solid: its thickness [m], and conductivity [W/m/K]."""

    name: str
    thickness: float
    along: float
    across: float


def chamber_layers(chamber: VapourChamber, water: Saturation) -> list[ChamberLayer]:
    """The chamber as layers that conduct, from the condenser's wall to the evaporator's.

    Across the vapour space: condensation and evaporation in series, the posts beside them.
    """
    wall, wick, gap = chamber.wall_conductivity, chamber.wick, chamber.vapour_gap
    wet, space = wick.conductivity_with(water), chamber.open_share
    surfaces = interface_coefficient(chamber.accommodation, water) / 2.0
    along = space * vapour_conductivity(gap, water)
    across = space * surfaces * gap + (1.0 - space) * wet
    return [
        ChamberLayer("condenser wall", chamber.wall_thickness, wall, wall),
        ChamberLayer("condenser wick", wick.thickness, wet, wet),
        ChamberLayer("vapour", gap, along, across),
        ChamberLayer("evaporator wick", wick.thickness, wet, wet),
        ChamberLayer("evaporator wall", chamber.wall_thickness, wall, wall),
    ]
