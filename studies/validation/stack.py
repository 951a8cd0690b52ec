"""The temperature field of a stack: radiation, manufactured fields, balances, leakage loops."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from geometry.conduction import Boundary
from geometry.grid import Array
from geometry.materials import ConductivityLaw
from geometry.stack import Layer, Stack
from thermal.cold_plate import Channels
from thermal.coolant import constant_fluid
from thermal.fin_coefficients import FinZoneConductivity
from thermal.fin_zone import CoolantFlow
from thermal.radiation import STEFAN_BOLTZMANN
from thermal.steady import SteadySolver, ThermalProblem
from thermal.surfaces import surface_rise

from ..answer import Answer, solve
from ..case_file import LoadedCase, load_case
from ..grid_check import check_grid
from .conduction import NAFEMS
from .rows import Case, Row, observed_order

COPPER = ConductivityLaw(390.0, 390.0, 390.0)
WATER = constant_fluid(998.2, 4184.0, 0.001, 0.6)
T2_EXACT = 927.007606246
"""K, root of the quartic."""
BLOCKS_EXACT = 25e3 / 0.215**2 * (0.01 / 390 + 1 / 20000)
"""K above the medium, 40.909."""


def nafems_t2(planes: int) -> float:
    """Temperature of the radiating end of a bar held at 1000 K [K]."""
    law = ConductivityLaw(55.6, 55.6, 55.6)
    problem = ThermalProblem(
        Stack([Layer("bar", 0.1, law, planes)]),
        0.01,
        0.01,
        1,
        1,
        {"top": Boundary(1000.0), "bottom": Boundary(300.0, 0.0)},
        # the benchmark's constant is 5.67e-8
        emissivity={"bottom": 0.98 * 5.67e-8 / STEFAN_BOLTZMANN},
    )
    solver = SteadySolver(problem).solve({}, tolerance=1e-13)
    return float(surface_rise(solver, planes - 1)[0][0, 0]) + problem.reference_temperature


class Manufactured(NamedTuple):
    """A problem made from its answer.

    Attributes
    ----------
    problem : ThermalProblem
    heat : dict of plane index to array, shape (ny, nx)
        That makes the answer so [W].
    exact : array, shape (nz, ny, nx)
        Temperature at the cells' centres [K].
    outflow : float
        Heat that leaves through the top face [W]; 0 where it has none.
    """

    problem: ThermalProblem
    heat: dict[int, Array]
    exact: Array
    outflow: float

    def solved(self, tolerance: float) -> SteadySolver:
        """The field found."""
        return SteadySolver(self.problem).solve(self.heat, tolerance)

    def error(self, tolerance: float = 1e-11) -> float:
        """Largest error of the field found [K]."""
        return float(np.abs(self.solved(tolerance).temperature - self.exact).max())


@dataclass(frozen=True)
class Layers:
    """Constants of the manufactured layers; SI."""

    width: float = 0.02
    height: float = 0.03
    upper: float = 2e-3
    lower: float = 3e-3
    contact: float = 2e-5
    film: float = 8e3
    k_upper: float = 50.0
    k300: float = 148.0
    power: float = 1.3
    hot: float = 350.0
    slope: float = 4e3
    c_upper: float = 2e6
    c_lower: float = 1.5e6

    def stack(self, n: int) -> Stack:
        """Two layers with a contact between them."""
        law = ConductivityLaw(self.k_upper, self.k_upper, self.k_upper)
        falling = ConductivityLaw(self.k300, self.k300, self.k300, self.power)
        layers = [
            Layer("upper", self.upper, law, 2 * n),
            Layer("lower", self.lower, falling, 3 * n),
        ]
        return Stack(layers, {"upper": self.contact})

    @property
    def flux(self) -> float:
        """Upwards through the contact [W/m2]."""
        return self.k300 * (300 / self.hot) ** self.power * self.slope

    def temperature(self, s: float, mode: Array) -> Array:
        """At a distance s below the contact, above it where negative [K]."""
        if s < 0:
            rest = self.hot - self.flux * self.contact + self.flux / self.k_upper * s
            return rest + self.c_upper * s**2 * mode
        return self.hot + self.slope * s + self.c_lower * s**2 * mode


def manufactured_layers(n: int) -> Manufactured:
    """Two layers, k(T) in the lower one, a contact between, a film on top, the bottom held.

    In both layers T = linear + c cos(pi x) cos(2 pi y) s^2 with s the distance from the contact, so
    that the flux through the contact is uniform and the contact's jump is known.
    """
    c = Layers()
    stack, nx, ny = c.stack(n), 2 * n, 3 * n
    grid = ThermalProblem(stack, c.width, c.height, nx, ny, {"top": Boundary(300.0)}).grid
    px, py = np.pi / c.width, 2 * np.pi / c.height
    mode = np.cos(py * grid.y)[:, None] * np.cos(px * grid.x)
    gradient2 = (px * np.cos(py * grid.y)[:, None] * np.sin(px * grid.x)) ** 2 + (
        py * np.sin(py * grid.y)[:, None] * np.cos(px * grid.x)
    ) ** 2
    exact, heat = np.empty(grid.shape), {}
    for k, s in enumerate(grid.z - c.upper):
        t = exact[k] = c.temperature(s, mode)
        laplacian = mode * (2 - (px**2 + py**2) * s**2)
        if s < 0:
            made = -c.k_upper * c.c_upper * laplacian
        else:
            conductivity = c.k300 * (300 / t) ** c.power
            squared = (c.c_lower * s**2) ** 2 * gradient2 + (
                c.slope + 2 * c.c_lower * s * mode
            ) ** 2
            made = -conductivity * (c.c_lower * laplacian - c.power / t * squared)
        heat[k] = made * grid.cell_area * grid.dz[k]
    # through the top face, upwards; the mode's part of it is none in sum
    out = c.flux - c.k_upper * 2 * c.c_upper * c.upper * mode
    top = Boundary(c.temperature(-c.upper, mode) - out / c.film, c.film)
    boundaries = {"top": top, "bottom": Boundary(c.temperature(c.lower, mode))}
    problem = ThermalProblem(stack, c.width, c.height, nx, ny, boundaries)  # type: ignore[arg-type]
    return Manufactured(problem, heat, exact, c.flux * c.width * c.height)


def manufactured_fins(cells: int) -> Manufactured:
    """A fin zone alone: Ts = a + b cos(pi x/L); the coolant follows exactly, the heat is the rest.

    One plane, the fins' heat conducted along the channels.
    """
    length, height, film, a, b = 0.1, 3e-3, 3000.0, 30.0, 12.0
    channels = Channels(channel_width=0.3e-3, pitch=0.6e-3)
    flow = CoolantFlow("fins", channels, height, WATER, 293.15, 2e-5, film_coefficient=film)
    law = FinZoneConductivity(COPPER, 0.5, 0.6, True)
    stack = Stack([Layer("fins", height, law, 1)])
    problem = ThermalProblem(stack, length, 0.02, cells, 2, {}, flow)
    grid, rate = problem.grid, flow.mass_flow * 4184.0
    n = film * channels.wetted_area_density * length * 0.02 * height / rate
    x = grid.x / length
    walls = a + b * np.cos(np.pi * x)
    particular = n * (n * np.cos(np.pi * x) + np.pi * np.sin(np.pi * x)) / (n**2 + np.pi**2)
    decay = np.exp(-n * x)
    coolant = a * (1 - decay) + b * (particular - n**2 / (n**2 + np.pi**2) * decay)
    conducted = 0.5 * 390 * 0.02 * height * b * (np.pi / length) ** 2 * np.cos(np.pi * x)
    per_length = n * rate / length * (walls - coolant) + conducted
    heat = {0: np.tile(per_length * grid.dx / 2, (2, 1))}
    exact = np.broadcast_to(walls + 293.15, grid.shape)
    return Manufactured(problem, heat, exact, 0.0)


def water_balance_case() -> LoadedCase:
    """The wafer under 100 L/min of water of 998.2 kg/m3 and 4184 J/kg/K at 20 degC, heat alone."""
    properties = {
        "density": "998.2 kg/m**3",
        "heat_capacity": "4184 J/kg/K",
        "viscosity": "0.001 Pa*s",
        "conductivity": "0.6 W/m/K",
    }
    values = {
        "delivery": None,
        "loads": None,
        "coolant.fluid": properties,
        "coolant.inlet_temperature": "20 degC",
        "faces.bottom": None,
        "grid.along_x": 25,
        "grid.along_y": 14,
    }
    return load_case("cs3", values)


class Loop(NamedTuple):
    """One block, all of it leakage, over a thermal resistance: T = Ta + R P0 exp(b (T - T0)).

    Attributes
    ----------
    resistance : float
        R [K/W].
    power : float
        P0 [W], at T0.
    reference, ambient : float
        T0 and Ta [degC].
    per_kelvin : float
        b [1/K].
    """

    resistance: float
    power: float
    reference: float
    ambient: float
    per_kelvin: float

    def case(self) -> LoadedCase:
        """As a case: a slab under a film that makes up the resistance."""
        film = 1 / (self.resistance * 1e-2 - 1e-3 / 390)
        values = {
            "device.width": "100 mm",
            "device.height": "100 mm",
            "device.columns": 1,
            "device.rows": 1,
            "grid.along_x": 3,
            "grid.along_y": 2,
            "layers.slab.thickness": "1 mm",
            "faces.top.film_coefficient": f"{film!r} W/m**2/K",
            "faces.top.temperature": f"{self.ambient} degC",
            "heat.power": f"{self.power} W",
            "heat.power_is": "at nominal conditions",
            "loads.law": "dynamic and leakage",
            "loads.nominal_voltage": "1 V",
            "loads.leakage_fraction": 1.0,
            "loads.leakage_temperature": f"{self.reference} degC",
            "loads.leakage_per_kelvin": f"{self.per_kelvin} /K",
            "loads.leakage_per_volt": "3 /V",
        }
        return load_case("slab", values)


LOOPS = {
    Loop(0.01, 1000, 25, 21, 0.02): (32.6542374272, 1165.42374272),
    Loop(0.1, 100, 60, 30, 0.02): (36.214427771, 62.144277705),
}
"""Stable root: temperature [degC] and power [W]."""
CLOSE_TO_FOLD = Loop(0.0199, 1000, 25, 21, 0.02)
"""There is no solution above 0.0199259520542 K/W."""
CLOSE_TO_FOLD_EXACT = 68.490538504157
"""degC, by bisection."""


def hottest(answer: Answer) -> float:
    """Hottest point [degC]."""
    return float(answer.to_dict()["junction_temperature_max_degC"])


def nafems_t2_rows() -> list[Row]:
    """A bar of 0.1 m, k 55.6 W/m/K, at 1000 K at one end, radiating with emissivity 0.98 to 300 K.

    One dimension and a constant conductivity: only the radiating face is put to the test, and it is
    exact on any grid. NAFEMS publishes 927.0 K.
    """
    found = nafems_t2(4)
    return [Row("NAFEMS T2, radiation", T2_EXACT, found, "K", 1e-7, f"{NAFEMS}, T2")]


def layers_rows() -> list[Row]:
    """Two layers with a contact between them, one with k falling as T^-1.3, under a film.

    The temperature is chosen, linear plus a cosine times the square of the distance from the
    contact, and the heat that makes it so follows from the equation. 32 x 48 x 80 cells.
    """
    errors = [manufactured_layers(n).error() for n in (8, 16)]
    return [
        Row("layers, k(T), contact and film, largest error", 0.0, errors[-1], "K", 0.02,
            "manufactured", False, observed_order(errors), 1.9)
    ]  # fmt: skip


def fins_rows() -> list[Row]:
    """Fins that vary as a cosine along the channels; the coolant follows in closed form.

    128 cells along the channels.
    """
    errors = [manufactured_fins(n).error(1e-12) for n in (32, 64, 128)]
    return [
        Row("fins and coolant, largest error", 0.0, errors[-1], "K", 1e-3,
            "manufactured", False, observed_order(errors), 1.9)
    ]  # fmt: skip


def blocks_rows() -> list[Row]:
    """The shipped case `slab`: 25 kW into copper, 215 mm x 215 mm x 10 mm, in 84 equal blocks.

    Even heat flows straight through slab and film: q (L/k + 1/h) above the medium, in every block.
    """
    rise = solve(load_case("slab")).block_temperature_max - 294.15
    worst = float(rise[np.argmax(np.abs(rise - BLOCKS_EXACT))])
    name = "84 equal blocks under a film, worst block"
    return [Row(name, BLOCKS_EXACT, worst, "K", 1e-9, "q (L/k + 1/h)", True)]


def water_rows() -> list[Row]:
    """25 kW in 100 L/min of water of 998.2 kg/m3 and 4184 J/kg/K.

    The rise of the coolant is an energy balance; the temperature field must carry it out exactly.
    """
    found = solve(water_balance_case()).to_dict()["coolant_rise_K"]
    exact = 25e3 / (998.2 * 0.1 / 60 * 4184)
    return [Row("coolant rise of 25 kW in 100 L/min", exact, found, "K", 1e-9, "Q/(m c)", True)]


def leakage_rows() -> list[Row]:
    """A block that is all leakage over a thermal resistance: T = Ta + R P0 exp(b (T - T0)).

    The stable root is found, also close to the fold at R = 0.0199259520542 K/W, beyond which there
    is none (thermal runaway, which the tests check).
    """
    rows = []
    for i, (loop, (temperature, power)) in enumerate(LOOPS.items(), 1):
        answer, source = solve(loop.case()), "root of the equation"
        rows += [
            Row(
                f"leakage loop {i}, temperature", temperature, hottest(answer), "degC", 1e-8, source
            ),
            Row(f"leakage loop {i}, power", power, answer.silicon_power, "W", 1e-9, source, True),
        ]
    found = hottest(solve(CLOSE_TO_FOLD.case()))
    return [
        *rows,
        Row(
            "leakage loop close to its fold", CLOSE_TO_FOLD_EXACT, found, "degC", 1e-6, "bisection"
        ),
    ]


def bonded_rows() -> list[Row]:
    """Two wafers bonded together, heat in both: 540 kW/m2 in the lower, 32 kW/m2 in the upper.

    Sides adiabatic and heat even, so that the lower wafer is above the medium by the sum of
    resistance times flux: film 20 kW/m2/K and 0.7 mm of silicon with both heats, bond of 2 mm2 K/W
    and 0.1 mm with the lower's.
    """
    lower, upper, side, k = 540e3, 32e3, 0.01, 148.0
    law = ConductivityLaw(k, k, k)
    layers = [Layer("upper", 0.7e-3, law, 2, 5e-6), Layer("lower", 0.1e-3, law, 2, 5e-6)]
    stack = Stack(layers, {"upper": 2e-6})
    problem = ThermalProblem(stack, side, side, 3, 3, {"top": Boundary(300.0, 20e3)})
    planes = [stack.planes(name)[-1] for name in ("upper", "lower")]
    cell = np.full((3, 3), side**2 / 9)
    heat = {plane: flux * cell for plane, flux in zip(planes, (upper, lower), strict=True)}
    rise = SteadySolver(problem).solve(heat, tolerance=1e-13).rise
    # a sheet's cell stands for its middle
    above = (lower + upper) * (1 / 20e3 + (0.7e-3 - 2.5e-6) / k)
    across = lower * (2.5e-6 / k + 2e-6 + (0.1e-3 - 2.5e-6) / k)
    source = "sum of resistance times flux"
    return [
        Row("bonded wafers, upper above the medium", above, float(rise[planes[0]].mean()), "K",
            1e-9, source, True),
        Row("bonded wafers, lower above upper", across,
            float((rise[planes[1]] - rise[planes[0]]).mean()), "K", 1e-9, source, True),
    ]  # fmt: skip


def wafer_grid_rows() -> list[Row]:
    """The shipped case `cs3` on its own grid against the extrapolation to cells of no size.

    From a second grid with half as many cells again in every direction, see `--check-grid`. The
    doubt about the contact is two hundred times the difference.
    """
    found = check_grid(solve(load_case("cs3"))).numbers["junction_temperature_max_degC"]
    name = "CS-3, hottest point on the default grid"
    return [Row(name, found.extrapolated, found.value, "degC", 0.1, "Richardson's extrapolation")]


CASES = [
    Case("NAFEMS T2", nafems_t2_rows),
    Case("Manufactured layers", layers_rows),
    Case("Manufactured fins and coolant", fins_rows),
    Case("84 equal blocks", blocks_rows),
    Case("Bonded wafers", bonded_rows),
    Case("Coolant balance", water_rows),
    Case("Leakage loops", leakage_rows),
    Case("Grid of the wafer", wafer_grid_rows),
]
