"""The two equations of a stack as FiPy terms: coefficients on faces and cells, and their assembly.

Solid and coolant live on the same mesh; outside the fin zone the coolant's equation is empty.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from geometry.conduction import Boundary, Face
from geometry.grid import Array

from .fin_coefficients import FinZoneConductivity, solid_fraction_by_cell
from .fipy_library import exported
from .fipy_mesh import LayeredMesh

ISOTHERMAL = 1e30
"""Conductivity across a shared surface [W/m/K]: no resistance of its own."""
Faces = NDArray[Any]
"""Numbers of faces or cells."""
NORMAL: dict[Face, int] = {"west": 0, "east": 0, "south": 1, "north": 1, "top": 2, "bottom": 2}


class LayeredEquations:
    """FiPy's equations of a stack; unknowns are rises above the reference.

    Attributes
    ----------
    outer : dict of face to (faces, cells)
        The mesh's faces on each outer face with a boundary, and the mesh cells they end.
    outside : dict of face to array
        Rise of the medium at each of them [K].
    """

    def __init__(self, layout: LayeredMesh, fipy: Any) -> None:
        mesh = layout.mesh
        self.layout, self.mesh = layout, mesh
        self.cell = np.asarray(mesh._adjacentCellIDs[0])
        self.axis = np.abs(np.asarray(mesh.faceNormals)).argmax(axis=0)
        self.distance = np.asarray(mesh._cellDistances)
        self.area = np.asarray(mesh._faceAreas)
        inside = np.asarray(mesh.interiorFaces.value)
        self.level = self.cell // (layout.shape[1] * layout.shape[2])
        self.downward = inside & (self.axis == 2)
        self.contact = np.zeros(len(self.area))
        for plane, resistance in layout.problem.stack.contact_resistance.items():
            self.contact[self.downward & (self.level == layout.face_below(plane))] = resistance
        self.inside = inside
        self.outer = self._outer_faces()
        self.outside: dict[Face, Array] = {}

        self.solids = fipy.CellVariable(mesh=mesh, name="solids")
        self.along = [fipy.CellVariable(mesh=mesh, name=f"k along {a}") for a in "xyz"]
        self.conducted = fipy.FaceVariable(mesh=mesh, name="solid conductivity")
        self.leak = fipy.FaceVariable(mesh=mesh, name="film of the outer faces")
        self.leak_times_outside = fipy.FaceVariable(mesh=mesh)
        normals = mesh.faceNormals
        solid = (
            fipy.DiffusionTerm(coeff=self.conducted, var=self.solids)
            - fipy.ImplicitSourceTerm(coeff=(self.leak * normals).divergence, var=self.solids)
            + (self.leak_times_outside * normals).divergence
        )
        self.equation = solid
        if layout.stations is not None:
            self._add_coolant(solid, fipy)

    def _add_coolant(self, solid: Any, fipy: Any) -> None:
        mesh = self.mesh
        self.coolant = fipy.CellVariable(mesh=mesh, name="coolant")
        through = fipy.CellVariable(mesh=mesh, name="coolant conductivity")
        self.exchanged = fipy.CellVariable(mesh=mesh, name="h a_v")
        self.leaving = fipy.CellVariable(mesh=mesh, name="outflow at the outlets")
        self.carried = fipy.FaceVariable(mesh=mesh, rank=1, name="capacity rate per area")
        through.setValue(self._coolant_conductivity().ravel())
        height_only = np.where(self.downward, np.asarray(through.harmonicFaceValue.value), 0.0)
        # FiPy keeps a term implicit by its sign: own losses with minus, gains with plus
        coolant = (
            fipy.DiffusionTerm(
                coeff=fipy.FaceVariable(mesh=mesh, value=height_only), var=self.coolant
            )
            - fipy.UpwindConvectionTerm(coeff=self.carried, var=self.coolant)
            - fipy.ImplicitSourceTerm(coeff=self.exchanged + self.leaving, var=self.coolant)
            + fipy.ImplicitSourceTerm(coeff=self.exchanged, var=self.solids)
        )
        solid = (
            solid
            - fipy.ImplicitSourceTerm(coeff=self.exchanged, var=self.solids)
            + fipy.ImplicitSourceTerm(coeff=self.exchanged, var=self.coolant)
        )
        self.equation = solid & coolant

    def _coolant_conductivity(self) -> Array:
        """Of the coolant through the height [W/m/K], at its inlet's temperature."""
        flow = self.layout.problem.coolant
        assert flow is not None
        k = np.zeros(self.layout.shape)
        k[self.layout.surfaces] = ISOTHERMAL
        open_fraction = 1 - solid_fraction_by_cell(flow, self.layout.problem.grid)
        k[self.layout.zone] = self.layout.on_mesh(open_fraction) * float(
            flow.fluid.conductivity(flow.inlet_temperature)
        )
        return k

    def _outer_faces(self) -> dict[Face, tuple[Faces, Faces]]:
        centre = np.asarray(self.mesh.faceCenters)
        found = {}
        for face in self.layout.problem.boundaries:
            axis = NORMAL[face]
            edge = centre[axis].max() if face in ("east", "north", "bottom") else 0.0
            on = ~self.inside & (self.axis == axis)
            on &= np.isclose(centre[axis], edge, rtol=0, atol=1e-9 * centre[axis].max())
            faces = np.flatnonzero(on)
            found[face] = faces, self.cell[faces]
        return found

    def set_solids(self, temperature: Array) -> None:
        """Conductivities at the solids' temperature [K], shape of the mesh."""
        layout = self.layout
        k = np.zeros((3, *layout.shape))
        k[2, layout.surfaces] = ISOTHERMAL
        for level, plane in enumerate(layout.plane):
            if plane >= 0:
                law = layout.problem.stack.laws[plane]
                if isinstance(law, FinZoneConductivity):
                    law = replace(law, solid_fraction=layout.on_mesh(law.solid_fraction))
                found = law.at(temperature[level])
                for axis in range(3):
                    k[axis, level] = found[axis]
        on_faces = np.empty((3, len(self.area)))
        for axis, variable in enumerate(self.along):
            variable.setValue(k[axis].ravel())
            on_faces[axis] = variable.harmonicFaceValue.value
        harmonic = on_faces[self.axis, np.arange(len(self.area))]
        with np.errstate(divide="ignore"):
            # the contact in series with the two half cells
            resistance = self.distance / harmonic + self.contact
            self.conductance = 1 / resistance
        self.conducted.setValue(np.where(self.inside, self.conductance * self.distance, 0.0))

    def set_outside(self, boundaries: Mapping[Face, Boundary]) -> None:
        """Films and media of the outer faces; values are rises above the reference [K]."""
        leak, media = np.zeros(len(self.area)), np.zeros(len(self.area))
        for face, boundary in boundaries.items():
            faces, cells = self.outer[face]
            film = self._on_faces(face, boundary.film, cells)
            with np.errstate(divide="ignore"):
                leak[faces] = 1 / (1 / self.conductance[faces] + 1 / film)
            media[faces] = self.outside[face] = self._on_faces(face, boundary.value, cells)
        self.leak.setValue(leak)
        self.leak_times_outside.setValue(leak * media)

    def _on_faces(self, face: Face, value: Any, cells: Faces) -> Array:
        """Values of a boundary at the mesh's faces, from one number or the problem's cells."""
        values = np.asarray(value, dtype=float)
        if values.ndim == 0:
            return np.full(len(cells), float(values))
        layout = self.layout
        level, column = np.divmod(cells, layout.columns.size)
        y, x = np.divmod(layout.columns.ravel()[column], layout.problem.nx)
        plane = layout.plane[level]
        index = {0: (plane, y), 1: (plane, x), 2: (y, x)}[NORMAL[face]]
        return np.asarray(values[index])

    def set_coolant(self, film: Array, area_density: Array, capacity_rate: Array) -> None:
        """Film of each station [W/m2/K], wetted area [1/m] and capacity rate per cell [W/K].

        Shapes (stations, 1 or cells across) twice and (stations, heights, the same).
        """
        layout = self.layout
        stations, axis = layout.stations, layout.axis
        assert stations is not None
        cells = np.arange(self.mesh.numberOfCells).reshape(layout.shape)
        channels = np.moveaxis(cells[layout.zone], axis, 0)  # (stations, heights, across)
        volume = np.asarray(self.mesh.cellVolumes)

        exchanged, leaving = np.zeros(cells.size), np.zeros(cells.size)
        exchanged[channels] = (film * area_density)[:, None, :]
        ends = channels[stations.outlets]
        leaving[ends] = capacity_rate[stations.outlets] / volume[ends]
        self.exchanged.setValue(exchanged)
        self.leaving.setValue(leaving)

        along = 0 if axis == 2 else 1
        rate = np.zeros(cells.size)
        rate[channels] = capacity_rate * stations.sign[:, None, None]
        segment = np.full(cells.size, -1)
        segment[channels] = stations.segment[:, None, None]
        other = np.asarray(self.mesh._adjacentCellIDs[1])
        joined = self.inside & (self.axis == along) & (segment[self.cell] >= 0)
        joined &= segment[self.cell] == segment[other]
        carried = np.zeros((3, len(self.area)))
        carried[along, joined] = rate[self.cell[joined]] / self.area[joined]
        self.carried.setValue(carried)

    def assembled(self) -> tuple[csr_array, Array]:
        """Matrix and right-hand side [W], solids first, then the coolant, as FiPy makes them."""
        return exported(self.equation)

    def heat_through(self, face: Face, solids: Array) -> Array:
        """Heat that leaves through each mesh face on ``face`` [W] at rises of the mesh."""
        faces, cells = self.outer[face]
        film = np.asarray(self.leak.value)[faces]
        return film * self.area[faces] * (solids.ravel()[cells] - self.outside[face])

    def heat_down(self, level: int, solids: Array) -> Array:
        """Heat that the solids conduct down through the faces below a mesh plane [W]."""
        faces = np.flatnonzero(self.downward & (self.level == level))
        order = faces[np.argsort(self.cell[faces])]
        drop = (solids[level] - solids[level + 1]).ravel()
        return self.conductance[order] * self.area[order] * drop
