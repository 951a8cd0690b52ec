"""The coolant loop outside the cold plate: quick disconnects, everything else, and the pump."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from pydantic.dataclasses import dataclass

from geometry.units import STRICT, FlowCoefficient, FlowRate, Fraction, Pressure

REFERENCE_DENSITY = 999.0
"""Density at which a valve's flow coefficient is quoted: water at 60 degF [kg/m3]."""


@dataclass(frozen=True, config=STRICT, kw_only=True)
class Loop:
    """The ``[loop]`` section of a case file; every default is assumed.

    Attributes
    ----------
    quick_disconnects : int
        Number of quick disconnects that the whole flow passes, one after the other.
    quick_disconnect_flow_coefficient : float
        Cv of one [m3/(s Pa^0.5)]; in a case file ``"10 gallon/minute/psi**0.5"`` is a Cv of 10.
    rest_pressure_drop : float
        Pressure drop of hoses, manifold, filter and heat exchanger [Pa] at ``rest_reference_flow``.
    rest_reference_flow : float
        Flow at which that is quoted [m3/s]; the drop grows with the square of the flow.
    pump_efficiency : float
        Overall: pump times motor times drive [-].
    """

    quick_disconnects: Annotated[int, Field(ge=0)] = 2
    quick_disconnect_flow_coefficient: FlowCoefficient = 7.598054212083369e-6
    rest_pressure_drop: Pressure = 50e3
    rest_reference_flow: FlowRate = 100e-3 / 60.0
    pump_efficiency: Annotated[Fraction, Field(gt=0)] = 0.5

    def quick_disconnect_pressure_drop(self, flow: float, density: float) -> float:
        """Pressure drop of all quick disconnects in series [Pa].

        Formula: ``n (flow / Cv)^2 density / 999``, flow in [m3/s], density in [kg/m3].

        Source: ANSI/ISA-75.01.01 (IEC 60534-2-1), turbulent flow without cavitation.
        """
        one = (flow / self.quick_disconnect_flow_coefficient) ** 2 * density / REFERENCE_DENSITY
        return self.quick_disconnects * one

    def pressure_drop(self, flow: float, cold_plate_drop: float, density: float) -> float:
        """Pressure that the pump must make [Pa]: cold plate, quick disconnects and the rest.

        Parameters
        ----------
        flow : float
            Volume flow [m3/s], 0 or more.
        cold_plate_drop : float
            Pressure drop of the cold plate at that flow [Pa].
        density : float
            Of the coolant [kg/m3].
        """
        rest = self.rest_pressure_drop * (flow / self.rest_reference_flow) ** 2
        return cold_plate_drop + self.quick_disconnect_pressure_drop(flow, density) + rest

    def pump_power(self, flow: float, loop_pressure_drop: float) -> float:
        """Electrical power of the pump [W]: flow [m3/s] times drop [Pa] over efficiency.

        Examples
        --------
        >>> Loop(pump_efficiency=0.5).pump_power(flow=2e-3, loop_pressure_drop=100e3)
        400.0
        """
        return flow * loop_pressure_drop / self.pump_efficiency
