"""Coefficients of the fin zone: channels, velocities, films and the fins' conductivity by place.

What every engine takes from the correlations; how solid and coolant are joined is each one's own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from geometry.conduction import Plane
from geometry.grid import Array, Grid
from geometry.stack import Conductivity

from . import cold_plate
from .coolant_march import Pieces, add_by_cell, flow_pieces
from .flow_division import FlowDivision, channel_velocity

if TYPE_CHECKING:
    from .engine import ChannelStations
    from .fin_zone import CoolantFlow


@dataclass(frozen=True)
class FinZoneConductivity:
    """Conductivity of the fins as a porous layer, the coolant's own left out along z.

    Along the channels and through the height ``(1 - eps) k_s``; across the channels solid and
    coolant in series (`eps` the coolant's share of the volume). The solid's share is one number,
    or one for each cell of the plane.
    """

    solid: Conductivity
    solid_fraction: Plane
    coolant_conductivity: float
    along_x: bool

    @property
    def varies(self) -> bool:
        """Whether it changes with temperature."""
        return self.solid.varies

    def at(self, temperature: Plane) -> tuple[Plane, Plane, Plane]:
        """Conductivity along x, y and z [W/m/K] at a temperature [K]."""
        k = self.solid.at(temperature)[2]
        share = self.solid_fraction
        along = share * k
        across = 1 / (share / k + (1 - share) / self.coolant_conductivity)
        return (along, across, along) if self.along_x else (across, along, along)


def pieces_of(flow: CoolantFlow, grid: Grid) -> Pieces:
    """The march's stations on a grid."""
    length, cells = (grid.width, grid.nx) if flow.along_x else (grid.height, grid.ny)
    return flow_pieces(length, cells, flow.segments, reverse=flow.direction.startswith("-"))


def channels_at(flow: CoolantFlow, stations: ChannelStations) -> cold_plate.AnyChannels:
    """Channels at each station: those of the plate, or of each band there, shape (P, B)."""
    if flow.fin_density is None:
        return flow.channels
    found = flow.fin_density.channels(flow.channels)
    section = flow.fin_density.section_of(stations)
    return cold_plate.ZoneChannels(found.channel_width.T[section], found.pitch.T[section])


def solid_fraction_by_cell(flow: CoolantFlow, grid: Grid) -> Plane:
    """Share of the fin zone that is solid: one number, or that of each cell, shape (ny, nx).

    Raises
    ------
    ValueError
        As ``FinDensity.channels`` and ``FinDensity.band_of``.
    """
    if flow.fin_density is None:
        return flow.channels.solid_fraction
    pieces = pieces_of(flow, grid)
    along, across = (grid.nx, grid.ny) if flow.along_x else (grid.ny, grid.nx)
    solid = flow.fin_density.channels(flow.channels).solid_fraction
    band, section = flow.fin_density.band_of(across), flow.fin_density.section_of(pieces)
    found = np.zeros((along, across))
    add_by_cell(found, pieces, solid[band[None, :], section[:, None]] * pieces.share[:, None])
    return found.T if flow.along_x else found


def station_velocity(
    flow: CoolantFlow, grid: Grid, stations: ChannelStations, division: FlowDivision
) -> Array:
    """Mean velocity in the channels at each station, and in each lane, (P,) or (P, L) [m/s]."""
    found = channel_velocity(flow, grid, division.share)[stations.segment]
    if flow.fin_density is None:
        return found
    return np.take_along_axis(found, flow.fin_density.section_of(stations)[:, None, None], axis=2)[
        ..., 0
    ]


def flow_by_height(flow: CoolantFlow, thickness: Array) -> Array:
    """Share of the flow in each plane of the fin zone, shape (n,), or (B, n) with a fin density.

    Along a band it is that of the mean channel, so that no coolant changes its height.
    """
    faces = np.concatenate([[0.0], np.cumsum(thickness)])
    if flow.fin_density is None:
        return cold_plate.velocity_profile(flow.channels, faces) * thickness / flow.height
    zones = flow.fin_density.channels(flow.channels)
    profiles = [
        cold_plate.velocity_profile(cold_plate.Channels(channel_width=width, pitch=pitch), faces)
        for width, pitch in zip(
            zones.channel_width.mean(axis=1), zones.pitch.mean(axis=1), strict=True
        )
    ]
    return np.array(profiles) * thickness / flow.height


def film_on_walls(
    flow: CoolantFlow, stations: ChannelStations, velocity: Array, bulk: Array
) -> Array:
    """Heat transfer coefficient on the channels' walls [W/m2/K], of the shape of ``velocity``.

    Parameters
    ----------
    flow : CoolantFlow
    stations : ChannelStations
    velocity : array, shape (P,) or (P, L)
        In the channels at each station, and in each lane [m/s].
    bulk : array, shape (P,)
        Mean temperature of the coolant at each station [K].
    """
    if flow.film_coefficient is not None:
        return np.full(velocity.shape, flow.film_coefficient)
    start, stop, at = (
        values.reshape((-1,) + (1,) * (velocity.ndim - 1))
        for values in (stations.start, stations.stop, bulk)
    )
    if flow.fin_density is not None:
        # distances count from where the row of fins begins
        length = stations.stop.max() / flow.fin_density.sections
        began = flow.fin_density.section_of(stations)[:, None] * length
        start, stop = np.maximum(start - began, 0.0), stop - began
    return cold_plate.heat_transfer_coefficient(
        channels_at(flow, stations),
        flow.height,
        start,
        stop,
        velocity,
        density=flow.fluid.density(at),
        viscosity=flow.fluid.viscosity(at),
        heat_capacity=flow.fluid.heat_capacity(at),
        conductivity=flow.fluid.conductivity(at),
    )
