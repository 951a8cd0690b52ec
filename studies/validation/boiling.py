"""Boiling in channels: exact limits of the march, and a heat sink measured until it dried."""

from __future__ import annotations

import numpy as np
from scipy.optimize import brentq

from geometry.errors import DriedOut
from thermal.cold_plate import Channels, base_resistance, header_loss, pressure_drop
from thermal.flow_boiling import homogeneous_volume, li_wu_film
from thermal.refrigerant import Refrigerant, refrigerant
from thermal.two_phase_plate import Boiling, BoilingChannel, boil

from .rows import Case, Row, observed_order

CHANNELS = Channels(channel_width=0.3e-3, pitch=0.6e-3)
HEIGHT, LENGTH, COPPER = 3e-3, 0.1, 390.0
XU = "Xu, Jia, Dang and Peng 2017, ChinaXiv 201703.01050"
XU_CHANNELS = Channels(channel_width=0.5e-3, pitch=26e-3 / 30)
"""30 channels of 0.5 x 0.5 mm, 30 mm long, over a heater of 26 x 30 mm."""
BRASS = 110.0
"""[W/(m K)]."""


def unchanging() -> Refrigerant:
    """R134a at 25 degC whose properties do not follow pressure and temperature."""
    real = refrigerant("R134a")
    kelvin = np.array([200.0, 280.0, 320.0, 350.0])
    rows = np.repeat(real.rows[real.kelvin == 298.15], len(kelvin), axis=0)
    rows[:, 0] = np.exp(np.interp(kelvin, [200, 350], [np.log(1e3), np.log(5e6)]))
    return Refrigerant("unchanging", real.critical_pressure, kelvin, rows)


def channel(
    fluid: Refrigerant, mass_flux: float, celsius: float = 25.0, subcooling: float = 0.0
) -> BoilingChannel:
    """A channel of the finned copper plate that is shipped."""
    inlet = fluid.at_temperature(celsius + 273.15)
    liquid = fluid.at_temperature(celsius + 273.15 - subcooling)
    enthalpy = float(liquid.liquid_enthalpy)
    pressure = float(inlet.pressure)
    return BoilingChannel(CHANNELS, HEIGHT, COPPER, fluid, pressure, enthalpy, mass_flux)


def evenly(one: BoilingChannel, stations: int, flux: float) -> Boiling:
    """The channel under an even heat flux into the plate [W/m2]."""
    return boil(one, np.linspace(0, LENGTH, stations + 1), np.full(stations, flux))


def exact_rows() -> list[Row]:
    """Heat, momentum and the limits of the march along a boiling channel.

    Heat: what leaves, told by pressure and quality, less what entered. Momentum: the homogeneous
    mixture's acceleration is `G^2` times the growth of its volume. With properties that do not
    change, quality rises linearly. Liquid that does not boil is the cold plate of one phase; its
    properties are those of saturation, which follow the pressure a little. The pressure drop
    converges with the square of the station's length (laminar all along, against the next finer
    march).
    """
    fluid, flux = refrigerant("R134a"), 5.4e5
    one = channel(fluid, 450.0, subcooling=5.0)
    found = evenly(one, 60, flux)
    out = fluid.at_pressure(found.pressure[-1])
    leaving = float(out.liquid_enthalpy + found.quality[-1] * out.latent_heat)
    heat = flux * CHANNELS.pitch * LENGTH
    gained = one.mass_flux * one.area * (leaving - one.inlet_enthalpy)
    volume = homogeneous_volume(fluid.at_pressure(found.pressure[[0, -1]]), found.quality[[0, -1]])
    grown = one.mass_flux**2 * float(volume[1] - volume[0])
    constant = channel(unchanging(), 450.0)
    latent = float(constant.fluid.at_temperature(298.15).latent_heat)
    rising = heat / (constant.mass_flux * constant.area * latent)
    linear = evenly(constant, 40, flux)
    slow = channel(fluid, 120.0)
    drops = [evenly(slow, n, 1e5).pressure_drop for n in (32, 64, 128, 256)]
    errors = np.abs(np.diff(drops)).tolist()
    return [
        Row("heat taken by the refrigerant", heat, gained, "W", 1e-9, "conservation", True),
        Row("acceleration", grown, found.pressure_drop - found.friction_drop, "Pa", 1e-9,
            "momentum", True),
        Row("quality along the channel, largest error", 0.0,
            float(np.max(np.abs(linear.quality - rising * linear.position / LENGTH))), "", 1e-12,
            "exact"),
        *_liquid_rows(fluid),
        Row("pressure drop, largest change on halving the steps", 0.0,
            float(errors[-1] / drops[-1]), "", 2e-5, "exact in the limit",
            order=observed_order(errors), least_order=1.9),
    ]  # fmt: skip


def _liquid_rows(fluid: Refrigerant) -> list[Row]:
    """Liquid that does not boil, against ``thermal.cold_plate``."""
    one = channel(fluid, 300.0, celsius=40.0, subcooling=30.0)
    found = evenly(one, 50, 2000.0)
    held = fluid.at_temperature(313.15)
    liquid = (held.liquid_density, held.liquid_viscosity)
    velocity = one.mass_flux / float(held.liquid_density)
    whole = pressure_drop(CHANNELS, HEIGHT, LENGTH, velocity, *liquid)
    reynolds = CHANNELS.reynolds(HEIGHT, velocity, *liquid)
    ends = header_loss(CHANNELS, reynolds, LENGTH / one.diameter)
    rubbed = float(whole - ends * held.liquid_density * velocity**2 / 2)
    middle = fluid.liquid_temperature((found.enthalpy[-2] + found.enthalpy[-1]) / 2)
    conductivity = float(fluid.at_temperature(middle).liquid_conductivity)
    wall = 2000.0 * base_resistance(CHANNELS, HEIGHT, COPPER, conductivity)
    rise = float(found.root_temperature[-1] - middle)
    one_phase = "cold plate of one phase"
    return [
        Row("all liquid, pressure drop", rubbed, found.pressure_drop, "Pa", 2e-4, one_phase, True),
        Row("all liquid, root of the fins over the liquid", wall, rise, "K", 1e-9, one_phase, True),
    ]


def drying_flux(celsius: float = 30.0, subcooling: float = 5.0) -> float:
    """Heat flux at which the walls of Xu's heat sink dry at 373.3 kg/m2s [W/cm2]."""
    fluid = refrigerant("R134a")
    pressure = float(fluid.at_temperature(celsius + 273.15).pressure)
    enthalpy = float(fluid.at_temperature(celsius + 273.15 - subcooling).liquid_enthalpy)
    one = BoilingChannel(XU_CHANNELS, 0.5e-3, BRASS, fluid, pressure, enthalpy, 373.3)

    def beyond(flux: float) -> float:
        try:
            found = boil(one, np.linspace(0, 30e-3, 61), np.full(60, 1e4 * flux))
        except DriedOut:
            return -1.0
        return float(found.margin.min()) - 1

    return float(brentq(beyond, 20.0, 70.0, xtol=1e-6))


def measured_rows() -> list[Row]:
    """Published: a formula by another library, and R134a in a heat sink heated until it dried.

    Li and Wu's film as the library `ht` has it, at 25 degC, 400 kg/m2s, quality 0.3, 5 W/cm2 in a
    tube of 0.5 mm. Xu's brass heat sink, 30 channels of 0.5 x 0.5 mm, 30 mm long: at 373.3 kg/m2s
    its walls passed 110 degC when the flux was stepped from 38.9 to 48.9 W/cm2. Saturation
    temperature and subcooling are not given: 30 degC and 5 K are assumed, and the row allows what
    20 to 40 degC and 0 to 10 K make, and a step.
    """
    state = refrigerant("R134a").at_temperature(298.15)
    film = float(li_wu_film(state, 400.0, 0.3, 5e4, 0.5e-3))
    return [
        Row("film by Li and Wu", 10500.30057425687, film, "W/m2K", 1e-5, "library ht", True),
        Row("heat flux at which walls dry (measured)", 48.9, drying_flux(), "W/cm2", 10.0, XU),
    ]


CASES = [Case("Boiling channel", exact_rows), Case("Boiling, published", measured_rows)]
