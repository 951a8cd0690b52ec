"""The stack: named layers from the coolant down, cut into planes of cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from .conduction import Plane
from .grid import Array


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
    """

    name: str
    thickness: float
    conductivity: Conductivity
    cells: int = 1
    active_thickness: float = 0.0
    graded: bool = False
    heat_capacity: float | None = None

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
    contacts : dict of str to float
        Areal resistance below the named layer [m2 K/W].
    """

    layers: Sequence[Layer]
    contacts: dict[str, float] = field(default_factory=dict)

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
    def contact_resistance(self) -> dict[int, float]:
        """Areal resistance by the index of the plane above it [m2 K/W]."""
        return {self.planes(name)[-1]: value for name, value in self.contacts.items()}
