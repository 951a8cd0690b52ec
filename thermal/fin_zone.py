"""The fin zone on the grid: fins and coolant side by side in every cell.

Fins conduct through the height and along the channels; across them heat must pass solid and
coolant in turn. Where the zone meets the lid or the base, solid, fins and coolant touch one
isothermal surface (Kim & Kim 1999): three half-cell conductances that meet in a point, replaced by
the three between pairs (star-mesh transformation).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np

from geometry.conduction import Conduction, Plane, half_cell, in_series
from geometry.grid import Array, Grid
from geometry.stack import Conductivity

from . import cold_plate
from .coolant import Fluid
from .coolant_march import CoolantMarch, Pieces, flow_pieces
from .lateral_groups import GroupedMarch, Lanes
from .plate_headers import PlateHeaders

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
    coolant in series (`eps` the coolant's share of the volume).
    """

    solid: Conductivity
    solid_fraction: float
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


def mean_velocity(flow: CoolantFlow, grid: Grid, segment_share: Array) -> Array:
    """Mean velocity in the channels of each segment [m/s], at the inlet's density."""
    across = grid.height if flow.along_x else grid.width
    return segment_share * flow.channels.mean_velocity(flow.height, flow.flow, across)


@dataclass(frozen=True)
class Wetting:
    """Conductances between solid and coolant at each station, per lateral cell [W/K].

    Attributes
    ----------
    wall : array, shape (P, n)
        From the fins at each height.
    lid, base : arrays, shape (P,)
        From what the topmost and the lowest coolant touches.
    between : array, shape (P, n - 1)
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


def couple_coolant(
    conduction: Conduction,
    planes: range,
    flow: CoolantFlow,
    pieces: Pieces,
    film: Array,
    contact_resistance: dict[int, Plane],
    conductivity: list[tuple[Plane, Plane, Plane]],
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
    film : array, shape (P,)
        Heat transfer coefficient on the channels' walls at each station [W/m2/K].
    contact_resistance, conductivity
        As given to ``assemble``.
    """
    grid, dz = conduction.grid, conduction.grid.dz
    channels = flow.channels
    # one cell's area, of which each piece covers its share
    area = grid.cell_area * pieces.share
    heights = dz[list(planes)]
    wall = (film * channels.wetted_area_density * area)[:, None] * heights
    k_coolant = channels.open_fraction * float(flow.fluid.conductivity(flow.inlet_temperature))
    halves = np.array([float(half_cell(k_coolant, h, 1.0)) for h in heights])
    between = area[:, None] / (1 / halves[1:] + 1 / halves[:-1])
    ends: list[tuple[Array, Array | None]] = []
    for face, end in zone_ends(conduction, planes, flow, contact_resistance, conductivity):
        if end is None:
            ends.append((0.0 * area, None))
            continue
        conduction.down[face] = end.down * grid.cell_area
        if end.to_fins is not None:
            level = 0 if face < planes[0] else -1
            wall[:, level] += float(np.mean(end.to_fins)) * area
        ends.append((float(np.mean(end.touched)) * area, end.of_solid))
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
    k_coolant = flow.channels.open_fraction * float(flow.fluid.conductivity(flow.inlet_temperature))
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
    segment_share: Array,
    mean_temperature: float,
    storage: Array | None = None,
) -> CoolantMarch:
    """The march with the flow divided over segments, height and lateral cells.

    The heat capacity is that at the coolant's mean temperature, one number for the whole plate, so
    that the energy balance is exact. ``storage`` is that of ``CoolantMarch``.
    """
    lateral_cells = grid.ny if flow.along_x else grid.nx
    faces = np.concatenate([[0.0], np.cumsum(grid.dz[list(planes)])])
    profile = cold_plate.velocity_profile(flow.channels, faces)
    by_height = profile * grid.dz[list(planes)] / flow.height
    heat_capacity = float(flow.fluid.heat_capacity(mean_temperature))
    rate = flow.mass_flow * heat_capacity / lateral_cells
    capacity_rate = rate * segment_share[pieces.segment][:, None] * by_height
    return CoolantMarch(
        pieces, wetting.wall, wetting.lid, wetting.base, wetting.between, capacity_rate, storage
    )


def film_on_walls(
    flow: CoolantFlow, start: Array, stop: Array, velocity: Array, bulk: Array
) -> Array:
    """Heat transfer coefficient on the channels' walls [W/m2/K], of the shape of ``velocity``.

    Parameters
    ----------
    flow : CoolantFlow
    start, stop : arrays, shape (P,)
        Distance of each station's ends from the channels' inlet [m].
    velocity : array, shape (P,) or (P, L)
        In the channels at each station, and in each lane [m/s].
    bulk : array, shape (P,)
        Mean temperature of the coolant at each station [K].
    """
    if flow.film_coefficient is not None:
        return np.full(velocity.shape, flow.film_coefficient)
    start, stop, at = (
        values.reshape((-1,) + (1,) * (velocity.ndim - 1)) for values in (start, stop, bulk)
    )
    return cold_plate.heat_transfer_coefficient(
        flow.channels,
        flow.height,
        start,
        stop,
        velocity,
        density=flow.fluid.density(at),
        viscosity=flow.fluid.viscosity(at),
        heat_capacity=flow.fluid.heat_capacity(at),
        conductivity=flow.fluid.conductivity(at),
    )


def grouped_march(
    mean: CoolantMarch,
    flow: CoolantFlow,
    grid: Grid,
    planes: range,
    wetting: Wetting,
    lanes: Lanes,
    share: Array,
    film: Array,
    storage: Array | None = None,
) -> GroupedMarch:
    """The march with the flow and the film of each lane.

    Parameters
    ----------
    mean : CoolantMarch
        From ``coolant_march``.
    flow, grid, planes, wetting, storage
        From which it was made.
    lanes : Lanes
    share : array, shape (L,)
        Flow of each lane over the mean.
    film : array, shape (P, L)
        On the channels' walls [W/m2/K]; its mean over the cells is that of ``wetting``.
    """
    wetted = flow.channels.wetted_area_density * grid.cell_area * mean.pieces.share
    # only the film on the fins differs: what else the wall's conductance holds is everywhere alike
    more = (film - lanes.to_cells(film).mean(axis=1, keepdims=True)) * wetted[:, None]
    wall = wetting.wall[:, None, :] + more[..., None] * grid.dz[list(planes)]
    return GroupedMarch(mean, lanes, share, wall, wetting.between, storage)
