"""How temperatures follow what the power delivery loses elsewhere, without solving the field anew.

About the solved state of the whole machine the temperatures of wafer, board and bricks are linear
in the heat that each block makes in the wafer, the connector, the board and the bricks; one
solution for each, as in ``studies.influence``.
"""

from __future__ import annotations

import copy
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from geometry.errors import NoSolution
from power.network import NetworkState
from thermal.engine import Engine
from thermal.steady import SteadySolver

from .build import Machine
from .coupled import (
    Coupled,
    block_temperature,
    junction_rise,
    layer_temperature,
    solve_coupled,
    spread_heat,
)
from .influence import MOST_THREADS, own_cells

Array = NDArray[np.float64]

TOLERANCE = 1e-3
"""Of each response, relative to the heat that makes it."""


@dataclass(frozen=True)
class Temperatures:
    """What the power delivery asks of the temperature field, per block [K]."""

    wafer: Array
    """Mean where the circuits are."""
    board: Array
    bricks: Array


@dataclass(frozen=True)
class Response:
    """Temperatures about a solved state, linear in the heat of every block and layer.

    Attributes
    ----------
    base : Temperatures
        Of the solved state.
    heat : array, shape (sources * blocks,)
        Made there [W], source after source.
    per_watt : array, shape (3, blocks, sources * blocks)
        Rise of wafer, board and bricks [K/W].
    cell_temperature : array, shape (cells,)
        Where the wafer makes its heat, block after block [K].
    cell_per_watt : array, shape (cells, sources * blocks)
        [K/W].
    first_cell : array of int, shape (blocks,)
        Where each block's cells begin.
    """

    base: Temperatures
    heat: Array
    per_watt: Array
    cell_temperature: Array
    cell_per_watt: Array
    first_cell: NDArray[np.int64]

    @property
    def own(self) -> Array:
        """Rise of each block of the wafer per watt in each, shape (blocks, blocks) [K/W]."""
        blocks = self.per_watt.shape[1]
        own: Array = self.per_watt[0][:, :blocks]
        return own

    def at(self, heat: Array) -> tuple[Array, Array, Array]:
        """Mean temperatures of wafer, board and bricks [K] with another heat [W]."""
        wafer, board, bricks = self.per_watt @ (heat - self.heat)
        base = self.base
        return base.wafer + wafer, base.board + board, base.bricks + bricks

    def hottest(self, heat: Array) -> Array:
        """Hottest point of each block [K]."""
        rise = self.cell_per_watt @ (heat - self.heat)
        found: Array = np.maximum.reduceat(self.cell_temperature + rise, self.first_cell)
        return found


def sources(machine: Machine) -> dict[str, str | None]:
    """Layer that each part of the delivery's heat goes to; the wafer's is its own."""
    layers = machine.case.loss_layers
    parts = {"contact": layers.contact, "board": layers.board, "bricks": layers.bricks}
    return {"wafer": None} | {part: layer for part, layer in parts.items() if layer is not None}


def heat_of(machine: Machine, network: NetworkState) -> Array:
    """Heat of every block, source after source [W]."""
    losses = network.losses
    parts = {
        "wafer": network.block_power + losses["wafer grid"],
        "contact": losses["contact"],
        "board": losses["feed"] + losses["board plane"],
        "bricks": network.brick_losses,
    }
    return np.concatenate([parts[name] for name in sources(machine)])


def response_about(coupled: Coupled) -> Response:
    """The responses about a solved state of the default engine, or of that engine's twin.

    Raises
    ------
    NoSolution
        As ``solve_coupled``, when the state has to be solved anew by the default engine.
    """
    if not isinstance(coupled.solver, SteadySolver):
        coupled = solve_coupled(coupled.machine, engine="cosine")
    machine, network, solver = coupled.machine, coupled.drawn.network, copy.copy(coupled.solver)
    assert isinstance(solver, SteadySolver)
    assert network is not None
    solver.renew_preconditioner()
    tasks = [(s, b) for s in sources(machine).values() for b in range(machine.floorplan.n_blocks)]
    cells = own_cells(machine, len(machine.heated_planes))
    where = np.concatenate(cells)
    threads = min(os.cpu_count() or 1, MOST_THREADS)
    with threadpool_limits(limits=1, user_api="blas"), ThreadPoolExecutor(threads) as pool:
        unit = list(
            pool.map(lambda task: _unit_response(machine, solver, task[0], task[1], where), tasks)
        )
    junction = junction_rise(machine, coupled.solver, coupled.heat).ravel()
    return Response(
        base=Temperatures(*_means(machine, coupled.solver, coupled.heat)),
        heat=heat_of(machine, network),
        per_watt=np.stack([means for means, _ in unit], axis=2),
        cell_temperature=junction[where] + machine.problem.reference_temperature,
        cell_per_watt=np.column_stack([field for _, field in unit]),
        first_cell=np.cumsum([0] + [len(own) for own in cells[:-1]]),
    )


def _means(machine: Machine, solver: Engine, heat: dict[int, Array]) -> tuple[Array, ...]:
    """Mean temperatures of wafer, board and bricks per block [K]; the wafer's for want of one."""
    layers = machine.case.loss_layers
    wafer = block_temperature(machine, solver, heat)
    return wafer, *(
        wafer if layer is None else layer_temperature(machine, solver, layer)
        for layer in (layers.board, layers.bricks)
    )


def _unit_response(
    machine: Machine,
    solver: SteadySolver,
    layer: str | None,
    block: int,
    where: NDArray[np.int64],
) -> tuple[Array, Array]:
    """Rise per watt in a block of a layer: of the means (3, blocks), and of the cells ``where``."""
    power = np.zeros(machine.floorplan.n_blocks)
    power[block] = 1.0
    grid = machine.problem.grid
    heat: dict[int, Array] = {}
    if layer is None:
        spread_heat(heat, machine, machine.heated_planes, machine.shares @ power)
    else:
        planes = machine.problem.stack.planes(layer)
        spread_heat(heat, machine, planes, machine.even_shares @ power)
    source = np.zeros(grid.shape)
    for plane, cells in heat.items():
        source[plane] = cells.reshape(grid.ny, grid.nx)
    state = copy.copy(solver)
    rise, reached = solver.respond(source, TOLERANCE)
    if not reached <= 10 * TOLERANCE:
        raise NoSolution(f"the response to one block's heat stays at a residual of {reached:.1e}")
    state.rise = rise.astype(float)
    own = {} if layer is not None else {k: q.reshape(grid.ny, grid.nx) for k, q in heat.items()}
    means = np.array(_means(machine, state, own)) - machine.problem.reference_temperature
    return means, junction_rise(machine, state, own).ravel()[where]
