"""The influence matrix against full solutions, with held and with renewed coefficients."""

import copy
import doctest
import re
import time
from pathlib import Path

import numpy as np
import pytest

import studies.influence
from geometry.floorplan import block_maximum
from studies import load_case, solve
from studies.coupled import block_temperature, junction_rise, spread_heat
from studies.influence import renewed_temperatures

SMALL = {"grid.along_x": 36, "grid.along_y": 28, "layers.fins.cells": 4}
MAP_ONLY = {"delivery": None, "loads": None, "heat.power": None}
PAGE = Path(__file__).parent.parent / "docs" / "influence.md"


@pytest.fixture(scope="module")
def wafer():
    return load_case("cs3", SMALL | {"heat.map.hot_spot_factor": 2, "heat.map.hot_spot_area": 0.1})


@pytest.fixture(scope="module")
def response(wafer):
    return wafer.influence()


def uneven_map(response, seed=3):
    return response.power * np.random.default_rng(seed).uniform(0.2, 1.8, len(response.power))


def held_solution(response, power):
    """A full solution with the coefficients of the solved state, all heat at once."""
    coupled, machine = response.coupled, response.coupled.machine
    grid, more = machine.problem.grid, {}
    spread_heat(more, machine, machine.heated_planes, machine.shares @ (power - response.power))
    heat = dict(coupled.heat)
    for k, cells in more.items():
        heat[k] = heat[k] + cells.reshape(grid.ny, grid.nx)
    solver = copy.copy(coupled.solver)
    solver.rise = solver.rise.copy()
    while solver.error(residual := solver.residual(heat), heat) > 1e-12:
        solver.rise += solver.respond(residual, 1e-5)[0]
    junction = junction_rise(machine, solver, heat)
    maxima = np.max([block_maximum(machine.floorplan, p).value for p in junction], axis=0)
    return (
        block_temperature(machine, solver, heat),
        maxima + machine.problem.reference_temperature,
    )


def test_examples_in_docstrings():
    assert doctest.testmod(studies.influence).failed == 0


@pytest.mark.slow
def test_example_of_the_page_runs(capsys):
    (block,) = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.M | re.S)
    found = {}
    exec(compile(block, "influence.md", "exec"), found)
    assert found["means"].shape == (10_000, 84)
    assert capsys.readouterr().out.startswith("hottest of all maps ")


def test_matrix_is_the_full_solution_with_the_same_coefficients(response):
    for seed in range(3):
        power = uneven_map(response, seed)
        mean, maximum = held_solution(response, power)
        np.testing.assert_allclose(response.temperatures(power), mean, rtol=0, atol=1e-6)
        np.testing.assert_allclose(response.hottest(power), maximum, rtol=0, atol=1e-6)


def test_solved_map_gives_the_solved_temperatures(wafer, response):
    answer = solve(wafer)
    assert response.power.sum() == pytest.approx(answer.silicon_power, rel=1e-12)
    found = response.temperatures(response.power)
    np.testing.assert_allclose(found, answer.block_temperature_mean, rtol=1e-12)
    np.testing.assert_allclose(response.maximum, answer.block_temperature_max, rtol=1e-12)
    np.testing.assert_allclose(response.hottest(response.power), response.maximum, rtol=1e-12)


def test_a_stack_of_maps_is_the_maps_one_by_one(response):
    maps = np.array([uneven_map(response, s) for s in range(3)])
    for method in (response.temperatures, response.hottest):
        np.testing.assert_allclose(method(maps), [method(m) for m in maps], rtol=1e-13)


def test_ten_thousand_maps_take_less_than_a_second(response):
    maps = response.power * np.random.default_rng(0).uniform(0.5, 1.5, (10_000, 84))
    started = time.perf_counter()
    response.temperatures(maps)
    assert time.perf_counter() - started < 1


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"heat.at": "slab"},
        {
            "layers.slab.conductivity_exponent": 1.3,
            "heat.at": "slab",
            "heat.active_thickness": "20 um",
            "faces.west.temperature": "10 degC",
            "faces.north.temperature": "0 degC",
            "faces.north.film_coefficient": "500 W/m**2/K",
            "grid.along_x": 31,
            "grid.along_y": 17,
        },
        {
            "faces.top.film_coefficient": None,
            "faces.top.emissivity": 0.9,
            "heat.power": "200 W",
        },
    ],
)
def test_without_a_coolant_the_matrix_is_reciprocal(values):
    matrix = load_case("slab", values).influence().response
    np.testing.assert_allclose(matrix, matrix.T, rtol=1e-6, atol=1e-9 * matrix.max())
    assert np.all(matrix > 0)


@pytest.mark.slow
def test_with_a_coolant_blocks_downstream_feel_those_upstream():
    case = load_case("cs3", SMALL | {"coolant.path": "single pass"})
    matrix = case.influence().response
    assert matrix[11, 0] > 1.5 * matrix[0, 11] > 0


def test_constant_coefficients_leave_no_error():
    response = load_case("slab").influence()
    assert response.error_estimate(10 * uneven_map(response)) < 1e-5  # of 500 K


def test_error_estimate_covers_full_solutions_of_milder_maps(response):
    power, rng = response.power, np.random.default_rng(5)
    maps = power * (1 + rng.uniform(-0.6, 0.6, (40, 84)))
    estimate = response.error_estimate(maps)
    assert 0.01 < estimate < 1.0
    milder = response.power + 0.5 * (maps - power)
    worst = 0.0
    for m in range(0, 40, 8):
        mean, maximum = renewed_temperatures(response.coupled, milder[m] - power)
        worst = max(worst, np.abs(response.temperatures(milder[m]) - mean).max())
        worst = max(worst, np.abs(response.hottest(milder[m]) - maximum).max())
    assert 0 < worst < estimate


def test_renewed_temperatures_are_those_of_the_case_with_that_map(tmp_path):
    """Without a power delivery a map in watts is a case of its own."""

    def case(name, watts):
        np.savetxt(tmp_path / name, watts.reshape(7, 12), delimiter=",", fmt="%.15e")
        values = SMALL | MAP_ONLY | {"heat.map.values": "watts"}
        return load_case("cs3", values | {"heat.map.csv": str(tmp_path / name)})

    first, second = (np.random.default_rng(s).uniform(100, 500, 84) for s in (1, 2))
    response = case("first.csv", first).influence()
    mean, maximum = renewed_temperatures(response.coupled, second - first)
    full = solve(case("second.csv", second))
    np.testing.assert_allclose(mean, full.block_temperature_mean, rtol=0, atol=1e-6)
    np.testing.assert_allclose(maximum, full.block_temperature_max, rtol=0, atol=1e-6)
    off = np.abs(response.temperatures(second) - full.block_temperature_mean).max()
    assert off <= response.error_estimate(second) + 1e-6


def test_a_map_of_another_size_is_refused(response):
    with pytest.raises(ValueError, match=r"power_maps: found shape \(3, 83\); \(maps, 84\)"):
        response.temperatures(np.ones((3, 83)))
