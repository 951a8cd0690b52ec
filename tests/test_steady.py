"""The temperature field: exact answers, orders, balances and symmetries.

Conservation: heat in = heat to the coolant + heat through the faces, to 1e-9.
"""

import numpy as np
import pytest

from geometry.conduction import Boundary
from geometry.materials import ConductivityLaw
from geometry.stack import Layer, Stack
from studies import load_case, solve
from thermal.cold_plate import Channels, developed_heat_transfer_coefficient
from thermal.coolant import constant_fluid
from thermal.fin_zone import CoolantFlow, FinZoneConductivity
from thermal.steady import SteadySolver, ThermalProblem
from thermal.surfaces import surface_rise

COPPER = ConductivityLaw(390.0, 390.0, 390.0)
WATER = constant_fluid(998.2, 4184.0, 0.001, 0.6)


def test_84_equal_blocks_under_a_film_are_exact():
    answer = solve(load_case("slab"))
    exact = 25e3 / 0.215**2 * (0.01 / 390 + 1 / 20000)
    assert exact == pytest.approx(40.909, abs=5e-4)
    np.testing.assert_allclose(answer.block_temperature_max - 294.15, exact, rtol=1e-9)
    assert answer.heat_balance < 1e-9


def test_coolant_rise_of_25_kw_in_100_litres_per_minute():
    """998.2 kg/m3, 4184 J/kgK: 3.5916 K, and the outlet printed is the energy balance's."""
    properties = {
        "density": "998.2 kg/m**3",
        "heat_capacity": "4184 J/kg/K",
        "viscosity": "0.001 Pa*s",
        "conductivity": "0.6 W/m/K",
    }
    case = load_case(
        "cs3",
        {
            "delivery": None,
            "loads": None,
            "coolant.fluid": properties,
            "coolant.inlet_temperature": "20 degC",
            "faces.bottom": None,
            "grid.along_x": 25,
            "grid.along_y": 14,
        },
    )
    found = solve(case).to_dict()
    assert found["coolant_rise_K"] == pytest.approx(3.5916, abs=5e-5)
    balance = found["coolant_heat_W"] / (998.2 * 100e-3 / 60 * 4184)
    assert found["coolant_outlet_degC"] == pytest.approx(20 + balance, rel=1e-12)


def manufactured_layers(n):
    """Two layers, k(T) in the lower one, a contact between, a film on top, the bottom held.

    In both layers T = linear + c cos(pi x) cos(2 pi y) s^2 with s the distance from the contact, so
    that the flux through the contact is uniform and the contact's jump is known.
    """
    width, height, l1, l2 = 0.02, 0.03, 2e-3, 3e-3
    contact, film, k1, k300, power = 2e-5, 8e3, 50.0, 148.0, 1.3
    hot, slope, c1, c2 = 350.0, 4e3, 2e6, 1.5e6
    nz1, nz2 = 2 * n, 3 * n
    stack = Stack(
        [
            Layer("upper", l1, ConductivityLaw(k1, k1, k1), nz1),
            Layer("lower", l2, ConductivityLaw(k300, k300, k300, power), nz2),
        ],
        {"upper": contact},
    )
    grid = ThermalProblem(stack, width, height, 2 * n, 3 * n, {"top": Boundary(300.0)}).grid
    px, py = np.pi / width, 2 * np.pi / height
    mode = np.cos(py * grid.y)[:, None] * np.cos(px * grid.x)
    gradient2 = (px * np.cos(py * grid.y)[:, None] * np.sin(px * grid.x)) ** 2 + (
        py * np.sin(py * grid.y)[:, None] * np.cos(px * grid.x)
    ) ** 2
    k_face = k300 * (300 / hot) ** power
    flux = k_face * slope  # upwards, from the hot lower layer

    def upper(s):  # s: distance above the contact
        return hot - flux * contact - flux / k1 * s + c1 * s**2 * mode

    def lower(s):  # s: distance below the contact
        return hot + slope * s + c2 * s**2 * mode

    exact, heat = np.empty(grid.shape), {}
    for k in range(grid.nz):
        volume = grid.cell_area * grid.dz[k]
        if k < nz1:
            s = l1 - grid.z[k]
            exact[k] = upper(s)
            heat[k] = -k1 * c1 * mode * (2 - (px**2 + py**2) * s**2) * volume
        else:
            s = grid.z[k] - l1
            t = exact[k] = lower(s)
            conductivity = k300 * (300 / t) ** power
            squared = (c2 * s**2) ** 2 * gradient2 + (slope + 2 * c2 * s * mode) ** 2
            laplacian = c2 * mode * (2 - (px**2 + py**2) * s**2)
            heat[k] = -(conductivity * laplacian - power * conductivity / t * squared) * volume
    outflow = flux - k1 * 2 * c1 * l1 * mode  # through the top face, upwards
    boundaries = {
        "top": Boundary(upper(l1) - outflow / film, film),
        "bottom": Boundary(lower(l2)),
    }
    problem = ThermalProblem(stack, width, height, 2 * n, 3 * n, boundaries)
    return problem, heat, exact


def test_manufactured_layers_with_contact_and_falling_conductivity_are_second_order():
    errors = []
    for n in (4, 8, 16):
        problem, heat, exact = manufactured_layers(n)
        solver = SteadySolver(problem).solve(heat, tolerance=1e-11)
        errors.append(np.abs(solver.temperature - exact).max())
    orders = np.log2(np.array(errors[:-1]) / errors[1:])
    assert orders[-1] > 1.9
    assert errors[-1] < 0.02


def fin_plate(cells, film, length=0.1, height=3e-3):
    """A fin zone alone: one plane, the fins' heat conducted along the channels."""
    channels = Channels(channel_width=0.3e-3, pitch=0.6e-3)
    flow = CoolantFlow("fins", channels, height, WATER, 293.15, 2e-5, film_coefficient=film)
    law = FinZoneConductivity(COPPER, 0.5, 0.6, True)
    stack = Stack([Layer("fins", height, law, 1)])
    return ThermalProblem(stack, length, 0.02, cells, 2, {}, flow), flow


def test_manufactured_fins_and_coolant_march_are_second_order():
    """Ts = A + B cos(pi x/L); the coolant follows exactly, and the source is what is left."""
    length, film, a, b = 0.1, 3000.0, 30.0, 12.0
    errors = []
    for cells in (16, 32, 64, 128):
        problem, flow = fin_plate(cells, film, length)
        grid = problem.grid
        rate = flow.mass_flow * 4184.0
        n = film * flow.channels.wetted_area_density * length * 0.02 * 3e-3 / rate
        x = grid.x / length
        walls = a + b * np.cos(np.pi * x)
        particular = n * (n * np.cos(np.pi * x) + np.pi * np.sin(np.pi * x)) / (n**2 + np.pi**2)
        decay = np.exp(-n * x)
        coolant = a * (1 - decay) + b * (particular - n**2 / (n**2 + np.pi**2) * decay)
        conducted = 0.5 * 390 * 0.02 * 3e-3 * b * (np.pi / length) ** 2 * np.cos(np.pi * x)
        per_length = n * rate / length * (walls - coolant) + conducted
        heat = {0: np.tile(per_length * grid.dx / 2, (2, 1))}
        solver = SteadySolver(problem).solve(heat, tolerance=1e-12)
        errors.append(np.abs(solver.rise[0] - walls).max())
    orders = np.log2(np.array(errors[:-1]) / errors[1:])
    assert orders[-1] == pytest.approx(2, abs=0.1)
    assert errors[-1] < 1e-3


@pytest.mark.parametrize(
    ("channel", "fin", "height", "conductivity", "conjugate"),
    [
        (56e-6, 44e-6, 320e-6, 148.0, 5.384),
        (300e-6, 300e-6, 3000e-6, 390.0, 17.724),
        (500e-6, 500e-6, 4000e-6, 390.0, 32.989),
        (1000e-6, 1000e-6, 5000e-6, 390.0, 91.804),
    ],
)
def test_developed_channels_are_within_3_5_percent_of_a_conjugate_cross_section(
    channel, fin, height, conductivity, conjugate
):
    """Base surface over bulk coolant per heat flux, mm2 K/W, half way along a long channel."""
    channels = Channels(channel_width=channel, pitch=channel + fin)
    film = float(developed_heat_transfer_coefficient(channels, 0.6))
    # so long (30 transfer units) that half way the coolant warms linearly at every height
    length, width, flux = 400 * height, 10 * height, 1e5
    exchange = film * channels.wetted_area_density * height * length * width
    volume_flow = exchange / 30 / (998.2 * 4184.0)
    flow = CoolantFlow("fins", channels, height, WATER, 293.15, volume_flow, "x", 1, film)
    law = ConductivityLaw(conductivity, conductivity, conductivity)
    fins = FinZoneConductivity(law, channels.solid_fraction, 0.6, True)
    stack = Stack([Layer("fins", height, fins, 24, graded=True), Layer("base", height, law, 2)])
    problem = ThermalProblem(stack, length, width, 41, 1, {}, flow)
    heat = {problem.grid.nz - 1: np.full((1, 41), flux * problem.grid.cell_area)}
    solver = SteadySolver(problem).solve(heat)
    base = surface_rise(solver, 23)[1]
    found = (base - solver.bulk_rise_by_cell())[0, 20] / flux * 1e6
    assert found == pytest.approx(conjugate, rel=0.035)
    assert found < conjugate  # the porous model leaves out part of the resistance, never adds


def test_kawano_chip_is_inside_the_bars_at_inlet_and_outlet():
    """Measured 0.116 (0.080 to 0.152) and 0.222 (0.156 to 0.288) cm2 K/W."""
    answer = solve(load_case("kawano"))
    rise = answer.fields.junction_temperature.mean("y").values - 20.0
    # the wall right at the ends, from the two cells next to each
    inlet, outlet = 1.5 * rise[0] - 0.5 * rise[1], 1.5 * rise[-1] - 0.5 * rise[-2]
    assert 0.080 < inlet / 90 < 0.152
    assert 0.156 < outlet / 90 < 0.288
    assert answer.to_dict()["channel_reynolds"] == pytest.approx(140, rel=1e-3)


def test_conduction_along_the_flow_matters_at_the_inlet():
    along, none = (
        solve(load_case("kawano", values)).fields.junction_temperature.mean("y").values[0]
        for values in (
            {},
            {
                "layers.chip.conductivity": ["1e-3 W/m/K", "1e-3 W/m/K", "148 W/m/K"],
                "layers.back.conductivity": ["1e-3 W/m/K", "1e-3 W/m/K", "148 W/m/K"],
            },
        )
    )
    assert along > none + 1.0


SMALL = {"grid.along_x": 31, "grid.along_y": 17, "layers.fins.cells": 4}


def test_mirrored_flow_gives_the_mirrored_field():
    """On non-square cells that do not divide the blocks, from a single pass, which has a side."""
    values = SMALL | {"coolant.path": "single pass"}
    ahead, back = (solve(load_case("cs3", values | {"coolant.direction": d})) for d in ("x", "-x"))
    np.testing.assert_allclose(
        ahead.coupled.solver.rise, back.coupled.solver.rise[:, :, ::-1], rtol=1e-7
    )
    mirrored = back.block_temperature_max.reshape(7, 12)[:, ::-1].ravel()
    np.testing.assert_allclose(ahead.block_temperature_max, mirrored, rtol=1e-9)


def test_transposed_case_gives_the_transposed_field():
    values = SMALL | {"delivery": None, "coolant.path": "3-way"}
    case = load_case("cs3", values)
    turned = load_case(
        "cs3",
        values
        | {
            "device.columns": 7,
            "device.rows": 12,
            "grid.along_x": 17,
            "grid.along_y": 31,
            "coolant.direction": "y",
        },
    )
    one, other = solve(case), solve(turned)
    np.testing.assert_allclose(
        one.coupled.solver.rise, other.coupled.solver.rise.transpose(0, 2, 1), rtol=1e-7
    )


@pytest.mark.parametrize("cells", [(1, 1), (2, 3), (13, 8), (29, 31)])
def test_any_grid_count_keeps_the_balances(cells):
    case = load_case("cs3", {"grid.along_x": cells[0], "grid.along_y": cells[1]})
    answer = solve(case)
    assert answer.heat_balance < 1e-9
    assert answer.to_dict()["power_balance_relative"] < 1e-9
    assert answer.silicon_power == pytest.approx(25e3, rel=1e-9)


def test_no_cell_is_colder_than_the_inlet_and_no_coolant_hotter_than_the_walls():
    answer = solve(load_case("cs3", SMALL))
    solver = answer.coupled.solver
    mean, end = solver.coolant_rise()
    assert solver.rise.min() > 0
    assert min(mean.min(), end.min()) > 0
    assert max(mean.max(), end.max()) < solver.rise.max()


def test_budget_steps_add_up_to_the_hottest_point():
    for name in ("cs3", "kawano", "cold-plate", "test-chip", "slab"):
        answer = solve(load_case(name))
        machine = answer.coupled.machine
        start = machine.problem.reference_temperature
        if machine.problem.coolant is None:
            start = float(machine.problem.boundaries["top"].value)
        total = answer.block_temperature_max.max() - start
        assert sum(answer.temperature_budget.values()) == pytest.approx(total, abs=1e-6)
        assert answer.heat_balance < 1e-9


def test_temperature_budget_of_the_slab_is_the_hand_calculation():
    budget = solve(load_case("slab")).temperature_budget
    flux = 25e3 / 0.215**2
    assert budget["film"] == pytest.approx(flux / 20000, rel=1e-9)
    assert budget["slab"] == pytest.approx(flux * 0.01 / 390, rel=1e-9)
    assert budget["hot spot"] == pytest.approx(0, abs=1e-9)


def test_contact_step_is_flux_times_resistance():
    values = {"delivery": None, "loads": None, "faces.bottom": None}
    budget = solve(load_case("cs3", values)).temperature_budget
    assert budget["contact"] == pytest.approx(25e3 / 0.215**2 * 5e-6, rel=0.02)
