"""The adjoint of a solved case, chain and temperature field together.

A solution obeys ``heat left in each cell = 0``, the coolant's and the faces' own equations, and
``chain = 0``. For a number J of the state one solution of the transposed of all of it gives a
multiplier for each equation; with them ``J + multipliers . equations`` no longer changes, to first
order, with the state, so that what is left of its change with an input is all of J's.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from geometry.conduction import Face
from geometry.errors import NoSolution
from geometry.krylov import flexible_gmres
from power.linearised import QUANTITIES, LinearisedNetwork, Moved, Temperatures
from thermal.linearised import LinearisedField, Weights
from thermal.steady import SteadySolver

from .build import Machine
from .coupled import Coupled

Array = NDArray[np.float64]
TOLERANCE = 1e-10
"""Of the transposed equations' residual, relative to the weights of the number."""
ENOUGH = 1e-7
"""That will do where rounding keeps it from falling on."""
MOST_ITERATIONS = 150


def heat_planes(machine: Machine) -> Iterator[tuple[int, range, csr_array]]:
    """Each quantity of the chain that is heat: its number, its planes, and its shares by cell."""
    layers = machine.case.loss_layers
    for name, planes, shares in (
        ("wafer", machine.heated_planes, machine.shares),
        ("bricks", planes_of(machine, layers.bricks), machine.even_shares),
        ("board", planes_of(machine, layers.board), machine.even_shares),
        ("contact", planes_of(machine, layers.contact), machine.even_shares),
    ):
        if planes:
            yield QUANTITIES.index(name), planes, shares


def planes_of(machine: Machine, layer: str | None) -> range:
    """Planes of a layer that may not be named."""
    return range(0) if layer is None else machine.problem.stack.planes(layer)


def thickness_shares(machine: Machine, planes: range) -> Iterator[tuple[int, float]]:
    """Each plane with its share of their thickness."""
    dz = machine.problem.grid.dz
    whole = sum(dz[k] for k in planes)
    for k in planes:
        yield k, float(dz[k] / whole)


def heat_weight(machine: Machine, field: Array) -> Array:
    """Weight of each block's heat, from that of the cells; shape of the chain's quantities."""
    found = np.zeros((len(QUANTITIES), machine.means.shape[0]))
    for quantity, planes, shares in heat_planes(machine):
        for k, part in thickness_shares(machine, planes):
            found[quantity] += part * (shares.T @ field[k].ravel())
    return found


@dataclass(frozen=True)
class Asked:
    """A number by its derivatives with the state.

    Attributes
    ----------
    field : array, shape (nz, ny, nx)
        With each cell's temperature, directly.
    bulk : array, shape (P,)
        With the coolant's mixed temperature at each station.
    quantities : array, shape (6, blocks)
        With the chain's quantities; without a power delivery the first row is each block's power.
    """

    field: Array
    bulk: Array
    quantities: Array


@dataclass(frozen=True)
class Multipliers:
    """What a unit in each equation is worth.

    Attributes
    ----------
    thermal : Weights
        Of the heat left in each cell, and of the coolant's and faces' equations.
    heat : array, shape (6, blocks)
        Of the chain's quantities as heat.
    chain : array
        Of the chain's equations, negative; empty without a power delivery.
    iterations : int
        Of the solution.
    """

    thermal: Weights
    heat: Array
    chain: Array
    iterations: int


def watts_to_kelvin(machine: Machine) -> dict[Face, float]:
    """Rise of the medium at each face that a coolant flows along, per watt that leaves there."""
    coolant, found = machine.problem.coolant, {}
    for face, boundary in machine.problem.boundaries.items():
        outer = getattr(machine.case.faces, face)
        if outer.flow is not None and coolant is not None:
            inlet = boundary.value
            capacity = float(coolant.fluid.density(inlet) * coolant.fluid.heat_capacity(inlet))
            found[face] = 0.5 / (capacity * outer.flow)
    return found


class CoupledAdjoint:
    """Adjoint of chain and temperature field about a solved case.

    Parameters
    ----------
    coupled : Coupled
        Solved by a ``SteadySolver``; its low-voltage side, if any, per block.
    """

    def __init__(self, coupled: Coupled) -> None:
        assert isinstance(coupled.solver, SteadySolver)
        self.coupled, self.machine = coupled, coupled.machine
        self.field = LinearisedField(coupled.solver, watts_to_kelvin(coupled.machine))
        state = coupled.drawn.network
        self.network: LinearisedNetwork | None = None
        self.by_temperature: dict[Temperatures, list[Moved]] = {}
        if state is not None:
            self.network = LinearisedNetwork(state.circuit, state.unknowns, state.pin)
            for which in ("wafer", "board", "brick"):
                self.by_temperature[which] = self.network.by_temperature(which)

    def nothing_asked(self) -> Asked:
        """Derivatives of nought, to be filled in."""
        nothing = self.field.nothing()
        blocks = len(self.machine.power_map.block_power)
        return Asked(nothing.field, nothing.bulk, np.zeros((len(QUANTITIES), blocks)))

    def solve(self, asked: Asked) -> Multipliers:
        """Multipliers of all equations for one number.

        Raises
        ------
        NoSolution
            When the iteration does not get to the tolerance.
        """
        nothing = self.field.nothing()

        def operator(vector: Array) -> Array:
            at = nothing.like(vector)
            found = self.field.transposed(at)
            felt, _ = self._felt(heat_weight(self.machine, at.field))
            found.field[...] -= felt
            return found.flat()

        def inverse(vector: Array) -> Array:
            return self.field.approximate_inverse(nothing.like(vector)).flat()

        felt, _ = self._felt(asked.quantities)
        right = Weights(asked.field + felt, asked.bulk, nothing.faces).flat()
        found, count, reached = flexible_gmres(operator, inverse, right, TOLERANCE, MOST_ITERATIONS)
        if not reached <= ENOUGH:
            raise NoSolution(f"the adjoint of chain and field stays at a residual of {reached:.1e}")
        thermal = nothing.like(found)
        heat = heat_weight(self.machine, thermal.field)
        return Multipliers(thermal, heat, self._felt(asked.quantities + heat)[1], count)

    def _felt(self, weight: Array) -> tuple[Array, Array]:
        """Weight of every cell's temperature through the chain's quantities; the chain's own."""
        if self.network is None:
            return self._felt_by_loads(weight[0]), np.zeros(0)
        machine, chain = self.machine, self.network.adjoint(weight)
        found = np.zeros(machine.problem.grid.shape)
        layers = machine.case.loss_layers
        planes: dict[Temperatures, range] = {
            "wafer": machine.heated_planes,
            "board": planes_of(machine, layers.board) or machine.heated_planes,
            "brick": planes_of(machine, layers.bricks),
        }
        for which, moved in self.by_temperature.items():
            per_kelvin = np.array(
                [np.vdot(weight, m.quantities) - np.vdot(chain, m.residual) for m in moved]
            )
            if moved:
                self._spread(per_kelvin, planes[which], found)
        return found, chain

    def _felt_by_loads(self, weight: Array) -> Array:
        """Without a delivery: leakage, and the switching power that makes way for it."""
        machine, drawn = self.machine, self.coupled.drawn
        found = np.zeros(machine.problem.grid.shape)
        loads = machine.case.loads
        if loads is None or not np.any(drawn.per_kelvin):
            return found
        back = 0.0
        if machine.case.heat.power_is == "heat in the silicon":
            switching = loads.power_per_activity(machine.power_map.block_power)
            back = float(weight @ switching) / float(switching.sum())
        self._spread(drawn.per_kelvin * (weight - back), machine.heated_planes, found)
        return found

    def _spread(self, per_kelvin: Array, planes: range, found: Array) -> None:
        """Add what a kelvin of each block is worth to the cells that make its mean."""
        by_cell = (self.machine.means.T @ per_kelvin).reshape(found.shape[1:])
        cover = self.field.void
        for k, part in thickness_shares(self.machine, planes):
            found[k] += part * by_cell
            if k in cover:
                found[k][cover[k]] = 0
