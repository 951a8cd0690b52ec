"""What the answer of a case is held against."""

from __future__ import annotations

from dataclasses import field
from typing import Annotated

from pydantic import Field
from pydantic.dataclasses import dataclass

from geometry.units import STRICT, Pressure, Temperature, Velocity, Voltage


@dataclass(frozen=True, config=STRICT, kw_only=True)
class Window:
    """Temperatures between which a layer must stay."""

    least: Temperature | None = None
    """A colder point of the layer is warned of [K]."""
    most: Temperature | None = None
    """A hotter one is [K]."""

    def __post_init__(self) -> None:
        """Refuse a window that says nothing, and one without an inside."""
        if self.least is None and self.most is None:
            raise ValueError("found neither; 'least' or 'most' is meant")
        if self.least is not None and self.most is not None and not self.least < self.most:
            raise ValueError(
                f"most: found {self.most - 273.15:g} degC; above 'least' of "
                f"{self.least - 273.15:g} degC is meant"
            )


@dataclass(frozen=True, config=STRICT, kw_only=True)
class Limits:
    """What the answer is held against."""

    junction_temperature: Temperature | None = None
    """A hottest point above it is warned of [K]."""
    block_voltage: Voltage | None = None
    """The least that every point of every block needs [V]."""
    channel_velocity: Velocity | None = None
    """The most in the cold plate's channels [m/s]; in copper 1.5 m/s if left out."""
    cold_plate_pressure_drop: Annotated[Pressure, Field(gt=0)] | None = None
    """The most that the cold plate may take, its headers included [Pa]."""
    loop_pressure_drop: Annotated[Pressure, Field(gt=0)] | None = None
    """The most that the pump lifts [Pa]; needs the loop."""
    cdu: str | None = None
    """A distribution unit of the catalogue that serves this machine alone: its rated flow, and
    pressure at that flow, are the most of the loop."""
    layers: dict[str, Window] = field(default_factory=dict)
    """Of layers by their names; of the sheet that makes heat where the layer has one."""
