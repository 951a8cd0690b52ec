"""How much pressure a part of the coolant loop takes at a flow: hoses, valves, anything quoted.

A law is a function of the volume flow [m3/s] that gives the drop [Pa]; it is odd, so that a part
takes as much from a flow that runs back.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

FlowLaw = Callable[[float], float]
"""From a volume flow [m3/s] to the pressure drop in its direction [Pa]."""

REFERENCE_DENSITY = 999.0
"""Density at which a valve's flow coefficient is quoted: water at 60 degF [kg/m3]."""


@dataclass(frozen=True)
class PowerLaw:
    """A drop that grows with a power of the flow: ``drop (Q / Q0)^exponent``.

    Parameters
    ----------
    drop : float
        At the reference flow [Pa].
    reference_flow : float
        Q0 [m3/s].
    exponent : float
        1 for laminar flow, 1.75 for smooth turbulent pipes, 2 for fittings.

    Examples
    --------
    >>> PowerLaw(40e3, 2e-3, 2.0)(-1e-3)
    -10000.0
    """

    drop: float
    reference_flow: float
    exponent: float = 2.0

    def __call__(self, flow: float) -> float:
        """Pressure drop [Pa] at a flow [m3/s]."""
        size = self.drop * (abs(flow) / self.reference_flow) ** self.exponent
        return math.copysign(size, flow)


def valve_law(flow_coefficient: float, density: float) -> PowerLaw:
    """Law of a valve or quick disconnect: ``(Q / Cv)^2 density / 999``.

    Parameters
    ----------
    flow_coefficient : float
        Cv [m3/(s Pa^0.5)].
    density : float
        Of the coolant [kg/m3].

    Source: ANSI/ISA-75.01.01 (IEC 60534-2-1), turbulent flow without cavitation.
    """
    return PowerLaw(density / REFERENCE_DENSITY, flow_coefficient)


def churchill_friction(reynolds: float, relative_roughness: float) -> float:
    """Darcy friction factor of a pipe, laminar, turbulent and between [-].

    Formula: ``8 [(8/Re)^12 + (A + B)^-1.5]^(1/12)``,
    ``A = {2.457 ln(1 / [(7/Re)^0.9 + 0.27 e/D])}^16``, ``B = (37530/Re)^16``.

    Range: any Reynolds number above 0; within about 2 % of ``64/Re`` below 2000 and of Colebrook
    above 4000, a guess between the two.

    Source: Churchill, Chemical Engineering 84 (7 November 1977) 91-92.
    """
    rough = (7.0 / reynolds) ** 0.9 + 0.27 * relative_roughness
    a = (2.457 * math.log(1.0 / rough)) ** 16
    b = (37530.0 / reynolds) ** 16
    return 8.0 * ((8.0 / reynolds) ** 12 + (a + b) ** -1.5) ** (1.0 / 12.0)


@dataclass(frozen=True)
class PipeLaw:
    """Darcy and Weisbach's law of a round hose or tube: ``f (L/D) rho u^2 / 2``.

    Parameters
    ----------
    length, diameter : float
        [m]; the inner diameter.
    roughness : float
        Of the wall [m].
    density, viscosity : float
        Of the coolant [kg/m3], [Pa s].
    """

    length: float
    diameter: float
    roughness: float
    density: float
    viscosity: float

    def __call__(self, flow: float) -> float:
        """Pressure drop [Pa] at a flow [m3/s]."""
        velocity = abs(flow) / (math.pi * self.diameter**2 / 4.0)
        reynolds = self.density * velocity * self.diameter / self.viscosity
        if reynolds < 1.0:
            # Poiseuille, where the powers of a vanishing Reynolds number would overflow
            friction_head = 32.0 * self.viscosity * velocity / self.diameter**2
        else:
            friction = churchill_friction(reynolds, self.roughness / self.diameter)
            friction_head = friction / self.diameter * self.density * velocity**2 / 2.0
        return math.copysign(friction_head * self.length, flow)


def in_series(*laws: FlowLaw) -> FlowLaw:
    """The law of parts one after the other."""
    return lambda flow: sum(law(flow) for law in laws)


def in_parallel_equal(law: FlowLaw, count: int) -> FlowLaw:
    """The law of ``count`` equal parts side by side, in terms of their whole flow."""
    return lambda flow: law(flow / count)
