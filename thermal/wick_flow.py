"""Pressure of the liquid over the plane of a wick, by the operator of conduction."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse.linalg import spsolve

from geometry.conduction import Boundary, Conduction, Face, assemble
from geometry.conduction_matrix import conduction_matrix
from geometry.grid import Array, Grid

HELD = 1e9
"""Conductance by which a cell is held, over that between cells."""
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


def pressure_round_post(radius: float, cells: int = 160) -> Array:
    """Drop of the liquid's pressure round a post in the middle of its square, F of ``F Q / G`` [-].

    Drawn evenly outside the post, which is held; nothing passes the cell's sides. The post is the
    cells whose middles it covers, some 1 % too small for what it feeds.

    Parameters
    ----------
    radius : float
        Of the post, over the cell's side.
    cells : int
        Along half a side.

    Returns
    -------
    array, shape (cells, cells)
        Over a quarter of the cell, the post at its first corner; the largest is at the last.
    """
    grid = Grid(0.5, 0.5, cells, cells, np.ones(1))
    post = np.hypot(grid.x, grid.y[:, None]) < radius
    drawn = np.where(post, 0.0, 0.25 / (~post).sum())
    matrix = conduction_matrix(assemble(grid, [(1.0, 1.0, 1.0)]), np.where(post, HELD, 0.0)[None])
    return np.asarray(spsolve(matrix.tocsc(), drawn.ravel()).reshape(cells, cells))
