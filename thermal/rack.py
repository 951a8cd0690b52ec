"""A rack of liquid-cooled packages: what flow it asks for at an inlet temperature, and what drop.

The flow is fixed, a vendor's table, or the law behind such a table: the rack opens its valves so
far that the coolant leaves at one temperature, whatever it came in with.
"""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
from pydantic import Field
from pydantic.dataclasses import dataclass
from scipy.optimize import minimize_scalar

from geometry.units import STRICT, FlowRate, Fraction, Power, Pressure, Temperature

from .coolant import FREEZING, Fluid


class NoFlow(ValueError):
    """An inlet temperature for which the rack's flow is not known or no flow is enough."""


@dataclass(frozen=True, config=STRICT, kw_only=True)
class RackFlow:
    """The ``[rack.flow]`` section: flow and pressure drop from supply to return.

    Attributes
    ----------
    law : str
        ``"fixed"``, ``"table"`` (straight lines between its rows) or ``"constant outlet"`` (the
        outlet temperature that fits the table best).
    flow : tuple of float
        One, or a row for each inlet temperature [m3/s].
    inlet_temperature : tuple of float
        [K], rising; not with ``"fixed"``.
    pressure_drop : tuple of float
        As many as flows [Pa]; none where it is not known.
    """

    law: Literal["fixed", "table", "constant outlet"]
    flow: tuple[FlowRate, ...]
    inlet_temperature: tuple[Temperature, ...] = ()
    pressure_drop: tuple[Annotated[Pressure, Field(gt=0)], ...] = ()

    def __post_init__(self) -> None:
        rows, inlets, drops = len(self.flow), len(self.inlet_temperature), len(self.pressure_drop)
        if self.law == "fixed" and (rows != 1 or inlets):
            raise ValueError(
                f"flow: found {rows} with {inlets} inlet temperatures; one flow alone is meant "
                "with law 'fixed'"
            )
        if self.law != "fixed" and (rows < 2 or inlets != rows):
            raise ValueError(
                f"flow: found {rows} with {inlets} inlet temperatures; two or more and as many "
                f"are meant with law '{self.law}'"
            )
        if drops not in (0, rows):
            raise ValueError(f"pressure_drop: found {drops}; none or {rows}, as flows, are meant")
        if np.any(np.diff(self.inlet_temperature) <= 0) or np.any(np.diff(self.flow) <= 0):
            raise ValueError("inlet_temperature and flow: found falling; rising rows are meant")

    def at(self, inlet: float, heat: float, fluid: Fluid) -> float:
        """Flow of the rack [m3/s] at an inlet temperature [K] with a heat to the coolant [W].

        Raises
        ------
        NoFlow
            Outside the table with law ``"table"``; at or above the outlet temperature with
            ``"constant outlet"``.
        """
        if self.law == "fixed":
            return self.flow[0]
        if self.law == "constant outlet":
            return self._by_outlet(inlet, self.outlet(heat, fluid), heat, fluid)
        low, high = self.inlet_temperature[0], self.inlet_temperature[-1]
        if not low - 1e-6 <= inlet <= high + 1e-6:
            raise NoFlow(
                f"inlet {inlet - FREEZING:g} degC: outside the table of flows, "
                f"{low - FREEZING:g} to {high - FREEZING:g} degC"
            )
        return float(np.interp(inlet, self.inlet_temperature, self.flow))

    def _by_outlet(self, inlet: float, outlet: float, heat: float, fluid: Fluid) -> float:
        if inlet >= outlet:
            raise NoFlow(
                f"inlet {inlet - FREEZING:g} degC: not below the {outlet - FREEZING:.1f} degC at "
                "which the coolant leaves"
            )
        return heat / (volumetric_heat_capacity(fluid, inlet) * (outlet - inlet))

    def outlet(self, heat: float, fluid: Fluid) -> float:
        """Outlet temperature that fits the table best [K]: least squares of the flows' logarithms.

        Formula: ``flow = heat / (rho c_p (T_out - T_in))``, rho and c_p at the inlet.
        """
        rows = list(zip(self.inlet_temperature, self.flow, strict=True))

        def misfit(outlet: float) -> float:
            laws = [self._by_outlet(inlet, outlet, heat, fluid) for inlet, _ in rows]
            return float(np.sum(np.log(np.divide(laws, self.flow)) ** 2))

        warmest = rows[-1][0]
        rises = [heat / (volumetric_heat_capacity(fluid, t) * v) for t, v in rows]
        found = minimize_scalar(
            misfit, bounds=(warmest + 0.01 * rises[-1], warmest + max(rises)), method="bounded",
            options={"xatol": 1e-9},
        )  # fmt: skip
        return float(found.x)

    def is_inside(self, inlet: float) -> bool:
        """Whether the inlet [K] is one that the rows span; a fixed flow has no rows."""
        inlets = self.inlet_temperature
        return not inlets or inlets[0] - 1e-6 <= inlet <= inlets[-1] + 1e-6

    def drop(self, flow: float) -> float | None:
        """Pressure drop [Pa] at a flow [m3/s]; None where no drop is known.

        Formula: ``dp = a flow^n`` through the rows by least squares of the logarithms; with one
        row ``n = 2``, as of orifices and bends.
        """
        if not self.pressure_drop:
            return None
        log_flow, log_drop = np.log(self.flow), np.log(self.pressure_drop)
        n = 2.0 if len(self.flow) == 1 else float(np.polyfit(log_flow, log_drop, 1)[0])
        return float(np.exp(log_drop.mean() + n * (np.log(flow) - log_flow.mean())))


@dataclass(frozen=True, config=STRICT, kw_only=True)
class Rack:
    """The ``[rack]`` section: the case is one package of a rack that has many of them.

    Attributes
    ----------
    packages : int
        How many in the rack.
    input_power : float
        Drawn by the rack [W].
    liquid_fraction : float
        Share of it that leaves in the coolant; the rest leaves in the air.
    flow : RackFlow, optional
        Needed where any heat leaves in the coolant.
    pump_efficiency : float
        Overall: pump times motor times drive [-].
    """

    packages: Annotated[int, Field(ge=1)]
    input_power: Annotated[Power, Field(gt=0)]
    liquid_fraction: Fraction
    flow: RackFlow | None = None
    pump_efficiency: Annotated[Fraction, Field(gt=0)] = 0.5

    def __post_init__(self) -> None:
        if (self.flow is None) != (self.liquid_fraction == 0):
            word = "no" if self.flow is None else "a"
            raise ValueError(
                f"flow: found {word} flow with a liquid_fraction of {self.liquid_fraction:g}; "
                "both or neither are meant"
            )

    @property
    def liquid_heat(self) -> float:
        """Heat to the coolant [W]."""
        return self.liquid_fraction * self.input_power

    def flow_at(self, inlet: float, fluid: Fluid) -> float:
        """Flow through the rack [m3/s] at an inlet temperature [K]; needs a ``flow``."""
        assert self.flow is not None
        return self.flow.at(inlet, self.liquid_heat, fluid)

    def package_flow(self, rack_flow: float, package_heat: float) -> float:
        """Flow through one package's cold plate [m3/s]: every kilowatt gets the same flow."""
        return rack_flow * package_heat / self.liquid_heat


def volumetric_heat_capacity(fluid: Fluid, temperature: float) -> float:
    """``rho c_p`` [J/(m3 K)]."""
    return float(fluid.density(temperature) * fluid.heat_capacity(temperature))
