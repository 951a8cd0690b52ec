"""Power delivery as one: the parts of the chain, from the wall to the wafer."""

from __future__ import annotations

from dataclasses import field

import numpy as np
from numpy.typing import NDArray
from pydantic.dataclasses import dataclass

from geometry.units import STRICT

from .board import Boards
from .converters import Bricks
from .dynamics import Dynamics
from .outage import Outage
from .sheets import Sheets
from .supplies import Supplies
from .wafer_grid import Contact, WaferGrid


@dataclass(frozen=True, config=STRICT, kw_only=True)
class Delivery:
    """Power delivery of a machine; the schema of a case file's ``[delivery]``."""

    supplies: Supplies
    """AC to 50 V."""
    boards: Boards
    """50 V feeders and the low-voltage plane."""
    bricks: Bricks
    """50 V to the wafer's voltage."""
    contact: Contact
    """Board to wafer."""
    wafer_grid: WaferGrid
    """The wafer's own metal."""
    outage: Outage = field(default_factory=Outage)
    """What is lost; nothing if left out."""
    sheets: Sheets | None = None
    """How the low-voltage side is solved; one value per block if left out."""
    dynamics: Dynamics | None = None
    """What the low-voltage side stores; needed by ``waferflux droop`` and ``impedance`` only."""

    def __post_init__(self) -> None:
        """Refuse parts whose sharing of current nothing decides."""
        if self.supplies.feed == "A/B" and self.boards.feed_resistance == 0:
            raise ValueError(
                "boards.feed_resistance: found 0 ohm with feed 'A/B'; above 0 is meant, "
                "as nothing else decides how a board shares between its two buses"
            )
        if self.sheets_on_grid is None:
            return
        if not self.bricks.regulated_last:
            raise ValueError(
                "sheets.solved: found 'on the grid' with bricks whose last stage does not "
                "regulate; 'per block' is meant"
            )
        for key, resistance in (
            ("boards.plane_sheet_resistance", self.boards.plane_sheet_resistance),
            ("contact.areal_resistance", self.contact.areal_resistance),
            ("wafer_grid.sheet_resistance", self.wafer_grid.sheet_resistance),
        ):
            if resistance == 0:
                raise ValueError(
                    f"{key}: found 0 with sheets on the grid; above 0 is meant, or "
                    "sheets.solved 'per block'"
                )

    def check(self, columns: int, rows: int) -> None:
        """Refuse parts that do not fit a wafer of so many blocks.

        Raises
        ------
        ValueError
            One line that begins with the key.
        """
        bus_of_supply = self.supplies.bus_of_supply(columns)
        self.outage.check(columns, rows, self.supplies.count, int(bus_of_supply[-1]) + 1)
        if self.bricks.regulated is not None:
            self.bricks.set_points(columns * rows)

    def no_load_voltages(self, blocks: int) -> NDArray[np.float64]:
        """Output of each brick without load [V]: what a drop is counted from."""
        return self.bricks.no_load_voltages(blocks, self.supplies.voltage)

    @property
    def sheets_on_grid(self) -> Sheets | None:
        """The sheets, where they are solved as fields."""
        sheets = self.sheets
        return sheets if sheets is not None and sheets.solved == "on the grid" else None
