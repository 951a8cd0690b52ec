"""The stack: named layers from the coolant down, cut into planes of cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from .conduction import Plane
from .footprint import Cover, Rectangle, cover_of
from .grid import Array, Grid


class Conductivity(Protocol):
    """What a layer must say of itself: its conductivity at a temperature."""

    @property
    def varies(self) -> bool:
        """Whether it changes with temperature."""

    def at(self, temperature: Plane) -> tuple[Plane, Plane, Plane]:
        """Conductivity along x, y and z [W/m/K] at a temperature [K]."""


@dataclass(frozen=True)
class Layer:
    """A layer of the stack and how it is cut.

    Parameters
    ----------
    name : str
    thickness : float
        [m].
    conductivity : Conductivity
    cells : int
        Planes of cells through the thickness.
    active_thickness : float
        A thin sheet of its own at the layer's lower face, one cell, in which heat is made [m];
        0 for none.
    graded : bool
        Cells thinner towards both faces (cosine spacing), where boundary layers are.
    heat_capacity : float or None
        Per volume [J/(m3 K)]; needed only in time.
    footprint : Rectangle or None
        What it covers of the stack's outer rectangle; None for all of it.
    """

    name: str
    thickness: float
    conductivity: Conductivity
    cells: int = 1
    active_thickness: float = 0.0
    graded: bool = False
    heat_capacity: float | None = None
    footprint: Rectangle | None = None

    @property
    def cell_thickness(self) -> Array:
        """Thickness of its planes from the top down [m]."""
        bulk = self.thickness - self.active_thickness
        share = np.full(self.cells, 1 / self.cells)
        if self.graded and self.cells > 2:
            # between equal and full cosine spacing: the thinnest cell is not needlessly thin
            share = 0.5 * share - 0.25 * np.diff(
                np.cos(np.pi * np.arange(self.cells + 1) / self.cells)
            )
        sheet = [self.active_thickness] if self.active_thickness else []
        return np.concatenate([bulk * share, sheet])


@dataclass(frozen=True)
class Stack:
    """Layers from the coolant down, with contact resistances between some of them.

    Parameters
    ----------
    layers : sequence of Layer
    contacts : dict of str to float or array, shape (ny, nx)
        Areal resistance below the named layer [m2 K/W].
    contact_footprints : dict of str to Rectangle
        What the contact below the named layer covers; where both its layers lie if left out.
    """

    layers: Sequence[Layer]
    contacts: dict[str, Plane] = field(default_factory=dict)
    contact_footprints: dict[str, Rectangle] = field(default_factory=dict)

    @property
    def dz(self) -> Array:
        """Thickness of all planes from the top down [m]."""
        return np.concatenate([layer.cell_thickness for layer in self.layers])

    def planes(self, name: str) -> range:
        """Plane indices of the layer called ``name``."""
        first = 0
        for layer in self.layers:
            count = len(layer.cell_thickness)
            if layer.name == name:
                return range(first, first + count)
            first += count
        raise KeyError(name)

    @property
    def laws(self) -> list[Conductivity]:
        """Conductivity law of every plane."""
        return [layer.conductivity for layer in self.layers for _ in layer.cell_thickness]

    @property
    def heat_capacity(self) -> Array:
        """Heat capacity per volume of every plane [J/(m3 K)].

        Raises
        ------
        ValueError
            When a layer has none; the message names it.
        """
        for layer in self.layers:
            if layer.heat_capacity is None:
                raise ValueError(
                    f"layer {layer.name}: found no heat capacity; a transient needs it"
                )
        return np.array(
            [layer.heat_capacity for layer in self.layers for _ in layer.cell_thickness]
        )

    @property
    def contact_resistance(self) -> dict[int, Plane]:
        """Areal resistance by the index of the plane above it [m2 K/W]."""
        return {self.planes(name)[-1]: value for name, value in self.contacts.items()}

    def covers(self, grid: Grid) -> tuple[dict[int, Cover], dict[int, Cover]]:
        """Covers of the planes, and of the faces below them, that are not whole."""
        planes: dict[int, Cover] = {}
        faces: dict[int, Cover] = {}
        for i, layer in enumerate(self.layers):
            own = self.planes(layer.name)
            meeting = [layer.footprint, self.contact_footprints.get(layer.name)]
            meeting += [self.layers[i + 1].footprint] if i + 1 < len(self.layers) else []
            if (cover := cover_of(layer.footprint, grid)) is not None:
                planes |= dict.fromkeys(own, cover)
                faces |= dict.fromkeys(own[:-1], cover)
            common = cover_of(_common(meeting), grid)
            if common is not None and i + 1 < len(self.layers):
                faces[own[-1]] = common
        return planes, faces


def _common(footprints: Sequence[Rectangle | None]) -> Rectangle | None:
    """What all of them cover; None where each covers the whole."""
    found: Rectangle | None = None
    for footprint in footprints:
        if footprint is not None:
            found = footprint if found is None else found.overlap(footprint)
    return found
