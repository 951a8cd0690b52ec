"""Plate-fin heat sinks in a duct of their own size: air, film, fins, pressure drop, resistance."""

from __future__ import annotations

import math
from dataclasses import dataclass as plain_dataclass
from typing import Annotated

from pydantic import Field
from pydantic.dataclasses import dataclass
from scipy.optimize import brentq

from geometry.errors import NoSolution
from geometry.units import STRICT, Conductivity, Length, Temperature, quantity

from .air import air_at
from .cold_plate import Channels, pressure_drop
from .ducts import turbulent_nusselt, turbulent_share
from .fans import Fans

HOTTEST_AIR = 199.0 + 273.15
"""Up to which air's properties are known [K]."""
ROUNDS = 100
FASTEST_AIR = 100.0
"""No flow beyond it is looked for [m/s]: a third of the speed of sound."""


@dataclass(frozen=True, config=STRICT, kw_only=True)
class AirSink(Channels):
    """A sink of parallel plate fins with its fans, the ``[air_sink]`` section of a case file.

    Air runs along x through ducts between the fins, none past them; the fins end at a duct's wall.

    Attributes
    ----------
    width : float
        Of the base across the air, along y [m].
    length : float
        Of the base along the air, along x [m].
    base_thickness : float
        Of the plate under the fins [m].
    fin_height : float
        Above the base [m].
    conductivity : float
        Of base and fins [W/m/K].
    inlet_temperature : float
        Of the air [K].
    altitude : float
        Of the site [m].
    fan : Fans
        What blows.
    """

    width: Length
    length: Length
    base_thickness: Length
    fin_height: Length
    conductivity: Conductivity
    inlet_temperature: Temperature
    altitude: Annotated[float, quantity("m", "400 m"), Field(ge=-500, le=5000)] = 0.0
    fan: Fans

    @property
    def base_area(self) -> float:
        """[m2]."""
        return self.width * self.length

    @property
    def open_area(self) -> float:
        """Across the air, between the fins [m2]."""
        return self.width * self.fin_height * self.open_fraction


@plain_dataclass(frozen=True)
class SinkState:
    """A sink at a flow and a heat.

    Attributes
    ----------
    flow : float
        Of air at the inlet [m3/s].
    heat : float
        [W].
    outlet_temperature : float
        Of the air, mixed [K].
    velocity : float
        Mean, between the fins [m/s].
    reynolds : float
        On the hydraulic diameter [-].
    film : float
        On the fins, over the base's excess above the inlet [W/m2/K].
    fin_efficiency : float
        [-].
    resistance : float
        Base less inlet air, over heat [K/W].
    drop : float
        Of pressure [Pa].
    """

    flow: float
    heat: float
    outlet_temperature: float
    velocity: float
    reynolds: float
    film: float
    fin_efficiency: float
    resistance: float
    drop: float


def plate_nusselt(channel_reynolds: float, prandtl: float) -> float:
    """Mean Nusselt number of developing laminar flow between plates of one temperature [-].

    On the gap `b` and the excess of the plates above the air at the *inlet*. Formula: ``[(Re* Pr
    / 2)^-3 + (0.664 sqrt(Re*) Pr^(1/3) sqrt(1 + 3.65 / sqrt(Re*)))^-3]^(-1/3)``: air that leaves as
    warm as the plates, joined to a laminar boundary layer on each.

    Parameters
    ----------
    channel_reynolds : float
        ``Re* = rho u b / mu * b / L``.
    prandtl : float

    Range: Re* 0.1 to 100, within 2.1 % (rms) of measured sinks.

    Source: Teertstra, Yovanovich and Culham, J. Electron. Manuf. 10 (2000) 253-261.

    Examples
    --------
    >>> round(plate_nusselt(10.0, 0.71), 2)
    2.42
    """
    warmed = channel_reynolds * prandtl / 2.0
    root = math.sqrt(channel_reynolds)
    layer = 0.664 * root * math.cbrt(prandtl) * math.sqrt(1.0 + 3.65 / root)
    return float((warmed**-3 + layer**-3) ** (-1.0 / 3.0))


def inlet_nusselt(reynolds: float, prandtl: float, sink: AirSink) -> float:
    """Mean Nusselt number between the fins at any Reynolds number, as of :func:`plate_nusselt`.

    Laminar up to Re 2300 on the hydraulic diameter; from Re 4000 Gnielinski's developed turbulent
    one, turned from the mixed air's excess to that at the inlet: ``(Re* Pr / 2) (1 - exp(-2 Nu /
    (Re* Pr)))``; linear in Re between the two (``ducts.turbulent_share``).

    Parameters
    ----------
    reynolds : float
        On the hydraulic diameter.
    prandtl : float
    sink : AirSink
    """
    diameter = sink.hydraulic_diameter(sink.fin_height)
    star = reynolds * sink.channel_width**2 / diameter / sink.length
    laminar, share = plate_nusselt(star, prandtl), float(turbulent_share(reynolds))
    if share == 0.0:
        return laminar
    mixed = float(turbulent_nusselt(reynolds, prandtl, sink.aspect(sink.fin_height)))
    taken = star * prandtl / 2.0
    turbulent = taken * -math.expm1(-mixed * sink.channel_width / diameter / taken)
    return laminar + share * (turbulent - laminar)


def fin_efficiency(film: float, sink: AirSink) -> float:
    """Mean excess of a fin over that of its base [-]: ``tanh(m H) / (m H)``.

    ``m = sqrt(2 h / (k t))``, tip adiabatic. Source: Incropera et al., section 3.6.
    """
    grown = sink.fin_height * math.sqrt(2.0 * film / (sink.conductivity * sink.wall_thickness))
    return math.tanh(grown) / grown


def sink_at(sink: AirSink, flow: float, heat: float) -> SinkState:
    """A sink at a flow of air and a heat.

    Properties at the mean of inlet and outlet air; the flow's mass is that at the inlet.

    Parameters
    ----------
    sink : AirSink
    flow : float
        At the inlet [m3/s].
    heat : float
        [W].

    Raises
    ------
    NoSolution
        When so little air flows that it leaves hotter than its properties are known.
    """
    inlet = sink.inlet_temperature
    mass = flow * float(air_at(inlet, sink.altitude).density(inlet))
    outlet = inlet
    for _ in range(ROUNDS):
        mean = (inlet + outlet) / 2.0
        capacity = float(air_at(mean, sink.altitude).heat_capacity(mean))
        before, outlet = outlet, inlet + heat / (mass * capacity)
        if outlet > HOTTEST_AIR:
            raise NoSolution(
                f"{flow * 3600:.3g} m3/h of air would leave the sink above 199 degC with "
                f"{heat:.4g} W"
            )
        if abs(outlet - before) < 1e-9:
            break
    return _state(sink, flow, mass, heat, outlet)


def _state(sink: AirSink, flow: float, mass: float, heat: float, outlet: float) -> SinkState:
    mean = (sink.inlet_temperature + outlet) / 2.0
    air = air_at(mean, sink.altitude)
    density, viscosity = float(air.density(mean)), float(air.viscosity(mean))
    velocity = mass / density / sink.open_area
    gap, height = sink.channel_width, sink.fin_height
    reynolds = float(sink.reynolds(height, velocity, density, viscosity))
    nusselt = inlet_nusselt(reynolds, float(air.prandtl_number(mean)), sink)
    film = nusselt * float(air.conductivity(mean)) / gap
    efficiency = fin_efficiency(film, sink)
    # of each channel its floor, and both walls as far as the fins conduct
    per_channel = gap + 2.0 * efficiency * height
    area = sink.width / sink.pitch * per_channel * sink.length
    drop = pressure_drop(sink, height, sink.length, velocity, density, viscosity)
    return SinkState(
        flow=flow,
        heat=heat,
        outlet_temperature=outlet,
        velocity=velocity,
        reynolds=reynolds,
        film=film,
        fin_efficiency=efficiency,
        resistance=1.0 / (film * area),
        drop=float(drop),
    )


def operating_point(sink: AirSink, heat: float) -> SinkState:
    """Where the fans' curve meets the sink's drop, at a heat [W].

    Raises
    ------
    NoSolution
        When the fans' air would leave too hot, or they do not carry it (``NoCoolantFlow``,
        ``BeyondPumpCurve``).
    """
    inlet = sink.inlet_temperature
    density = float(air_at(inlet, sink.altitude).density(inlet))

    def meet(thinner: float) -> float:
        return sink.fan.flow_against(lambda q: thinner * cold_drop(sink, q), density)

    flow = meet(1.0)
    for _ in range(ROUNDS):
        # warm air is thinner and runs faster: as much as in the round before
        before, flow = flow, meet(sink_at(sink, flow, heat).drop / cold_drop(sink, flow))
        if abs(flow - before) < 1e-12 * flow:
            break
    return sink_at(sink, flow, heat)


def cold_drop(sink: AirSink, flow: float) -> float:
    """Pressure drop of air that does not warm [Pa]."""
    return sink_at(sink, flow, 0.0).drop


def flow_for(sink: AirSink, heat: float, resistance: float) -> float | None:
    """Flow at which the sink has a resistance [m3/s]; None where no air below 100 m/s has it."""
    most = FASTEST_AIR * sink.open_area
    inlet = sink.inlet_temperature
    air = air_at(inlet, sink.altitude)
    rate = float(air.density(inlet) * air.heat_capacity(inlet))
    least = 1.2 * heat / (rate * (HOTTEST_AIR - inlet))

    def excess(flow: float) -> float:
        return sink_at(sink, flow, heat).resistance - resistance

    if least >= most or excess(most) > 0.0:
        return None
    if excess(least) < 0.0:
        return least
    return float(brentq(excess, least, most, rtol=1e-12))
