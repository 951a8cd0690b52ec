"""The uncertainty from the grid against true errors, known from exact answers."""

import doctest
import json

import numpy as np
import pytest
from typer.testing import CliRunner

import studies.grid_check
from studies import CaseError, load_case, solve
from studies.cli import app
from studies.grid_check import check_grid, estimate, headlines, refined
from studies.validation.stack import manufactured_layers

STRIP = {
    "device.width": "40 mm",
    "device.height": "20 mm",
    "device.columns": 2,
    "device.rows": 1,
    "grid.along_x": 12,
    "grid.along_y": 1,
    "layers.slab.cells": 3,
    "heat.power": "400 W",
}


def heated_strip(tmp_path):
    """The slab with all its heat on the half x < width/2 of its lower face."""
    (tmp_path / "half.csv").write_text("1,0\n")
    return load_case("slab", STRIP | {"heat.map.csv": str(tmp_path / "half.csv")})


def hottest_of_strip(terms=4000):
    """At x = 0 on the heated face [degC]: a cosine series, each mode with its own conduction."""
    width, depth, k, h = 0.04, 0.01, 390.0, 20000.0
    flux = 400 / (0.02 * 0.02)
    m = np.arange(1, terms)
    beta = m * np.pi / width
    biot, tanh = k * beta / h, np.tanh(beta * depth)
    rise = (biot + tanh) / (k * beta * (biot * tanh + 1))
    modes = 2 * flux * np.sin(m * np.pi / 2) / (m * np.pi) * rise
    return 21 + flux / 2 * (depth / k + 1 / h) + modes.sum()


def slab_with_falling_conductivity():
    return load_case(
        "slab",
        {
            "layers.slab.conductivity": "100 W/m/K",
            "layers.slab.conductivity_exponent": 1.3,
            "layers.slab.cells": 2,
            "heat.power": "90 kW",
            "grid.along_x": 12,
            "grid.along_y": 7,
        },
    )


def hottest_of_falling_conductivity():
    """By Kirchhoff's transform: the integral of k over temperature is flux times depth [degC]."""
    flux = 90e3 / 0.215**2
    surface = 294.15 + flux / 20000
    left = surface**-0.3 - flux * 0.01 * 0.3 / (100 * 300**1.3)
    return left ** (-1 / 0.3) - 273.15


def test_examples_in_docstrings():
    assert doctest.testmod(studies.grid_check).failed == 0


@pytest.mark.parametrize("grids", [2, 3])
def test_uncertainty_covers_the_true_error_of_a_heated_strip(grids, tmp_path):
    answer = solve(heated_strip(tmp_path))
    found = check_grid(answer, grids).numbers["junction_temperature_max_degC"]
    error = abs(found.value - hottest_of_strip())
    assert error > 0.02
    assert error < found.uncertainty < 10 * error


@pytest.mark.parametrize("grids", [2, 3])
def test_uncertainty_covers_the_true_error_of_a_falling_conductivity(grids):
    answer = solve(slab_with_falling_conductivity())
    check = check_grid(answer, grids)
    found = check.numbers["junction_temperature_max_degC"]
    error = abs(found.value - hottest_of_falling_conductivity())
    assert error > 1e-3
    assert error < found.uncertainty < 10 * error
    assert found.order_observed == (grids == 3)


@pytest.mark.parametrize("grids", [2, 3])
def test_uncertainty_covers_the_true_error_of_manufactured_layers(grids):
    """Heat through the top face of the problem whose field is known."""
    values = []
    for n in (4, 6, 9)[:grids]:
        problem = manufactured_layers(n)
        solver = problem.solved(1e-11)
        values.append(solver.conduction.outflow(solver.rise, "top"))
    found = estimate(values)
    error = abs(found.value - problem.outflow)
    assert 1e-6 * problem.outflow < error < found.uncertainty < 10 * error
    assert abs(found.extrapolated - problem.outflow) < 0.01 * error


def test_three_grids_that_swing_take_the_larger_factor():
    swinging = estimate([10.0, 11.0, 10.5])
    assert not swinging.order_observed
    assert swinging.uncertainty == pytest.approx(3 * 1.0 * 2.25 / 1.25)
    assert estimate([1.0, 1.0, 1.0]).uncertainty == 0


def test_an_order_above_the_schemes_is_not_believed():
    found = estimate([2.0, 1.1, 1.0])
    assert found.order == 2.0
    assert found.order_observed


def test_refined_case_has_half_as_many_cells_again_everywhere():
    case = load_case("cs3")
    finer = refined(case).case
    assert (finer.grid.along_x, finer.grid.along_y) == (216, 189)
    cells = {n: layer.cells for n, layer in finer.layers.items() if hasattr(layer, "cells")}
    assert cells == {
        "lid": 2, "fins": 12, "base": 5, "wafer": 5, "socket": 3, "board": 5, "bricks": 3
    }  # fmt: skip
    assert refined(case, 2).case.grid.along_x == 324


def test_a_grid_too_fine_is_refused(monkeypatch):
    answer = solve(load_case("slab"))
    monkeypatch.setattr("studies.case_checks.MOST_CELLS", 10_000)
    with pytest.raises(CaseError, match=r"grid: found 72 x 63 cells on 6 planes"):
        check_grid(answer)


def test_command_prints_the_check_and_gives_it_as_json(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    coarse = ["--set", "grid.along_x=24", "--set", "grid.along_y=14"]
    words = ["solve", "cs3", *coarse, "--check-grid"]
    done = CliRunner().invoke(app, [*words, "--no-files"])
    assert done.exit_code == 0, done.output
    for name in ("hottest point", "mean", "coolant outlet", "worst voltage drop", "cold plate's"):
        assert f"  {name}" in done.stdout.split("Grids of")[1]
    done = CliRunner().invoke(app, [*words[:-1], "--grids", "3", "--json"])
    found = json.loads(done.stdout)["grid_check"]
    assert found["refinement_ratio"] == 1.5
    assert len(found["unknowns"]) == 3
    answer = solve(load_case("cs3", {"grid.along_x": 24, "grid.along_y": 14}))
    assert list(found["numbers"]) == list(headlines(answer))
    for key, value in headlines(answer).items():
        assert found["numbers"][key]["value"] == pytest.approx(value, rel=1e-9)
        assert found["numbers"][key]["uncertainty"] >= 0


def test_wrong_number_of_grids_is_refused():
    with pytest.raises(ValueError, match="grids: found 4"):
        check_grid(solve(load_case("slab")), 4)
    with pytest.raises(ValueError, match="values: found 1"):
        estimate([1.0])
