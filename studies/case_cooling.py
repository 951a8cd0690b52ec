"""What takes the heat of a case: the coolant in the channels, and what outer faces meet."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from pydantic.dataclasses import dataclass

from geometry.units import (
    STRICT,
    Conductivity,
    Density,
    FilmCoefficient,
    FlowRate,
    HeatCapacity,
    Temperature,
    Viscosity,
)
from thermal.fin_zone import FlowDirection
from thermal.plate_headers import PlateHeaders

from .flow_path import FlowPath, segments_of


@dataclass(frozen=True, config=STRICT, kw_only=True)
class ConstantProperties:
    """A coolant whose properties do not change with temperature."""

    density: Density
    """Of the coolant [kg/m3]."""
    heat_capacity: HeatCapacity
    """At constant pressure [J/kg/K]."""
    viscosity: Viscosity
    """Dynamic [Pa s]."""
    conductivity: Conductivity
    """Of heat [W/m/K]."""


@dataclass(frozen=True, config=STRICT, kw_only=True)
class Coolant:
    """What flows through the fin zone."""

    fluid: str | ConstantProperties
    """'water', 'pg25', the path of a property table (.csv), or constant properties."""
    inlet_temperature: Temperature
    """As it comes to the cold plate [K]."""
    flow: FlowRate
    """At the inlet, all channels together [m3/s]."""
    direction: FlowDirection = "x"
    """Axis of the channels; a minus sign turns the flow round."""
    path: FlowPath = "single pass"
    """'single pass', 'centre-split' (in at the centre, out at both ends) or 'N-way', as
    '4-way'."""
    film_coefficient: FilmCoefficient | None = None
    """On the wetted walls [W/m2/K]; computed when left out."""
    headers: PlateHeaders | None = None
    """What shares the flow between the channels; evenly when left out."""

    def __post_init__(self) -> None:
        """Refuse headers that would not run across the channels."""
        if self.headers is not None:
            self.headers.check_side(self.direction.endswith("x"))

    @property
    def segments(self) -> int:
        """Flow paths along the channels' length."""
        return segments_of(self.path)


@dataclass(frozen=True, config=STRICT, kw_only=True)
class OuterFace:
    """What an outer face of the stack meets; a face left out is adiabatic."""

    temperature: Temperature | None = None
    """Of the medium, or of the face itself without a film [K]; the coolant's inlet if left out."""
    film_coefficient: FilmCoefficient | None = None
    """[W/m2/K]; without it the face itself is held at the temperature."""
    flow: FlowRate | None = None
    """Flow of the case's coolant along the face, which it warms [m3/s]; without it the medium
    does not warm."""
    emissivity: Annotated[float, Field(gt=0, le=1)] | None = None
    """Of the face, which radiates to large surroundings at ``temperature``, beside the film if
    there is one."""

    def __post_init__(self) -> None:
        """Refuse a face that says nothing."""
        if self.emissivity is not None and (self.temperature is None or self.flow is not None):
            raise ValueError(
                "found 'emissivity'; beside it the 'temperature' of the surroundings, and no "
                "'flow', is meant"
            )
        if self.temperature is None and self.film_coefficient is None:
            raise ValueError("found neither; 'temperature' or 'film_coefficient' is meant")
        if self.flow is not None and self.film_coefficient is None:
            raise ValueError("found 'flow' without 'film_coefficient'; both are meant")


@dataclass(frozen=True, config=STRICT, kw_only=True)
class Faces:
    """The outer faces of the stack: top and bottom end z, west and east x, south and north y."""

    top: OuterFace | None = None
    """First layer's outer face."""
    bottom: OuterFace | None = None
    """Last layer's outer face."""
    west: OuterFace | None = None
    """x = 0."""
    east: OuterFace | None = None
    """x = width."""
    south: OuterFace | None = None
    """y = 0."""
    north: OuterFace | None = None
    """y = height."""
