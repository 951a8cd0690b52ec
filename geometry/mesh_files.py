"""Fields out to ParaView and other viewers, through meshio."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .floorplan import Floats


def write_vtu(
    path: str | Path,
    x_faces: ArrayLike,
    y_faces: ArrayLike,
    z_faces: ArrayLike,
    cell_fields: Mapping[str, ArrayLike],
) -> None:
    """Write fields on box cells to a compressed binary VTU file.

    The coolant is on top: z = 0 is the bottom face of the stack and layer 0 the highest. Layers
    of no thickness (contacts) are left out.

    Parameters
    ----------
    path : str or Path
    x_faces, y_faces : array_like, shapes (nx + 1,) and (ny + 1,)
        Faces between the cells, rising. [m]
    z_faces : array_like, shape (nz + 1,)
        Faces from the top down: depths that rise or heights that fall. [m]
    cell_fields : mapping of str to array_like, shape (nz, ny, nx)
        One value per cell, layer 0 on top; each name ends in its unit, ``temperature_degC``.

    Raises
    ------
    ValueError
        When faces do not go one way, or a field's shape is not that of the cells.
    """
    import meshio  # a fifth of a second that only this needs

    x, y = _rising(x_faces, "x_faces"), _rising(y_faces, "y_faces")
    height, keep = _heights(z_faces)
    shape = (len(keep), len(y) - 1, len(x) - 1)
    data = {}
    for name, values in cell_fields.items():
        field = np.asarray(values, dtype=float)
        if field.shape != shape:
            raise ValueError(f"field {name}: found shape {field.shape}; {shape} is meant")
        data[name] = [field[keep].ravel()]
    z_mesh, y_mesh, x_mesh = np.meshgrid(height, y, x, indexing="ij")
    points = np.stack([x_mesh.ravel(), y_mesh.ravel(), z_mesh.ravel()], axis=1)
    cells = _hexahedra(len(height) - 1, shape[1], shape[2])
    mesh = meshio.Mesh(points, [("hexahedron", cells)], cell_data=data)
    mesh.write(path, file_format="vtu", binary=True, compression="zlib")


def _rising(faces: ArrayLike, key: str) -> Floats:
    values = np.asarray(faces, dtype=float)
    if values.ndim != 1 or len(values) < 2 or not (np.diff(values) > 0).all():
        raise ValueError(f"{key}: two or more coordinates that rise are meant")
    return values


def _heights(z_faces: ArrayLike) -> tuple[Floats, NDArray[np.bool_]]:
    """Heights above the bottom of the faces that are left, and which layers are left."""
    z = np.asarray(z_faces, dtype=float)
    steps = np.diff(z)
    one_way = (steps >= 0).all() or (steps <= 0).all()
    if z.ndim != 1 or not one_way or not np.abs(steps).sum() > 0:
        raise ValueError("z_faces: depths that rise or heights that fall are meant")
    height = np.abs(z - z[-1])
    keep = -np.diff(height) > 1e-12 * height[0]
    return np.append(height[:-1][keep], 0.0), keep


def _hexahedra(nz: int, ny: int, nx: int) -> NDArray[np.int32]:
    """Corners of each cell, shape (cells, 8): the lower face counter-clockwise, then the upper."""
    count = (nz + 1) * (ny + 1) * (nx + 1)
    point = np.arange(count, dtype=np.int32).reshape(nz + 1, ny + 1, nx + 1)
    upper, lower = point[:-1], point[1:]
    corners = [
        face[:, j : j + ny, i : i + nx]
        for face in (lower, upper)
        for j, i in ((0, 0), (0, 1), (1, 1), (1, 0))
    ]
    return np.stack(corners, axis=-1).reshape(-1, 8)
