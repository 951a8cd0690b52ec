"""Channels: the fin zone against full conjugate sections, and a measured microchannel chip."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from geometry.materials import ConductivityLaw
from geometry.stack import Layer, Stack
from thermal.cold_plate import Channels, developed_heat_transfer_coefficient
from thermal.fin_coefficients import FinZoneConductivity
from thermal.fin_zone import CoolantFlow
from thermal.steady import SteadySolver, ThermalProblem
from thermal.surfaces import surface_rise

from ..answer import Answer, solve
from ..case_file import load_case
from .rows import Case, Row
from .stack import WATER

KAWANO = (
    "Kawano et al. 1998, as used by Qu and Mudawar, Int. J. Heat Mass Transfer 45 (2002) 3973, "
    "doi:10.1016/S0017-9310(02)00101-1"
)


class Channel(NamedTuple):
    """A developed channel and what a conjugate solution of its section gives.

    Attributes
    ----------
    width, fin, height : float
        [m].
    conductivity : float
        Of the solid [W/m/K]; of the water 0.60.
    conjugate : float
        Base surface over mean coolant per heat flux [mm2 K/W].
    """

    width: float
    fin: float
    height: float
    conductivity: float
    conjugate: float

    @property
    def words(self) -> str:
        """Its size and solid."""
        solid = "silicon" if self.conductivity < 200 else "copper"
        sizes = ", ".join(f"{1e6 * size:g}" for size in (self.width, self.fin, self.height))
        return f"channel, fin, height {sizes} um in {solid}"


CONJUGATE = (
    Channel(56e-6, 44e-6, 320e-6, 148.0, 5.384),
    Channel(300e-6, 300e-6, 3000e-6, 390.0, 17.724),
    Channel(500e-6, 500e-6, 4000e-6, 390.0, 32.989),
    Channel(1000e-6, 1000e-6, 5000e-6, 390.0, 91.804),
)


def developed_resistance(channel: Channel) -> float:
    """Base surface over mean coolant per heat flux, half way along a long channel [mm2 K/W]."""
    height = channel.height
    channels = Channels(channel_width=channel.width, pitch=channel.width + channel.fin)
    film = float(developed_heat_transfer_coefficient(channels, 0.6))
    # so long (30 transfer units) that half way the coolant warms linearly at every height
    length, width, flux = 400 * height, 10 * height, 1e5
    exchange = film * channels.wetted_area_density * height * length * width
    volume_flow = exchange / 30 / (998.2 * 4184.0)
    flow = CoolantFlow("fins", channels, height, WATER, 293.15, volume_flow, "x", 1, film)
    law = ConductivityLaw(channel.conductivity, channel.conductivity, channel.conductivity)
    fins = FinZoneConductivity(law, channels.solid_fraction, 0.6, True)
    stack = Stack([Layer("fins", height, fins, 24, graded=True), Layer("base", height, law, 2)])
    problem = ThermalProblem(stack, length, width, 41, 1, {}, flow)
    heat = {problem.grid.nz - 1: np.full((1, 41), flux * problem.grid.cell_area)}
    solver = SteadySolver(problem).solve(heat)
    base = surface_rise(solver, 23)[1]
    return float((base - solver.bulk_rise_by_cell())[0, 20] / flux * 1e6)


def kawano_ends(answer: Answer) -> tuple[float, float]:
    """Wall over inlet coolant per heat flux at the channels' two ends [cm2 K/W]."""
    rise = answer.fields.junction_temperature.mean("y").values - 20.0
    # the wall right at the ends, from the two cells next to each
    return (
        float(1.5 * rise[0] - 0.5 * rise[1]) / 90,
        float(1.5 * rise[-1] - 0.5 * rise[-2]) / 90,
    )


def conjugate_rows() -> list[Row]:
    """The fin zone, a porous medium with two temperatures, against full sections.

    Fin, base and water of one developed channel were solved together for this project, with water
    of 0.60 W/m/K. Base surface over flow-mixed coolant. The model leaves out part of the resistance
    and never adds: it is always on the cool side.
    """
    source = "conjugate section, made for this project"
    return [
        Row(c.words, c.conjugate, developed_resistance(c), "mm2 K/W", 0.035, source, True)
        for c in CONJUGATE
    ]


def kawano_rows() -> list[Row]:
    """Measured: water in 100 channels of 57 x 180 um etched in silicon, 90 W/cm2, Re 140.

    Wall over inlet coolant per heat flux, the shipped case `kawano`. What is allowed are the bars
    of the measurement, 0.080 to 0.152 and 0.156 to 0.288 cm2 K/W, about 30 % of the value to each
    side. Geometry, properties and bars as used by Qu and Mudawar; the markers were digitised. The
    inlet is near the lower bar.
    """
    inlet, outlet = kawano_ends(solve(load_case("kawano")))
    return [
        Row("Kawano's chip, inlet (measured)", 0.116, inlet, "cm2 K/W", 0.036, KAWANO),
        Row("Kawano's chip, outlet (measured)", 0.222, outlet, "cm2 K/W", 0.066, KAWANO),
    ]


CASES = [Case("Conjugate channels", conjugate_rows), Case("Kawano's chip", kawano_rows)]
