"""A refrigerant that boils in the cold plate, as a case file says it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from geometry.units import STRICT, FlowRate, Temperature, quantity
from thermal.fin_zone import FlowDirection
from thermal.two_phase_plate import Film

from .flow_path import FlowPath, segments_of

Subcooling = Annotated[float, quantity("K", "5 K"), Field(ge=0, le=100)]
"""A difference of temperatures, in K."""


@dataclass(frozen=True, config=STRICT, kw_only=True)
class TwoPhase:
    """The ``[two_phase]`` section of a case file."""

    refrigerant: Literal["R134a", "R1234ze(E)", "water"]
    """What boils."""
    saturation_temperature: Temperature
    """At the pressure with which the channels begin [K]."""
    inlet_subcooling: Subcooling
    """By how much the liquid enters below that [K]."""
    flow: FlowRate
    """Of liquid at the inlet, all channels together [m3/s]."""
    direction: FlowDirection = "x"
    """Axis of the channels; a minus sign turns the flow round."""
    path: FlowPath = "single pass"
    """As of a coolant."""
    film: Film = "Kim and Mudawar 2013"
    """Whose heat transfer coefficient of boiling."""
    least_margin: Annotated[float, Field(ge=1, le=100)] = 1.5
    """Critical heat flux over that of the walls, to be kept."""
    most_quality: Annotated[float, Field(gt=0, lt=1)] = 0.6
    """Vapour's share of the mass at the outlet, to be kept."""
    pump_efficiency: Annotated[float, Field(gt=0, le=1)] = 0.5
    """Overall: pump times motor times drive; assumed."""
    stations: Annotated[int, Field(ge=10, le=10_000)] = 200
    """Of the march along each flow path."""

    @property
    def segments(self) -> int:
        """Flow paths along the channels' length."""
        return segments_of(self.path)
