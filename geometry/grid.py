"""The grid: equal cells in the plane, any cells through the stack.

Fields have the shape ``(nz, ny, nx)``. Plane 0 is at the top, on the coolant side; z counts from
there down to the board side.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Grid:
    """A box of ``nx`` by ``ny`` equal columns, each cut into the same planes.

    Parameters
    ----------
    width, height : float
        Extent along x and y [m].
    nx, ny : int
        Number of cells along x and y.
    dz : array, shape (nz,)
        Thickness of each plane from the top down [m].
    """

    width: float
    height: float
    nx: int
    ny: int
    dz: Array

    @property
    def nz(self) -> int:
        """Number of planes."""
        return len(self.dz)

    @property
    def shape(self) -> tuple[int, int, int]:
        """Shape of a field on the cells."""
        return (self.nz, self.ny, self.nx)

    @property
    def dx(self) -> float:
        """Cell width along x [m]."""
        return self.width / self.nx

    @property
    def dy(self) -> float:
        """Cell width along y [m]."""
        return self.height / self.ny

    @property
    def cell_area(self) -> float:
        """Area of one cell in the plane [m2]."""
        return self.dx * self.dy

    @property
    def x(self) -> Array:
        """Cell centres along x [m], shape (nx,)."""
        return np.linspace(self.dx / 2, self.width - self.dx / 2, self.nx)

    @property
    def y(self) -> Array:
        """Cell centres along y [m], shape (ny,)."""
        return np.linspace(self.dy / 2, self.height - self.dy / 2, self.ny)

    @property
    def z_faces(self) -> Array:
        """Depth of the planes' faces below the top [m], shape (nz + 1,)."""
        return np.concatenate([[0.0], np.cumsum(self.dz)])

    @property
    def z(self) -> Array:
        """Depth of the planes' centres below the top [m], shape (nz,)."""
        faces = self.z_faces
        return (faces[1:] + faces[:-1]) / 2
