"""The low-voltage side as fields, between the chain of blocks and the temperature field.

Each round the chain says what every brick gives at which voltage, and the activity; the sheets say
where the current goes. What they come to block by block corrects the chain of the next round
(``power.block_sheets``), until both agree.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, diags_array

from geometry.floorplan import block_maximum, block_shares
from geometry.power_maps import PowerMap
from geometry.transfer import Transfer
from power.block_sheets import BlockCells, BlockSheets, block_sheets
from power.board import copper_factor
from power.delivery import Delivery
from power.network import NetworkState
from power.sheet_loads import LawLoads
from power.sheet_solver import SheetField, solve_sheets
from power.sheet_stack import Bricks, SheetResistances, SheetStack, SupplyShares
from power.sheets import Sheets

from .footprints import device_footprint, outer_size

if TYPE_CHECKING:
    from .build import Machine

Array = NDArray[np.float64]

STIFFEST = 10.0
"""Conductance of a brick over that of its block's contact from which it is as good as stiffer; what
it gives is the chain's in any case."""
TOLERANCE = 1e-12
"""Of Kirchhoff's law in the cells together."""


@dataclass(frozen=True)
class SheetState:
    """Solved sheets.

    Attributes
    ----------
    field : SheetField
    load_power : array (ny, nx)
        Of the circuits [W].
    worst_voltage : array (ny, nx)
        In each cell, at the rim of a pad's own cell [V].
    blocks : BlockSheets
        What it comes to block by block.
    """

    field: SheetField
    load_power: Array
    worst_voltage: Array
    blocks: BlockSheets

    def off(self, network: NetworkState) -> float:
        """How far the chain is from the sheets, relative."""
        found = self.blocks
        pairs = (
            (network.brick_current, found.brick_current),
            (network.block_plane_voltage, found.brick_voltage),
            (network.block_power, found.power),
        )
        return max(float(np.max(np.abs(a - b)) / np.mean(np.abs(b))) for a, b in pairs)


class SheetModel:
    """The sheets of one machine: everything about them that no temperature changes.

    Parameters
    ----------
    machine : Machine
    delivery : Delivery
    sheets : Sheets
    """

    def __init__(self, machine: Machine, delivery: Delivery, sheets: Sheets) -> None:
        self.machine, self.delivery, self.sheets = machine, delivery, sheets
        self.device = machine.case.device
        problem, outer = machine.problem, outer_size(machine.case)
        size = (self.device.width, self.device.height)
        self.shape = (
            sheets.along_y or max(round(problem.ny * size[1] / outer[1]), 1),
            sheets.along_x or max(round(problem.nx * size[0] / outer[0]), 1),
        )
        place = device_footprint(machine.case)
        self.corner = (place.x0, place.y0)
        self.transfer = Transfer(outer, size, (problem.ny, problem.nx), self.shape, self.corner)

    @cached_property
    def power_map(self) -> PowerMap:
        """The map of the device alone."""
        x, y = self.corner
        return self.machine.power_map.placed(self.device.width, self.device.height, -x, -y)

    @cached_property
    def cells(self) -> BlockCells:
        """How blocks and cells meet."""
        ny, nx = self.shape
        plan = self.power_map.floorplan
        even = block_shares(plan, nx, ny)
        share = np.asarray(even.sum(axis=1)).ravel()
        return BlockCells(
            self.device.columns,
            self.device.rows,
            self.device.width / self.device.columns,
            self.device.height / self.device.rows,
            self.power_map.block_power,
            self.power_map.shares(nx, ny),
            csr_array(diags_array(1 / share) @ even),
        )

    @cached_property
    def feet(self) -> csr_array:
        """Share of each brick's current in each cell: a rectangle in the middle of its block."""
        plan, part = self.power_map.floorplan, (self.sheets.brick_width, self.sheets.brick_height)
        x, y = (plan.x0 + plan.x1) / 2, (plan.y0 + plan.y1) / 2
        half_x, half_y = (plan.x1 - plan.x0) * part[0] / 2, (plan.y1 - plan.y0) * part[1] / 2
        feet = replace(plan, x0=x - half_x, x1=x + half_x, y0=y - half_y, y1=y + half_y)
        return block_shares(feet, self.shape[1], self.shape[0])

    @cached_property
    def shares(self) -> SupplyShares | None:
        """Of two nets, where they are told apart."""
        s = self.sheets
        if not s.two_nets:
            return None
        return SupplyShares(s.plane_supply_share, s.contact_supply_share, s.wafer_supply_share)

    def solve(
        self,
        network: NetworkState,
        factor: float,
        block_temperature: tuple[Array, Array],
        temperature: tuple[Array, Array],
        last: SheetState | None,
    ) -> SheetState:
        """Sheets under a solved chain.

        Parameters
        ----------
        network : NetworkState
        factor : float
            On the nominal power of every block.
        block_temperature : two arrays (blocks,)
            Of the circuits and of the board [K].
        temperature : two arrays (ny, nx)
            The same of the temperature field's columns of cells [K].
        last : SheetState or None
            To begin from.
        """
        case, cells = self.machine.case, self.cells
        assert case.loads is not None
        wafer, board = (copper_factor(self.transfer.means(t)) for t in temperature)
        stack = self._stack(network, wafer, board)
        loads = LawLoads(
            case.loads,
            factor * cells.nominal_by_cell(self.shape),
            cells.spread(block_temperature[0], self.shape),
            network.activity,
        )
        field = solve_sheets(stack, loads, None if last is None else last.field.u, TOLERANCE)
        worst = self._worst_voltage(field, wafer)
        lowest = -block_maximum(self.power_map.floorplan, -worst).value
        plane = self.delivery.boards.plane_sheet_resistance * copper_factor(block_temperature[1])
        scaled = replace(cells, nominal_power=factor * cells.nominal_power)
        found = block_sheets(field, loads, scaled, block_temperature[0], plane, lowest)
        return SheetState(field, loads.power(field.load_voltage), worst, found)

    def _stack(self, network: NetworkState, wafer: Array, board: Array) -> SheetStack:
        parts = self.delivery
        resistances = SheetResistances(
            plane=parts.boards.plane_sheet_resistance * board,
            wafer=parts.wafer_grid.sheet_resistance * wafer,
            contact=parts.contact.areal_resistance * wafer,
            pads=parts.wafer_grid.mean_areal_resistance * wafer,
        )
        size = (self.device.width, self.device.height)
        bricks = Bricks(
            self.feet,
            network.brick_current,
            network.block_plane_voltage,
            self._slopes(network.brick_current),
        )
        reference = parts.bricks.last_regulator.voltage
        return SheetStack(*size, resistances, self.shape, bricks, reference, self.shares)

    def _slopes(self, current: Array) -> Array:
        """Conductance of each brick; a brick that gives nothing has none."""
        area = self.cells.block_width * self.cells.block_height
        stiffest = STIFFEST * area / self.delivery.contact.areal_resistance
        load_line = self.delivery.bricks.last_regulator.load_line
        slope = min(1 / load_line, stiffest) if load_line > 0 else stiffest
        return np.where(current == 0, 0.0, slope)

    def _worst_voltage(self, field: SheetField, wafer: Array) -> Array:
        """At the rim of the pads' own cells, which lie below the mean of the sheet's cell."""
        grid, area = self.delivery.wafer_grid, field.stack.grid.cell_area
        beyond = (grid.worst_areal_resistance - grid.mean_areal_resistance) * wafer / area
        flows = [np.abs(flow) for flow in field.stack.contact_current(field.u)]
        part = self.sheets.contact_supply_share
        flow = flows[0] if len(flows) == 1 else part * flows[0] + (1 - part) * flows[1]
        return np.asarray(field.load_voltage - beyond * flow)

    def heat(self, state: SheetState, network: NetworkState) -> dict[str, Array]:
        """Heat in the temperature field's columns of cells [W], (ny, nx), by where it is made.

        Its totals are the chain's, from which the sheets differ by less than the coupling's
        tolerance.
        """
        stack, u = state.field.stack, state.field.u
        contact, pads = stack.contact_losses(u)
        sheets = stack.sheet_losses(u)
        metal = pads + sheets[0] + (sheets[3] if stack.two_nets else 0.0)
        plane = sheets[1] + (sheets[2] if stack.two_nets else 0.0)
        losses = network.losses
        made = float(np.sum(network.block_power + losses["wafer grid"]))
        return {
            "wafer": self._put(state.load_power + metal, made),
            "contact": self._put(contact, float(np.sum(losses["contact"]))),
            "plane": self._put(plane, float(np.sum(losses["board plane"]))),
        }

    def _put(self, cells: Array, total: float) -> Array:
        whole = float(np.sum(cells))
        return self.transfer.amounts(cells) * (total / whole if whole > 0 else 0.0)
