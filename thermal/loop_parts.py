"""Parts of the coolant loop outside the cold plate, as a case file names them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from geometry.units import STRICT, FlowRate, Length, Offset, Pressure

from .flow_laws import FlowLaw, PipeLaw, PowerLaw, in_parallel_equal

Exponent = Annotated[float, Field(ge=1, le=3)]


@dataclass(frozen=True, config=STRICT, kw_only=True)
class Hose:
    """A ``[loop.hoses.NAME]`` section: a round hose or tube.

    Attributes
    ----------
    length : float
        Of one [m].
    diameter : float
        Inside [m].
    roughness : float
        Of the wall [m]; assumed that of drawn tube and smooth hose if left out.
    parallel : int
        Equal ones side by side, which share the flow.
    """

    length: Length
    diameter: Length
    roughness: Offset = 2e-6
    parallel: Annotated[int, Field(ge=1)] = 1

    def law(self, density: float, viscosity: float) -> FlowLaw:
        """Drop at a flow, all side by side, of a coolant [kg/m3], [Pa s]."""
        one = PipeLaw(self.length, self.diameter, self.roughness, density, viscosity)
        return in_parallel_equal(one, self.parallel)


@dataclass(frozen=True, config=STRICT, kw_only=True)
class Part:
    """A ``[loop.parts.NAME]`` section: a filter, heat exchanger, manifold or fittings.

    Attributes
    ----------
    pressure_drop : float
        At the reference flow [Pa], of the case's own coolant.
    reference_flow : float
        At which the drop holds [m3/s].
    exponent : float
        Of the flow, with which the drop grows.
    """

    pressure_drop: Pressure
    reference_flow: FlowRate
    exponent: Exponent = 2.0

    @property
    def law(self) -> FlowLaw:
        """Drop at a flow."""
        return PowerLaw(self.pressure_drop, self.reference_flow, self.exponent)


@dataclass(frozen=True, config=STRICT, kw_only=True)
class BrickPlates(Part):
    """The ``[loop.brick_plates]`` section: cold plates of the bricks and the way to them.

    Attributes
    ----------
    arrangement : {"parallel", "series"}
        Beside the wafer's plate, or behind it: then its coolant comes as warm as it left that.
    face : {"top", "bottom"}
        Outer face of the stack that these plates cool.
    """

    arrangement: Literal["parallel", "series"] = "parallel"
    face: Literal["top", "bottom"] = "bottom"
