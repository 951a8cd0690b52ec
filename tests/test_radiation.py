"""Radiating faces: exact balances, every face, and conservation.

Conservation: heat in = heat through the faces, to 1e-9.
"""

import doctest

import numpy as np
import pytest

import thermal.radiation
from geometry.conduction import Boundary
from geometry.materials import ConductivityLaw
from geometry.stack import Layer, Stack
from studies import CaseError, load_case, solve
from thermal.radiation import STEFAN_BOLTZMANN, radiating_boundary, surface_temperature
from thermal.steady import SteadySolver, ThermalProblem
from thermal.surfaces import surface_rise

RADIATING = {
    "faces.top.film_coefficient": None,
    "faces.top.emissivity": 0.9,
    "faces.top.temperature": "300 K",
    "heat.power": "2.5 kW",
}


def test_examples_in_docstrings():
    assert doctest.testmod(thermal.radiation).failed == 0


@pytest.mark.parametrize("film", [None, 25.0])
def test_slab_that_radiates_is_as_warm_as_its_flux_asks(film):
    words = None if film is None else f"{film} W/m**2/K"
    answer = solve(load_case("slab", RADIATING | {"faces.top.film_coefficient": words}))
    flux = 2.5e3 / 0.215**2
    top = surface_rise(answer.coupled.solver, -1)[1] + 300.0
    sent = 0.9 * STEFAN_BOLTZMANN * (top**4 - 300.0**4) + (film or 0.0) * (top - 300.0)
    np.testing.assert_allclose(sent, flux, rtol=1e-9)
    hottest = top.mean() + flux * 0.01 / 390
    np.testing.assert_allclose(answer.block_temperature_max, hottest, rtol=1e-9)
    assert answer.heat_balance < 1e-9
    assert answer.coupled.rounds < 12
    steps = answer.temperature_budget
    assert sum(steps.values()) == pytest.approx(answer.block_temperature_max.max() - 300.0)
    assert steps["film"] == pytest.approx(top.mean() - 300.0, rel=1e-9)


@pytest.mark.parametrize("face", ["top", "bottom", "west", "east", "south", "north"])
def test_each_face_radiates_alike(face):
    """A cube with uneven conductivity falling with temperature, hot on the face opposite."""
    opposite = {"top": "bottom", "west": "east", "south": "north"}
    opposite |= {other: one for one, other in opposite.items()}
    law = ConductivityLaw(20.0, 20.0, 20.0, 1.3)
    stack = Stack([Layer("cube", 0.01, law, 6)])
    problem = ThermalProblem(
        stack,
        0.01,
        0.01,
        6,
        6,
        {face: Boundary(300.0, 0.0), opposite[face]: Boundary(900.0)},
        emissivity={face: 0.8},
    )
    solver = SteadySolver(problem).solve({}, tolerance=1e-12)
    out = solver.conduction.outflow(solver.rise, face)
    back = solver.conduction.outflow(solver.rise, opposite[face])
    assert out == pytest.approx(-back, rel=1e-9)
    # the same bar as one dimension of unknown surface temperature: found by hand from the heat
    surface = (out / 1e-4 / (0.8 * STEFAN_BOLTZMANN) + 300.0**4) ** 0.25
    mean_conductivity = 20 * 300**1.3 * (surface**-0.3 - 900**-0.3) / 0.3 / (900 - surface)
    assert out == pytest.approx(mean_conductivity * (900 - surface) * 0.01, rel=2e-4)


def test_tangent_carries_the_heat_of_the_law():
    cell, half = np.array([350.0, 800.0, 2000.0]), np.array([1e3, 50.0, 1e5])
    surroundings = Boundary(300.0, 10.0)
    surface = surface_temperature(cell, half, 300.0, 10.0, 0.7)
    linear = radiating_boundary(surroundings, 0.7, cell, half)
    assert np.all((surface > 300) & (surface < cell))
    np.testing.assert_allclose(linear.film * (surface - linear.value), half * (cell - surface))


def test_surroundings_that_are_hotter_heat_the_slab():
    values = RADIATING | {
        "heat.power": "1 uW",
        "faces.top.temperature": "700 K",
        "faces.west.temperature": "300 K",
        "faces.west.film_coefficient": "50 W/m**2/K",
    }
    answer = solve(load_case("slab", values))
    assert answer.heat_balance < 1e-9
    assert 300 < answer.block_temperature_max.min() < answer.block_temperature_max.max() < 700


def test_leakage_on_a_radiating_slab_finds_its_state():
    """A first round from a cold face would leap to where leakage is e^36 of itself."""
    values = RADIATING | {
        "heat.power": "100 W",
        "heat.power_is": "at nominal conditions",
        "loads.law": "dynamic and leakage",
        "loads.nominal_voltage": "1 V",
        "loads.leakage_fraction": 0.2,
        "loads.leakage_temperature": "330 K",
        "loads.leakage_per_kelvin": "0.005 /K",
        "loads.leakage_per_volt": "3 /V",
    }
    answer = solve(load_case("slab", values))
    drawn = 100 * (0.8 + 0.2 * np.exp(0.005 * (answer.block_temperature_mean.mean() - 330)))
    assert answer.silicon_power == pytest.approx(drawn, rel=1e-6)
    assert answer.heat_balance < 1e-9


@pytest.mark.parametrize(
    "values",
    [
        {"faces.bottom.emissivity": 0.9},
        {"faces.bottom.emissivity": 0.9, "faces.bottom.temperature": "300 K"},
    ],
)
def test_emissivity_needs_surroundings_and_no_flow(values):
    with pytest.raises(CaseError, match=r"faces\.bottom.*'emissivity'; beside it"):
        load_case("cs3", values)
