"""Power supplies: from the AC wall to the 50 V buses."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from pydantic.dataclasses import dataclass

from geometry.units import STRICT, Power, Resistance, Voltage

from .warming import Warming

LossShare = Annotated[float, Field(ge=0)]


@dataclass(frozen=True, config=STRICT, kw_only=True)
class Supplies:
    """Equal power supplies in parallel.

    The droop is how a supply lowers its voltage with its current so that supplies share: it is a
    control characteristic and dissipates nothing.

    Examples
    --------
    >>> supplies = Supplies(count=12, rating="3.3 kW", voltage="50 V", droop="2 mohm",
    ...     loss_fixed=0.0100, loss_linear=0.0088, loss_quadratic=0.0259, feed="bussed")
    >>> float(round(supplies.loss(np.array(1650.0)), 2))
    68.89
    """

    count: Annotated[int, Field(ge=1, le=10_000)]
    """How many supplies work."""
    rating: Annotated[Power, Field(gt=0)]
    """Output power of one supply that is its full load [W]."""
    voltage: Voltage
    """Output without load [V]."""
    droop: Resistance
    """Fall of the output per ampere of one supply [ohm]."""
    loss_fixed: LossShare
    """Loss without load, as a share of the rating."""
    loss_linear: LossShare
    """Loss per load, both as shares of the rating."""
    loss_quadratic: LossShare
    """Loss per load squared, as shares of the rating."""
    feed: Literal["bussed", "per board", "A/B"]
    """All on one bus; supply i on board i alone; or two buses that each feed every board."""
    warming: Warming | None = None
    """How the losses follow the supply's temperature; not at all if left out."""

    def __post_init__(self) -> None:
        """Refuse a supply that warms without saying what cools it."""
        if self.warming is not None and not self.warming.is_cooled:
            raise ValueError(
                "supplies.warming: found without 'coolant_temperature' or 'thermal_resistance'; "
                "both are meant"
            )

    def loss(self, output_power: NDArray[np.float64]) -> NDArray[np.float64]:
        """Loss of one supply [W] at an output power [W]: a parabola in the load fraction.

        Raises
        ------
        ThermalRunaway
            When its own warming runs away.
        """
        load = output_power / self.rating
        share = self.loss_fixed + load * (self.loss_linear + load * self.loss_quadratic)
        figures = self.rating * share
        return figures if self.warming is None else self.warming.loss(figures)

    def bus_of_supply(self, boards: int) -> NDArray[np.int64]:
        """Bus that each supply stands on, shape (count,), for a machine of so many boards.

        Raises
        ------
        ValueError
            When the feed asks for another number of supplies.
        """
        supply = np.arange(self.count)
        if self.feed == "bussed":
            return np.zeros_like(supply)
        if self.feed == "per board":
            if self.count != boards:
                raise ValueError(
                    f"supplies.count: found {self.count} with feed 'per board'; "
                    f"one supply for each of the {boards} boards is meant"
                )
            return supply
        if self.count < 2:
            raise ValueError("supplies.count: found 1 with feed 'A/B'; 2 or more are meant")
        return supply * 2 // self.count

    def links(self, boards: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Connections from a bus to a board: the bus and the board of each."""
        board = np.arange(boards)
        if self.feed == "bussed":
            return np.zeros_like(board), board
        if self.feed == "per board":
            return board, board
        return np.repeat([0, 1], boards), np.tile(board, 2)
