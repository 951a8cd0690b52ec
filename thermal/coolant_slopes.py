"""What the coolant's state does to its own coefficients: films, flow split, heat capacity.

The march of each piece is linear in the temperatures, with coefficients (wall conductances,
capacity rates) that follow the coolant's mixed temperature. For a functional of the heat that the
coolant takes, weighted by an adjoint field, the derivative with each coefficient is local to its
piece: the march's equations for the piece, weighted by their own adjoint.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .coolant_march import Array, CoolantMarch, Field, Pieces, fitted_mean_slope
from .fin_coefficients import film_on_walls
from .fin_zone import CoolantFlow
from .flow_division import channel_velocity, segment_shares
from .steady import SteadySolver

STEP = 2e-3
"""Of central differences of the coolant's properties [K]."""
RELATIVE_STEP = 1e-4
"""Of central differences with the flow."""

Walls = tuple[Field, Field | None, Field | None]
"""Fins, lid and base as ``SteadySolver.wetted`` gives them."""


@dataclass(frozen=True)
class MarchSlopes:
    """Derivative of a functional with each coefficient of the march.

    Attributes
    ----------
    wall, rate : arrays, shape (P, n)
        With the conductances from the fins, and with the capacity rates.
    lid, base : arrays, shape (P,)
    """

    wall: Array
    rate: Array
    lid: Array
    base: Array


def march_slopes(
    march: CoolantMarch,
    walls: Walls,
    state: tuple[Field, Field],
    weights: Walls,
    adjoint: tuple[Field, Field],
) -> MarchSlopes:
    """Derivatives of ``s . mean - sum(weight * heat taken)``, s the source of the adjoint.

    Parameters
    ----------
    march : CoolantMarch
        Without storage.
    walls, state
        Temperatures of the walls, and ``march.temperatures`` of them.
    weights, adjoint
        Weight of the heat taken from each wall, and ``march.transposed`` of them.
    """
    pieces, (mean, inlet), (z, worth) = march.pieces, state, adjoint
    fins, fin_weight = walls[0][pieces.cell], weights[0][pieces.cell]
    goes_on = np.append(np.diff(pieces.segment) == 0, False)
    outlet_worth = np.zeros_like(worth)
    outlet_worth[goes_on] = worth[1:][goes_on[:-1]]
    theta = march.theta
    grown = np.einsum("pnm,pnm->pn", z, mean - inlet)
    gain = march.exchange.diagonal(axis1=1, axis2=2)
    units = gain / march.capacity_rate
    by_theta = march.capacity_rate * grown - np.einsum("pnm,pnm->pn", outlet_worth, mean - inlet)
    by_units = by_theta / theta**2 * fitted_mean_slope(units)
    by_gain = by_units / march.capacity_rate
    ends = [
        np.zeros(len(mean))
        if wall is None or weight is None
        else _exchanged(wall[pieces.cell], mean[:, n], weight[pieces.cell], z[:, n]) + by_gain[:, n]
        for wall, weight, n in zip(walls[1:], weights[1:], (0, -1), strict=True)
    ]
    return MarchSlopes(
        wall=_exchanged(fins, mean, fin_weight, z) + by_gain,
        rate=-grown / theta - by_units * units / march.capacity_rate,
        lid=ends[0],
        base=ends[1],
    )


def _exchanged(wall: Field, mean: Field, weight: Field, adjoint: Field) -> Array:
    """Of a conductance between wall and coolant, its part in the fitted mean left out."""
    return np.asarray(np.sum((adjoint - weight) * (wall - mean), axis=-1))


class CoolantSlopes:
    """How the coefficients of a solver's coolant follow its mixed temperature at each station.

    Parameters
    ----------
    solver : SteadySolver
        At rest.
    """

    def __init__(self, solver: SteadySolver) -> None:
        flow, pieces, share = solver.problem.coolant, solver.pieces, solver.division.segment_share
        assert flow is not None
        assert solver.march is not None
        self.flow, self.pieces, self.share, self.march = flow, pieces, share, solver.march
        bulk = solver.bulk_rise + flow.inlet_temperature
        grid, heights = solver.grid, solver.grid.dz[list(solver.planes)]
        area = grid.cell_area * pieces.share * flow.channels.wetted_area_density
        self.wall_per_film = area[:, None] * heights

        def film(at: Array, of_flow: float) -> Array:
            velocity = of_flow * channel_velocity(flow, grid, share)[pieces.segment]
            return film_on_walls(flow, pieces, velocity, at)

        self.film_per_kelvin = (film(bulk + STEP, 1.0) - film(bulk - STEP, 1.0)) / (2 * STEP)
        h = RELATIVE_STEP
        self.film_per_flow = (film(bulk, 1 + h) - film(bulk, 1 - h)) / (2 * h)
        self.share_per_kelvin = _share_slopes(flow, solver, bulk)
        mean = float(np.mean(bulk))
        capacity = [float(flow.fluid.heat_capacity(mean + d)) for d in (-STEP, 0.0, STEP)]
        self.capacity_per_kelvin = (capacity[2] - capacity[0]) / (2 * STEP) / capacity[1]
        self.segment_weight = (
            pieces.length / np.bincount(pieces.segment, pieces.length)[pieces.segment]
        )

    def by_bulk(self, slopes: MarchSlopes) -> Array:
        """Derivative with the mixed temperature at each station, shape (P,)."""
        segment = self.pieces.segment
        by_film = np.sum(slopes.wall * self.wall_per_film, axis=1)
        by_rate = np.sum(slopes.rate * self.march.capacity_rate, axis=1)
        # a segment's share moves its films and its capacity rate
        by_share = np.bincount(segment, by_film * self.film_per_flow + by_rate) / self.share
        by_mean = self.share_per_kelvin.T @ by_share
        found = by_film * self.film_per_kelvin + self.segment_weight * by_mean[segment]
        return np.asarray(found + np.sum(by_rate) * self.capacity_per_kelvin / len(segment))


def _share_slopes(flow: CoolantFlow, solver: SteadySolver, bulk: Array) -> Array:
    """Growth of each segment's share of the flow (rows) per kelvin of each segment's mean."""
    pieces: Pieces = solver.pieces
    found = np.zeros((flow.segments, flow.segments))
    for warmed in range(flow.segments if flow.segments > 1 else 0):
        step = STEP * (pieces.segment == warmed)
        ends = [segment_shares(flow, solver.grid, pieces, bulk + s * step) for s in (1, -1)]
        found[:, warmed] = (ends[0] - ends[1]) / (2 * STEP)
    return found
