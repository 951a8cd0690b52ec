"""The steady temperature field: solids, fins and coolant together.

The unknowns are the solids' temperatures as rises above a reference; the coolant is eliminated by
its march. Each round renews what depends on temperature (conductivities, films, viscosity) and
corrects the field by flexible GMRES, preconditioned as ``preconditioning`` has it, until the
residual of the full non-linear equations, heat per cell, is small against the heat put in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from geometry.conduction import (
    Boundary,
    Conduction,
    Face,
    Plane,
    assemble,
    edges_of,
    half_cells_per_area,
)
from geometry.grid import Array, Grid
from geometry.krylov import flexible_gmres
from geometry.stack import Stack

from .coolant_march import CoolantMarch, Pieces, add_by_cell
from .fin_coefficients import film_on_walls, pieces_of, station_velocity
from .fin_zone import CoolantFlow, Wetting, coolant_march, couple_coolant
from .flow_division import FlowDivision, divide_flow
from .lateral_groups import GroupedMarch
from .preconditioning import Preconditioner, Preconditioning, preconditioning_for
from .radiation import radiating_boundary
from .rounds import come_to_rest

Field = NDArray[Any]
Conductivities = list[tuple[Plane, Plane, Plane]]


@dataclass(frozen=True)
class ThermalProblem:
    """A stack on a grid, what cools it, and what bounds it.

    Parameters
    ----------
    stack : Stack
    width, height : float
        Of the device [m].
    nx, ny : int
        Cells along x and y.
    boundaries : mapping of face to Boundary
        Temperatures in kelvin; faces left out are adiabatic.
    coolant : CoolantFlow or None
    emissivity : mapping of face to float
        Faces among ``boundaries`` that radiate to the temperature given there, beside their film,
        which may be 0.
    """

    stack: Stack
    width: float
    height: float
    nx: int
    ny: int
    boundaries: Mapping[Face, Boundary] = field(default_factory=dict)
    coolant: CoolantFlow | None = None
    emissivity: Mapping[Face, float] = field(default_factory=dict)

    @cached_property
    def grid(self) -> Grid:
        """The cells."""
        return Grid(self.width, self.height, self.nx, self.ny, self.stack.dz)

    @cached_property
    def reference_temperature(self) -> float:
        """What the unknowns count from [K]: the coolant's inlet, else the coldest boundary."""
        if self.coolant is not None:
            return self.coolant.inlet_temperature
        if not self.boundaries:
            raise ValueError("nothing takes the heat away: give a coolant or a boundary")
        return float(min(np.min(b.value) for b in self.boundaries.values()))


@dataclass(frozen=True)
class Feedback:
    """Heat that grows with the temperature of the block in which it is made.

    Parameters
    ----------
    plane : int
        Where the heat is made.
    shares : csr_array, shape (ny * nx, n_blocks)
        Share of each block's heat in each cell.
    means : csr_array, shape (n_blocks, ny * nx)
        Mean over each block.
    slope : array, shape (n_blocks,)
        Growth of each block's heat with its mean temperature [W/K].
    taken_back : array, shape (n_blocks,)
        Each block's share in what is taken back of all that has grown: 1 in sum where the total is
        held, 0 where it is free.
    """

    plane: int
    shares: csr_array
    means: csr_array
    slope: Array
    taken_back: Array

    def heat(self, rise: Field) -> Field:
        """Heat that a rise of the plane [K] brings in each cell [W], shape (ny, nx) both."""
        grown = self.slope * (self.means @ rise.ravel())
        grown -= self.taken_back * grown.sum()
        return np.asarray(self.shares @ grown).reshape(rise.shape)


@dataclass(frozen=True)
class Storage:
    """What a step in time adds to the equations: heat kept, and heat from what was before.

    Parameters
    ----------
    planes : array, shape (nz, 1, 1) or (nz, ny, nx)
        Heat capacity of each plane's cells over the step's time constant [W/K].
    coolant : array, shape (P, n, 1) or (P, n, m)
        The same of each piece of the coolant, per lateral cell [W/K].
    heat : array, shape (nz, ny, nx)
        From what the cells held before [W].
    coolant_heat : array, shape (P, n, m)
        From what the coolant held before [W].
    """

    planes: Array
    coolant: Array
    heat: Array
    coolant_heat: Array


class SteadySolver:
    """The field of one problem, improved round by round.

    Parameters
    ----------
    problem : ThermalProblem
    guess : array, shape (nz, ny, nx), optional
        Rise to begin with [K].
    preconditioning : Preconditioning, optional
        What preconditions the corrections; by the problem if left out.

    Attributes
    ----------
    rise : array, shape (nz, ny, nx)
        Temperature above ``problem.reference_temperature`` [K].
    face_rise : dict of face to float
        By how much the medium at a face is warmer than its boundary says [K].
    boundaries, coolant
        Those of the problem, until others are put in their place.
    storage : Storage or None
        Of a step in time; None is the steady state.
    inlet_rise : float
        By how much the coolant comes warmer than the problem says [K].
    """

    def __init__(
        self,
        problem: ThermalProblem,
        guess: Array | None = None,
        preconditioning: Preconditioning | None = None,
    ) -> None:
        self.problem = problem
        self.preconditioning = preconditioning or preconditioning_for(problem)
        self.grid = problem.grid
        self.rise = np.zeros(self.grid.shape) if guess is None else guess.copy()
        self.boundaries = dict(problem.boundaries)
        self.coolant = problem.coolant
        self.storage: Storage | None = None
        self.planes = range(0)
        self.covers = problem.stack.covers(self.grid)
        self.wetting: Wetting | None = None
        if problem.coolant is not None:
            self.planes = problem.stack.planes(problem.coolant.layer)
            self.pieces: Pieces = pieces_of(problem.coolant, self.grid)
            self.bulk_rise = np.zeros(len(self.pieces.cell))
        # the even march, by which corrections are preconditioned, and that of the lanes if any are
        self.mean_march: CoolantMarch | None = None
        self.march: CoolantMarch | GroupedMarch | None = None
        self._division: FlowDivision | None = None
        self.face_rise: dict[Face, float] = {}
        self.inlet_rise = 0.0
        self.iterations = 0
        self.sizes: list[float] = []
        self.renew()
        if guess is not None and self.march is not None:
            # the coolant of the guess, whose films and viscosity then follow
            self._update_bulk()
            self.renew()
        self.preconditioner = self._preconditioner()

    @property
    def name(self) -> str:
        """Of the preconditioner, by which alone the solvers of this kind differ."""
        return self.preconditioning.name

    @property
    def reason(self) -> str:
        """Why it was taken."""
        return self.preconditioning.reason

    @property
    def cover(self) -> Mapping[int, Array]:
        """Share of each cell that its layer covers, by plane; whole where a plane is not named."""
        return self.conduction.cover

    @property
    def face_cover(self) -> Mapping[int, Array]:
        """Share of the face below each cell through which heat passes, as ``cover``."""
        return self.conduction.face_cover

    @property
    def temperature(self) -> Array:
        """The field [K], shape (nz, ny, nx)."""
        return self.rise + self.problem.reference_temperature

    def renew(self) -> None:
        """Renew every coefficient that depends on temperature."""
        problem = self.problem
        reference = problem.reference_temperature
        conductivity = [
            law.at(self.rise[k] + reference) if law.varies else law.at(reference)
            for k, law in enumerate(problem.stack.laws)
        ]
        contacts = problem.stack.contact_resistance
        shifted = {
            face: replace(b, value=np.asarray(b.value) - reference + self.face_rise.get(face, 0.0))
            for face, b in (dict(self.boundaries) | self._radiating(conductivity)).items()
        }
        self.conduction: Conduction = assemble(
            self.grid, conductivity, contacts, shifted, *self.covers
        )
        self.conductivity = conductivity
        if self.coolant is not None:
            self._renew_coolant(self.coolant, contacts)

    def _radiating(self, conductivity: Conductivities) -> dict[Face, Boundary]:
        """What the faces that radiate meet, by the law's tangent at the present field."""
        problem, found = self.problem, {}
        for face, emissivity in problem.emissivity.items():
            cell = edges_of(self.rise, face) + problem.reference_temperature
            half = half_cells_per_area(self.grid, conductivity, face)
            found[face] = radiating_boundary(problem.boundaries[face], emissivity, cell, half)
        return found

    def _renew_coolant(self, flow: CoolantFlow, contacts: dict[int, Plane]) -> None:
        # while the field is on its way the coolant may pass beyond its tables; once solved it is
        # checked against them
        bulk = np.clip(self.bulk_rise + flow.inlet_temperature, *flow.fluid.range)
        division = divide_flow(flow, self.grid, self.pieces, bulk, self._division)
        self._division, lanes = division, division.lanes
        velocity = station_velocity(flow, self.grid, self.pieces, division)
        film = film_on_walls(flow, self.pieces, velocity, bulk)
        self.film = film if lanes is None else lanes.to_cells(film).mean(axis=1)
        wetting = couple_coolant(
            self.conduction,
            self.planes,
            flow,
            self.pieces,
            film,
            contacts,
            self.conductivity,
            lanes,
        )
        self.wetting = wetting.mean(lanes)
        self.mean_march, self.march = coolant_march(
            flow,
            self.grid,
            self.planes,
            self.pieces,
            wetting,
            division,
            float(np.mean(bulk)),
            None if self.storage is None else self.storage.coolant,
        )
        self.march_in_single = self.march.in_precision(np.float32)

    @property
    def division(self) -> FlowDivision:
        """The flow of every channel."""
        assert self._division is not None
        return self._division

    def renew_preconditioner(self) -> None:
        """Make it anew for the coefficients as they are; a solve keeps that of its start."""
        self.preconditioner = self._preconditioner(self.preconditioner.dtype)

    def _preconditioner(self, dtype: Any = np.float32) -> Preconditioner:
        return self.preconditioning.make(self, dtype)

    def coolant_sink(self) -> Array:
        """Heat that the coolant takes from each cell of evenly warm solids [W/K]."""
        taken = np.zeros(self.grid.shape)
        self._add_heat_taken(np.ones(self.grid.shape), taken)
        return taken

    def mean_solid_parts(self) -> tuple[float, float]:
        """The solids' mean part in what the uppermost and the lowest coolant touches."""
        lid, base = (1.0 if p is None else float(p.mean()) for p in self._solid_parts(np.float64))
        return lid, base

    def wetted(self, u: Field) -> tuple[Field, Field | None, Field | None]:
        """Temperatures of the fins and of what the uppermost and lowest coolant touches.

        The latter is the solid's, or where contact or footprint vary something between solid and
        fins. The channels' axis comes first.
        """
        first, last = self.planes[0], self.planes[-1]
        turn = bool(self.problem.coolant and self.problem.coolant.along_x)
        fins = np.ascontiguousarray(np.moveaxis(u[first : last + 1], 2 if turn else 1, 0))
        lid = u[first - 1] if first > 0 else None
        base = u[last + 1] if last + 1 < self.grid.nz else None
        of_lid, of_base = self._solid_parts(u.dtype)
        if lid is not None and of_lid is not None:
            lid = of_lid * lid + (1 - of_lid) * u[first]
        if base is not None and of_base is not None:
            base = of_base * base + (1 - of_base) * u[last]
        return (
            fins,
            None if lid is None else (lid.T if turn else lid),
            None if base is None else (base.T if turn else base),
        )

    def _solid_parts(self, dtype: Any) -> tuple[Field | None, Field | None]:
        """The solid's part in what the uppermost and the lowest coolant touches; None for all."""
        if self.wetting is None:
            return None, None
        lid, base = (
            None if part is None else part.astype(dtype)
            for part in (self.wetting.of_lid, self.wetting.of_base)
        )
        return lid, base

    def _add_heat_taken(
        self, u: Field, out: Field, source: Field | None = None, inlet_rise: float = 0.0
    ) -> None:
        """Add the heat that the coolant takes from each cell at rises ``u``."""
        if self.march is None:
            return
        march = self.march if u.dtype == np.float64 else self.march_in_single
        wetted = self.wetted(u)
        mean, _ = march.temperatures(*wetted, source, inlet_rise)
        self.add_to_wetted(out, *march.heat_taken(*wetted, mean))

    def add_to_wetted(
        self, out: Field, from_fins: Field, from_lid: Field, from_base: Field
    ) -> None:
        """Add what was reckoned with the channels' axis first to a field."""
        assert self.problem.coolant is not None
        first, last = self.planes[0], self.planes[-1]
        turn = self.problem.coolant.along_x
        out[first : last + 1] += np.moveaxis(from_fins, 0, 2 if turn else 1)
        for outer, inner, taken, part in zip(
            (first - 1, last + 1),
            (first, last),
            (from_lid, from_base),
            self._solid_parts(out.dtype),
            strict=True,
        ):
            if not 0 <= outer < self.grid.nz:
                continue
            heat = taken.T if turn else taken
            out[outer] += heat if part is None else part * heat
            if part is not None:
                out[inner] += (1 - part) * heat

    def heat_to_coolant_from_solids(self) -> tuple[Array, Array]:
        """Heat that the coolant takes from the solids above and below the fin zone [W] per cell."""
        taken = np.zeros((2, self.grid.ny, self.grid.nx))
        if self.march is not None and self.problem.coolant is not None:
            wetted = self.wetted(self.rise)
            mean, _ = self.march.temperatures(*wetted, self._coolant_source, self.inlet_rise)
            _, lid, base = self.march.heat_taken(*wetted, mean)
            turn = self.problem.coolant.along_x
            taken[:] = (lid.T, base.T) if turn else (lid, base)
            for heat, part in zip(taken, self._solid_parts(np.float64), strict=True):
                heat *= 1.0 if part is None else part
        return taken[0], taken[1]

    @property
    def unknowns(self) -> int:
        """How many: one for each cell of the solids; the coolant's are eliminated."""
        return self.rise.size

    def heat_through_faces(self) -> dict[Face, float]:
        """Heat that leaves through each outer face with a boundary [W]."""
        return {face: self.conduction.outflow(self.rise, face) for face in self.conduction.leak}

    def heat_out(self, face: Face) -> Array:
        """Heat that leaves each column of cells through the top or the bottom [W], (ny, nx)."""
        plane = 0 if face == "top" else self.grid.nz - 1
        leak, outside = self.conduction.leak[face][plane], self.conduction.outside[face][plane]
        return np.asarray(leak * (self.rise[plane] - outside))

    def heat_down(self, plane: int) -> Array:
        """Heat that passes down through the face below ``plane`` per cell [W], in the solid there.

        Next to the fin zone it is that of the solid above or below it.
        """
        down: Array = self.conduction.down[plane] * (self.rise[plane] - self.rise[plane + 1])
        if self.planes and plane in (self.planes[0] - 1, self.planes[-1]):
            # between a solid and the fin zone the coolant takes its part of the flow
            lid, base = self.heat_to_coolant_from_solids()
            down = down + lid if plane == self.planes[0] - 1 else down - base
        return down

    @property
    def _coolant_source(self) -> Array | None:
        return None if self.storage is None or self.march is None else self.storage.coolant_heat

    def operator(
        self,
        u: Field,
        feedback: Feedback | None = None,
        coolant_source: Field | None = None,
        inlet_rise: float = 0.0,
    ) -> Field:
        """Net heat leaving each cell at rises ``u`` with the outside at the reference [W]."""
        out = np.empty_like(u)
        self.conduction.apply(u, out)
        self._add_heat_taken(u, out, coolant_source, inlet_rise)
        if self.storage is not None:
            out += self.storage.planes.astype(u.dtype) * u
        if feedback is not None:
            out[feedback.plane] -= feedback.heat(u[feedback.plane])
        return out

    def residual(self, heat: Mapping[int, Array]) -> Array:
        """Heat that stays in each cell at the present field [W]; zero when solved.

        ``heat`` gives the heat put into planes, by plane index, each of shape (ny, nx) [W].
        """
        remaining = self.operator(
            self.rise, coolant_source=self._coolant_source, inlet_rise=self.inlet_rise
        )
        np.negative(remaining, out=remaining)
        self.conduction.add_inflow_from_outside(remaining)
        if self.storage is not None:
            remaining += self.storage.heat
        for plane, source in heat.items():
            remaining[plane] += source
        return remaining

    def error(self, residual: Array, heat: Mapping[int, Array]) -> float:
        """How far the field is from solved: the larger of two relative numbers.

        The norm of the residual against that of all that drives the field, and the heat that the
        whole stack keeps against what passes through it.
        """
        drive = np.zeros(self.grid.shape)
        self.conduction.add_inflow_from_outside(drive)
        for plane, source in heat.items():
            drive[plane] += source
        passing = [sum(float(np.sum(source)) for source in heat.values())]
        passing += [abs(self.conduction.outflow(self.rise, f)) for f in self.conduction.leak]
        return max(
            float(np.linalg.norm(residual)) / (float(np.linalg.norm(drive)) or 1.0),
            abs(float(np.sum(residual))) / (max(passing) or 1.0),
        )

    def correct(self, residual: Array, tolerance: float, feedback: Feedback | None = None) -> Field:
        """Correct the field so that the residual falls to ``tolerance`` of itself.

        Returns
        -------
        array, shape (nz, ny, nx)
            The correction [K].
        """
        correction, reached = self.respond(residual, tolerance, feedback)
        size = float(np.linalg.norm(residual))
        self.sizes.append(size)
        # layers that differ by many powers of ten: single precision loses the smaller ones, so that
        # a correction fails, or three of them in a row gain nothing
        lost = not reached <= max(0.5, tolerance) or size > 0.5 * min(
            self.sizes[-4:-3], default=np.inf
        )
        if lost and self.preconditioner.dtype == np.float32:
            self.preconditioner = self._preconditioner(np.float64)
            correction, reached = self.respond(residual, tolerance, feedback)
        self.rise += correction
        self._update_bulk()
        return correction

    def respond(
        self, heat: Array, tolerance: float, feedback: Feedback | None = None
    ) -> tuple[Field, float]:
        """Rise that heat in the cells brings with the coefficients as they are, and its residual.

        The residual is relative to the heat. In the preconditioner's precision.
        """
        with np.errstate(over="ignore", invalid="ignore"):
            rise, count, reached = flexible_gmres(
                lambda u: self.operator(u, feedback),
                self.preconditioner.solve,
                heat.astype(self.preconditioner.dtype),
                tolerance,
                most_iterations=60,
            )
        self.iterations += count
        return rise, reached

    def coolant_rise(self) -> tuple[Field, Field]:
        """Coolant's rise above the problem's inlet [K]: mean of each piece, and at its end.

        Both of shape (pieces, heights, cells across).
        """
        assert self.march is not None
        mean, inlet = self.march.temperatures(
            *self.wetted(self.rise), self._coolant_source, self.inlet_rise
        )
        return mean, self.march.outlet(mean, inlet)

    def coolant_heat(self) -> float:
        """Heat that the coolant carries away [W], from its flow and outlet temperatures."""
        assert self.march is not None
        _, end = self.coolant_rise()
        last = np.append(np.diff(self.pieces.segment) != 0, True)
        gained = end[last] - self.inlet_rise
        return float(np.sum(self.march.rate_by_cell[last] * gained))

    def coolant_capacity_rate(self) -> float:
        """Flow times heat capacity of all channels together [W/K]."""
        assert self.march is not None
        assert self.problem.coolant is not None
        first = np.append(True, np.diff(self.pieces.segment) != 0)
        across = self.grid.ny if self.problem.coolant.along_x else self.grid.nx
        return float(np.sum(self.march.capacity_rate[first])) * across

    def bulk_rise_by_cell(self) -> Array:
        """Rise of the flow-mixed coolant over each cell, mean along it [K], shape (ny, nx)."""
        assert self.march is not None
        assert self.problem.coolant is not None
        mean, _ = self.coolant_rise()
        rate = self.march.rate_by_cell
        bulk = np.sum(mean * rate, axis=1) / rate.sum(axis=1)
        along = self.grid.nx if self.problem.coolant.along_x else self.grid.ny
        by_cell = np.zeros((along, mean.shape[2]))
        add_by_cell(by_cell, self.pieces, bulk * self.pieces.share[:, None])
        return by_cell.T if self.problem.coolant.along_x else by_cell

    def mixed_rise(self) -> Array:
        """Rise of the coolant mixed over each station [K], shape (P,), as the field warms it."""
        assert self.march is not None
        mean, _ = self.coolant_rise()
        rate = self.march.rate_by_cell
        alike = mean.shape[2] / rate.shape[2]
        mixed = np.sum(mean * rate, axis=(1, 2)) / (alike * rate.sum(axis=(1, 2)))
        return np.asarray(mixed)

    def _update_bulk(self) -> None:
        if self.march is not None:
            self.bulk_rise = self.mixed_rise()

    def solve(
        self, heat: Mapping[int, Array], tolerance: float = 1e-10, most_rounds: int = 60
    ) -> SteadySolver:
        """Correct until ``error`` is at most ``tolerance``.

        Raises
        ------
        NoSolution
            When it does not get there; the message names the residual reached.
        """
        come_to_rest(self, heat, tolerance, most_rounds, smallest_target=0.003)
        return self
