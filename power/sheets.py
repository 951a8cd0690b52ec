"""Sheets: the planes and metals of the low-voltage side as fields on a grid, and their limits."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from geometry.units import (
    STRICT,
    ArealCurrent,
    Length,
    LinearCurrent,
)

Cells = Annotated[int, Field(ge=1, le=20_000)]
Share = Annotated[float, Field(gt=0, lt=1)]
Part = Annotated[float, Field(gt=0, le=1)]


@dataclass(frozen=True, config=STRICT, kw_only=True)
class CurrentLimits:
    """Current densities that the answer is held against; what is left out is not."""

    contact: ArealCurrent | None = None
    """Of the contact layer, per area of the wafer [A/m2]."""
    plane: ArealCurrent | None = None
    """Of the board's copper, per cross-section [A/m2]; needs ``plane_thickness``."""
    wafer_metal: LinearCurrent | None = None
    """Of the wafer's metal, per width of the sheet [A/m]."""


@dataclass(frozen=True, config=STRICT, kw_only=True)
class Sheets:
    """How the low-voltage side is solved: one value per block, or as sheets on a grid.

    Resistances given as a loop are split over supply and return by the supply's shares. While all
    three shares are alike the loop alone is solved: its answer is then that of both nets.
    """

    solved: Literal["per block", "on the grid"] = "on the grid"
    """One value per block, or a voltage for every cell."""
    along_x: Cells | None = None
    """Cells over the device; as fine as the temperature's if left out."""
    along_y: Cells | None = None
    """The same along y."""
    brick_width: Part = 0.6
    """Of a brick's footprint on the board, as a part of the block's."""
    brick_height: Part = 0.6
    """The same along y."""
    plane_supply_share: Share = 0.5
    """Of the board plane's loop resistance, the supply's."""
    contact_supply_share: Share = 0.5
    """Of the contact's loop resistance, and of that at its pads."""
    wafer_supply_share: Share = 0.5
    """Of the wafer metal's loop resistance."""
    plane_thickness: Length | None = None
    """Copper of the supply plane, and of the return, all layers together [m]."""
    wafer_thickness: Length | None = None
    """The wafer's supply metal, and its return [m]; for current per cross-section only."""
    limits: CurrentLimits = CurrentLimits()
    """Current densities that the answer is held against."""

    def __post_init__(self) -> None:
        """Refuse half a grid, and a limit that nothing can be held against."""
        if (self.along_x is None) != (self.along_y is None):
            given = "along_y" if self.along_x is None else "along_x"
            raise ValueError(f"sheets.{given}: found it alone; 'along_x' and 'along_y' are meant")
        if self.limits.plane is not None and self.plane_thickness is None:
            raise ValueError("sheets.limits.plane: found without 'plane_thickness'; both are meant")

    @property
    def two_nets(self) -> bool:
        """Whether supply and return are to be told apart."""
        shares = {self.plane_supply_share, self.contact_supply_share, self.wafer_supply_share}
        return len(shares) > 1
