"""Fans: curves of pressure against flow, in thin air too, and where they meet a sink."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from pydantic import Field
from pydantic.dataclasses import dataclass
from scipy.optimize import brentq

from geometry.errors import BeyondPumpCurve, NoCoolantFlow
from geometry.units import STRICT, Density

from .pumps import Pumps

STANDARD_DENSITY = 1.2
"""At which fans are rated [kg/m3]: ISO 5801, ANSI/AMCA 210."""


@dataclass(frozen=True, config=STRICT, kw_only=True)
class Fans:
    """Equal fans side by side, the ``[air_sink.fan]`` section of a case file.

    Attributes
    ----------
    curve : Pumps
        Curve of one, speed and how many run, as of the pumps of a loop: fans obey the same
        affinity laws.
    efficiency : float
        Air power over electrical power, at the operating point [-].
    rated_density : float
        Of the air of the curve [kg/m3].
    """

    curve: Pumps
    efficiency: Annotated[float, Field(gt=0, le=1)]
    rated_density: Density = STANDARD_DENSITY

    def pressure(self, flow: float, density: float) -> float:
        """That all together make at their whole flow [Pa]: proportional to the air's density.

        Source: fan laws, ISO 5801 and ANSI/AMCA 210.
        """
        running = self.curve.number_running
        return self.curve.head(flow / running) * density / self.rated_density

    def power(self, flow: float, pressure: float) -> float:
        """Electrical power [W]: ``flow pressure / efficiency``."""
        return flow * pressure / self.efficiency

    def flow_against(self, drop: Callable[[float], float], density: float) -> float:
        """Where the fans' curve meets a drop that rises with the flow [m3/s].

        Parameters
        ----------
        drop : callable
            From the whole flow [m3/s] to the pressure drop [Pa].
        density : float
            Of the air at the fans [kg/m3].

        Raises
        ------
        NoCoolantFlow
            When no fan runs.
        BeyondPumpCurve
            When they would run beyond the last flow of their table.
        """
        running = self.curve.number_running
        if running == 0:
            raise NoCoolantFlow("no fan runs")

        def excess(flow: float) -> float:
            return self.pressure(flow, density) - drop(flow)

        high = 1e-3 * running
        while excess(high) > 0.0:
            high *= 2.0
        found: Any = brentq(excess, 1e-9, high, xtol=1e-14, rtol=1e-13)
        last = None if self.curve.flows is None else self.curve.flows[-1] * self.curve.speed
        if last is not None and found > running * last:
            raise BeyondPumpCurve(
                f"a fan would run at {found / running * 3600:.4g} m3/h; its curve at this speed "
                f"ends at {last * 3600:.4g} m3/h"
            )
        return float(found)
