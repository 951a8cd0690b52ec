"""Pressure of the liquid over the plane of a wick, by the operator of conduction."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse.linalg import spsolve

from geometry.conduction import Boundary, Conduction, Face, assemble
from geometry.conduction_matrix import conduction_matrix
from geometry.grid import Array, Grid

SIDES: tuple[Face, ...] = ("west", "east", "south", "north")


@dataclass(frozen=True, eq=False)
class WickFlow:
    """Liquid on its way through a wick.

    Attributes
    ----------
    grid : Grid
        One plane.
    pressure : array, shape (ny, nx)
        Below that where the liquid comes from, where the liquid is drawn [Pa]: above 0.
    heat : array, shape (ny, nx)
        That evaporates liquid in each cell; below 0 where as much condenses [W].
    through_rim : float
        Heat whose liquid comes in through the rim [W].
    """

    grid: Grid
    pressure: Array
    heat: Array
    through_rim: float

    @property
    def drop(self) -> float:
        """Between the highest and the lowest pressure of the liquid [Pa]."""
        lowest = 0.0 if self.through_rim else float(self.pressure.min())
        return float(self.pressure.max()) - lowest

    @property
    def balance(self) -> float:
        """Liquid that is drawn less what arrives, over what is drawn [-]."""
        drawn = float(self.heat[self.heat > 0].sum())
        condensed = float(-self.heat[self.heat < 0].sum())
        return abs(drawn - condensed - self.through_rim) / drawn


def flow_in_wick(
    width: float, height: float, heat: Array, conductance: float, rim_held: bool
) -> WickFlow:
    """Solve ``-div(G grad p) = q`` on equal cells.

    Parameters
    ----------
    width, height : float
        Of the wick [m].
    heat : array, shape (ny, nx)
        That evaporates liquid in each cell, below 0 where it condenses [W]; without the rim their
        sum is nought.
    conductance : float
        G, ``wick.Wick.conductance`` [W/Pa].
    rim_held : bool
        Whether liquid comes in through the four sides; they are tight if not.

    Raises
    ------
    ValueError
        When the rim is tight and the liquid drawn is not what condenses.
    """
    ny, nx = heat.shape
    grid = Grid(width, height, nx, ny, np.ones(1))
    held: dict[Face, Boundary] = dict.fromkeys(SIDES, Boundary(0.0)) if rim_held else {}
    conduction = assemble(grid, [(conductance,) * 3], boundaries=held)
    pin = np.zeros(grid.shape)
    if not rim_held:
        if abs(heat.sum()) > 1e-9 * np.abs(heat).sum():
            raise ValueError("wick: found more liquid drawn than condenses; as much is meant")
        # one cell is held, from which nothing flows since nothing is left over
        pin[0, 0, 0] = conductance
    pressure = spsolve(conduction_matrix(conduction, pin).tocsc(), heat.ravel())
    field = pressure.reshape(ny, nx)
    rim = sum(conduction.outflow(field[None], face) for face in conduction.leak)
    return WickFlow(grid, field, _drawn(conduction, field), rim)


def _drawn(conduction: Conduction, pressure: Array) -> Array:
    """Heat that the solved pressure feeds in each cell [W], from its own flows."""
    field = pressure[None]
    return np.asarray(conduction.apply(field, np.empty_like(field))[0])
