"""The headers of a cold plate: how much of the flow each lane of channels across the plate gets.

The channels' law between the headers is the cold plate's own pressure drop, at the coolant's mean
temperature; the headers' coolant is taken at that temperature too. Where the channels' length is
split into flow paths, each path has its share of every group's flow, and every end of a path that
is an inlet or an outlet has a header of its own: one that divides and two that combine on a
centre-split plate. All of one kind are taken to carry the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
from pydantic import Field
from pydantic.dataclasses import dataclass

from geometry.errors import NoSolution
from geometry.grid import Array, Grid
from geometry.units import STRICT, Length

from . import cold_plate
from .coolant_march import segment_means
from .headers import Distribution, Header, Manifold, distribution

if TYPE_CHECKING:
    from .engine import ChannelStations
    from .fin_zone import CoolantFlow

Side = Literal["west", "east", "south", "north"]
Momentum = Annotated[float, Field(ge=0, le=4)]


@dataclass(frozen=True, config=STRICT, kw_only=True)
class PlateHeaders:
    """The ``[coolant.headers]`` section of a case file; every default is assumed.

    Attributes
    ----------
    kind : {"Z", "U"}
        Z: the coolant leaves at the end opposite to where it came; U: at the same end.
    width, depth : float
        Of the rectangular cross-section of each header [m].
    inlet_side : Side or None
        Side of the plate on which the coolant enters the headers, which run across the channels;
        the one at coordinate 0 if left out.
    groups : int
        Of channels, across the plate.
    dividing_momentum, combining_momentum : float
        Momentum factors of the header that feeds and of the one that collects, see
        ``headers.Header``. Often quoted as measured by Bajura and Jones (J. Fluids Eng. 98 (1976)
        654-666), but they depend on the shape of the branches.
    """

    kind: Literal["Z", "U"]
    width: Length
    depth: Length
    inlet_side: Side | None = None
    groups: Annotated[int, Field(ge=2, le=200)] = 21
    dividing_momentum: Momentum = 1.05
    combining_momentum: Momentum = 2.66

    def check_side(self, along_x: bool) -> None:
        """Refuse a side at which no header across the channels can end."""
        sides = ("south", "north") if along_x else ("west", "east")
        if self.inlet_side is not None and self.inlet_side not in sides:
            raise ValueError(
                f"headers.inlet_side: found '{self.inlet_side}' with channels along "
                f"{'x' if along_x else 'y'}; '{sides[0]}' or '{sides[1]}' is meant"
            )

    @property
    def from_far_side(self) -> bool:
        """Whether the coolant enters where the coordinate across the channels ends."""
        return self.inlet_side in ("east", "north")

    def manifold(self, across: float, segments: int) -> Manifold:
        """With channels over a width ``across`` [m] and so many flow paths along them."""
        inlets, outlets = (1, 1) if segments == 1 else ((segments + 1) // 2, segments // 2 + 1)
        area = self.width * self.depth
        diameter = 2 * area / (self.width + self.depth)
        # headers side by side are one with their areas together and the wall of each
        dividing = Header(inlets * area, diameter, across, self.dividing_momentum)
        combining = Header(outlets * area, diameter, across, self.combining_momentum)
        return Manifold(dividing, combining, self.kind, self.groups)


def plate_distribution(
    flow: CoolantFlow,
    grid: Grid,
    stations: ChannelStations,
    bulk: Array,
    segment_share: Array,
    before: Distribution | None = None,
) -> Distribution | None:
    """What each group of channels gets, from the side of the inlet on; None without headers.

    Parameters
    ----------
    flow : CoolantFlow
    grid : Grid
    stations : ChannelStations
    bulk : array, shape (P,)
        Mean temperature of the coolant at each station [K].
    segment_share : array, shape (S,)
        Share of the flow in each flow path.
    before : Distribution, optional
        To begin with.

    Raises
    ------
    NoSolution
        As ``headers.distribution``, and when the momentum factors give pressure.
    """
    if flow.headers is None:
        return None
    fluid, across = flow.fluid, grid.height if flow.along_x else grid.width
    length, mean = segment_means(stations, bulk)
    density, viscosity = fluid.density(mean)[:, None], fluid.viscosity(mean)[:, None]
    manifold = flow.headers.manifold(across, flow.segments)
    velocity = segment_share * flow.channels.mean_velocity(flow.height, flow.flow, across)
    of_group = flow.flow / manifold.groups

    def channels(through: Array) -> Array:
        relative = through / of_group
        drop = cold_plate.pressure_drop(
            flow.channels,
            flow.height,
            length[:, None],
            velocity[:, None] * np.abs(relative),
            density,
            viscosity,
        )
        return np.sign(relative) * drop.mean(axis=0)

    whole = float(np.mean(bulk))
    found = distribution(
        manifold,
        channels,
        flow.flow,
        float(fluid.density(whole)),
        float(fluid.viscosity(whole)),
        None if before is None else before.share,
    )
    if found.headers_drop < 0:
        raise NoSolution(
            "headers: with these momentum factors they would give pressure, not take it"
        )
    return found


def share_across(headers: PlateHeaders, found: Distribution, cells: int) -> Array:
    """Share of the flow of each cell across the channels, as the grid counts them, mean 1."""
    share = found.share_of_cells(cells)
    return share[::-1] if headers.from_far_side else share
