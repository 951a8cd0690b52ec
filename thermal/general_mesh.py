"""Steady conduction on any mesh: regions and boundaries by name, assembled by FiPy.

The heat that crosses a face is that between two points on one line through the face's centre, along
``K n`` of each side (the conormal), to which each cell's temperature is carried by its gradient:

    Q = [(T1 + g1.t1) - (T2 + g2.t2)] / (d1/k1 + R'' + d2/k2),   t = x_f - x_c - (d/k) K n

with ``d = n.(x_f - x_c)`` and ``k = n.K n``. Without the ``g.t`` this is the two-point flux, which
is wrong by a part of the field on every face that the line between cell centres does not cross
squarely, on any grid. The gradients follow from the fluxes themselves, exactly for a linear field
(Perot, J. Comput. Phys. 159 (2000) 58, section 2.4):

    K g = -(1/V) sum of Q_f (x_f - x_c)

so that they do not smear over the boundary of two materials. Temperatures and gradients are
solved together, with the two-point flux that FiPy assembles as the preconditioner.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from geometry.errors import NoSolution
from geometry.region_mesh import Array, RegionMesh, read_mesh
from geometry.stack import Conductivity

from .fipy_library import exported, load_fipy
from .sparse_solvers import Inverse, PreconditionerName, preconditioner, solve_sparse

ByPlace = float | Callable[[Array], Array]
"""A number, or a function of positions of shape (n, dimension) [m]."""


@dataclass(frozen=True)
class Region:
    """What fills a region of the mesh.

    Parameters
    ----------
    conductivity : Conductivity or float
        A law, or one number for all directions [W/m/K].
    heat : float
        Made in the whole region, evenly [W].
    heat_density : float or function of place
        Made besides [W/m3].
    """

    conductivity: Conductivity | float
    heat: float = 0.0
    heat_density: ByPlace = 0.0


@dataclass(frozen=True)
class Outside:
    """What a named boundary meets: a medium behind a film, or a heat flux into the body.

    Parameters
    ----------
    temperature : float or function of place, optional
        Of the medium, or of the boundary itself where there is no film [K].
    film_coefficient : float or function of place, optional
        [W/m2/K]; left out, the boundary is held at the temperature.
    heat_flux : float or function of place, optional
        Into the body [W/m2], in place of a temperature.
    """

    temperature: ByPlace | None = None
    film_coefficient: ByPlace | None = None
    heat_flux: ByPlace | None = None

    def __post_init__(self) -> None:
        if (self.temperature is None) == (self.heat_flux is None):
            raise ValueError("boundary: a temperature or a heat_flux is meant, one of the two")
        if self.heat_flux is not None and self.film_coefficient is not None:
            raise ValueError("boundary: found a film_coefficient with a heat_flux; one is meant")


@dataclass(frozen=True)
class Joint:
    """A contact on a named boundary between two cells: its areal resistance [m2 K/W]."""

    areal_resistance: float


@dataclass(frozen=True)
class MeshField:
    """A solved mesh; made by ``solve_mesh``.

    Attributes
    ----------
    mesh : RegionMesh
    temperature : array, shape (cells,)
        Mean of each cell [K].
    heat_made : float
        In all regions [W].
    heat_through : dict of str to float
        Heat that leaves through each named boundary with an ``Outside`` [W].
    heat_passing : float
        Heat that leaves through all outer faces where it leaves [W].
    surface_temperature : dict of str to array
        Of each of their faces [K], in the order of ``mesh.faces(name)``.
    rounds : int
    residual : float
        Of the cells' heat balances, relative to the heat that drives the field.
    skewness : float
        Largest distance by which a cell's value had to be carried sideways to a face's line,
        over the distance along it: 0 on an orthogonal mesh.
    """

    mesh: RegionMesh
    temperature: Array
    heat_made: float
    heat_through: dict[str, float]
    heat_passing: float
    surface_temperature: dict[str, Array]
    rounds: int
    residual: float
    skewness: float

    @property
    def balance(self) -> float:
        """|heat in - heat out| relative to what passes."""
        out = sum(self.heat_through.values())
        return abs(self.heat_made - out) / (max(abs(self.heat_made), self.heat_passing) or 1.0)

    def maximum(self, region: str) -> float:
        """Hottest cell of a region [K]."""
        return float(self.temperature[self.mesh.region == region].max())

    def mean(self, region: str) -> float:
        """Mean of a region by volume [K]."""
        of = self.mesh.region == region
        return float(np.average(self.temperature[of], weights=self.mesh.volume[of]))

    def write_vtu(self, path: str | Path) -> None:
        """Write the mesh and ``temperature_degC`` to a VTU file for ParaView."""
        import meshio

        points = np.zeros((len(self.mesh.points), 3))
        points[:, : self.mesh.dimension] = self.mesh.points
        cuts = np.cumsum([len(cells) for cells in self.mesh.cells.values()])[:-1]
        values = np.split(self.temperature - 273.15, cuts)
        blocks = list(self.mesh.cells.items())
        meshio.Mesh(points, blocks, cell_data={"temperature_degC": values}).write(path)


def solve_mesh(
    mesh: RegionMesh | str | Path,
    regions: Mapping[str, Region],
    boundaries: Mapping[str, Outside | Joint],
    *,
    length_unit: float = 1.0,
    thickness: float = 1.0,
    tolerance: float = 1e-10,
    most_rounds: int = 60,
    correct_skewness: bool = True,
    linear_solver: PreconditionerName = "auto",
) -> MeshField:
    """Steady temperatures of a mesh.

    Parameters
    ----------
    mesh : RegionMesh or path
        A mesh, or a Gmsh file (``geometry.region_mesh.read_mesh``).
    regions : mapping of name to Region
        Every region of the mesh.
    boundaries : mapping of name to Outside or Joint
        Outer faces without one are adiabatic.
    length_unit : float
        Of a file's coordinates [m].
    thickness : float
        Of a mesh of two dimensions [m].
    tolerance : float
        Of the residual.
    correct_skewness : bool
        False leaves the two-point flux as it is, to see what it is worth.
    linear_solver
        See ``sparse_solvers.preconditioner``.

    Raises
    ------
    ValueError
        When a name is missing or unknown, or nothing takes the heat away; one line.
    NoSolution
        When the rounds do not come to rest.

    Examples
    --------
    >>> from geometry.mesh_shapes import cut_corner_wafer
    >>> wafer = cut_corner_wafer(0.215, 0.150, [0, 0.775e-3], ["wafer"], cells=10)
    >>> found = solve_mesh(
    ...     wafer,
    ...     {"wafer": Region(148.0, heat=25e3)},
    ...     {"top": Outside(temperature=294.15, film_coefficient=20e3)},
    ... )
    >>> round(found.heat_through["top"], 3)
    25000.0
    """
    if not isinstance(mesh, RegionMesh):
        mesh = read_mesh(mesh, length_unit)
    _check_names(mesh, regions, boundaries)
    return _Conduction(mesh, regions, boundaries, thickness, correct_skewness).solve(
        tolerance, most_rounds, linear_solver
    )


def _check_names(
    mesh: RegionMesh, regions: Mapping[str, Region], boundaries: Mapping[str, Outside | Joint]
) -> None:
    there = set(mesh.region.tolist())
    for kind, given, known in (("region", regions, there), ("boundary", boundaries, mesh.named)):
        for name in given:
            if name not in known:
                raise ValueError(
                    f"{kind}: found '{name}'; one of {', '.join(sorted(known))} is meant"
                )
    if missing := sorted(there - set(regions)):
        raise ValueError(f"region {missing[0]}: found no conductivity; one for each is meant")
    if all(isinstance(b, Joint) or b.temperature is None for b in boundaries.values()):
        raise ValueError("nothing takes the heat away: a boundary with a temperature is meant")


def _at(value: ByPlace, place: Array) -> Array:
    found = value(place) if callable(value) else value
    return np.broadcast_to(np.asarray(found, dtype=float), (len(place),))


class _Conduction:
    """The equations of one mesh; flows count out of a face's first cell."""

    def __init__(
        self,
        mesh: RegionMesh,
        regions: Mapping[str, Region],
        boundaries: Mapping[str, Outside | Joint],
        thickness: float,
        correct: bool,
    ) -> None:
        self.mesh, self.regions, self.correct = mesh, regions, correct
        self.depth = thickness if mesh.dimension == 2 else 1.0
        self.area = mesh.face_area * self.depth
        self.inside = ~mesh.outer
        first, second = mesh.face_cells.T
        self.cells = first, np.where(self.inside, second, first)
        self.reach = [mesh.face_centre - mesh.centre[c] for c in self.cells]
        self.source = self._sources()
        self._set_boundaries(boundaries)
        self._make_terms()

    def _sources(self) -> Array:
        volume = self.mesh.volume * self.depth
        heat = np.zeros(len(volume))
        for name, region in self.regions.items():
            of = np.flatnonzero(self.mesh.region == name)
            heat[of] += region.heat * volume[of] / volume[of].sum()
            heat[of] += _at(region.heat_density, self.mesh.centre[of]) * volume[of]
        return heat

    def _set_boundaries(self, boundaries: Mapping[str, Outside | Joint]) -> None:
        mesh, count = self.mesh, len(self.area)
        self.joint, self.flux = np.zeros(count), np.zeros(count)
        # per area of the face to the medium; no film is a resistance without end
        self.film_resistance, self.medium = np.full(count, np.inf), np.zeros(count)
        self.faces: dict[str, NDArray[Any]] = {}
        for name, boundary in boundaries.items():
            faces = mesh.faces(name)
            wanted = "inside" if isinstance(boundary, Joint) else "outside"
            if np.any(self.inside[faces] != (wanted == "inside")):
                raise ValueError(f"boundary {name}: found faces that are not {wanted} the body")
            if isinstance(boundary, Joint):
                self.joint[faces] = boundary.areal_resistance
                continue
            self.faces[name] = faces
            place = mesh.face_centre[faces]
            if boundary.heat_flux is not None:
                self.flux[faces] = _at(boundary.heat_flux, place)
            else:
                assert boundary.temperature is not None
                self.medium[faces] = _at(boundary.temperature, place)
                film = boundary.film_coefficient
                with np.errstate(divide="ignore"):
                    self.film_resistance[faces] = 0.0 if film is None else 1 / _at(film, place)
        self.reference = float(self.medium[np.isfinite(self.film_resistance)].min())

    def _make_terms(self) -> None:
        """FiPy's mesh and equation; its own geometry is replaced by exact centroids."""
        fipy, mesh = load_fipy(), self.mesh
        base = fipy.meshes.mesh2D.Mesh2D if mesh.dimension == 2 else fipy.meshes.mesh.Mesh

        class ExactMesh(base):  # type: ignore[misc, valid-type]
            """FiPy takes the mean of the corners for a centre; these are the centroids."""

            def _calcFaceAreas(self) -> Array:
                return mesh.face_area

            def _calcFaceCenters(self) -> Array:
                return mesh.face_centre.T

            def _calcFaceNormals(self) -> Array:
                return mesh.face_normal.T

            def _calcCellCenters(self) -> Array:
                return mesh.centre.T

            def _calcCellVolumes(self) -> Array:
                return mesh.volume

        corners = mesh.face_corners.T
        fipy_mesh = ExactMesh(mesh.points.T.copy(), corners.copy(), mesh.cell_faces.T.copy())
        self.distance = np.asarray(fipy_mesh._cellDistances)
        self.unknown = fipy.CellVariable(mesh=fipy_mesh, name="rise")
        self.diffusivity = fipy.FaceVariable(mesh=fipy_mesh)
        self.leak = fipy.FaceVariable(mesh=fipy_mesh)
        self.equation = fipy.DiffusionTerm(
            coeff=self.diffusivity, var=self.unknown
        ) - fipy.ImplicitSourceTerm(
            coeff=(self.leak * fipy_mesh.faceNormals).divergence, var=self.unknown
        )

    def _conductivity(self, rise: Array) -> Array:
        """Along each axis in every cell [W/m/K], shape (cells, dimension)."""
        k = np.empty((len(rise), self.mesh.dimension))
        for name, region in self.regions.items():
            of, law = self.mesh.region == name, region.conductivity
            if isinstance(law, int | float):
                k[of] = law
            else:
                axes = law.at(rise[of] + self.reference)
                for axis in range(k.shape[1]):
                    k[of, axis] = axes[axis]
        return k

    def _renew(self, rise: Array) -> None:
        """Coefficients of every face at the present conductivity."""
        normal, self.k = self.mesh.face_normal, self._conductivity(rise)
        resistance = self.joint.copy()
        self.sideways, self.skewness = [], 0.0
        for side, sign in ((0, 1.0), (1, -1.0)):
            k_n = self.k[self.cells[side]] * normal
            k = np.einsum("fi,fi->f", k_n, normal)
            d = sign * np.einsum("fi,fi->f", normal, self.reach[side])
            if side == 1:
                d = np.where(self.inside, d, 1.0)
            if not d.min() > 0:
                raise ValueError("mesh: found a cell whose centre lies beyond one of its faces")
            across = self.reach[side] - (sign * d / k)[:, None] * k_n
            used = self.inside if side == 1 else np.ones(len(d), dtype=bool)
            self.sideways.append(across * used[:, None])
            self.skewness = max(
                self.skewness, float((np.linalg.norm(across, axis=1) / d)[used].max())
            )
            resistance += np.where(used, d / k, 0.0)
        resistance += np.where(self.inside, 0.0, self.film_resistance)
        self.conductance = 1 / resistance
        self.diffusivity.setValue(np.where(self.inside, self.conductance * self.distance, 0.0))
        self.leak.setValue(np.where(self.inside, 0.0, self.conductance))

    def _flows(self, rise: Array, gradient: Array, driven: bool = True) -> Array:
        """Heat out of the first cell of every face [W]; without media and fluxes if not driven."""
        first, second = (
            rise[cells] + np.einsum("fi,fi->f", gradient[cells], across)
            for cells, across in zip(self.cells, self.sideways, strict=True)
        )
        beyond = np.where(self.inside, second, (self.medium - self.reference) * driven)
        return (self.conductance * (first - beyond) - self.flux * driven) * self.area

    def _gradient(self, flows: Array) -> Array:
        """From the flows through a cell's faces, [K/m], shape (cells, dimension)."""
        gradient = np.zeros((len(self.source), self.mesh.dimension))
        second = self.cells[1][self.inside]
        for axis in range(self.mesh.dimension):
            out, into = (flows * reach[:, axis] for reach in self.reach)
            gradient[:, axis] -= np.bincount(self.cells[0], out, len(gradient))
            gradient[:, axis] += np.bincount(second, into[self.inside], len(gradient))
        return gradient / (self.k * (self.mesh.volume * self.depth)[:, None])

    def _lost(self, flows: Array) -> Array:
        """Heat that leaves every cell [W]."""
        lost = np.bincount(self.cells[0], flows, len(self.source))
        second = self.cells[1][self.inside]
        return np.asarray(lost - np.bincount(second, flows[self.inside], len(lost)))

    def solve(self, tolerance: float, most_rounds: int, solver: PreconditionerName) -> MeshField:
        rise = np.zeros(len(self.source))
        gradient = np.zeros((len(rise), self.mesh.dimension))
        inverse: Inverse | None = None
        residual = 1.0
        for count in range(1, most_rounds + 1):
            self._renew(rise)
            matrix = exported(self.equation, var=self.unknown)[0] * self.depth
            flows = self._flows(rise, gradient)
            left = self.source - self._lost(flows)
            drive = self.source - self._lost(self._flows(0 * rise, 0 * gradient))
            residual = float(np.linalg.norm(left) / (np.linalg.norm(drive) or 1.0))
            if residual <= tolerance:
                return self._field(rise, gradient, flows, count, residual)
            if not np.isfinite(residual):
                break
            inverse = inverse or preconditioner(matrix, solver)
            aim = max(1e-6, 0.1 * tolerance / residual)
            if not self.correct or self.skewness < 1e-9:
                rise = rise + solve_sparse(matrix.__matmul__, left, inverse, aim)[0]
                continue
            step = self._solved(left, self._gradient(flows) - gradient, matrix, inverse, aim)
            rise, gradient = rise + step[0], gradient + step[1]
        raise NoSolution(f"the mesh's temperatures stay at a relative residual of {residual:.1e}")

    def _solved(
        self, left: Array, gap: Array, matrix: csr_array, inverse: Inverse, tolerance: float
    ) -> tuple[Array, Array]:
        """Changes of rises and gradients that take both residuals away together.

        The two-point flux's inverse, then the gradients that follow from it, precondition GMRES:
        lagging the gradients instead diverges on tetrahedra.
        """
        size = len(left)
        # gradients as temperatures over a cell, their equations as heats
        length = self.mesh.volume[:, None] ** (1 / self.mesh.dimension)
        weight = matrix.diagonal()[:, None]

        def parts(y: Array) -> tuple[Array, Array]:
            return y[:size], y[size:].reshape(size, -1)

        def apply(y: Array) -> Array:
            rise, scaled = parts(y)
            flows = self._flows(rise, scaled / length, driven=False)
            gap = weight * (scaled - length * self._gradient(flows))
            return np.concatenate([self._lost(flows), gap.ravel()])

        def undo(y: Array) -> Array:
            heat, gap = parts(y)
            rise = inverse(heat)
            flows = self._flows(rise, np.zeros_like(gap), driven=False)
            scaled = gap / weight + length * self._gradient(flows)
            return np.concatenate([rise, scaled.ravel()])

        right = np.concatenate([left, (weight * length * gap).ravel()])
        rise, scaled = parts(solve_sparse(apply, right, undo, tolerance, most_iterations=600)[0])
        return rise, scaled / length

    def _surface(self, name: str, rise: Array, gradient: Array, flows: Array) -> Array:
        """Temperature of the faces of an outer boundary [K]."""
        faces = self.faces[name]
        cell, normal = self.cells[0][faces], self.mesh.face_normal[faces]
        carried = rise[cell] + np.einsum("fi,fi->f", gradient[cell], self.sideways[0][faces])
        k = np.einsum("fi,fi->f", self.k[cell] * normal, normal)
        distance = np.einsum("fi,fi->f", normal, self.reach[0][faces])
        drop = flows[faces] / self.area[faces] * distance / k
        return np.asarray(carried - drop + self.reference)

    def _field(
        self, rise: Array, gradient: Array, flows: Array, rounds: int, residual: float
    ) -> MeshField:
        return MeshField(
            mesh=self.mesh,
            temperature=rise + self.reference,
            heat_made=float(self.source.sum()),
            heat_through={name: float(flows[f].sum()) for name, f in self.faces.items()},
            heat_passing=float(np.maximum(flows[~self.inside], 0.0).sum()),
            surface_temperature={
                name: self._surface(name, rise, gradient, flows) for name in self.faces
            },
            rounds=rounds,
            residual=residual,
            skewness=self.skewness,
        )
