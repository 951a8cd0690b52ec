"""The fin zone on the grid: fins and coolant side by side in every cell.

Fins conduct through the height and along the channels; across them heat must pass solid and
coolant in turn. Where the zone meets the lid or the base, solid, fins and coolant touch one
isothermal surface (Kim & Kim 1999): three half-cell conductances that meet in a point, replaced by
the three between pairs (star-mesh transformation).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

from geometry.conduction import Conduction, Plane, half_cell, in_series
from geometry.grid import Array, Grid
from geometry.stack import Conductivity

from . import cold_plate
from .coolant import Fluid
from .coolant_march import CoolantMarch, Pieces, add_by_cell, flow_pieces
from .fin_density import FinDensity
from .flow_division import FlowDivision, channel_velocity
from .lateral_groups import GroupedMarch, Lanes
from .plate_headers import PlateHeaders

if TYPE_CHECKING:
    from .engine import ChannelStations

FlowDirection = Literal["x", "-x", "y", "-y"]
"""Along which axis the channels run, and towards which end a single pass flows."""


@dataclass(frozen=True)
class CoolantFlow:
    """What flows through which channels.

    Parameters
    ----------
    layer : str
        The fin zone's layer in the stack.
    channels : cold_plate.Channels
    height : float
        Of the channels [m].
    fluid : Fluid
    inlet_temperature : float
        [K].
    flow : float
        Volume flow at the inlet, all channels together [m3/s].
    direction : FlowDirection
    segments : int
        Flow paths into which the channels' length is split: 1 single pass, 2 centre-split.
    film_coefficient : float or None
        On the wetted walls [W/m2/K]; None computes it.
    headers : PlateHeaders or None
        What shares the flow between the channels; None shares it evenly.
    fin_density : FinDensity or None
        Where the fins are closer than ``channels`` says; None has them everywhere alike.
    """

    layer: str
    channels: cold_plate.Channels
    height: float
    fluid: Fluid
    inlet_temperature: float
    flow: float
    direction: FlowDirection = "x"
    segments: int = 1
    film_coefficient: float | None = None
    headers: PlateHeaders | None = None
    fin_density: FinDensity | None = None

    @property
    def along_x(self) -> bool:
        """Whether the channels run along x."""
        return self.direction.endswith("x")

    @property
    def mass_flow(self) -> float:
        """[kg/s], the same at every station."""
        return self.flow * float(self.fluid.density(self.inlet_temperature))


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


@dataclass(frozen=True)
class Wetting:
    """Conductances between solid and coolant at each station, per lateral cell [W/K].

    Where lanes of channels differ, an axis of lanes comes after that of the stations.

    Attributes
    ----------
    wall : array, shape (P, n) or (P, L, n)
        From the fins at each height.
    lid, base : arrays, shape (P,) or (P, L)
        From what the topmost and the lowest coolant touches.
    between : array, shape (P, n - 1) or (P, L, n - 1)
        Through the coolant between heights.
    of_lid, of_base : array, shape (ny, nx), or None
        Part that the solid has in the temperature of what ``lid`` and ``base`` touch, the fins the
        rest; None where it is the solid alone.
    """

    wall: Array
    lid: Array
    base: Array
    between: Array
    of_lid: Array | None = None
    of_base: Array | None = None

    def mean(self, lanes: Lanes | None) -> Wetting:
        """With the mean over the cells across in place of lanes."""
        if lanes is None:
            return self
        share = lanes.width / lanes.width.sum()
        wall, between = (np.einsum("pln,l->pn", each, share) for each in (self.wall, self.between))
        return replace(
            self, wall=wall, lid=self.lid @ share, base=self.base @ share, between=between
        )


def channels_at(flow: CoolantFlow, stations: ChannelStations) -> cold_plate.AnyChannels:
    """Channels at each station: those of the plate, or of each band there, shape (P, B)."""
    if flow.fin_density is None:
        return flow.channels
    found = flow.fin_density.channels(flow.channels)
    section = flow.fin_density.section_of(stations)
    return cold_plate.ZoneChannels(found.channel_width.T[section], found.pitch.T[section])


def couple_coolant(
    conduction: Conduction,
    planes: range,
    flow: CoolantFlow,
    pieces: Pieces,
    film: Array,
    contact_resistance: dict[int, Plane],
    conductivity: list[tuple[Plane, Plane, Plane]],
    lanes: Lanes | None = None,
) -> Wetting:
    """Solid-to-coolant conductances; mends ``conduction`` where the fin zone meets solids.

    Parameters
    ----------
    conduction : Conduction
        Its faces above and below the fin zone are rewritten.
    planes : range
        The fin zone's planes.
    flow, pieces
        Of the coolant.
    film : array, shape (P,), or (P, L) with lanes
        Heat transfer coefficient on the channels' walls at each station [W/m2/K].
    contact_resistance, conductivity
        As given to ``assemble``.
    lanes : Lanes, optional
        Of cells across that have the same.
    """
    grid, dz = conduction.grid, conduction.grid.dz
    channels = channels_at(flow, pieces)
    # one cell's area, of which each piece covers its share
    area = np.broadcast_to(
        (grid.cell_area * pieces.share).reshape(-1, *[1] * (film.ndim - 1)), film.shape
    )
    heights = dz[list(planes)]
    wall = (film * channels.wetted_area_density * area)[..., None] * heights
    k_coolant = channels.open_fraction * float(flow.fluid.conductivity(flow.inlet_temperature))
    halves = np.array([float(half_cell(1.0, h, 1.0)) for h in heights])
    between = (k_coolant * area)[..., None] / (1 / halves[1:] + 1 / halves[:-1])

    def at_stations(plane: Plane) -> Array | float:
        """A conductance of the zone's end at each station, as ``film`` has it."""
        if flow.fin_density is None or lanes is None:
            return float(np.mean(plane))
        across = np.asarray(plane).T if flow.along_x else np.asarray(plane)
        return lanes.of(across[pieces.cell])

    ends: list[tuple[Array, Array | None]] = []
    for face, end in zone_ends(conduction, planes, flow, contact_resistance, conductivity):
        if end is None:
            ends.append((0.0 * area, None))
            continue
        conduction.down[face] = end.down * grid.cell_area
        if end.to_fins is not None:
            level = 0 if face < planes[0] else -1
            wall[..., level] += at_stations(end.to_fins) * area
        ends.append((at_stations(end.touched) * area, end.of_solid))
    (lid, of_lid), (base, of_base) = ends
    return Wetting(wall, lid, base, between, of_lid, of_base)


class ZoneEnd(NamedTuple):
    """Where the fin zone meets a solid: conductances per area at each place [W/m2/K].

    Attributes
    ----------
    down : Plane
        Between solid and fins.
    to_fins : Plane or None
        From the fins next to the solid to the coolant there, beside their own film.
    touched : Plane
        From what the coolant touches to the coolant.
    of_solid : array or None
        As ``Wetting.of_lid``.
    """

    down: Plane
    to_fins: Plane | None
    touched: Plane
    of_solid: Array | None


def zone_ends(
    conduction: Conduction,
    planes: range,
    flow: CoolantFlow,
    contact_resistance: Mapping[int, Plane],
    conductivity: Sequence[tuple[Plane, Plane, Plane]],
) -> Iterator[tuple[int, ZoneEnd | None]]:
    """The fin zone's upper and lower end, each with its face; None where no solid is.

    Parameters as of ``couple_coolant``.
    """
    grid, dz = conduction.grid, conduction.grid.dz
    open_fraction = 1 - solid_fraction_by_cell(flow, grid)
    k_coolant = open_fraction * float(flow.fluid.conductivity(flow.inlet_temperature))
    for inner, outer in ((planes[0], planes[0] - 1), (planes[-1], planes[-1] + 1)):
        face = min(inner, outer)
        if not 0 <= outer < grid.nz:
            yield face, None
            continue
        solid = half_cell(conductivity[outer][2], dz[outer], 1.0)
        contact = contact_resistance.get(face, 0.0)
        if np.any(contact):
            with np.errstate(divide="ignore"):
                solid = in_series(solid, 1 / np.asarray(contact))
        patchy = bool(np.ndim(contact)) or face in conduction.face_cover
        solid = solid * conduction.face_cover.get(face, 1.0)
        fin = half_cell(conductivity[inner][2], dz[inner], 1.0)
        coolant = half_cell(k_coolant, dz[inner], 1.0)
        total = solid + fin + coolant
        if patchy:
            # the point lies between solid and fins, in each cell in its own proportion, and the
            # coolant touches it through a conductance that hardly varies, since coolant conducts
            # so much less than fins: one march then serves every cell
            part = np.asarray(solid / (solid + fin))
            yield face, ZoneEnd(in_series(solid, fin), None, (solid + fin) * coolant / total, part)
        else:
            between = solid * fin / total
            yield face, ZoneEnd(between, fin * coolant / total, solid * coolant / total, None)


def coolant_march(
    flow: CoolantFlow,
    grid: Grid,
    planes: range,
    pieces: Pieces,
    wetting: Wetting,
    division: FlowDivision,
    mean_temperature: float,
    storage: Array | None = None,
) -> tuple[CoolantMarch, CoolantMarch | GroupedMarch]:
    """The march with the flow divided over segments, height and lateral cells.

    The heat capacity is that at the coolant's mean temperature, one number for the whole plate, so
    that the energy balance is exact. ``storage`` is that of ``CoolantMarch``.

    Returns
    -------
    (mean, march)
        With the mean of all lanes, and with each lane's own; one and the same without lanes.
    """
    lateral_cells = grid.ny if flow.along_x else grid.nx
    heat_capacity = float(flow.fluid.heat_capacity(mean_temperature))
    rate = flow.mass_flow * heat_capacity / lateral_cells
    of_piece = rate * division.share[pieces.segment]
    capacity_rate = of_piece[..., None] * flow_by_height(flow, grid.dz[list(planes)])
    lanes = division.lanes
    if lanes is None:
        march = _march(pieces, wetting, capacity_rate, storage)
        return march, march
    share = lanes.width / lateral_cells
    mean = _march(
        pieces, wetting.mean(lanes), np.einsum("pln,l->pn", capacity_rate, share), storage
    )
    kept = None if storage is None else np.broadcast_to(storage[:, None], capacity_rate.shape)
    return mean, GroupedMarch(mean, lanes, _march(pieces, wetting, capacity_rate, kept))


def _march(pieces: Pieces, wetting: Wetting, rate: Array, storage: Array | None) -> CoolantMarch:
    return CoolantMarch(
        pieces, wetting.wall, wetting.lid, wetting.base, wetting.between, rate, storage
    )


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
