"""Which channels get how much of the flow: split paths, headers, and zones of closer fins.

All of it at equal pressure drop between the headers, by the channels' own law at the coolant's mean
temperature along each flow path.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from geometry.grid import Array, Grid

from . import cold_plate
from .coolant_march import segment_means
from .fin_density import FinDensity
from .headers import Distribution
from .lateral_groups import Lanes, lanes_of, lanes_of_bands
from .plate_headers import plate_distribution, share_across

if TYPE_CHECKING:
    from .engine import ChannelStations
    from .fin_zone import CoolantFlow


@dataclass(frozen=True)
class FlowDivision:
    """The flow of every channel.

    Attributes
    ----------
    segment_share : array, shape (S,)
        Share of the whole flow in each flow path; 1 in sum.
    lanes : Lanes or None
        Of cells across that get the same; None where all do.
    lane_share : array, shape (S, L), or None
        Flow of a cell of each lane over the mean of its flow path; mean 1 over the cells.
    distribution : Distribution or None
        What headers give to each group of channels.
    """

    segment_share: Array
    lanes: Lanes | None = None
    lane_share: Array | None = None
    distribution: Distribution | None = None

    @property
    def share(self) -> Array:
        """Flow of a cell of each path, and of each lane in it, over the mean of the whole plate.

        Times the number of paths: shape (S,) or (S, L), 1 in sum over the paths.
        """
        if self.lane_share is None:
            return self.segment_share
        return self.segment_share[:, None] * self.lane_share

    @property
    def parallel_share(self) -> Array:
        """The same of what has one pressure drop: flow paths, and bands of fins in them."""
        return self.segment_share if self.distribution is not None else self.share

    @property
    def by_cell(self) -> Array:
        """``share`` of each cell across, (S, m); m is 1 where all get the same."""
        return self.share[:, None] if self.lanes is None else self.lanes.to_cells(self.share)


def divide_flow(
    flow: CoolantFlow,
    grid: Grid,
    stations: ChannelStations,
    bulk: Array,
    before: FlowDivision | None = None,
) -> FlowDivision:
    """The flow of every channel with the coolant at ``bulk`` [K], shape (P,), at the stations.

    Parameters
    ----------
    flow : CoolantFlow
    grid : Grid
    stations : ChannelStations
    bulk : array, shape (P,)
        Mean temperature of the coolant at each station [K].
    before : FlowDivision, optional
        To begin with.

    Raises
    ------
    NoSolution
        As ``headers.distribution``.
    """
    cells = grid.ny if flow.along_x else grid.nx
    if flow.fin_density is not None:
        return _between_zones(flow, flow.fin_density, grid, stations, bulk, cells)
    share = _segment_shares(flow, grid, stations, bulk)
    found = plate_distribution(
        flow, grid, stations, bulk, share, None if before is None else before.distribution
    )
    if flow.headers is None or found is None:
        return FlowDivision(share)
    lanes = lanes_of(cells, flow.headers.groups)
    across = lanes.of(share_across(flow.headers, found, cells))
    return FlowDivision(share, lanes, np.tile(across, (flow.segments, 1)), found)


def _segment_shares(flow: CoolantFlow, grid: Grid, stations: ChannelStations, bulk: Array) -> Array:
    """Share of the flow in each segment, from equal pressure drop at its own viscosity."""
    length, mean = segment_means(stations, bulk)
    velocity = cold_plate.equal_pressure_velocities(
        flow.channels,
        flow.height,
        length,
        float(channel_velocity(flow, grid, np.ones(1))[0]) / flow.segments,
        flow.fluid.density(mean),
        flow.fluid.viscosity(mean),
    )
    return velocity / np.sum(velocity)


def _between_zones(
    flow: CoolantFlow,
    density: FinDensity,
    grid: Grid,
    stations: ChannelStations,
    bulk: Array,
    cells: int,
) -> FlowDivision:
    length, mean = segment_means(stations, bulk)
    lanes = lanes_of_bands(density.band_of(cells))
    fluid = flow.fluid

    def drop(through: Array) -> Array:
        return channel_drops(
            flow, grid, length, through, fluid.density(mean), fluid.viscosity(mean)
        )

    weights = np.tile(lanes.width / cells, (flow.segments, 1))
    share = cold_plate.equal_drop(drop, 1 / flow.segments, weights / flow.segments)
    of_path = np.sum(share * weights, axis=1)
    return FlowDivision(of_path, lanes, share / of_path[:, None])


def channel_velocity(flow: CoolantFlow, grid: Grid, share: Array) -> Array:
    """Mean velocity in the channels [m/s] at shares of the flow, at the inlet's density.

    Parameters
    ----------
    flow : CoolantFlow
    grid : Grid
    share : array, shape (S,) or (S, L), (S, B) with a fin density
        As of ``FlowDivision``.

    Returns
    -------
    array, of the shape of ``share``, or (S, B, K) with a fin density
    """
    across = grid.height if flow.along_x else grid.width
    if flow.fin_density is None:
        return share * flow.channels.mean_velocity(flow.height, flow.flow, across)
    zones = flow.fin_density.channels(flow.channels)
    return share[:, :, None] * zones.mean_velocity(flow.height, flow.flow, across)


def channel_reynolds(flow: CoolantFlow, velocity: Array, density: Array, viscosity: Array) -> Array:
    """Reynolds number of velocities as of ``channel_velocity``, with the coolant of each path."""
    channels: cold_plate.AnyChannels = flow.channels
    if flow.fin_density is not None:
        channels = flow.fin_density.channels(flow.channels)
    rho, mu = (v.reshape(-1, *[1] * (velocity.ndim - 1)) for v in (density, viscosity))
    return channels.reynolds(flow.height, velocity, rho, mu)


def channel_drops(
    flow: CoolantFlow, grid: Grid, length: Array, share: Array, density: Array, viscosity: Array
) -> Array:
    """Pressure drop from header to header [Pa], of the shape of ``share``.

    Parameters
    ----------
    flow, grid, share
        As of ``channel_velocity``.
    length, density, viscosity : arrays, shape (S,)
        Of each flow path [m], and of the coolant at its mean temperature [kg/m3], [Pa s].
    """
    velocity = channel_velocity(flow, grid, share)
    if flow.fin_density is None:
        return cold_plate.pressure_drop(
            flow.channels, flow.height, length, velocity, density, viscosity
        )
    section, rho, mu = (values[:, None, None] for values in (length, density, viscosity))
    drops = cold_plate.pressure_drop(
        flow.fin_density.channels(flow.channels),
        flow.height,
        section / flow.fin_density.sections,
        velocity,
        rho,
        mu,
    )
    return np.sum(drops, axis=2)
