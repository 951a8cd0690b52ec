"""The preconditioner of a stack with coolant: cosine modes, the lowest of them with the coolant.

Across the channels nothing but conduction joins neighbours, so with coefficients that do not vary
that way the cosine transform across the channels splits solids and coolant into modes. Each is a
small problem along the channels: per station the solids of all planes and the coolant's outlet at
all heights, joined to the stations before and after. Block elimination along the channels solves it
exactly, the coolant's heating included. That matters for the lowest modes only: in the higher ones
conduction evens out the solids before the coolant notices, and the transform in both directions
with the coolant as a fixed sink serves.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geometry.conduction import Conduction
from geometry.cosine_solver import CosineSolver, cosine_basis, mean_conductances

from .coolant_march import CoolantMarch

Array = NDArray[np.float64]
Field = NDArray[Any]

MODES = 16
"""Modes across the channels that are solved with the coolant. Twice as many save an iteration in
five at twice the set-up."""


class ChannelModes:
    """Approximate inverse of solids and coolant together.

    Parameters
    ----------
    conduction : Conduction
    march : CoolantMarch
    planes : range
        The fin zone's planes.
    along_x : bool
        Whether the channels run along x.
    high_modes : CosineSolver
        For all the modes that are not the lowest across the channels.
    extra_sink : sequence of float, optional
        Conductance of each plane's cells to what is held, beside the conduction's own [W/K].
    solid_parts : (float, float)
        Part that the solids above and below the fin zone have in what the uppermost and the lowest
        coolant touches; the fins have the rest.
    """

    def __init__(
        self,
        conduction: Conduction,
        march: CoolantMarch,
        planes: range,
        along_x: bool,
        high_modes: CosineSolver,
        extra_sink: Sequence[float] | None = None,
        solid_parts: tuple[float, float] = (1.0, 1.0),
    ) -> None:
        self.high_modes, self.along_x = high_modes, along_x
        self.pivot = high_modes.pivot
        grid = conduction.grid
        stations, across = (grid.nx, grid.ny) if along_x else (grid.ny, grid.nx)
        self.count = min(MODES, across)
        self.basis = cosine_basis(across, self.count).astype(self.pivot.dtype)
        means = mean_conductances(conduction)
        ahead, aside = (means.east, means.north) if along_x else (means.north, means.east)
        sink = np.asarray(means.sink) + (0.0 if extra_sink is None else np.asarray(extra_sink))
        at, before, after = _station_blocks(
            _through_stack(means.down, sink),
            ahead,
            march,
            _walls(march, planes, grid.nz, solid_parts),
            stations,
        )
        decay = 2 - 2 * np.cos(np.pi * np.arange(self.count) / across)
        coolant = np.zeros(len(planes))
        sideways = decay[:, None] * np.concatenate([aside, coolant])
        self._eliminate(at, before, after, sideways)

    @property
    def dtype(self) -> Any:
        """Its precision."""
        return self.pivot.dtype

    def _eliminate(self, at: Array, before: Array, after: Array, sideways: Array) -> None:
        """Block elimination along the channels, all modes at once."""
        stations, size, _ = at.shape
        dtype = self.pivot.dtype
        self.before = before.astype(dtype)
        self.inverse = np.empty((stations, self.count, size, size), dtype)
        self.carried = np.empty_like(self.inverse)
        diagonal = np.arange(size)
        previous = np.zeros((self.count, size, size))
        for i in range(stations):
            block = at[i] - before[i] @ previous
            block[:, diagonal, diagonal] += sideways
            inverse = np.linalg.inv(block)
            previous = inverse @ after[i]
            self.inverse[i], self.carried[i] = inverse, previous

    def solve(self, right_side: Field, transposed: bool = False) -> Field:
        """Solve for a right-hand side of shape (nz, ny, nx), in the solver's own precision.

        ``transposed`` solves with the transposed matrix: the coolant then flows backwards.
        """
        axis = 1 if self.along_x else 2
        result = self.high_modes.solve(right_side, without=(axis, self.count))
        # to (stations, modes, planes)
        if self.along_x:
            low = np.matmul(self.basis, right_side).transpose(2, 1, 0)
        else:
            low = np.matmul(right_side, self.basis.T).transpose(1, 2, 0)
        low = self._against_the_flow(low) if transposed else self._along_the_channels(low)
        if self.along_x:
            result += np.matmul(self.basis.T, low.transpose(2, 1, 0))
        else:
            result += np.matmul(low.transpose(2, 0, 1), self.basis)
        return result

    def _along_the_channels(self, low: Field) -> Field:
        """Solids' temperatures of the lowest modes, shape (stations, modes, planes)."""
        stations, modes, size, _ = self.inverse.shape
        planes = low.shape[2]
        state = np.zeros((stations, modes, size, 1), self.inverse.dtype)
        state[:, :, :planes, 0] = low
        for i in range(stations):
            if i:
                state[i] -= np.matmul(self.before[i], state[i - 1])
            state[i] = np.matmul(self.inverse[i], state[i])
        for i in range(stations - 2, -1, -1):
            state[i] -= np.matmul(self.carried[i], state[i + 1])
        return state[:, :, :planes, 0]

    def _against_the_flow(self, low: Field) -> Field:
        """The same with the transposed matrix, from the same factors."""
        stations, modes, size, _ = self.inverse.shape
        planes = low.shape[2]
        state = np.zeros((stations, modes, size, 1), self.inverse.dtype)
        state[:, :, :planes, 0] = low
        for i in range(1, stations):
            state[i] -= np.matmul(self.carried[i - 1].transpose(0, 2, 1), state[i - 1])
        for i in range(stations - 1, -1, -1):
            if i + 1 < stations:
                state[i] -= np.matmul(self.before[i + 1].T, state[i + 1])
            state[i] = np.matmul(self.inverse[i].transpose(0, 2, 1), state[i])
        return state[:, :, :planes, 0]


def _through_stack(down: Sequence[float], sink: Array) -> Array:
    """Matrix of conduction through the stack in one column of cells, and to what is held."""
    size = len(sink)
    matrix = np.diag(np.asarray(sink, dtype=float))
    for k, g in enumerate(down):
        matrix[k : k + 2, k : k + 2] += g * np.array([[1, -1], [-1, 1]])
    assert matrix.shape == (size, size)
    return matrix


def _station_blocks(
    through_stack: Array, ahead: Sequence[float], march: CoolantMarch, walls: Array, stations: int
) -> tuple[Array, Array, Array]:
    """Matrices of each station with itself and with the stations before and after.

    Of the unknowns of a station the first are the planes' temperatures, the last the coolant's
    outlet at each height.
    """
    _, heights, solids = walls.shape
    size = solids + heights
    at, before, after = (np.zeros((stations, size, size)) for _ in range(3))
    solid = np.arange(solids)
    at[:, :solids, :solids] = through_stack
    at[:, np.arange(solids, size), np.arange(solids, size)] = 1.0
    for block, neighbours in ((before, slice(1, None)), (after, slice(None, -1))):
        block[neighbours, solid, solid] = -np.asarray(ahead)
        at[neighbours, solid, solid] += ahead
    pieces = march.pieces
    for p, (cell, share) in enumerate(zip(pieces.cell, pieces.share, strict=True)):
        wall, inverse = walls[p], march.inverse[p].astype(float)
        at[cell, :solids, :solids] += np.diag(wall.sum(axis=0)) - wall.T @ inverse @ wall
        # a cell cut by the end of a segment holds two pieces: their outlets enter as a mean
        at[cell, solids:, :solids] -= share * march.theta_inverse[p] * (inverse @ wall)
        if p and pieces.segment[p] == pieces.segment[p - 1]:
            block = before if pieces.cell[p - 1] < cell else after
            block[cell, :solids, solids:] -= wall.T @ march.from_inlet[p]
            block[cell, solids:, solids:] -= share * march.step[p]
    return at, before, after


def _walls(
    march: CoolantMarch, planes: range, solids: int, solid_parts: tuple[float, float]
) -> Array:
    """Conductance from each plane's solid to the coolant at each height, by piece [W/K]."""
    walls = np.zeros((len(march.pieces.cell), len(planes), solids))
    height = np.arange(len(planes))
    walls[:, height, height + planes[0]] = march.wall
    of_lid, of_base = solid_parts
    if planes[0] > 0:
        walls[:, 0, planes[0] - 1] = of_lid * march.lid
        walls[:, 0, planes[0]] += (1 - of_lid) * march.lid
    if planes[-1] + 1 < solids:
        walls[:, -1, planes[-1] + 1] = of_base * march.base
        walls[:, -1, planes[-1]] += (1 - of_base) * march.base
    return walls
