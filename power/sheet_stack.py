"""The sheets as an operator: conduction in each, contacts between them, bricks and their feet.

``div(sigma grad V) = -J`` in every sheet, on the grid and by the operator of heat. From the wafer
down, which is the order of the planes:

    loop      wafer metal | board plane
    two nets  wafer supply metal | board supply plane | board return plane | wafer return metal

A loop carries the supply's current through supply and return resistance together, and its voltage
is that between the two nets. The loads join the wafer's metals, the bricks the board's planes. The
unknowns are voltages above a reference: of a loop above the set-point, of two nets each above its
own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from geometry.conduction import Boundary, Conduction, Face, Plane, assemble, edge_of
from geometry.cosine_solver import CosineSolver, mean_conductances
from geometry.grid import Array, Grid

Field = NDArray[Any]

GROUND = 1e-3
"""Part of the contact's conductance by which the preconditioner alone holds a floating net."""


@dataclass(frozen=True)
class SheetResistances:
    """Of supply and return together, at their temperatures; numbers or arrays (ny, nx).

    Parameters
    ----------
    plane, wafer : Plane
        Sheet resistance of the board's plane and of the wafer's metal [ohm/sq].
    contact, pads : Plane
        Areal resistance of the contact layer, and of the spreading from its pads into the metal
        within one pad's cell, which no grid of sheets resolves [ohm m2].
    """

    plane: Plane
    wafer: Plane
    contact: Plane
    pads: Plane


@dataclass(frozen=True)
class SupplyShares:
    """What part of each loop resistance is the supply's; None for a loop."""

    plane: float
    contact: float
    wafer: float


@dataclass(frozen=True)
class Bricks:
    """The bricks on their feet: ``I = I0 + g (V0 - V)``, V the mean voltage under the foot.

    A load line R is ``g = 1/R``; a brick that gives what it gives, whatever the voltage, ``g = 0``.

    Parameters
    ----------
    feet : csr_array, shape (ny * nx, bricks)
        Share of each brick's current in each cell; columns sum to 1.
    current, voltage : array (bricks,)
        A point of the characteristic [A, V].
    conductance : array (bricks,)
        Its slope, g [A/V].
    """

    feet: csr_array
    current: Array
    voltage: Array
    conductance: Array


class SheetStack:
    """Sheets with their bricks; loads are added by the solver.

    Parameters
    ----------
    width, height : float
        Of the device [m].
    resistances : SheetResistances
    shape : (ny, nx)
    bricks : Bricks
    reference : float
        Voltage from which the unknowns count [V].
    shares : SupplyShares, optional
        Of two nets; a loop if left out.
    boundaries : mapping of face to Boundary, optional
        Of sides that are held.
    dtype : numpy dtype
        Of the conductances; single halves the memory of large grids.
    """

    def __init__(
        self,
        width: float,
        height: float,
        resistances: SheetResistances,
        shape: tuple[int, int],
        bricks: Bricks,
        reference: float,
        shares: SupplyShares | None = None,
        boundaries: dict[Face, Boundary] | None = None,
        dtype: Any = np.float64,
    ) -> None:
        self.reference, self.bricks, self.boundaries = reference, bricks, boundaries or {}
        self.two_nets = shares is not None
        self.grid = Grid(width, height, shape[1], shape[0], np.ones(4 if shares else 2))
        self.pad_part = resistances.pads / (resistances.contact + resistances.pads)
        self.conduction = _conduction(self.grid, resistances, shares, self.boundaries, dtype)
        self.names = (
            ["wafer supply metal", "board supply plane", "board return plane", "wafer return metal"]
            if shares
            else ["wafer metal", "board plane"]
        )

    # ------------------------------------------------ what joins the nets

    def between_wafer(self, u: Field) -> Field:
        """Difference of the wafer's metals, which the loads see above the reference, (ny, nx)."""
        return u[0] - u[3] if self.two_nets else u[0]

    def between_boards(self, u: Field) -> Field:
        """Difference of the board's planes, above the reference, (ny, nx)."""
        return u[1] - u[2] if self.two_nets else u[1]

    def take_at_wafer(self, out: Field, current: Field) -> None:
        """Add current that flows from the wafer's supply to its return to the outflow."""
        out[0] += current
        if self.two_nets:
            out[3] -= current

    def give_at_boards(self, out: Field, current: Field) -> None:
        """Take off the outflow the current that bricks give to the supply, off the return."""
        out[1] -= current
        if self.two_nets:
            out[2] += current

    def brick_voltage(self, u: Field) -> Array:
        """Mean under each brick's foot, above the reference [V]."""
        return np.asarray(self.bricks.feet.T @ self.between_boards(u).ravel(), dtype=float)

    def brick_current(self, u: Field) -> Array:
        """What each brick gives [A]."""
        b = self.bricks
        return b.current + b.conductance * (b.voltage - self.reference - self.brick_voltage(u))

    # ------------------------------------------------ operator and inverse

    def outflow(self, u: Field) -> Field:
        """Net current out of every cell, bricks' included and loads' left out [A]."""
        out = self.conduction.apply(u, np.empty_like(u))
        if self.boundaries:
            out -= self.conduction.add_inflow_from_outside(np.zeros_like(u))
        given = self.bricks.feet @ self.brick_current(u)
        self.give_at_boards(out, given.reshape(self.grid.ny, self.grid.nx))
        return out

    def apply(self, change: Field, slope: Field) -> Field:
        """Derivative of the outflow, with loads that take ``slope`` more per volt, (ny, nx)."""
        out = self.conduction.apply(change, np.empty_like(change))
        less = self.bricks.feet @ (self.bricks.conductance * self.brick_voltage(change))
        self.give_at_boards(out, -less.reshape(slope.shape).astype(change.dtype))
        self.take_at_wafer(out, slope * self.between_wafer(change))
        return out

    def preconditioner(self, mean_slope: float) -> CosineSolver:
        """Cosine solver of the sheets' means, every brick spread evenly over the board."""
        means, cells = mean_conductances(self.conduction), self.grid.nx * self.grid.ny
        sink = np.array(means.sink)
        down = list(means.down)
        spread = float(self.bricks.conductance.sum()) / cells
        if self.two_nets:
            down[1] = spread
            sink[3] += GROUND * down[0]
        else:
            sink += [max(mean_slope, 0.0), spread]
        return CosineSolver(self.grid, means.east, means.north, down, sink.tolist())

    # ------------------------------------------------ what flows and is lost

    def contact_current(self, u: Field) -> list[Field]:
        """Current through each contact towards the wafer's side of its net [A], (ny, nx) each."""
        down = self.conduction.down
        found = [down[0] * (u[1] - u[0])]
        return [*found, down[2] * (u[3] - u[2])] if self.two_nets else found

    def contact_losses(self, u: Field) -> tuple[Array, Array]:
        """In the contact layer, and at its pads in the wafer's metal [W], (ny, nx) each."""
        down = self.conduction.down
        lost = down[0] * (u[1] - u[0]) ** 2
        if self.two_nets:
            lost = lost + down[2] * (u[3] - u[2]) ** 2
        return lost * (1 - self.pad_part), lost * self.pad_part

    def sheet_losses(self, u: Field) -> list[Array]:
        """Of each sheet along itself [W], (ny, nx) each; a face's loss is half of either cell's.

        The half cells at held sides are part of it.
        """
        losses = []
        for k, plane in enumerate(u):
            lost = np.zeros(plane.shape)
            for g, axis in ((self.conduction.east[k], 1), (self.conduction.north[k], 0)):
                half = g * np.diff(plane, axis=axis) ** 2 / 2
                before, after = (lost[:, :-1], lost[:, 1:]) if axis else (lost[:-1], lost[1:])
                before += half
                after += half
            for face, held in self.conduction.leak.items():
                step = edge_of(plane, face) - self.conduction.outside[face][k]
                edge = edge_of(lost, face)
                edge += held[k] * step**2
            losses.append(lost)
        return losses

    def sheet_current(self, u: Field, k: int) -> tuple[Array, Array]:
        """Current of sheet k per width along x and along y [A/m], mean of a cell's two faces."""
        plane, grid = u[k], self.grid
        along_x, along_y = np.zeros((2, *plane.shape))
        flow = -self.conduction.east[k] * np.diff(plane, axis=1) / (2 * grid.dy)
        along_x[:, :-1] += flow
        along_x[:, 1:] += flow
        flow = -self.conduction.north[k] * np.diff(plane, axis=0) / (2 * grid.dx)
        along_y[:-1] += flow
        along_y[1:] += flow
        return along_x, along_y


def _conduction(
    grid: Grid,
    resistances: SheetResistances,
    shares: SupplyShares | None,
    boundaries: dict[Face, Boundary],
    dtype: Any,
) -> Conduction:
    """Sheets of one unit's thickness; through them nothing is lost but in the contacts."""
    r = resistances
    areal = r.contact + r.pads
    if shares is None:
        planes: Sequence[Plane] = [r.wafer, r.plane]
        contacts: dict[int, Plane] = {0: areal}
    else:
        s = shares
        planes = [r.wafer * s.wafer, r.plane * s.plane]
        planes += [r.plane * (1 - s.plane), r.wafer * (1 - s.wafer)]
        # nothing flows between the boards but what the bricks give
        contacts = {0: areal * s.contact, 1: np.inf, 2: areal * (1 - s.contact)}
    sheets = [(1 / sheet, 1 / sheet, np.inf) for sheet in planes]
    conduction = assemble(grid, sheets, contacts, boundaries)
    for part in (conduction.east, conduction.north, conduction.down):
        part[:] = [g if np.ndim(g) == 0 else np.asarray(g).astype(dtype) for g in part]
    return conduction
