"""A solved state held fast while the case around it changes: what its equations then lack."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from geometry.conduction import Face
from power.circuit import Circuit, Pin
from power.linearised import QUANTITIES, quantities, residual
from power.network import NetworkState
from thermal.linearised import held_in
from thermal.steady import SteadySolver

from .build import Machine
from .coupled import Coupled, block_temperature, draw, layer_temperature, spread_heat
from .coupled_adjoint import Multipliers, heat_planes, heat_weight, watts_to_kelvin

Array = NDArray[np.float64]


@dataclass(frozen=True)
class SolvedState:
    """The unknowns of a solved case in another machine, whose equations they need not solve.

    Attributes
    ----------
    coupled : Coupled
        The solved case.
    machine : Machine
        Of as many cells and blocks. With the solved case's own ``problem`` its temperature field's
        equations are taken as they are, which saves most of the work.
    """

    coupled: Coupled
    machine: Machine

    @cached_property
    def is_same_field(self) -> bool:
        """Whether the temperature field's coefficients are those of the solved case."""
        return self.machine.problem is self.coupled.machine.problem

    @cached_property
    def solver(self) -> SteadySolver:
        """The field and the coolant as they were, with this machine's coefficients."""
        solved = self.coupled.solver
        assert isinstance(solved, SteadySolver)
        return solved if self.is_same_field else held_in(solved, self.machine.problem)

    @cached_property
    def as_coupled(self) -> Coupled:
        """The state as if it were solved; heat and what is drawn are those of the solved case."""
        return replace(self.coupled, machine=self.machine, solver=self.solver)

    @cached_property
    def circuit(self) -> Circuit | None:
        """The chain of this machine at the state's temperatures."""
        network, case = self.coupled.drawn.network, self.machine.case
        if network is None:
            return None
        assert case.delivery is not None
        assert case.loads is not None
        site, device, power = network.circuit.site, case.device, self.machine.power_map
        if not self.is_same_field:
            layers, wafer = case.loss_layers, block_temperature(self.machine, self.solver, {})
            board, bricks = (
                None if name is None else layer_temperature(self.machine, self.solver, name)
                for name in (layers.board, layers.bricks)
            )
            site = replace(
                site,
                wafer_temperature=wafer,
                board_temperature=wafer if board is None else board,
                brick_temperature=bricks,
            )
        site = replace(
            site,
            block_width=device.width / device.columns,
            block_height=device.height / device.rows,
            nominal_power=power.block_power,
            density_peak=power.density_peak,
            density_mean_square=power.density_mean_square,
            rated_power=float(power.block_power.mean()),
        )
        return Circuit(case.delivery, case.loads, site, network.circuit.shut)

    @cached_property
    def quantities(self) -> Array:
        """What the chain says to the outside, (6, blocks); without one each block's power first."""
        if self.circuit is not None:
            return quantities(self.circuit, self._network.unknowns)
        found = np.zeros((len(QUANTITIES), len(self.machine.power_map.block_power)))
        temperature = np.zeros(0)
        if self.machine.case.loads is not None:
            temperature = block_temperature(self.machine, self.solver, {})
        found[0] = draw(self.machine, self.solver, temperature, None).power
        return found

    @cached_property
    def heat(self) -> dict[int, Array]:
        """Heat put into each plane [W], as ``coupled.heat_by_plane``."""
        found: dict[int, Array] = {}
        for quantity, planes, shares in heat_planes(self.machine):
            spread_heat(found, self.machine, planes, shares @ self.quantities[quantity])
        grid = self.machine.problem.grid
        return {k: q.reshape(grid.ny, grid.nx) for k, q in found.items()}

    @property
    def _network(self) -> NetworkState:
        network = self.coupled.drawn.network
        assert network is not None
        return network

    @cached_property
    def _chain_residual(self) -> Array:
        if self.circuit is None:
            return np.zeros(0)
        pin: Pin = self._network.pin
        if pin.quantity != "activity":
            pin = pin._replace(target=self.machine.power_map.total_power)
        return residual(self.circuit, self._network.unknowns, pin)

    @cached_property
    def _field_lacks(self) -> tuple[Array, Array, dict[Face, float]]:
        """What cells keep without the chain's heat, and coolant and media are off by."""
        solver = self.solver
        outflow = solver.heat_through_faces()
        warmer = {
            face: rate * outflow[face] - solver.face_rise[face]
            for face, rate in watts_to_kelvin(self.machine).items()
        }
        kept = solver.residual({})
        bulk = np.zeros(0) if solver.march is None else solver.mixed_rise() - solver.bulk_rise
        return kept, bulk, warmer

    def weighted(self, multipliers: Multipliers) -> float:
        """Multipliers times what the equations lack; but for a constant where the field's are held.

        The chain's heat is counted in full, and the rest of the field's equations without it.
        """
        chain = float(multipliers.chain @ self._chain_residual)
        if self.is_same_field:
            return float(np.vdot(multipliers.heat, self.quantities)) - chain
        thermal = multipliers.thermal
        heat = heat_weight(self.machine, thermal.field)
        kept, bulk, warmer = self._field_lacks
        faces = sum(worth * warmer[face] for face, worth in thermal.faces.items())
        return (
            float(np.vdot(heat, self.quantities))
            - chain
            + float(np.vdot(thermal.field, kept) + np.vdot(thermal.bulk, bulk))
            + faces
        )
