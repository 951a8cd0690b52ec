"""The coolant loop outside the cold plate: quick disconnects, hoses, parts, and the pumps."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from pydantic.dataclasses import dataclass

from geometry.units import STRICT, FlowCoefficient, FlowRate, Fraction, Pressure

from .flow_laws import FlowLaw, PowerLaw, valve_law
from .loop_parts import BrickPlates, Hose, Part
from .pumps import Pumps

REST = 50e3
"""Assumed drop of hoses, manifold, filter and heat exchanger where a case names none [Pa]."""


@dataclass(frozen=True, config=STRICT, kw_only=True)
class Loop:
    """The ``[loop]`` section of a case file; every default is assumed.

    Attributes
    ----------
    quick_disconnects : int
        Number of quick disconnects that the whole flow passes, one after the other.
    quick_disconnect_flow_coefficient : float
        Cv of one [m3/(s Pa^0.5)]; in a case file ``"10 gallon/minute/psi**0.5"`` is a Cv of 10.
    rest_pressure_drop : float or None
        Pressure drop of hoses, manifold, filter and heat exchanger [Pa] at ``rest_reference_flow``,
        or of what hoses and parts leave out. Left out, it is 50 kPa, and nought
        beside hoses or parts.
    rest_reference_flow : float
        Flow at which that is quoted [m3/s]; the drop grows with the square of the flow.
    pump_efficiency : float
        Overall: pump times motor times drive [-].
    hoses : dict of name to Hose
        One after the other.
    parts : dict of name to Part
        Filter, heat exchanger, manifold, fittings; one after the other.
    pumps : Pumps or None
        With them the flow is found, not given.
    brick_plates : BrickPlates or None
        Cold plates of the bricks, whose flow is then found as well.
    """

    quick_disconnects: Annotated[int, Field(ge=0)] = 2
    quick_disconnect_flow_coefficient: FlowCoefficient = 7.598054212083369e-6
    rest_pressure_drop: Pressure | None = None
    rest_reference_flow: FlowRate = 100e-3 / 60.0
    pump_efficiency: Annotated[Fraction, Field(gt=0)] = 0.5
    hoses: dict[str, Hose] = Field(default_factory=dict)
    parts: dict[str, Part] = Field(default_factory=dict)
    pumps: Pumps | None = None
    brick_plates: BrickPlates | None = None

    def __post_init__(self) -> None:
        """Refuse names that stand for two things, and brick plates without pumps."""
        both = sorted(self.hoses.keys() & self.parts.keys())
        if both:
            raise ValueError(f"parts: found '{both[0]}' as a hose too; one name each is meant")
        taken = {"quick disconnects", "rest", "cold plate", "plate headers", "brick plates"}
        for kind, names in (("hoses", self.hoses), ("parts", self.parts)):
            for name in sorted(taken & names.keys()):
                raise ValueError(f"{kind}: found '{name}', which stands for another part")
        if self.brick_plates is not None and self.pumps is None:
            raise ValueError("brick_plates: found without 'pumps', which find their flow")

    def laws(self, density: float, viscosity: float) -> dict[str, FlowLaw]:
        """Drop at a flow of each part outside the cold plates, in the order of the flow.

        ``density`` and ``viscosity`` are the coolant's [kg/m3], [Pa s].
        """
        found: dict[str, FlowLaw] = {}
        if self.quick_disconnects:
            one = valve_law(self.quick_disconnect_flow_coefficient, density)
            found["quick disconnects"] = PowerLaw(
                self.quick_disconnects * one.drop, one.reference_flow
            )
        found |= {name: hose.law(density, viscosity) for name, hose in self.hoses.items()}
        found |= {name: part.law for name, part in self.parts.items()}
        rest = self.rest_pressure_drop
        if rest is None:
            rest = 0.0 if self.hoses or self.parts else REST
        if rest:
            found["rest"] = PowerLaw(rest, self.rest_reference_flow)
        return found

    def pressure_drop(
        self, flow: float, cold_plate_drop: float, density: float, viscosity: float
    ) -> float:
        """Pressure that the pump must make [Pa]: cold plate, quick disconnects and the rest.

        Parameters
        ----------
        flow : float
            Volume flow [m3/s], 0 or more.
        cold_plate_drop : float
            Pressure drop of the cold plate at that flow [Pa].
        density, viscosity : float
            Of the coolant [kg/m3], [Pa s].
        """
        outside = self.laws(density, viscosity).values()
        return cold_plate_drop + sum(law(flow) for law in outside)

    def pump_power(self, flow: float, loop_pressure_drop: float) -> float:
        """Electrical power of the pump [W]: flow [m3/s] times drop [Pa] over efficiency.

        Examples
        --------
        >>> Loop(pump_efficiency=0.5).pump_power(flow=2e-3, loop_pressure_drop=100e3)
        400.0
        """
        return flow * loop_pressure_drop / self.pump_efficiency
