"""How liquid and vapour run in a chamber over a device: shapes from the grid or in closed form."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from geometry.footprint import Rectangle, cover_of
from geometry.grid import Array, Grid

from .vapour_chamber import Paths, VapourChamber
from .wick_flow import WickFlow, flow_in_wick, pressure_round_post

CELLS = 120
"""Along either side of the wick: a drop within 0.05 % of the limit of small cells."""
Feed = Literal["rim", "condenser round the device", "posts"]


@dataclass(frozen=True)
class Place:
    """A chamber over a device in its middle.

    Attributes
    ----------
    width, height : float
        Of the chamber [m].
    device_width, device_height : float
        Of what heats it [m].
    """

    width: float
    height: float
    device_width: float
    device_height: float

    @property
    def device_fills_it(self) -> bool:
        """Whether the device is as large as the chamber."""
        return self.bare_area <= 1e-9 * self.width * self.height

    @property
    def device_area(self) -> float:
        """[m2]."""
        return self.device_width * self.device_height

    @property
    def bare_area(self) -> float:
        """Beside the device [m2]."""
        return self.width * self.height - self.device_area


def feed_of(chamber: VapourChamber, place: Place) -> Feed:
    """Where the evaporator's liquid comes from."""
    if chamber.posts is not None:
        return "posts"
    return "rim" if place.device_fills_it else "condenser round the device"


def device_cover(place: Place, cells: int = CELLS) -> Array:
    """Share of each cell of the chamber under which the device lies, (ny, nx)."""
    x0 = (place.width - place.device_width) / 2.0
    y0 = (place.height - place.device_height) / 2.0
    grid = Grid(place.width, place.height, cells, cells, np.ones(1))
    cover = cover_of(Rectangle(x0, x0 + place.device_width, y0, y0 + place.device_height), grid)
    return np.ones((cells, cells)) if cover is None else cover.area


def liquid_flow(place: Place, heat: float, conductance: float, cells: int = CELLS) -> WickFlow:
    """Liquid in a wick without posts: drawn evenly over the device.

    From the rim where the device fills the chamber; else from an even condensate over what is bare.

    Parameters
    ----------
    place : Place
    heat : float
        [W].
    conductance : float
        Of the wick, ``wick.Wick.conductance`` [W/Pa].
    cells : int
        Along either side.
    """
    cover = device_cover(place, cells)
    drawn = heat * cover / cover.sum()
    if not place.device_fills_it:
        drawn -= heat * (1.0 - cover) / (1.0 - cover).sum()
    return flow_in_wick(place.width, place.height, drawn, conductance, place.device_fills_it)


def vapour_shape(place: Place, cells: int = CELLS) -> float:
    """F of the vapour from the device to an even condenser over the whole chamber [-]."""
    if place.device_fills_it:
        return 0.0
    cover = device_cover(place, cells)
    heat = cover / cover.sum() - 1.0 / cover.size
    return flow_in_wick(place.width, place.height, heat, 1.0, False).drop


def paths_of(chamber: VapourChamber, place: Place, cells: int = CELLS) -> Paths:
    """Shapes and areas of a chamber.

    Vapour leaves a device that is smaller than the chamber through the gap round it, and one that
    fills it straight across, through what posts leave open.
    """
    vapour_area = chamber.open_share * place.device_area
    if not place.device_fills_it:
        round_it = 2.0 * (place.device_width + place.device_height) * chamber.vapour_gap
        vapour_area = min(vapour_area, chamber.open_share * round_it)
    height = place.height if chamber.orientation == "vertical" else 0.0
    posts = chamber.posts
    if posts is None:
        liquid, along_posts = liquid_flow(place, 1.0, 1.0, cells).drop, 0.0
    else:
        count = place.device_area / posts.pitch**2
        liquid = float(pressure_round_post(posts.radius / posts.pitch).max()) / count
        along_posts = chamber.vapour_gap / (count * math.pi * posts.radius**2)
    return Paths(
        liquid, along_posts, vapour_shape(place, cells), place.device_area, vapour_area, height
    )
