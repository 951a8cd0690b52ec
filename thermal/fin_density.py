"""Fins set closer in some zones of a cold plate than in others.

Bands lie side by side across the channels and share the flow at one pressure drop. Within a band
the sections follow each other along every flow path, from its inlet on. The density is that of fins
of one thickness, so that closer fins leave narrower channels. Each section is a row of fins of its
own, whose fins do not meet those of the row before, whatever its density: films and friction have
an entrance there, and the flow loses what it does between channels and headers. On the grid a zone
takes the cells whose middle it holds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .cold_plate import Channels, ZoneChannels

if TYPE_CHECKING:
    from .engine import ChannelStations

Integers = NDArray[np.int64]


@dataclass(frozen=True)
class FinDensity:
    """Fins per width over what the plate's own pitch makes.

    Attributes
    ----------
    table : tuple of tuple of float
        A row for each band across the channels, from coordinate 0 on, with a number for each
        section along every flow path, from its inlet on; above 0.

    Raises
    ------
    ValueError
        When the rows differ in length, are empty or hold a number that is not above 0.

    Examples
    --------
    >>> FinDensity(((0.8, 1.2),)).channels(Channels(channel_width=3e-4, pitch=4e-4)).pitch
    array([[0.0005    , 0.00033333]])
    """

    table: tuple[tuple[float, ...], ...]

    def __post_init__(self) -> None:
        """Refuse what is no table of densities."""
        if len({len(row) for row in self.table}) != 1 or not self.table[0]:
            raise ValueError("fin_density: found rows of different lengths; equal ones are meant")
        if not all(np.isfinite(number) and number > 0 for row in self.table for number in row):
            raise ValueError("fin_density: found a number that is not above 0; 1 is the plate's")

    @property
    def bands(self) -> int:
        """Across the channels."""
        return len(self.table)

    @property
    def sections(self) -> int:
        """Along every flow path."""
        return len(self.table[0])

    def channels(self, plain: Channels) -> ZoneChannels:
        """Channels of each band and section, (B, K), between fins as thick as those of ``plain``.

        Raises
        ------
        ValueError
            When fins so close would leave no channel.
        """
        density = np.array(self.table)
        pitch = plain.pitch / density
        if np.any(pitch <= plain.wall_thickness):
            most = plain.pitch / plain.wall_thickness
            raise ValueError(
                f"fin_density: found {density.max():g}; below {most:g} is meant, at which fins of "
                f"{plain.wall_thickness * 1e3:g} mm touch"
            )
        return ZoneChannels(pitch - plain.wall_thickness, pitch)

    def band_of(self, cells: int) -> Integers:
        """Band of each of so many equal cells across the channels.

        Raises
        ------
        ValueError
            When there are fewer cells than bands.
        """
        if cells < self.bands:
            raise ValueError(
                f"fin_density: found {self.bands} bands on a grid of {cells} cells across the "
                "channels; a cell for each at least is meant"
            )
        return (2 * np.arange(cells) + 1) * self.bands // (2 * cells)

    def section_of(self, stations: ChannelStations) -> Integers:
        """Section of each station along the channels, shape (P,)."""
        along = (stations.start + stations.stop) / (2 * stations.stop.max())
        # a middle on a border belongs downstream, however it is rounded
        return (along * self.sections + 1e-9).astype(np.int64)
