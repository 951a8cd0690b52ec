"""The same steady problem by FiPy: an engine of its own, to check the fast one against.

FiPy assembles solid and coolant as two coupled equations on its own mesh,

    div(k grad Ts) + h a_v (Tf - Ts) + q = 0
    div(eps k_f dTf/dz) - div(C'' Tf) + h a_v (Ts - Tf) = 0

with C'' the capacity rate per area of cross-section, carried by first-order upwind convection
(Patankar 1980, section 5.2-2). Shared with the fast engine are the problem, the correlations and
the properties; not its discretisation, its elimination of the coolant, or its solver. A surface
that solid, fins and coolant share is an unknown of its own here.

Unknowns are rises above ``problem.reference_temperature``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property

import numpy as np
from scipy.sparse import csr_array

from geometry.conduction import Face, Plane
from geometry.grid import Array

from .fin_coefficients import channels_at, film_on_walls, flow_by_height, station_velocity
from .fin_zone import CoolantFlow
from .fipy_equations import LayeredEquations
from .fipy_library import load_fipy
from .fipy_mesh import LayeredMesh, Stations, layered_mesh
from .flow_division import FlowDivision, divide_flow
from .rounds import come_to_rest
from .sparse_solvers import Inverse, PreconditionerName, preconditioner, solve_sparse
from .steady import Feedback, ThermalProblem


class FipySolver:
    """The field of one problem by FiPy, improved round by round.

    Parameters
    ----------
    problem : ThermalProblem
    preconditioner : {"auto", "direct", "incomplete", "multigrid"}
        Of the linear solver, see ``sparse_solvers.preconditioner``.

    Raises
    ------
    ValueError
        When FiPy is not installed.
    """

    name = "fipy"
    reason = "asked for: an independent discretisation of the same physics, to check the others"

    def __init__(
        self, problem: ThermalProblem, preconditioner: PreconditionerName = "auto"
    ) -> None:
        self.problem = problem
        self.grid = problem.grid
        self.named_preconditioner = preconditioner
        fipy = load_fipy()
        self.layout = layered_mesh(problem, fipy)
        self.planes = range(0)
        if problem.coolant is not None:
            self.planes = problem.stack.planes(problem.coolant.layer)
        self.face_rise: dict[Face, float] = {}
        # every layer spans the whole rectangle
        self.cover: dict[int, Array] = {}
        self.face_cover: dict[int, Array] = {}
        self.iterations = 0
        self._division: FlowDivision | None = None
        self.capacity_rate = np.ones((1, 1, 1))  # weights nothing yet: the field starts even
        self._equations = LayeredEquations(self.layout, fipy)
        self._ties = _ties(self.layout)
        self._means = csr_array(self.layout.means @ self._ties[: self.layout.means.shape[1]])
        self._unknowns = np.zeros(self._ties.shape[1])
        self._inverse: Inverse | None = None
        self._fresh_count = 0
        self.renew()

    # ------------------------------------------------------------------------- the field

    @property
    def rise(self) -> Array:
        """Rise above the reference [K], shape (nz, ny, nx)."""
        return np.asarray(self._means @ self._unknowns).reshape(self.grid.shape)

    @property
    def temperature(self) -> Array:
        """The field [K], shape (nz, ny, nx)."""
        return self.rise + self.problem.reference_temperature

    @property
    def unknowns(self) -> int:
        """How many: solids, coolant and shared surfaces."""
        return len(self._unknowns)

    def _on_mesh(self) -> Array:
        """Rises of solids and coolant on the mesh, shape (2, mz, my, mx)."""
        return np.asarray(self._ties @ self._unknowns).reshape(-1, *self.layout.shape)

    @property
    def conductivity(self) -> list[tuple[Plane, Plane, Plane]]:
        """Of every plane along x, y and z [W/m/K], at the present field."""
        temperature = self.temperature
        laws = self.problem.stack.laws
        return [
            law.at(t if law.varies else float(t.flat[0]))
            for law, t in zip(laws, temperature, strict=True)
        ]

    # ------------------------------------------------------------------- the equations

    def renew(self) -> None:
        """Renew every coefficient that depends on temperature, and assemble anew."""
        problem, reference = self.problem, self.problem.reference_temperature
        on_mesh = self._on_mesh()
        self._equations.set_solids(on_mesh[0] + reference)
        self._equations.set_outside(
            {
                face: replace(
                    b, value=np.asarray(b.value) - reference + self.face_rise.get(face, 0.0)
                )
                for face, b in problem.boundaries.items()
            }
        )
        if problem.coolant is not None:
            self._renew_coolant(problem.coolant)
        whole, side = self._equations.assembled()
        self._matrix = csr_array(self._ties.T @ whole @ self._ties)
        self._inflow = np.asarray(self._ties.T @ side)

    def _renew_coolant(self, flow: CoolantFlow) -> None:
        stations, fluid = self.pieces, flow.fluid
        # on its way to the solution the coolant may pass beyond its tables
        bulk = np.clip(self.bulk_rise + flow.inlet_temperature, *fluid.range)
        division = divide_flow(flow, self.grid, stations, bulk, self._division)
        self._division = division
        velocity = station_velocity(flow, self.grid, stations, division)
        film = film_on_walls(flow, stations, velocity, bulk)
        density = np.broadcast_to(channels_at(flow, stations).wetted_area_density, film.shape)
        film, density = self._across(film), self._across(density)
        self.film = film.mean(axis=1)
        capacity = float(fluid.heat_capacity(np.average(bulk, weights=stations.length)))
        self._total_rate = flow.mass_flow * capacity
        cells = self.grid.ny if flow.along_x else self.grid.nx
        share = division.by_cell[stations.segment][:, None, :] * self._flow_by_height
        self.capacity_rate = self._total_rate / cells * share
        self._equations.set_coolant(film, density, self.capacity_rate)

    @property
    def division(self) -> FlowDivision:
        """The flow of every channel."""
        assert self._division is not None
        return self._division

    def _across(self, values: Array) -> Array:
        """For each cell across the channels, or for all: (P,) or (P, L) to (P, 1) or (P, m)."""
        lanes = self.division.lanes
        return values[:, None] if lanes is None else lanes.to_cells(values)

    @cached_property
    def _flow_by_height(self) -> Array:
        """Share of the flow at each height of the channels, (n, 1) or by cell across, (n, m)."""
        flow = self.problem.coolant
        assert flow is not None
        found = flow_by_height(flow, self.grid.dz[list(self.planes)])
        if flow.fin_density is None:
            return found[:, None]
        return self._across(found.T)

    # ----------------------------------------------------------------------- the solution

    def residual(self, heat: Mapping[int, Array]) -> Array:
        """Heat that stays in each unknown's cell [W]; zero when solved.

        ``heat`` gives the heat put into planes, by plane index, each of shape (ny, nx) [W].
        """
        return self._put_in(heat) + self._inflow - self._matrix @ self._unknowns

    def error(self, residual: Array, heat: Mapping[int, Array]) -> float:
        """The larger of two: the residual's norm, and the heat that the whole stack keeps.

        Relative to the norm of all that drives the field, and to the heat that passes through.
        """
        drive = float(np.linalg.norm(self._put_in(heat) + self._inflow))
        passing = [sum(float(np.sum(q)) for q in heat.values())]
        passing += [abs(q) for q in self.heat_through_faces().values()]
        return max(
            float(np.linalg.norm(residual)) / (drive or 1.0),
            abs(float(np.sum(residual))) / (max(passing) or 1.0),
        )

    def correct(self, residual: Array, tolerance: float, feedback: Feedback | None = None) -> None:
        """One correction of the field that takes the residual down to ``tolerance`` of itself."""
        self._unknowns = self._unknowns + self._solved(residual, tolerance, feedback)[0]

    def respond(
        self, heat: Array, tolerance: float, feedback: Feedback | None = None
    ) -> tuple[Array, float]:
        """Rise that heat in the cells brings with the coefficients as they are, and its residual.

        The residual is relative to the heat.
        """
        found, reached = self._solved(self._means.T @ heat.ravel(), tolerance, feedback)
        return np.asarray(self._means @ found).reshape(self.grid.shape), reached

    def _put_in(self, heat: Mapping[int, Array]) -> Array:
        cells = np.zeros(self.grid.shape)
        for plane, source in heat.items():
            cells[plane] += source
        return np.asarray(self._means.T @ cells.ravel())

    def _solved(
        self, right: Array, tolerance: float, feedback: Feedback | None
    ) -> tuple[Array, float]:
        def apply(u: Array) -> Array:
            out = self._matrix @ u
            if feedback is None:
                return out
            plane = np.asarray(self._means @ u).reshape(self.grid.shape)[feedback.plane]
            return out - self._put_in({feedback.plane: feedback.heat(plane)})

        fresh = self._inverse is None
        if self._inverse is None:
            self._inverse = preconditioner(self._matrix, self.named_preconditioner)
        found, count, reached = solve_sparse(apply, right, self._inverse, tolerance)
        self.iterations += count
        if fresh:
            self._fresh_count = count
        elif count > 2 * self._fresh_count + 5:
            # made for coefficients that are no longer these: the next correction renews it
            self._inverse = None
        return found, reached

    def solve(
        self, heat: Mapping[int, Array], tolerance: float = 1e-10, most_rounds: int = 60
    ) -> FipySolver:
        """Correct until ``error`` is at most ``tolerance``.

        Raises
        ------
        NoSolution
            When it does not get there; the message names the residual reached.
        """
        come_to_rest(self, heat, tolerance, most_rounds, smallest_target=1e-4)
        return self

    # ------------------------------------------------------------------------ heat flows

    def heat_through_faces(self) -> dict[Face, float]:
        """Heat that leaves through each outer face with a boundary [W]."""
        solids = self._on_mesh()[0]
        return {
            face: float(np.sum(self._equations.heat_through(face, solids)))
            for face in self.problem.boundaries
        }

    def heat_down(self, plane: int) -> Array:
        """Heat that passes down through the face below ``plane`` per cell [W], in the solid there.

        Next to the fin zone it is that of the solid above or below it.
        """
        level = self.layout.face_below(plane)
        return self.layout.sum_over_columns(self._equations.heat_down(level, self._on_mesh()[0]))

    def heat_out(self, face: Face) -> Array:
        """Heat that leaves each column of cells through the top or the bottom [W], (ny, nx)."""
        _, cells = self._equations.outer[face]
        leaving = np.zeros(self.layout.columns.size)
        leaving[cells % leaving.size] = self._equations.heat_through(face, self._on_mesh()[0])
        return self.layout.sum_over_columns(leaving)

    def balance(self, heat: Mapping[int, Array]) -> float:
        """|heat in - heat out| of FiPy's own equations, relative to the larger of all of them."""
        into = sum(float(np.sum(q)) for q in heat.values())
        out = list(self.heat_through_faces().values())
        if self.problem.coolant is not None:
            out.append(self.coolant_heat())
        return abs(into - sum(out)) / (max(into, *map(abs, out)) or 1.0)

    # ------------------------------------------------------------------------ the coolant

    @property
    def pieces(self) -> Stations:
        """The stations along the channels."""
        assert self.layout.stations is not None
        return self.layout.stations

    def coolant_rise(self) -> tuple[Array, Array]:
        """Coolant's rise above its inlet [K]: mean of each station, and at its end.

        Both of shape (stations, heights, cells across); first-order upwind takes them as one.
        """
        zone = np.moveaxis(self._on_mesh()[1][self.layout.zone], self.layout.axis, 0)
        return zone, zone

    @property
    def bulk_rise(self) -> Array:
        """Rise of the coolant of all channels, mixed, at each station [K]."""
        rise = self.coolant_rise()[0]
        weight = self.capacity_rate
        alike = rise.shape[2] / weight.shape[2]
        return np.sum(rise * weight, axis=(1, 2)) / (alike * weight.sum(axis=(1, 2)))

    def bulk_rise_by_cell(self) -> Array:
        """Rise of the flow-mixed coolant over each cell [K], shape (ny, nx)."""
        bulk = np.sum(self.coolant_rise()[0] * self._flow_by_height, axis=1)
        bulk *= self.pieces.share[:, None]
        return self.layout.sum_over_columns(bulk.T if self.layout.axis == 2 else bulk)

    def coolant_capacity_rate(self) -> float:
        """Flow times heat capacity of all channels together [W/K]."""
        return self._total_rate

    def coolant_heat(self) -> float:
        """Heat that the coolant carries out of the channels [W]."""
        ends = self.pieces.outlets
        leaving = self.capacity_rate[ends] * self.coolant_rise()[1][ends]
        return float(np.sum(leaving))

    @property
    def outlet_temperature(self) -> float:
        """Of the coolant, all segments mixed [K]."""
        flow = self.problem.coolant
        assert flow is not None
        return flow.inlet_temperature + self.coolant_heat() / self.coolant_capacity_rate()


def _ties(layout: LayeredMesh) -> csr_array:
    """Mesh values of solids, then coolant, from the unknowns: a matrix of zeros and ones.

    On a shared surface both are one unknown; outside the fin zone there is no coolant. Unknowns
    are numbered down the stack first, then across and along the channels: strongly coupled ones
    are then neighbours in the matrix.
    """
    cells = int(np.prod(layout.shape))
    if layout.stations is None:
        keys = np.indices(layout.shape)
        number = np.empty(cells, dtype=int)
        number[np.lexsort((keys[0].ravel(), keys[1].ravel(), keys[2].ravel()))] = np.arange(cells)
        return csr_array((np.ones(cells), (np.arange(cells), number)), shape=(cells, cells))
    wet = np.zeros(layout.shape, dtype=bool)
    wet[layout.zone] = True
    exists = np.concatenate([np.ones(cells, dtype=bool), wet.ravel()])
    level, y, x = (np.tile(index.ravel(), 2) for index in np.indices(layout.shape))
    along, across = (x, y) if layout.axis == 2 else (y, x)
    order = np.lexsort((np.repeat([0, 1], cells), level, across, along))
    order = order[exists[order]]
    number = np.full(2 * cells, -1)
    number[order] = np.arange(len(order))
    surface = np.zeros(layout.shape, dtype=bool)
    surface[layout.surfaces] = True
    number[cells:][surface.ravel()] = number[:cells][surface.ravel()]
    kept = np.flatnonzero(number >= 0)
    return csr_array((np.ones(len(kept)), (kept, number[kept])), shape=(2 * cells, len(order)))
