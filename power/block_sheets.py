"""What the sheets come to block by block: corrections of the chain's equations.

The chain (``circuit``) has one value per block. About a solved field of the sheets it can be made
exact: each block's loss resistances are those of the field, what is left of the drop from plane to
circuits is a fixed voltage, what the plane's links do not carry a fixed current, and the nominal
power is scaled so that the block's mean voltage draws what its cells draw. A chain corrected so
has the sheets' state as its own, and where activity or bricks change it is a good guess of where
the sheets will go: chain and sheets in turn come to rest in a few rounds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from geometry.grid import Array

from .board import plane_links
from .loads import Loads
from .sheet_loads import LawLoads
from .sheet_solver import SheetField


@dataclass(frozen=True)
class BlockSheets:
    """Corrections of the chain, arrays (blocks,).

    Attributes
    ----------
    load_scale
        Factor on the nominal power.
    contact_resistance, grid_resistance
        Loss of the contact, and of the wafer's metal and pads, over the block's current squared
        [ohm].
    drop
        From plane to circuits beyond what these resistances make [V].
    worst_resistance
        Drop from plane to the block's worst point over its current [ohm].
    plane_current
        Goes out of the block's plane beyond what the links to its neighbours carry [A].
    plane_loss
        [W].
    power, brick_current, brick_voltage
        Of the field itself, to see how far chain and sheets agree.
    """

    load_scale: Array
    contact_resistance: Array
    grid_resistance: Array
    drop: Array
    worst_resistance: Array
    plane_current: Array
    plane_loss: Array
    power: Array
    brick_current: Array
    brick_voltage: Array


@dataclass(frozen=True)
class BlockCells:
    """How blocks and cells meet.

    Parameters
    ----------
    columns, rows : int
    block_width, block_height : float
        [m].
    nominal_power : array (blocks,)
        [W].
    shares : csr_array, shape (ny * nx, blocks)
        Share of each block's nominal power in each cell; columns sum to 1.
    area : csr_array, shape (ny * nx, blocks)
        Share of each cell's area in each block; rows sum to 1.
    """

    columns: int
    rows: int
    block_width: float
    block_height: float
    nominal_power: Array
    shares: csr_array
    area: csr_array

    def nominal_by_cell(self, shape: tuple[int, int]) -> Array:
        """Nominal power of each cell [W], (ny, nx)."""
        return (self.shares @ self.nominal_power).reshape(shape)

    def sum_of_loads(self, cells: Array) -> Array:
        """Total of each block of what its loads do; a shared cell by their nominal power."""
        nominal = self.shares @ self.nominal_power
        part = np.divide(cells.ravel(), nominal, out=np.zeros(nominal.size), where=nominal > 0)
        return np.asarray(self.shares.T @ part) * self.nominal_power

    def sum_by_area(self, cells: Array) -> Array:
        """Total of each block of what its area does."""
        return np.asarray(self.area.T @ cells.ravel())

    def spread(self, blocks: Array, shape: tuple[int, int]) -> Array:
        """Value of the block that each cell lies in, by area where blocks share it, (ny, nx)."""
        return np.asarray(self.area @ blocks).reshape(shape)


def block_sheets(
    field: SheetField,
    loads: LawLoads,
    cells: BlockCells,
    temperature: Array,
    plane_sheet_resistance: Array,
    worst_voltage: Array,
) -> BlockSheets:
    """Corrections about a solved field.

    Parameters
    ----------
    field : SheetField
        With one brick for each block.
    loads : LawLoads
        Its loads.
    cells : BlockCells
    temperature : array (blocks,)
        That sets the leakage [K].
    plane_sheet_resistance : array (blocks,)
        Of the chain's links [ohm/sq].
    worst_voltage : array (blocks,)
        Lowest voltage at the circuits of each block [V].
    """
    plane, given = field.brick_voltage, field.brick_current
    power = cells.sum_of_loads(loads.power(field.load_voltage))
    current = cells.sum_of_loads(field.load_current)
    drawing = current > 0
    mean = cells.sum_by_area(field.load_voltage) / cells.sum_by_area(np.ones(field.u[0].shape))
    voltage = np.divide(power, current, out=mean, where=drawing)
    contact, pads = (cells.sum_by_area(part) for part in field.stack.contact_losses(field.u))
    sheets = [cells.sum_by_area(part) for part in field.stack.sheet_losses(field.u)]
    metal = pads + sheets[0] + (sheets[3] if field.stack.two_nets else 0.0)
    board = sheets[1] + (sheets[2] if field.stack.two_nets else 0.0)
    per_square = np.divide(1.0, current**2, out=np.zeros_like(current), where=drawing)
    contact, metal = contact * per_square, metal * per_square
    return BlockSheets(
        load_scale=_load_scale(loads.law, cells, voltage, temperature, loads.activity, current),
        contact_resistance=contact,
        grid_resistance=metal,
        drop=plane - voltage - (contact + metal) * current,
        worst_resistance=(plane - worst_voltage) * np.sqrt(per_square),
        plane_current=given - current - _to_neighbours(plane, plane_sheet_resistance, cells),
        plane_loss=board,
        power=power,
        brick_current=given,
        brick_voltage=plane,
    )


def _load_scale(
    law: Loads,
    cells: BlockCells,
    voltage: Array,
    temperature: Array,
    activity: float,
    current: Array,
) -> Array:
    """What the cells draw over what the law draws at the block's voltage."""
    by_law = law.power(cells.nominal_power, voltage, temperature, activity) / voltage
    return np.divide(current, by_law, out=np.ones_like(current), where=by_law > 0)


def _to_neighbours(voltage: Array, sheet_resistance: Array, cells: BlockCells) -> Array:
    """Current that the chain's links carry out of each block's plane [A]."""
    first, second, conductance = plane_links(
        sheet_resistance, cells.columns, cells.rows, cells.block_width, cells.block_height
    )
    flow = conductance * (voltage[first] - voltage[second])
    blocks = len(voltage)
    out = np.bincount(first, flow, blocks) - np.bincount(second, flow, blocks)
    return out.astype(float)
