"""The temperature field near a solved state, with all that its coefficients owe to it.

The preconditioner of ``adjoint`` takes conductances, films and flows as they are. Here they
follow: k(T) cell by cell, films and the flow's split by the coolant's mixed temperature at each
station, heat capacity by its mean, and the warming of the medium along outer faces. The state is
the field u, the coolant's mixed rise b at each station and the media's rise f at faces; what they
solve is::

    heat left in each cell(u, b, f) = 0,   b = mixed(u, b),   f = warmed(u, f)

and ``transposed`` applies the transposed of this system's Jacobian, exact but for central
differences of the property laws (Giles & Pierce, Flow, Turbulence and Combustion 65 (2000) 393).
"""

from __future__ import annotations

import copy
from dataclasses import dataclass

import numpy as np

from geometry.conduction import Face, edge_of
from geometry.grid import Array

from .adjoint import transposed_inverse
from .conductance_slopes import ConductanceSlopes
from .coolant_march import Field
from .coolant_slopes import CoolantSlopes, MarchSlopes, march_slopes
from .fin_coefficients import pieces_of
from .steady import SteadySolver, ThermalProblem

Taken = tuple[Field, Field, Field]
"""Heat from fins, lid and base as ``CoolantMarch.heat_taken`` gives it."""


@dataclass(frozen=True)
class Weights:
    """One number for each part of the state, or of its equations.

    Attributes
    ----------
    field : array, shape (nz, ny, nx)
    bulk : array, shape (P,)
        Of the coolant's mixed rise at each station; empty without coolant.
    faces : dict of face to float
        Of the media that warm along outer faces.
    """

    field: Field
    bulk: Array
    faces: dict[Face, float]

    def flat(self) -> Array:
        """As one vector."""
        return np.concatenate([self.field.ravel(), self.bulk, list(self.faces.values())])

    def like(self, vector: Array) -> Weights:
        """A vector as weights of this one's shape."""
        cells, stations = self.field.size, len(self.bulk)
        return Weights(
            vector[:cells].reshape(self.field.shape),
            vector[cells : cells + stations],
            dict(zip(self.faces, vector[cells + stations :].tolist(), strict=True)),
        )


class LinearisedField:
    """A solved temperature field and the transposed of its Jacobian.

    Parameters
    ----------
    solver : SteadySolver
        At rest, in the steady state.
    rise_per_watt : dict of face to float
        Rise of the medium at a face, ``face_rise``, per watt that leaves there [K/W].
    """

    def __init__(self, solver: SteadySolver, rise_per_watt: dict[Face, float]) -> None:
        self.solver, self.rise_per_watt = solver, rise_per_watt
        self.conductances = ConductanceSlopes(solver)
        self.coolant = None if solver.march is None else CoolantSlopes(solver)
        self.inverse = transposed_inverse(solver)
        self.void = {k: share == 0 for k, share in solver.conduction.cover.items()}

    def nothing(self) -> Weights:
        """Weights of nought."""
        stations = 0 if self.coolant is None else len(self.coolant.pieces.cell)
        return Weights(
            np.zeros(self.solver.grid.shape),
            np.zeros(stations),
            dict.fromkeys(self.rise_per_watt, 0.0),
        )

    def mixing_weight(self, bulk: Array) -> Field:
        """Weight of all coolant, (P, n, m), where its mixed rise at a station has ``bulk``."""
        march = self.solver.march
        assert march is not None
        assert self.solver.problem.coolant is not None
        across = self.solver.grid.ny if self.solver.problem.coolant.along_x else self.solver.grid.nx
        rate = march.rate_by_cell
        rate = np.broadcast_to(rate, (*rate.shape[:2], across))
        return np.asarray(bulk[:, None, None] * rate / rate.sum(axis=(1, 2), keepdims=True))

    def transposed(self, multipliers: Weights) -> Weights:
        """The transposed Jacobian of ``heat that leaves`` and ``state less what it should be``.

        Parameters
        ----------
        multipliers : Weights
            Of the equations.

        Returns
        -------
        Weights
            Of the state.
        """
        solver, found = self.solver, self.nothing()
        out = np.empty(solver.grid.shape)
        solver.conduction.apply(multipliers.field, out)
        by_outflow = {f: self.rise_per_watt[f] * w for f, w in multipliers.faces.items()}
        through = np.zeros(solver.grid.shape)
        bulk = multipliers.bulk
        slopes = parts = None
        if self.coolant is not None:
            bulk, slopes, parts = self._add_coolant(multipliers, out)
        self.conductances.add_weighted(multipliers.field, slopes, parts, by_outflow, through)
        faces = {f: self._add_face(multipliers, f, by_outflow[f], through) for f in found.faces}
        out -= through
        for k, outside in self.void.items():
            out[k][outside] = 0
        return Weights(out, bulk, faces)

    def _add_coolant(
        self, multipliers: Weights, out: Field
    ) -> tuple[Array, MarchSlopes, tuple[Array, Array]]:
        """Add what the coolant takes to the field's part; then what its coefficients are worth."""
        solver, march = self.solver, self.solver.march
        assert march is not None
        assert self.coolant is not None
        walls, weights = solver.wetted(solver.rise), solver.wetted(multipliers.field)
        state = march.temperatures(*walls)
        adjoint = march.transposed(*weights, self.mixing_weight(multipliers.bulk))
        felt = march.heat_taken(*weights, adjoint[0])
        solver.add_to_wetted(out, *felt)
        slopes = march_slopes(march, walls, state, weights, adjoint)
        taken = march.heat_taken(*walls, state[0])
        parts = self._by_part(felt, taken, multipliers.field)
        by_bulk = self.coolant.by_bulk(slopes, multipliers.bulk)
        return multipliers.bulk - by_bulk, slopes, parts

    def _by_part(self, felt: Taken, taken: Taken, weight: Field) -> tuple[Array, Array]:
        """What the solid's part in what the coolant touches is worth, above and below."""
        solver = self.solver
        turn = bool(solver.problem.coolant and solver.problem.coolant.along_x)
        found = []
        for i, (inner, outer) in enumerate(
            ((solver.planes[0], solver.planes[0] - 1), (solver.planes[-1], solver.planes[-1] + 1))
        ):
            if not 0 <= outer < solver.grid.nz:
                found.append(np.zeros((solver.grid.ny, solver.grid.nx)))
                continue
            a, b = (part[i + 1].T if turn else part[i + 1] for part in (felt, taken))
            u = solver.rise
            found.append(-a * (u[outer] - u[inner]) - b * (weight[outer] - weight[inner]))
        return found[0], found[1]

    def _add_face(self, multipliers: Weights, face: Face, worth: float, through: Field) -> float:
        """Add what the outflow through a face is worth; then what its medium's rise is."""
        conduction = self.solver.conduction
        felt = multipliers.faces[face]
        for k, leak in conduction.leak[face].items():
            edge = edge_of(through[k], face)
            edge += worth * leak
            felt -= float(np.sum(leak * (edge_of(multipliers.field[k], face) - worth)))
        return felt

    def approximate_inverse(self, weights: Weights) -> Weights:
        """A preconditioner of ``transposed``: the field's by its own, the others as they are."""
        return Weights(self.inverse.solve(weights.field), weights.bulk, weights.faces)


def held_in(solver: SteadySolver, problem: ThermalProblem) -> SteadySolver:
    """The same field, coolant and media in another problem on as many cells.

    Its coefficients are that problem's; it takes no corrections.
    """
    other = copy.copy(solver)
    other.problem, other.grid = problem, problem.grid
    other.boundaries, other.coolant = dict(problem.boundaries), problem.coolant
    other.covers = problem.stack.covers(problem.grid)
    if problem.coolant is not None:
        other.pieces = pieces_of(problem.coolant, problem.grid)
    other.renew()
    return other
