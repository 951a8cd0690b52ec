"""A refrigerant that boils in the channels of a cold plate, marched along one channel.

Energy gives the enthalpy, ``G A (h_out - h_in) = heat``. Momentum of the homogeneous mixture gives
the pressure,

    d/dz (p + G^2 v) = -2 f G^2 v / Dh ,

whose left side is taken exactly, so that friction alone is integrated (trapezium, second order).
The saturation temperature follows the pressure, and liquid flashes as it falls. Films on the walls
are those of ``flow_boiling``, fins those of the plain fin formula.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from geometry.errors import ChokedFlow, DriedOut

from .cold_plate import Channels, fin_resistance
from .coolant import OutOfFluidRange
from .ducts import blended_nusselt, friction_factor, nusselt_three_walls
from .flow_boiling import (
    dryout_quality,
    homogeneous_viscosity,
    homogeneous_volume,
    katto_ohno_flux,
    kim_mudawar_film,
    li_wu_film,
)
from .refrigerant import Refrigerant, Saturation

Array = NDArray[np.float64]
Film = Literal["Kim and Mudawar 2013", "Li and Wu 2010"]
"""Whose heat transfer coefficient of boiling."""

ROUNDS = 60
"""Of the pressure at a station; each takes away two digits or more unless the flow chokes."""
LEAST_FILM = 1.0
"""[W/(m2 K)]; where there is no heat nothing boils, and the film has no number."""


@dataclass(frozen=True)
class BoilingChannel:
    """One of many equal channels and what enters it.

    Attributes
    ----------
    channels : Channels
    height : float
        Of the channels [m].
    fin_conductivity : float
        [W/(m K)].
    fluid : Refrigerant
    inlet_pressure : float
        [Pa].
    inlet_enthalpy : float
        [J/kg].
    mass_flux : float
        [kg/(m2 s)].
    film : Film
    """

    channels: Channels
    height: float
    fin_conductivity: float
    fluid: Refrigerant
    inlet_pressure: float
    inlet_enthalpy: float
    mass_flux: float
    film: Film = "Kim and Mudawar 2013"

    @property
    def area(self) -> float:
        """Of the channel's section [m2]."""
        return self.channels.channel_width * self.height

    @property
    def diameter(self) -> float:
        """Hydraulic [m]."""
        return self.channels.hydraulic_diameter(self.height)

    @property
    def heated_perimeter(self) -> float:
        """Floor and both fins, not the lid [m]."""
        return self.channels.channel_width + 2 * self.height

    @property
    def heated_share(self) -> float:
        """Heated over wetted perimeter."""
        return self.heated_perimeter / (2 * (self.channels.channel_width + self.height))


@dataclass(frozen=True)
class Boiling:
    """What a channel does along its length.

    Attributes
    ----------
    position, enthalpy, quality, pressure : arrays, shape (n + 1,)
        At the stations: [m], [J/kg], [-] (below 0 where subcooled), [Pa].
    saturation_temperature : array, shape (n + 1,)
        [K].
    footprint_flux, wall_flux : arrays, shape (n,)
        Heat into the plate, and its mean over the heated perimeter, between stations [W/m2].
    film : array, shape (n,)
        [W/(m2 K)].
    root_temperature : array, shape (n,)
        Of the plate where fins and channels begin [K]; nan where dry.
    critical_flux : array, shape (n,)
        Of ``wall_flux``'s kind, for a channel that ends there [W/m2].
    margin : array, shape (n,)
        Critical flux over the wall's: the local one or the mean from the inlet, what is larger.
    dryout_quality : array, shape (n,)
        From which the film of liquid breaks.
    friction_drop : float
        [Pa]; the rest of the drop accelerates the mixture.
    """

    position: Array
    enthalpy: Array
    quality: Array
    pressure: Array
    saturation_temperature: Array
    footprint_flux: Array
    wall_flux: Array
    film: Array
    root_temperature: Array
    critical_flux: Array
    margin: Array
    dryout_quality: Array
    friction_drop: float

    @property
    def pressure_drop(self) -> float:
        """From inlet to outlet [Pa]."""
        return float(self.pressure[0] - self.pressure[-1])

    @property
    def wet(self) -> NDArray[np.bool_]:
        """Where the walls still boil, shape (n,); beyond, their temperature is not known."""
        middle = (self.quality[1:] + self.quality[:-1]) / 2
        broken = middle > np.maximum(self.dryout_quality, 0.0)  # subcooled liquid has no film
        return np.cumsum((self.margin < 1) | broken) == 0


def boil(channel: BoilingChannel, edges: Array, footprint_flux: Array) -> Boiling:
    """March a channel from its inlet.

    Parameters
    ----------
    channel : BoilingChannel
    edges : array, shape (n + 1,)
        Stations from the inlet on, from 0 [m].
    footprint_flux : array, shape (n,)
        Heat into the plate between them [W/m2], 0 or more.

    Raises
    ------
    DriedOut
        Where all is vapour before the end.
    ChokedFlow
        Where the pressure cannot drive the flow.
    """
    steps = np.diff(edges)
    added = footprint_flux * channel.channels.pitch * steps / (channel.mass_flux * channel.area)
    enthalpy = channel.inlet_enthalpy + np.concatenate([[0.0], np.cumsum(added)])
    pressure, friction = _pressures(channel, edges, enthalpy)
    stations = channel.fluid.at_pressure(pressure)
    wall_flux = footprint_flux * channel.channels.pitch / channel.heated_perimeter
    middle = channel.fluid.at_pressure((pressure[1:] + pressure[:-1]) / 2)
    held = (enthalpy[1:] + enthalpy[:-1]) / 2
    critical = katto_ohno_flux(
        middle,
        channel.mass_flux,
        edges[1:],
        4 * channel.area / channel.heated_perimeter,
        max(float(stations.liquid_enthalpy[0]) - channel.inlet_enthalpy, 0.0),
    )
    so_far = np.cumsum(wall_flux * steps) / edges[1:]
    with np.errstate(divide="ignore"):
        margin = critical / np.maximum(wall_flux, so_far)
    film, root = _walls(channel, middle, held, wall_flux, footprint_flux)
    found = Boiling(
        position=edges,
        enthalpy=enthalpy,
        quality=stations.quality(enthalpy),
        pressure=pressure,
        saturation_temperature=stations.temperature,
        footprint_flux=footprint_flux,
        wall_flux=wall_flux,
        film=film,
        root_temperature=root,
        critical_flux=critical,
        margin=margin,
        dryout_quality=dryout_quality(
            middle,
            channel.fluid.critical_pressure,
            channel.mass_flux,
            wall_flux,
            channel.diameter,
            channel.heated_share,
        ),
        friction_drop=friction,
    )
    root[~found.wet] = np.nan
    return found


def _pressures(channel: BoilingChannel, edges: Array, enthalpy: Array) -> tuple[Array, float]:
    """Pressure at the stations, and the friction's part of its drop [Pa]."""
    pressure = np.full(len(edges), channel.inlet_pressure)
    state = _momentum(channel, edges[-1], enthalpy[0], channel.inlet_pressure)
    rubbed = 0.0
    for i, step in enumerate(np.diff(edges)):
        flowing, gradient = state
        left = pressure[i] + flowing - step / 2 * gradient
        place = f"{1e3 * edges[i + 1]:.0f} mm into channels of {1e3 * edges[-1]:.0f} mm"
        found = pressure[i]
        for _ in range(ROUNDS):
            before = found
            try:
                state = _momentum(channel, edges[-1], enthalpy[i + 1], found)
            except OutOfFluidRange as error:
                raise ChokedFlow(f"no pressure is left {place} ({error})") from None
            found = left - state[0] - step / 2 * state[1]
            if abs(found - before) <= 1e-13 * before:
                break
        else:
            raise ChokedFlow(f"the refrigerant flows as fast as it can {place}")
        pressure[i + 1] = found
        if channel.fluid.at_pressure(found).quality(enthalpy[i + 1]) >= 1:
            raise DriedOut(f"the refrigerant is all vapour {place}")
        rubbed += step / 2 * (gradient + state[1])
    return pressure, rubbed


def _momentum(
    channel: BoilingChannel, length: float, enthalpy: float, pressure: float
) -> tuple[float, float]:
    """Flux of momentum ``G^2 v`` [Pa] and friction [Pa/m] at a station."""
    fluid = channel.fluid.at_pressure(pressure)
    quality = fluid.quality(enthalpy)
    flowing = channel.mass_flux**2 * homogeneous_volume(fluid, quality)
    reynolds = channel.mass_flux * channel.diameter / homogeneous_viscosity(fluid, quality)
    aspect = channel.channels.aspect(channel.height)
    friction = friction_factor(reynolds, aspect, length / channel.diameter)
    return float(flowing), float(2 * friction * flowing / channel.diameter)


def _walls(
    channel: BoilingChannel, fluid: Saturation, enthalpy: Array, wall_flux: Array, flux: Array
) -> tuple[Array, Array]:
    """Film on the walls [W/(m2 K)] and temperature of the fins' root [K]."""
    quality = fluid.quality(enthalpy)
    if channel.film == "Li and Wu 2010":
        boiling = li_wu_film(fluid, channel.mass_flux, quality, wall_flux, channel.diameter)
    else:
        boiling = kim_mudawar_film(
            fluid,
            channel.fluid.critical_pressure,
            channel.mass_flux,
            quality,
            wall_flux,
            channel.diameter,
            channel.heated_share,
        )
    boiling = np.maximum(boiling, LEAST_FILM)
    root = fluid.temperature + flux * _fins(channel, boiling)
    below = quality < 0
    if not np.any(below):
        return boiling, root
    # subcooled liquid takes the heat alone until boiling keeps the wall colder
    liquid = channel.fluid.liquid_temperature(np.minimum(enthalpy, fluid.liquid_enthalpy))
    alone = _liquid_film(channel, channel.fluid.at_temperature(liquid))
    warmed = liquid + flux * _fins(channel, alone)
    calm = below & (warmed < root)
    return np.where(calm, alone, boiling), np.where(calm, warmed, root)


def _fins(channel: BoilingChannel, film: Array) -> Array:
    return fin_resistance(channel.channels, channel.height, channel.fin_conductivity, film)


def _liquid_film(channel: BoilingChannel, liquid: Saturation) -> Array:
    """Developed film of the liquid, heated from floor and fins [W/(m2 K)]."""
    aspect = channel.channels.aspect(channel.height)
    reynolds = channel.mass_flux * channel.diameter / liquid.liquid_viscosity
    prandtl = liquid.liquid_viscosity * liquid.liquid_heat_capacity / liquid.liquid_conductivity
    laminar = np.broadcast_to(nusselt_three_walls(aspect), np.shape(reynolds))
    nusselt = blended_nusselt(laminar, reynolds, prandtl, aspect)
    return nusselt * liquid.liquid_conductivity / channel.diameter
