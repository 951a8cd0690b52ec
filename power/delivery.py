"""Power delivery as one: the parts of the chain, from the wall to the wafer."""

from __future__ import annotations

from pydantic.dataclasses import dataclass

from geometry.units import STRICT

from .board import Boards
from .converters import Bricks
from .dynamics import Dynamics
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
    dynamics: Dynamics | None = None
    """What the low-voltage side stores, for its behaviour in time only."""

    def __post_init__(self) -> None:
        """Refuse parts whose sharing of current nothing decides."""
        if self.supplies.feed == "A/B" and self.boards.feed_resistance == 0:
            raise ValueError(
                "boards.feed_resistance: found 0 ohm with feed 'A/B'; above 0 is meant, "
                "as nothing else decides how a board shares between its two buses"
            )
