"""How much each block warms each other: the influence matrix, for thousands of power maps at once.

With every coefficient held as it is in a solved state (conductivities, film, split of the flow,
warming of what flows along the faces, losses of the power delivery) temperatures are linear in the
heat of the blocks,

    T = T0 + R (P - P0) ,

with `R` in K/W, one solution per block. A product with `R` then stands for a solution. How far
that may be trusted is answered in kelvins by ``Influence.error_estimate``.
"""

from __future__ import annotations

import copy
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from threadpoolctl import threadpool_limits

from geometry.errors import NoSolution
from geometry.floorplan import block_cells, block_maximum
from thermal.steady import SteadySolver

from .answer import solve
from .build import Machine
from .case_file import LoadedCase
from .coupled import (
    Coupled,
    block_temperature,
    junction_rise,
    spread_heat,
    warm_the_faces,
)

Array = NDArray[np.float64]
"""Per block, shape (n_blocks,), unless said otherwise."""
Integers = NDArray[np.int64]

TOLERANCE = 1e-8
"""Of each response, relative to the heat that makes it."""
ROUNDS = 40
"""At the most, of refining one response or of renewing coefficients."""
MAPS_AT_ONCE = 20_000
"""Maps times blocks that are spread over all cells in one product."""
MOST_THREADS = 4
"""Each holds a Krylov basis of the whole grid."""


@dataclass(frozen=True)
class Influence:
    """Response of the blocks' temperatures to the blocks' heat about a solved state.

    Attributes
    ----------
    coupled : Coupled
        The solved state.
    power : array, shape (n_blocks,)
        Heat of each block there, the loss in the wafer's own grid included [W].
    mean, maximum : arrays, shape (n_blocks,)
        Mean and hottest temperature of each block there [K].
    response : array, shape (n_blocks, n_blocks)
        Rise of the mean of block i per watt in block j, ``response[i, j]`` [K/W].
    cell_block : array of int, shape (n_cells,)
        The block of each cell in which heat is made, block by block.
    cell_temperature : array, shape (n_cells,)
        Of those cells in the solved state [K].
    cell_response : array, shape (n_cells, n_blocks)
        Their rise per watt in each block [K/W].
    """

    coupled: Coupled
    power: Array
    mean: Array
    maximum: Array
    response: Array
    cell_block: Integers
    cell_temperature: Array
    cell_response: Array

    @property
    def names(self) -> tuple[str, ...]:
        """Of the blocks, in the order of every array."""
        return tuple(self.coupled.machine.floorplan.names)

    def temperatures(self, power_maps: ArrayLike) -> Array:
        """Mean temperature of each block [K] under each map of heat.

        Parameters
        ----------
        power_maps : array, shape (n_maps, n_blocks) or (n_blocks,)
            Heat of each block [W].

        Returns
        -------
        array, shaped like ``power_maps``
        """
        return self.mean + self._change(power_maps) @ self.response.T

    def hottest(self, power_maps: ArrayLike) -> Array:
        """Hottest temperature of each block [K] under each map, over all of its cells.

        Shapes as in ``temperatures``; slower, as every cell takes part.
        """
        change = self._change(power_maps)
        first = np.searchsorted(self.cell_block, np.arange(len(self.power)))
        found = []
        for some in np.array_split(np.atleast_2d(change), 1 + change.size // MAPS_AT_ONCE):
            cells = some @ self.cell_response.T
            cells += self.cell_temperature
            found.append(np.maximum.reduceat(cells, first, axis=1))
        hottest: Array = np.concatenate(found).reshape(change.shape)
        return hottest

    def error_estimate(self, power_maps: ArrayLike) -> float:
        """Largest error of ``temperatures`` and ``hottest`` under the maps [K].

        The two maps that move the blocks furthest, one by a single block and one by the mean of
        all, are solved with every coefficient renewed, and the largest difference in any block is
        returned. The losses of a power delivery stay those of the solved state. The error grows
        with the change of temperature, so that milder maps err less.

        Raises
        ------
        NoSolution
            When one of these maps has no steady state.
        """
        maps = np.atleast_2d(np.asarray(power_maps, dtype=float))
        change = self.temperatures(maps) - self.mean
        furthest = (np.abs(change).max(axis=1), np.abs(change.mean(axis=1)))
        return max(self._error(maps[m]) for m in {int(np.argmax(far)) for far in furthest})

    def _error(self, power_map: Array) -> float:
        mean, maximum = renewed_temperatures(self.coupled, power_map - self.power)
        off = np.abs(self.temperatures(power_map) - mean)
        return float(max(off.max(), np.abs(self.hottest(power_map) - maximum).max()))

    def _change(self, power_maps: ArrayLike) -> Array:
        maps = np.asarray(power_maps, dtype=float)
        blocks = len(self.power)
        if maps.ndim not in (1, 2) or maps.shape[-1] != blocks:
            raise ValueError(
                f"power_maps: found shape {maps.shape}; (maps, {blocks}) or ({blocks},) is meant"
            )
        change: Array = maps - self.power
        return change


def influence(case: LoadedCase) -> Influence:
    """Solve a case and find how much each of its blocks warms each other.

    Parameters
    ----------
    case : LoadedCase

    Returns
    -------
    Influence

    Raises
    ------
    CaseError, NoSolution
        As ``solve``.

    Examples
    --------
    >>> from studies import load_case
    >>> response = influence(load_case("slab"))
    >>> response.response.shape
    (84, 84)
    >>> one_block = np.zeros(84)
    >>> one_block[40] = 300.0
    >>> warm = response.temperatures([response.power, one_block])
    >>> bool(warm[0].max() - warm[0].min() < 1e-6 < warm[1].max() - warm[1].min())
    True
    """
    return influence_about(solve(case).coupled)


def influence_about(coupled: Coupled) -> Influence:
    """The influence matrix about a solved state."""
    machine = coupled.machine
    blocks = machine.floorplan.n_blocks
    reference = machine.problem.reference_temperature
    solver = copy.copy(coupled.solver)
    if not isinstance(solver, SteadySolver):
        raise TypeError("an influence matrix is of a state solved with the default engine")
    solver.renew_preconditioner()
    threads = min(os.cpu_count() or 1, MOST_THREADS)
    with threadpool_limits(limits=1, user_api="blas"), ThreadPoolExecutor(threads) as pool:
        unit = list(pool.map(lambda b: _unit_response(machine, solver, b), range(blocks)))
    power = solved_heat(coupled)
    junction = junction_rise(machine, coupled.solver, coupled.heat)
    cells = own_cells(machine, len(junction))
    where = np.concatenate(cells)
    return Influence(
        coupled=coupled,
        power=power,
        mean=block_temperature(machine, coupled.solver, coupled.heat),
        maximum=_block_maxima(machine, junction) + reference,
        response=np.column_stack([mean for _, mean in unit]),
        cell_block=np.repeat(np.arange(blocks), [len(own) for own in cells]),
        cell_temperature=junction.ravel()[where] + reference,
        cell_response=np.column_stack([field.ravel()[where] for field, _ in unit]),
    )


def solved_heat(coupled: Coupled) -> Array:
    """Heat made in each block [W]: the circuits' and the loss in the wafer's own grid."""
    network = coupled.drawn.network
    grid = 0.0 if network is None else network.losses["wafer grid"]
    power: Array = coupled.drawn.power + grid
    return power


def _heat_of(machine: Machine, power: Array) -> dict[int, Array]:
    """Heat put into each plane [W], shape (ny, nx), when the blocks make ``power``."""
    grid = machine.problem.grid
    heat: dict[int, Array] = {}
    spread_heat(heat, machine, machine.heated_planes, machine.shares @ power)
    return {k: q.reshape(grid.ny, grid.nx) for k, q in heat.items()}


def _unit_response(machine: Machine, solver: SteadySolver, block: int) -> tuple[Array, Array]:
    """Rise per watt in a block: where heat is made, shape (planes, ny, nx), and of block means."""
    power = np.zeros(machine.floorplan.n_blocks)
    power[block] = 1.0
    heat = _heat_of(machine, power)
    source = np.zeros(solver.grid.shape)
    for plane, cells in heat.items():
        source[plane] = cells
    state = copy.copy(solver)
    state.rise = fixed_response(solver, source)
    mean = block_temperature(machine, state, heat) - machine.problem.reference_temperature
    return junction_rise(machine, state, heat).copy(), mean


def fixed_response(solver: SteadySolver, source: Array, tolerance: float = TOLERANCE) -> Array:
    """Rise that heat in the cells brings with the coefficients as they are [K].

    Responses in the preconditioner's single precision, refined by residuals in double.

    Parameters
    ----------
    solver : SteadySolver
    source : array, shape (nz, ny, nx)
        [W].
    tolerance : float
        Of the residual, relative to the source.
    """
    scale = float(np.linalg.norm(source))
    rise, residual = np.zeros(source.shape), source
    for _ in range(ROUNDS):
        off = float(np.linalg.norm(residual))
        if off <= tolerance * scale:
            return rise
        correction, _ = solver.respond(residual, max(1e-5, 0.3 * tolerance * scale / off))
        rise += correction
        residual = source - solver.operator(rise)
    raise NoSolution(f"the response to one block's heat stays at a residual of {off / scale:.1e}")


def _block_maxima(machine: Machine, field: Array) -> Array:
    maxima: Array = np.max([block_maximum(machine.floorplan, p).value for p in field], axis=0)
    return maxima


def own_cells(machine: Machine, planes: int) -> list[Integers]:
    """Cells of each block on all the planes that make its heat, by their place in a field."""
    grid = machine.problem.grid
    own = block_cells(machine.floorplan, grid.nx, grid.ny)
    step = grid.nx * grid.ny * np.arange(planes)[:, None]
    return [(cells + step).ravel() for cells in own]


def renewed_temperatures(coupled: Coupled, more: Array) -> tuple[Array, Array]:
    """Mean and hottest temperature of each block [K] with every coefficient renewed.

    Parameters
    ----------
    coupled : Coupled
        The solved state from which to start; its losses of the power delivery stay.
    more : array, shape (n_blocks,)
        Heat that each block makes beyond that of the solved state [W].
    """
    machine = coupled.machine
    heat = coupled.heat | {k: coupled.heat[k] + q for k, q in _heat_of(machine, more).items()}
    solver = SteadySolver(machine.problem, coupled.solver.rise)
    if machine.problem.coolant is not None:
        solver.bulk_rise = coupled.solver.bulk_rise
    with threadpool_limits(limits=1, user_api="blas"):
        for _ in range(ROUNDS):
            warm_the_faces(machine, solver)
            solver.renew()
            residual = solver.residual(heat)
            error = solver.error(residual, heat)
            if error <= 1e-10:
                break
            solver.correct(residual, max(0.003, 3e-11 / error))
        else:
            raise NoSolution(f"a power map stays at a relative residual of {error:.1e}")
    junction = junction_rise(machine, solver, heat)
    maximum = _block_maxima(machine, junction) + machine.problem.reference_temperature
    return block_temperature(machine, solver, heat), maximum
