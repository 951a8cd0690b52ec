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
from .fin_coefficients import channels_at, film_on_walls, station_velocity
from .fin_zone import CoolantFlow
from .flow_division import divide_flow
from .lateral_groups import GroupedMarch
from .steady import SteadySolver

STEP = 2e-3
"""Of central differences of the coolant's properties [K]."""
RELATIVE_STEP = 1e-4
"""Of central differences with the flow."""

Walls = tuple[Field, Field | None, Field | None]
"""Fins, lid and base as ``SteadySolver.wetted`` gives them."""


@dataclass(frozen=True)
class MarchSlopes:
    """Derivative of a functional with each coefficient of the march; lanes as in the march.

    Attributes
    ----------
    wall, rate : arrays, shape (P, n) or (P, L, n)
        With the conductances from the fins, and with the capacity rates.
    lid, base : arrays, shape (P,) or (P, L)
    """

    wall: Array
    rate: Array
    lid: Array
    base: Array


def march_slopes(
    march: CoolantMarch | GroupedMarch,
    walls: Walls,
    state: tuple[Field, Field],
    weights: Walls,
    adjoint: tuple[Field, Field],
) -> MarchSlopes:
    """Derivatives of ``s . mean - sum(weight * heat taken)``, s the source of the adjoint.

    Parameters
    ----------
    march : CoolantMarch or GroupedMarch
        Without storage.
    walls, state
        Temperatures of the walls, and ``march.temperatures`` of them.
    weights, adjoint
        Weight of the heat taken from each wall, and ``march.transposed`` of them.
    """
    if isinstance(march, GroupedMarch):
        lanes = march.lanes
        # cells that narrow lanes name again count once
        once = lanes.counted.astype(float)
        apart = march.split(*weights)
        return march_slopes(
            march.march,
            march.split(*walls),
            (lanes.split(state[0]), lanes.split(state[1])),
            (
                apart[0] * once[:, None],
                None if apart[1] is None else apart[1] * once,
                None if apart[2] is None else apart[2] * once,
            ),
            (lanes.split(adjoint[0]) * once[:, None], lanes.split(adjoint[1]) * once[:, None]),
        )
    pieces, (mean, inlet), (z, worth) = march.pieces, state, adjoint
    fins, fin_weight = walls[0][pieces.cell], weights[0][pieces.cell]
    goes_on = np.append(np.diff(pieces.segment) == 0, False)
    outlet_worth = np.zeros_like(worth)
    outlet_worth[goes_on] = worth[1:][goes_on[:-1]]
    theta = march.theta
    grown = np.sum(z * (mean - inlet), axis=-1)
    gain = march.exchange.diagonal(axis1=-2, axis2=-1)
    units = gain / march.capacity_rate
    by_theta = march.capacity_rate * grown - np.sum(outlet_worth * (mean - inlet), axis=-1)
    by_units = by_theta / theta**2 * fitted_mean_slope(units)
    by_gain = by_units / march.capacity_rate
    ends = [
        np.zeros(mean.shape[:-2])
        if wall is None or weight is None
        else _exchanged(wall[pieces.cell], mean[..., n, :], weight[pieces.cell], z[..., n, :])
        + by_gain[..., n]
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
        flow, pieces, division = solver.problem.coolant, solver.pieces, solver.division
        assert flow is not None
        assert solver.march is not None
        self.flow, self.pieces, self.division = flow, pieces, division
        inner = solver.march.march if isinstance(solver.march, GroupedMarch) else solver.march
        self.rate = inner.capacity_rate
        bulk = solver.bulk_rise + flow.inlet_temperature
        grid, heights = solver.grid, solver.grid.dz[list(solver.planes)]
        velocity = station_velocity(flow, grid, pieces, division)
        area = (grid.cell_area * pieces.share).reshape(-1, *[1] * (velocity.ndim - 1))
        wetted = np.broadcast_to(
            area * channels_at(flow, pieces).wetted_area_density, velocity.shape
        )
        self.wall_per_film = wetted[..., None] * heights

        def film(at: Array, of_flow: float) -> Array:
            return film_on_walls(flow, pieces, of_flow * velocity, at)

        self.film_per_kelvin = (film(bulk + STEP, 1.0) - film(bulk - STEP, 1.0)) / (2 * STEP)
        h = RELATIVE_STEP
        self.film_per_flow = (film(bulk, 1 + h) - film(bulk, 1 - h)) / (2 * h)
        self.share_per_kelvin = _share_slopes(flow, solver, bulk)
        self.mixed_per_share = _mixed_slopes(solver)
        mean = float(np.mean(bulk))
        capacity = [float(flow.fluid.heat_capacity(mean + d)) for d in (-STEP, 0.0, STEP)]
        self.capacity_per_kelvin = (capacity[2] - capacity[0]) / (2 * STEP) / capacity[1]
        self.segment_weight = (
            pieces.length / np.bincount(pieces.segment, pieces.length)[pieces.segment]
        )

    def by_bulk(self, slopes: MarchSlopes, mixed: Array) -> Array:
        """Derivative with the mixed temperature at each station, shape (P,).

        ``mixed`` is what the mixed temperature itself is worth there.
        """
        segment, stations = self.pieces.segment, len(mixed)
        by_film = np.sum(slopes.wall * self.wall_per_film, axis=-1)
        by_rate = np.sum(slopes.rate * self.rate, axis=-1)
        # a share of the flow moves films, capacity rates and what counts in the mixture
        by_share = np.zeros_like(self.division.share)
        np.add.at(by_share, segment, by_film * self.film_per_flow + by_rate)
        by_share /= self.division.share
        np.add.at(by_share, segment, (mixed * self.mixed_per_share.T).T)
        by_mean = np.tensordot(by_share, self.share_per_kelvin, by_share.ndim)
        by_station = np.sum((by_film * self.film_per_kelvin).reshape(stations, -1), axis=1)
        found = by_station + self.segment_weight * by_mean[segment]
        return np.asarray(found + np.sum(by_rate) * self.capacity_per_kelvin / stations)


def _share_slopes(flow: CoolantFlow, solver: SteadySolver, bulk: Array) -> Array:
    """Growth of each share of the flow per kelvin of each segment's mean, (S, S) or (S, L, S)."""
    pieces: Pieces = solver.pieces
    division = solver.division
    found = np.zeros((*division.share.shape, flow.segments))
    if division.share.size == 1:
        return found
    for warmed in range(flow.segments):
        step = STEP * (pieces.segment == warmed)
        ends = [
            divide_flow(flow, solver.grid, pieces, bulk + s * step, division).share for s in (1, -1)
        ]
        found[..., warmed] = (ends[0] - ends[1]) / (2 * STEP)
    return found


def _mixed_slopes(solver: SteadySolver) -> Array:
    """Growth of the mixed rise at each station with the share of each lane, (P,) or (P, L)."""
    division, lanes = solver.division, solver.division.lanes
    if lanes is None:
        return np.zeros(len(solver.pieces.cell))
    assert solver.march is not None
    mean, _ = solver.coolant_rise()
    rate = solver.march.rate_by_cell
    of_lane = lanes.of(np.sum(mean * rate, axis=1)) / lanes.of(np.sum(rate, axis=1))
    apart = lanes.width * (of_lane - solver.mixed_rise()[:, None])
    flow = division.share @ lanes.width
    return np.asarray(apart / flow[solver.pieces.segment][:, None])
