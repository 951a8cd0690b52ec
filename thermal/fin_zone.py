"""The fin zone on the grid: fins and coolant side by side in every cell.

Fins conduct through the height and along the channels; across them heat must pass solid and
coolant in turn. Where the zone meets the lid or the base, solid, fins and coolant touch one
isothermal surface (Kim & Kim 1999): three half-cell conductances that meet in a point, replaced by
the three between pairs (star-mesh transformation).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

import numpy as np

from geometry.conduction import Conduction, Plane, half_cell, in_series
from geometry.grid import Array, Grid

from . import cold_plate
from .coolant import Fluid
from .coolant_march import CoolantMarch, Pieces
from .fin_coefficients import channels_at, flow_by_height, solid_fraction_by_cell
from .fin_density import FinDensity
from .flow_division import FlowDivision
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
    that the energy balance is exact. ``storage`` is that of ``steady.Storage``.

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
    lanes, mean_kept = division.lanes, None if storage is None else storage.mean(axis=2)
    if lanes is None:
        march = _march(pieces, wetting, capacity_rate, mean_kept)
        return march, march
    share = lanes.width / lateral_cells
    mean_rate = np.einsum("pln,l->pn", capacity_rate, share)
    mean = _march(pieces, wetting.mean(lanes), mean_rate, mean_kept)
    kept = None
    if storage is not None:
        by_cell = np.broadcast_to(storage, (*storage.shape[:2], lateral_cells))
        kept = np.swapaxes(lanes.of(by_cell), -1, -2)
    return mean, GroupedMarch(mean, lanes, _march(pieces, wetting, capacity_rate, kept))


def _march(pieces: Pieces, wetting: Wetting, rate: Array, storage: Array | None) -> CoolantMarch:
    return CoolantMarch(
        pieces, wetting.wall, wetting.lid, wetting.base, wetting.between, rate, storage
    )
