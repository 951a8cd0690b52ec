"""The heat of a case: how much, in which layer and where over the device."""

from __future__ import annotations

from dataclasses import field
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from geometry.units import STRICT, Fraction, Length, Power

Count = Annotated[int, Field(ge=1)]


@dataclass(frozen=True, config=STRICT, kw_only=True)
class MapChoice:
    """Where over the device the heat is made; one of three ways to say it."""

    hot_spot_factor: Annotated[float, Field(ge=1)] | None = None
    """Density in the centred hot spot of each block over the block's mean."""
    hot_spot_area: Fraction | None = None
    """Share of each block's area that is hot; times the factor it stays below 1."""
    csv: Path | None = None
    """Rows of numbers from the side y = 0 on, of any resolution."""
    values: Literal["weights", "watts"] = "weights"
    """What the numbers of ``csv`` are; weights are scaled to the power."""
    floorplan: Path | None = None
    """HotSpot's .flp: its rectangles are the blocks."""
    trace: Path | None = None
    """HotSpot's .ptrace: their power."""
    trace_row: Count | None = None
    """Which row of the trace, from 1; the mean over all rows if left out."""

    def __post_init__(self) -> None:
        """Refuse more or less than one way, and half of one."""
        ways = {
            "hot_spot_factor with hot_spot_area": (self.hot_spot_factor, self.hot_spot_area),
            "csv": (self.csv,),
            "floorplan with trace": (self.floorplan, self.trace),
        }
        begun = [name for name, parts in ways.items() if any(p is not None for p in parts)]
        whole = [name for name, parts in ways.items() if all(p is not None for p in parts)]
        if len(begun) != 1 or begun != whole:
            keys = ("hot_spot_factor", "hot_spot_area", "csv", "floorplan", "trace")
            found = " and ".join(k for k in keys if getattr(self, k) is not None) or "nothing"
            raise ValueError(f"found {found}; one of {', '.join(ways)} is meant")


@dataclass(frozen=True, config=STRICT, kw_only=True)
class LayerHeat:
    """Heat that another layer makes of its own, even over the blocks and the same in any state."""

    power: Annotated[Power, Field(gt=0)]
    """Of the whole layer [W]."""
    active_thickness: Length | None = None
    """Thin sheet at the layer's lower face that makes it [m]; if left out, the whole layer."""


@dataclass(frozen=True, config=STRICT, kw_only=True)
class Heat:
    """The heat that the device makes, or that is put on a cold plate."""

    at: str
    """The layer whose lower face makes it, or 'bottom face' or 'top face' of the stack."""
    power: Annotated[Power, Field(gt=0)] | None = None
    """Of the whole device [W]; left out when the map is in watts."""
    power_is: Literal["heat in the silicon", "input to the boards", "at nominal conditions"] = (
        "heat in the silicon"
    )
    """How to read the power: solved for, or as drawn at the loads' nominal voltage and
    leakage temperature."""
    active_thickness: Length | None = None
    """Thin sheet at the layer's lower face that makes the heat [m]; if left out, the whole layer
    makes it."""
    map: Literal["uniform"] | MapChoice = "uniform"
    """Where over the device."""
    blocks: dict[str, Power] = field(default_factory=dict)
    """Of single blocks by their names, in place of what the map gives them [W]."""
    layers: dict[str, LayerHeat] = field(default_factory=dict)
    """Heat that other layers make of their own, by their names."""

    def sheet_in(self, layer: str) -> float | None:
        """Thickness of the sheet in which a layer makes heat [m]; None where it is no sheet."""
        if layer == self.at:
            return self.active_thickness
        own = self.layers.get(layer)
        return None if own is None else own.active_thickness


@dataclass(frozen=True, config=STRICT, kw_only=True)
class LossLayers:
    """Which layer each loss of the power delivery heats; what is left out leaves elsewhere."""

    bricks: str | None = None
    """Layer of both stages."""
    board: str | None = None
    """Layer of feeders and plane."""
    contact: str | None = None
    """Layer of the connector."""
