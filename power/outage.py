"""What does not work: the parts of the chain that are lost."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from pydantic.dataclasses import dataclass

from geometry.units import STRICT

Numbers = tuple[Annotated[int, Field(ge=0)], ...]


@dataclass(frozen=True, config=STRICT, kw_only=True)
class Outage:
    """Parts that are lost, by their numbers from 0 on.

    A brick has its block's number, row * columns + column; a board that of its column. A lost
    brick gives and takes nothing; a lost board takes its bricks with it, but its part of the
    low-voltage plane stays and still carries current between its neighbours.

    Examples
    --------
    >>> Outage(boards=(1,)).lost_bricks(columns=3, rows=2).tolist()
    [False, True, False, False, True, False]
    """

    bricks: Numbers = ()
    """Bricks that are off: they give and take nothing."""
    boards: Numbers = ()
    """Boards that are cut off with their bricks; their part of the plane stays."""
    supplies: Numbers = ()
    """Supplies that are off."""
    feeds: Numbers = ()
    """Buses whose supplies are all off."""
    contacts: Numbers = ()
    """Blocks that have lost their electrical contact."""
    contact_factor: Annotated[float, Field(gt=0)] = 20.0
    """Resistance of a lost contact, in multiples of a good one's."""

    def check(self, columns: int, rows: int, supplies: int, buses: int) -> None:
        """Refuse numbers of parts that the machine does not have.

        Raises
        ------
        ValueError
            One line that begins with the key.
        """
        blocks = columns * rows
        there = {
            "bricks": blocks,
            "boards": columns,
            "supplies": supplies,
            "feeds": buses,
            "contacts": blocks,
        }
        for name, count in there.items():
            wrong = [number for number in getattr(self, name) if number >= count]
            if wrong:
                raise ValueError(
                    f"outage.{name}: found {wrong[0]}; numbers from 0 to {count - 1} are meant"
                )

    def lost_bricks(self, columns: int, rows: int) -> NDArray[np.bool_]:
        """Which bricks are off by themselves or with their board, shape (blocks,)."""
        lost = np.zeros((rows, columns), dtype=bool)
        lost[:, list(self.boards)] = True
        lost.ravel()[list(self.bricks)] = True
        return lost.ravel()

    def contact_factors(self, blocks: int) -> NDArray[np.float64]:
        """Resistance of each block's contact over that of a good one, shape (blocks,)."""
        factors = np.ones(blocks)
        factors[list(self.contacts)] = self.contact_factor
        return factors
