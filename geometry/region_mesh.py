"""A mesh of named regions and named boundaries: its faces, its geometry, and Gmsh's files.

Cells are triangles and quadrilaterals, or tetrahedra, pyramids, prisms and hexahedra. What two
cells share is a face; a face of one cell only lies on the outside.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
Integers = NDArray[np.int64]

FACES: dict[str, tuple[tuple[int, ...], ...]] = {
    "triangle": ((0, 1), (1, 2), (2, 0)),
    "quad": ((0, 1), (1, 2), (2, 3), (3, 0)),
    "tetra": ((0, 1, 2), (0, 1, 3), (1, 2, 3), (0, 2, 3)),
    "pyramid": ((0, 1, 2, 3), (0, 1, 4), (1, 2, 4), (2, 3, 4), (3, 0, 4)),
    "wedge": ((0, 1, 2), (3, 4, 5), (0, 1, 4, 3), (1, 2, 5, 4), (2, 0, 3, 5)),
    "hexahedron": (
        (0, 1, 2, 3),
        (4, 5, 6, 7),
        (0, 1, 5, 4),
        (1, 2, 6, 5),
        (2, 3, 7, 6),
        (3, 0, 4, 7),
    ),
}
"""Corners of the faces of each kind of cell, in Gmsh's and meshio's numbering."""
OF_DIMENSION = {2: ("triangle", "quad"), 3: ("tetra", "pyramid", "wedge", "hexahedron")}
NO_GROUP = "found cells in no physical group; each in a named one is meant"
FACET = {2: ("line",), 3: ("triangle", "quad")}


@dataclass(frozen=True)
class RegionMesh:
    """Cells with the name of their region, and named faces.

    Parameters
    ----------
    points : array, shape (points, dimension)
        [m].
    cells : mapping of kind to array of int, shape (cells of the kind, corners)
        Kinds are the keys of ``FACES``; cells are numbered in this order.
    region : array of str, shape (cells,)
    named : mapping of str to array of int, shape (faces, corners)
        Corners of the faces of each name, padded with -1.
    """

    points: Array
    cells: Mapping[str, Integers]
    region: NDArray[Any]
    named: Mapping[str, Integers] = field(default_factory=dict)

    @property
    def dimension(self) -> int:
        """2 or 3."""
        return self.points.shape[1]

    @cached_property
    def _faces(self) -> tuple[Integers, Integers]:
        """Corners of every face, (faces, corners), and faces of every cell; padded with -1."""
        corners, width = [], 4 if self.dimension == 3 else 2
        most = max(len(FACES[kind]) for kind in self.cells)
        count = sum(map(len, self.cells.values()))
        place = np.full((count, most), -1)
        start = begun = 0
        for kind, cells in self.cells.items():
            for local, face in enumerate(FACES[kind]):
                block = np.full((len(cells), width), -1)
                block[:, : len(face)] = cells[:, face]
                corners.append(block)
                place[begun : begun + len(cells), local] = start + np.arange(len(cells))
                start += len(cells)
            begun += len(cells)
        every = np.concatenate(corners)
        _, first, number = np.unique(
            np.sort(every, axis=1), axis=0, return_index=True, return_inverse=True
        )
        of_cell = np.where(place >= 0, number.ravel()[place], -1)
        return every[first], of_cell

    @property
    def face_corners(self) -> Integers:
        """Points of every face, in order around it, padded with -1."""
        return self._faces[0]

    @property
    def cell_faces(self) -> Integers:
        """Faces of every cell, padded with -1."""
        return self._faces[1]

    @cached_property
    def face_cells(self) -> Integers:
        """The two cells of every face, the lower number first; -1 beyond the outside.

        Raises
        ------
        ValueError
            When more than two cells share a face.
        """
        of_cell = self.cell_faces
        cell, local = np.nonzero(of_cell >= 0)
        face = of_cell[cell, local]
        order = np.lexsort((cell, face))
        face, cell = face[order], cell[order]
        count = np.bincount(face, minlength=len(self.face_corners))
        if count.max() > 2:
            raise ValueError(f"mesh: found {count.max()} cells at one face; two are the most meant")
        first = np.concatenate([[0], np.cumsum(count)[:-1]])
        pair = np.full((len(count), 2), -1)
        pair[:, 0] = cell[first]
        shared = count == 2
        pair[shared, 1] = cell[first[shared] + 1]
        return pair

    @cached_property
    def _face_geometry(self) -> tuple[Array, Array]:
        """Centroid and area vector of every face, the vector of any of its two directions."""
        corners = self.face_corners
        point = self.points[corners]
        if self.dimension == 2:
            along = point[:, 1] - point[:, 0]
            return point.mean(axis=1), np.stack([along[:, 1], -along[:, 0]], axis=1)
        there = (corners >= 0)[..., None]
        middle = np.sum(point * there, axis=1) / there.sum(axis=1)
        # triangles from the middle to each edge; the padded corner stands for the first
        point = np.where(there, point, point[:, :1])
        following = np.roll(point, -1, axis=1)
        part = np.cross(point - middle[:, None], following - middle[:, None]) / 2
        vector = part.sum(axis=1)
        size = np.einsum("fpk,fk->fp", part, vector)
        third = (point + following + middle[:, None]) / 3
        return np.einsum("fp,fpk->fk", size / size.sum(axis=1, keepdims=True), third), vector

    @property
    def face_centre(self) -> Array:
        """Centroid of every face [m]."""
        return self._face_geometry[0]

    @cached_property
    def face_area(self) -> Array:
        """Area of every face [m2]; its length [m] in two dimensions."""
        return np.linalg.norm(self._face_geometry[1], axis=1)

    @cached_property
    def face_normal(self) -> Array:
        """Unit normal of every face, out of the first of its cells."""
        vector = self._face_geometry[1]
        outward = self.face_centre - self._corner_mean[self.face_cells[:, 0]]
        sign = np.where(np.einsum("fk,fk->f", vector, outward) < 0, -1.0, 1.0)
        return vector * (sign / self.face_area)[:, None]

    @cached_property
    def _corner_mean(self) -> Array:
        return np.concatenate([self.points[cells].mean(axis=1) for cells in self.cells.values()])

    @cached_property
    def _cell_geometry(self) -> tuple[Array, Array]:
        """Volume and centroid of every cell, from cones over its faces."""
        apex, d = self._corner_mean, self.dimension
        pair, centre = self.face_cells, self.face_centre
        volume, moment = np.zeros(len(apex)), np.zeros_like(apex)
        for side, sign in ((0, 1.0), (1, -1.0)):
            face = np.flatnonzero(pair[:, side] >= 0)
            cell = pair[face, side]
            reach = centre[face] - apex[cell]
            height = sign * np.einsum("fk,fk->f", reach, self.face_normal[face])
            cone = height * self.face_area[face] / d
            np.add.at(volume, cell, cone)
            np.add.at(moment, cell, cone[:, None] * (apex[cell] + reach * d / (d + 1)))
        if not volume.min() > 0:
            raise ValueError("mesh: found a cell without volume, or folded; whole cells are meant")
        return volume, moment / volume[:, None]

    @property
    def volume(self) -> Array:
        """Of every cell [m3]; its area [m2] in two dimensions."""
        return self._cell_geometry[0]

    @property
    def centre(self) -> Array:
        """Centroid of every cell [m]."""
        return self._cell_geometry[1]

    @property
    def outer(self) -> NDArray[np.bool_]:
        """Faces that lie on the outside."""
        return self.face_cells[:, 1] < 0

    def faces(self, name: str) -> Integers:
        """Numbers of the faces called ``name``.

        Raises
        ------
        ValueError
            When a named face belongs to no cell.
        """
        wanted = np.full((len(self.named[name]), self.face_corners.shape[1]), -1)
        wanted[:, : self.named[name].shape[1]] = self.named[name]
        both = np.sort(np.concatenate([self.face_corners, wanted]), axis=1)
        _, number = np.unique(both, axis=0, return_inverse=True)
        number = number.ravel()
        of = np.full(number.max() + 1, -1)
        count = len(self.face_corners)
        of[number[:count]] = np.arange(count)
        found = of[number[count:]]
        if np.any(found < 0):
            raise ValueError(f"boundary {name}: found a face that belongs to no cell of the mesh")
        return np.unique(found)

    def area_of(self, name: str) -> float:
        """Area of the faces called ``name`` [m2]."""
        return float(self.face_area[self.faces(name)].sum())

    def with_named(
        self, name: str, where: Callable[[Array, Array], ArrayLike], inside: bool = False
    ) -> RegionMesh:
        """A copy in which faces have a name, chosen by their centre and outward normal.

        ``inside`` chooses among faces between two cells instead of those on the outside.

        Raises
        ------
        ValueError
            When no face is there.
        """
        of = self.outer != inside
        chosen = of & np.asarray(where(self.face_centre, self.face_normal), dtype=bool)
        if not chosen.any():
            raise ValueError(f"boundary {name}: found no face there")
        return replace(self, named={**self.named, name: self.face_corners[chosen]})


def read_mesh(path: str | Path, length_unit: float = 1.0) -> RegionMesh:
    """A mesh from a Gmsh file, msh 2.2 or 4.1, with its physical names.

    Parameters
    ----------
    path : str or Path
    length_unit : float
        Of the file's coordinates [m]: 1e-3 where they are millimetres.

    Raises
    ------
    ValueError
        When the file cannot be read, or cells are of a kind that is not known or belong to no
        physical group; one line.
    """
    import meshio  # a fifth of a second that only files need

    try:
        with np.errstate(all="ignore"):
            read = meshio.gmsh.read(path)
    except (OSError, ValueError, KeyError, meshio.ReadError) as error:
        if "gmsh:physical" not in str(error):
            raise ValueError(f"{path}: the mesh cannot be read: {error}") from None
        raise ValueError(f"{path}: {NO_GROUP}") from None
    tags = read.cell_data.get("gmsh:physical", [])
    if len(tags) != len(read.cells):
        raise ValueError(f"{path}: {NO_GROUP}")
    dimension = 3 if any(block.type in OF_DIMENSION[3] for block in read.cells) else 2
    names = {(int(d), int(tag)): name for name, (tag, d) in read.field_data.items()}
    cells: dict[str, list[Integers]] = {}
    region: dict[str, list[NDArray[Any]]] = {}
    named: dict[str, list[Integers]] = {}
    for block, tag in zip(read.cells, tags, strict=True):
        kind, corners = block.type, np.asarray(block.data, dtype=np.int64)
        if kind in OF_DIMENSION[dimension]:
            cells.setdefault(kind, []).append(corners)
            words = [names.get((dimension, t), str(t)) for t in tag.tolist()]
            region.setdefault(kind, []).append(np.array(words, dtype=object))
        elif kind in FACET[dimension]:
            for one in np.unique(tag).tolist():
                faces = np.full((np.sum(tag == one), 2 * (dimension - 1)), -1)
                faces[:, : corners.shape[1]] = corners[tag == one]
                named.setdefault(names.get((dimension - 1, one), str(one)), []).append(faces)
        elif kind != "vertex" and not (dimension == 3 and kind == "line"):
            raise ValueError(f"{path}: found cells of kind {kind}; straight ones are meant")
    if not cells:
        raise ValueError(f"{path}: found no cells; triangles to hexahedra are meant")
    used = np.unique(np.concatenate([c.ravel() for blocks in cells.values() for c in blocks]))
    points = np.asarray(read.points, dtype=float)[:, :3] * length_unit
    if dimension == 2 and points.shape[1] == 3 and np.ptp(points[used, 2]) > 0:
        raise ValueError(f"{path}: found a surface that is not flat; constant z is meant")
    return RegionMesh(
        points[:, :dimension],
        {kind: np.concatenate(blocks) for kind, blocks in cells.items()},
        np.concatenate([np.concatenate(region[kind]) for kind in cells]),
        {name: np.concatenate(blocks) for name, blocks in named.items()},
    )


def write_mesh(mesh: RegionMesh, path: str | Path) -> None:
    """Write a mesh and its names to a Gmsh file, msh 2.2."""
    import meshio

    d = mesh.dimension
    regions = sorted(set(mesh.region.tolist()))
    field_data = {name: np.array([i + 1, d]) for i, name in enumerate(regions)}
    number = np.array([regions.index(name) + 1 for name in mesh.region.tolist()])
    blocks: list[tuple[str, Integers]] = []
    tags: list[Integers] = []
    start = 0
    for kind, cells in mesh.cells.items():
        blocks.append((kind, cells))
        tags.append(number[start : start + len(cells)])
        start += len(cells)
    for i, (name, faces) in enumerate(mesh.named.items()):
        field_data[name] = np.array([len(regions) + i + 1, d - 1])
        corners = np.sum(faces >= 0, axis=1)
        for count in np.unique(corners).tolist():
            blocks.append(({2: "line", 3: "triangle", 4: "quad"}[count], faces[corners == count]))
            blocks[-1] = (blocks[-1][0], blocks[-1][1][:, :count])
            tags.append(np.full(np.sum(corners == count), len(regions) + i + 1))
    points = np.zeros((len(mesh.points), 3))
    points[:, :d] = mesh.points
    meshio.Mesh(
        points,
        blocks,
        cell_data={"gmsh:physical": tags, "gmsh:geometrical": tags},
        field_data=field_data,
    ).write(path, file_format="gmsh22", binary=False)
